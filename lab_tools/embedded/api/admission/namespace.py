"""El Namespace donde entra un objeto: que exista, que no se esté yendo, y con qué nace el propio Namespace."""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind


def lifecycle(world: Reader, kind: Kind, obj: Object) -> None:
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


def identity(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Namespace lleva su nombre en una etiqueta y el finalizador que lo vacía antes de irse."""
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    obj["spec"] = {"finalizers": ["kubernetes"]}
