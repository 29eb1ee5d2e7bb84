"""Las clases que un objeto nombra o hereda: RuntimeClass para un Pod, IngressClass por omisión para un Ingress.

Fuente: https://kubernetes.io/docs/concepts/containers/runtime-class/ y
https://kubernetes.io/docs/concepts/services-networking/ingress/#default-ingress-class
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.kinds import Kind

IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_OLD_ANNOTATION = "kubernetes.io/ingress.class"


def runtime(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Pod recibe de su RuntimeClass la sobrecarga y los nodos en que puede correr."""
    spec = obj["spec"]
    name = spec.get("runtimeClassName")
    found = world.find(kinds.RUNTIMECLASS, "", name) if name else None
    if name and found is None:
        raise _rejected(kind, obj, f'RuntimeClass "{name}" not found')
    overhead = ((found or {}).get("overhead") or {}).get("podFixed")
    if spec.get("overhead") and not overhead:
        raise _rejected(kind, obj, "Pod Overhead set without corresponding RuntimeClass defined Overhead")
    if overhead and spec.setdefault("overhead", dict(overhead)) != overhead:
        raise _rejected(kind, obj, "Pod's Overhead doesn't match RuntimeClass's defined Overhead")
    _send_to_its_nodes(kind, obj, (found or {}).get("scheduling") or {})


def _send_to_its_nodes(kind: Kind, obj: Object, scheduling: Object) -> None:
    spec = obj["spec"]
    chosen = spec.get("nodeSelector") or {}
    for key, value in (scheduling.get("nodeSelector") or {}).items():
        if chosen.get(key, value) != value:
            raise _rejected(kind, obj, f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                                       f"pod.spec.nodeSelector[{key}] = {chosen[key]}")  # fmt: skip
    if scheduling.get("nodeSelector"):
        spec["nodeSelector"] = {**chosen, **scheduling["nodeSelector"]}
    present = spec.get("tolerations") or []
    added = [clone(one) for one in scheduling.get("tolerations") or () if one not in present]
    if added:
        spec["tolerations"] = [*present, *added]


def _rejected(kind: Kind, obj: Object, why: str) -> StatusError:
    return status.forbidden(kind, obj["metadata"]["name"], f"pod rejected: {why}")


def default_ingress(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Ingress sin clase usa la marcada por omisión; entre varias, la más nueva."""
    annotations = obj["metadata"].get("annotations") or {}
    if obj["spec"].get("ingressClassName") is not None or _OLD_ANNOTATION in annotations:
        return
    marked = [one for one in world.all(kinds.INGRESSCLASS)
              if (one["metadata"].get("annotations") or {}).get(IS_DEFAULT) == "true"]  # fmt: skip
    if marked:
        newest = max(marked, key=lambda one: str(one["metadata"]["creationTimestamp"]))
        obj["spec"]["ingressClassName"] = newest["metadata"]["name"]
