"""Lo que quien comprueba puede hacer en una copia: borrar un Pod, vaciar un nodo, cambiar una imagen, subir la carga.

Una acción dice lo que hace («que se borra un Pod de `frontend`») y si necesita el clúster entero. Nunca se hace
sobre el original: quien la usa (`acting`) le da una copia.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab_tools import faults
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.client import Client
from lab_tools.errors import StatusError
from lab_tools.objects import Object

EVICTION_TRIES, EVICTION_PAUSE = 60, 1.0
_RESTARTED = "kubectl.kubernetes.io/restartedAt"


@dataclass(frozen=True)
class Action:
    """`do` actúa en la copia y devuelve una frase con lo que no pudo, o vacía. `says` completa «Después de …»."""

    says: str
    do: Callable[[Client], str]
    whole: bool = False


def delete_pods(selector: str, count: int = 1) -> Action:
    """Borra los `count` primeros Pods listos, por nombre, que el selector elige."""

    def do(client: Client) -> str:
        ready = [pod for pod in client.list("pods", labels=selector) if is_ready(pod)]
        for pod in ready[:count]:
            client.delete("pods", pod["metadata"]["name"])
        return "" if len(ready) >= count else f"que `{selector}` solo tiene {len(ready)} Pods listos que borrar"

    which = "un Pod" if count == 1 else f"{count} Pods a la vez"
    return Action(f"borrar {which} de `{selector}`", do)


def drain(selector: str) -> Action:
    """Vacía, como `kubectl drain`, el nodo con más Pods del selector: lo acordona y desaloja respetando los PDB."""

    def do(client: Client) -> str:
        nodes = [pod["spec"].get("nodeName", "") for pod in client.list("pods", labels=selector) if is_ready(pod)]
        if not any(nodes):
            return f"que `{selector}` no tiene ningún Pod listo en ningún nodo"
        node = max(sorted(filter(None, nodes)), key=nodes.count)
        client.patch("nodes", node, {"spec": {"unschedulable": True}})
        for pod in client.list("pods", "*", fields={"spec.nodeName": node}):
            if not _stays(pod) and not _evict(client, pod):
                name = pod["metadata"]["name"]
                return f"que `{name}` no se deja desalojar de `{node}`: lo impide su PodDisruptionBudget"
        return ""

    return Action(f"vaciar el nodo con más Pods de `{selector}`", do, whole=True)


def _stays(pod: Object) -> bool:
    """Los de un DaemonSet, y los que el nodo lleva por su cuenta, no se desalojan."""
    owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences") or []}
    return bool(owners & {"DaemonSet", "Node"})


def _evict(client: Client, pod: Object) -> bool:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    for _ in range(EVICTION_TRIES):
        try:
            client.evict(name, namespace)
            return True
        except StatusError as error:
            if error.code == 404:
                return True
            if error.code != 429:
                raise
        client.wait(EVICTION_PAUSE)
    return False


def restart(deployment: str) -> Action:
    """Cambia todos los Pods por otros iguales, como `kubectl rollout restart`."""

    def do(client: Client) -> str:
        template = {"metadata": {"annotations": {_RESTARTED: f"{client.now():.0f}"}}}
        client.patch("deployments", deployment, {"spec": {"template": template}}, how="strategic")
        return ""

    return Action(f"reiniciar por partes `{deployment}`", do)


def set_image(deployment: str, image: str) -> Action:
    """Pide otra imagen para el primer contenedor."""

    def do(client: Client) -> str:
        container = client.get("deployments", deployment)["spec"]["template"]["spec"]["containers"][0]["name"]
        template = {"spec": {"containers": [{"name": container, "image": image}]}}
        client.patch("deployments", deployment, {"spec": {"template": template}}, how="strategic")
        return ""

    return Action(f"pedir para `{deployment}` la imagen `{image}`", do)


def scale(kind: str, name: str, replicas: int) -> Action:
    """Pide otro número de réplicas."""

    def do(client: Client) -> str:
        client.scale(kind, name, replicas)
        return ""

    return Action(f"pedir {replicas} réplicas de `{name}`", do)


def apply(says: str, manifest: str) -> Action:
    """Aplica un manifiesto."""

    def do(client: Client) -> str:
        client.apply(manifest)
        return ""

    return Action(says, do)


def fault(says: str, what: Mapping[str, Any], whole: bool = False) -> Action:
    """Provoca una avería de `lab_tools.faults`."""

    def do(client: Client) -> str:
        faults.inject(client, what)
        return ""

    return Action(says, do, whole)


def then(*actions: Action) -> Action:
    """Varias acciones seguidas."""

    def do(client: Client) -> str:
        return next((told for action in actions if (told := action.do(client))), "")

    return Action(" y después ".join(action.says for action in actions), do, any(action.whole for action in actions))


def perform(action: Action, snapshot: Snapshot) -> str:
    """Hace la acción en una copia. Lo que la API no admite también es algo que contar."""
    try:
        return action.do(snapshot.client)
    except StatusError as error:
        if error.code in (404, 409, 422):
            return f"que la API responde «{error.message}»"
        raise
