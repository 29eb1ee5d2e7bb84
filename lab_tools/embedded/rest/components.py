"""ComponentStatus: cómo están las piezas del plano de control. No se guardan: se componen al preguntar.

Aquí todas viven en el mismo proceso; si se puede preguntar, es que están bien.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/component-status-v1/
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.rest import answers
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Response
from lab_tools.objects import Object

NAMES = ("controller-manager", "etcd-0", "scheduler")


def get(call: Call) -> Response:
    """Una pieza."""
    if call.target.name not in NAMES:
        raise status.not_found(call.kind, call.target.name)
    return answers.one(call, _component(call.target.name))


def list_(call: Call) -> Response:
    """Todas."""
    return answers.many(call, [_component(name) for name in NAMES], {})


def _component(name: str) -> Object:
    return {
        "metadata": {"name": name, "creationTimestamp": None},
        "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}],
    }
