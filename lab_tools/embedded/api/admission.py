"""Lo que el clúster añade o niega a un objeto nuevo antes de validarlo: una tabla ordenada de pasos.

Fuente: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

from lab_tools.embedded import status
from lab_tools.embedded.api import allocation, naming
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_TOKEN_SECONDS = 3607
_EVICTION_SECONDS = 300
_NODE_TROUBLES = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
# Los que nacen con el clúster y nadie puede borrar.
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class Reader(Protocol):
    """Lo que la admisión necesita saber del resto del clúster."""

    rng: random.Random

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Un objeto, o `None`."""

    def all(self, kind: Kind) -> list[Object]:
        """Todos los objetos de un tipo."""


Step = Callable[[Reader, Kind, Object], None]


def admit(world: Reader, kind: Kind, obj: Object) -> None:
    """Pasa un objeto nuevo por todos los pasos. `StatusError` si alguno lo niega."""
    for applies_to, step in STEPS:
        if applies_to is None or kind is applies_to:
            step(world, kind, obj)


def namespace_lifecycle(world: Reader, kind: Kind, obj: Object) -> None:
    """Nada nuevo entra en un Namespace que no existe o que se está borrando."""
    if not kind.namespaced:
        return
    name = obj["metadata"]["namespace"]
    namespace = world.find(kinds.NAMESPACE, "", name)
    if namespace is None:
        raise status.not_found(kinds.NAMESPACE, name)
    if namespace["metadata"].get("deletionTimestamp"):
        why = f"unable to create new content in namespace {name} because it is being terminated"
        refusal = status.forbidden(kind, obj["metadata"]["name"], why)
        refusal.status["details"]["causes"] = [{"reason": "NamespaceTerminating", "field": "metadata.namespace",
                                                "message": f"namespace {name} is being terminated"}]  # fmt: skip
        raise refusal


def namespace_identity(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Namespace lleva su nombre en una etiqueta y el finalizador que lo vacía antes de irse."""
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    obj["spec"] = {"finalizers": ["kubernetes"]}


def node_not_ready(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Node que no dice estar listo nace con el taint que impide planificar en él."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    if any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions):
        return
    taints = obj.setdefault("spec", {}).setdefault("taints", [])
    taints.append({"key": _NODE_TROUBLES[0], "effect": "NoSchedule"})


def service_account(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Pod usa una ServiceAccount que existe, y monta su credencial salvo que diga lo contrario."""
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = world.find(kinds.SERVICEACCOUNT, namespace, name)
    if account is None:
        why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise status.forbidden(kind, obj["metadata"]["name"], why)
    wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
    if wanted:
        _mount_token(world, spec)


def _mount_token(world: Reader, spec: Object) -> None:
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    bare = [one for one in containers
            if all(mount.get("mountPath") != TOKEN_MOUNT for mount in one.get("volumeMounts") or ())]  # fmt: skip
    if not bare:
        return
    volume = f"kube-api-access-{naming.suffix(world.rng)}"
    for container in bare:
        mount = {"mountPath": TOKEN_MOUNT, "name": volume, "readOnly": True}
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mount]
    spec["volumes"] = [*(spec.get("volumes") or ()), _token_volume(volume)]


def _token_volume(name: str) -> Object:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}


def priority(world: Reader, kind: Kind, obj: Object) -> None:
    """La prioridad de un Pod sale de su PriorityClass; sin ella, de la marcada por omisión, o cero."""
    spec = obj["spec"]
    name = spec.get("priorityClassName")
    found = world.find(kinds.PRIORITYCLASS, "", name) if name else _default_priority(world)
    if name and found is None:
        if name not in _SYSTEM_PRIORITIES:
            why = f"no PriorityClass with name {name} was found"
            raise status.forbidden(kind, obj["metadata"]["name"], why)
        found = {"value": _SYSTEM_PRIORITIES[name]}
    if found is not None and not name and "metadata" in found:
        spec["priorityClassName"] = found["metadata"]["name"]
    spec["priority"] = (found or {}).get("value", 0)
    spec.setdefault("preemptionPolicy", (found or {}).get("preemptionPolicy", "PreemptLowerPriority"))


_SYSTEM_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


def _default_priority(world: Reader) -> Object | None:
    return next((one for one in world.all(kinds.PRIORITYCLASS) if one.get("globalDefault")), None)


def node_trouble_tolerations(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Pod aguanta cinco minutos en un nodo perdido, salvo que diga otra cosa."""
    present = obj["spec"].get("tolerations") or []
    added = [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _EVICTION_SECONDS}
             for key in _NODE_TROUBLES if not any(_tolerates(one, key) for one in present)]  # fmt: skip
    if added:
        obj["spec"]["tolerations"] = [*present, *added]


def _tolerates(toleration: Object, key: str) -> bool:
    return toleration.get("key", key) == key and toleration.get("effect", "NoExecute") in ("", "NoExecute")


def service_addresses(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Service recibe su IP y sus puertos de nodo."""
    if isinstance(obj.get("spec"), dict):
        allocation.allocate(obj, world.all(kinds.SERVICE), world.rng)


# El orden importa: primero si cabe, después lo que se añade.
STEPS: tuple[tuple[Kind | None, Step], ...] = (
    (None, namespace_lifecycle),
    (kinds.NAMESPACE, namespace_identity),
    (kinds.NODE, node_not_ready),
    (kinds.POD, service_account),
    (kinds.POD, priority),
    (kinds.POD, node_trouble_tolerations),
    (kinds.SERVICE, service_addresses),
)
