"""Cuándo se puede usar un clúster recién creado o recién arrancado: la API contesta, los nodos están y CoreDNS también.

kind solo espera, si se le pide, a los nodos de control, y da por buena una espera vencida; un laboratorio necesita
también a los de trabajo y que los nombres se resuelvan.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from lab_tools.drivers.base import Connection
from lab_tools.errors import ClusterError, InfrastructureError

TIMEOUT = 180.0
_PAUSE = 1.0
_NODES = "/api/v1/nodes"
_DNS = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"

Object = dict[str, Any]


def missing(connection: Connection, expected: int, *, cni: bool = True) -> str:
    """Lo que aún falta para usar el clúster, en una frase; "" si no falta nada. `expected`: cuántos nodos se esperan.

    Sin CNI, los nodos no llegan a estar listos ni CoreDNS a tener dónde correr: basta con que se hayan apuntado.
    """
    try:
        nodes = _get(connection, _NODES).get("items") or []
        dns = _get(connection, _DNS) if cni else {}
    except InfrastructureError:
        return "la API aún no contesta"
    if len(nodes) < expected:
        return f"{len(nodes)} de {expected} nodos se han apuntado"
    if not cni:
        return ""
    waiting = sorted(node["metadata"]["name"] for node in nodes if not _ready(node))
    if waiting:
        return f"no están listos: {', '.join(waiting)}"
    available = (dns.get("status") or {}).get("availableReplicas") or 0
    wanted = (dns.get("spec") or {}).get("replicas", 1)
    return "" if available >= wanted else f"CoreDNS tiene {available} de {wanted} Pods disponibles"


def wait(
    connection: Connection, expected: int, *, cni: bool = True, timeout: float = TIMEOUT,
    say: Callable[[str], None] = lambda _text: None, pause: Callable[[float], None] = time.sleep,
) -> None:  # fmt: skip
    """Espera hasta `timeout` segundos de pared y cuenta cada novedad. Lanza ClusterError con lo que faltaba."""
    deadline = time.monotonic() + timeout
    last = ""
    while lacking := missing(connection, expected, cni=cni):
        if lacking != last:
            say(lacking)
            last = lacking
        if time.monotonic() >= deadline:
            raise ClusterError(
                f"El clúster «{connection.name}» no está listo tras {timeout:g} s: {lacking}.",
                f"Mira qué pasa con: kubectl --context kind-{connection.name} get pods -A. Si falta memoria o disco, "
                "libera y repite.",
            )
        pause(_PAUSE)


def _get(connection: Connection, path: str) -> Object:
    reply = connection.send("GET", path)
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    if reply.status == 404:
        return {}
    if reply.status >= 300:
        raise InfrastructureError(f"La API contesta {reply.status} en {path}.")
    found = json.loads(body)
    return found if isinstance(found, dict) else {}


def _ready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or []
    return any(condition.get("type") == "Ready" and condition.get("status") == "True" for condition in conditions)
