"""Un Pod retenido por `schedulingGates` puede estrechar dónde cabe, y no lo contrario; de sus puertas solo se quitan.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/#mutable-pod-scheduling-directives
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation.problem import Problem, forbidden, invalid

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_TERMS = f"spec.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
_LISTS = ("matchExpressions", "matchFields")


def update(after: Object, before: Object) -> Iterator[Problem]:
    """Los problemas de cambiar sus puertas, su `nodeSelector` o su afinidad de nodo (`spec` nuevo y viejo)."""
    gates = [one.get("name") for one in before.get("schedulingGates") or ()]
    for index, one in enumerate(after.get("schedulingGates") or ()):
        if one.get("name") not in gates:
            yield forbidden(f"spec.schedulingGates[{index}].name",
                            f"only deletion is allowed, but found new scheduling gate '{one.get('name')}'")  # fmt: skip
    if gates:
        yield from _selector(after.get("nodeSelector") or {}, before.get("nodeSelector") or {})
        yield from _terms(_of(after), _of(before))


def unchanged(after: Object, before: Object) -> None:
    """Deja en `after` lo que un Pod retenido puede estrechar como estaba en `before`."""
    if not before.get("schedulingGates"):
        return
    _put(after, "nodeSelector", before.get("nodeSelector"))
    affinity = dict(after.get("affinity") or {})
    _put(affinity, "nodeAffinity", (before.get("affinity") or {}).get("nodeAffinity"))
    _put(after, "affinity", affinity or None)


def _put(obj: Object, key: str, value: object) -> None:
    obj.pop(key, None)
    if value:
        obj[key] = value


def _selector(new: Object, old: Object) -> Iterator[Problem]:
    if any(new.get(key) != value for key, value in old.items()):
        yield invalid("spec.nodeSelector", new, "only additions to spec.nodeSelector are allowed (no mutations or "
                      "deletions)")  # fmt: skip


def _of(spec: Object) -> list[Object]:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    return (affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or []


def _terms(new: list[Object], old: list[Object]) -> Iterator[Problem]:
    if old and len(new) != len(old):
        yield invalid(_TERMS, new, "no additions/deletions to non-empty NodeSelectorTerms list are allowed")
        return
    for index, (one, other) in enumerate(zip(new, old, strict=False)):
        kept = all((one.get(key) or [])[: len(other.get(key) or [])] == (other.get(key) or []) for key in _LISTS)
        if not kept:
            yield invalid(f"{_TERMS}[{index}]", one, "only additions are allowed (no mutations or deletions)")
