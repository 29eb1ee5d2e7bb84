"""Lo que se puede cambiar en la plantilla de un Job: nada, salvo mientras espera suspendido y sin Pods.

Entonces cambian dónde correrán sus Pods (etiquetas, anotaciones, `nodeSelector`, afinidad de nodo, tolerancias y
puertas) y cuánto piden sus contenedores; ni las imágenes, ni las órdenes, ni `restartPolicy`.
Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/#mutable-scheduling-directives y
https://kubernetes.io/blog/2026/04/27/kubernetes-v1-36-mutable-pod-resources-for-suspended-jobs/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation.checks import IMMUTABLE
from lab_tools.objects.validation.problem import Problem, invalid

_METADATA = ("labels", "annotations")
_PLACE = ("nodeSelector", "tolerations", "schedulingGates")
_AMOUNTS = ("requests", "limits")


def template_update(new: Object, old: Object) -> Iterator[Problem]:
    """Los problemas de cambiar la plantilla de un Job."""
    after, before = ((one.get("spec") or {}).get("template") or {} for one in (new, old))
    if after != (_allowed(after, before) if _waits(old) else before):
        yield invalid("spec.template", after, IMMUTABLE)


def _waits(job: Object) -> bool:
    """Si está suspendido y ya no le queda ningún Pod en marcha."""
    return bool((job.get("spec") or {}).get("suspend")) and not (job.get("status") or {}).get("active")


def _allowed(after: Object, before: Object) -> Object:
    """La plantilla de antes con lo único de la nueva que puede cambiar."""
    spec, was = after.get("spec") or {}, before.get("spec") or {}
    kept = _taking(was, spec, _PLACE)
    kept = _replaced(kept, "affinity", _taking(was.get("affinity") or {}, spec.get("affinity") or {}, ["nodeAffinity"]),
                     "affinity" in spec)  # fmt: skip
    for name in ("containers", "initContainers"):
        if name in was and len(was[name]) == len(spec.get(name) or ()):
            kept[name] = [_sized(one, other) for one, other in zip(was[name], spec[name], strict=True)]
    meta, new_meta = before.get("metadata") or {}, after.get("metadata") or {}
    found = _replaced(before, "metadata", _taking(meta, new_meta, _METADATA), "metadata" in after)
    return {**found, "spec": kept}


def _sized(was: Object, now: Object) -> Object:
    """Un contenedor de antes con lo que pide el nuevo."""
    amounts = _taking(was.get("resources") or {}, now.get("resources") or {}, _AMOUNTS)
    return _replaced(was, "resources", amounts, "resources" in now)


def _taking(was: Object, now: Object, names: Iterable[str]) -> Object:
    """Un mapa con los campos `names` como están en el otro, también los que allí faltan."""
    kept = {key: value for key, value in was.items() if key not in names}
    return {**kept, **{name: now[name] for name in names if name in now}}


def _replaced(obj: Object, name: str, value: Object, written: bool) -> Object:
    """El mapa con otro valor en `name`; uno vacío solo está si también lo está en lo que se compara."""
    rest = {key: one for key, one in obj.items() if key != name}
    return {**rest, name: value} if value or written else rest
