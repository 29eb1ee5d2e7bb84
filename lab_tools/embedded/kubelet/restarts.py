"""Si un contenedor que terminó vuelve: sus reglas por código de salida, su política y, si no la tiene, la del Pod.

Fuente: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restarts y
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
"""

from __future__ import annotations

from lab_tools.embedded.kubelet.container import Container
from lab_tools.objects import Object


def returns(container: Container, pod_policy: str) -> bool:
    """Si el contenedor, ya terminado (o con un final anterior), debe volver a arrancar."""
    ended = container.last_end
    code = int(ended["exitCode"]) if ended is not None else 0
    if any(_holds(rule, code) for rule in container.spec.get("restartPolicyRules") or ()):
        return True
    policy = policy_of(container, pod_policy)
    if policy == "Always" and (container.sidecar or not container.init):
        return True
    return policy != "Never" and code != 0


def policy_of(container: Container, pod_policy: str) -> str:
    """La política de un contenedor: la suya o, si no la dice, la de su Pod."""
    return str(container.spec.get("restartPolicy") or pod_policy)


def _holds(rule: Object, code: int) -> bool:
    """Si una regla habla de este código. La única acción que existe es Restart."""
    asked = rule.get("exitCodes") or {}
    listed = code in (asked.get("values") or ())
    return listed if asked.get("operator") == "In" else asked.get("operator") == "NotIn" and not listed
