"""Almacenamiento: la clase por omisión, lo que protege a un volumen en uso y quién puede crecer.

Fuente: https://kubernetes.io/docs/concepts/storage/persistent-volumes/
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.embedded.api.protocol import Options
from lab_tools.objects import Object, kinds, storage
from lab_tools.objects.kinds import Kind
from lab_tools.objects.quantity import parse

PROTECTION = {kinds.PERSISTENTVOLUMECLAIM: "kubernetes.io/pvc-protection",
              kinds.PERSISTENTVOLUME: "kubernetes.io/pv-protection"}  # fmt: skip


def protect(world: Reader, kind: Kind, obj: Object) -> None:
    """Una petición o un volumen no se van mientras alguien los use."""
    present = obj["metadata"].get("finalizers") or []
    if PROTECTION[kind] not in present:
        obj["metadata"]["finalizers"] = [*present, PROTECTION[kind]]


def default_class(world: Reader, kind: Kind, obj: Object) -> None:
    """Quien no nombra clase usa la marcada por omisión; entre varias, la más nueva. `""` es no querer ninguna."""
    if obj["spec"].get("storageClassName") is not None:
        return
    if name := storage.default_class(world.all(kinds.STORAGECLASS)):
        obj["spec"]["storageClassName"] = name


def check_growth(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """Solo crece la petición cuya clase lo permite."""
    if old is None or parse(_asked(obj)) <= parse(_asked(old)):
        return
    found = world.find(kinds.STORAGECLASS, "", old["spec"].get("storageClassName") or "")
    if not (found or {}).get("allowVolumeExpansion"):
        why = ("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must "
               "support resize")  # fmt: skip
        raise status.forbidden(kind, obj["metadata"]["name"], why)


def _asked(claim: Object) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))
