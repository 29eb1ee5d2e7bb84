"""Los dos cambios que un Pod admite por su propia puerta: contenedores efímeros y otro tamaño.

`narrow` deja pasar solo lo que esa puerta cambia; las demás funciones juzgan el cambio.
Fuente: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/,
https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab_tools.objects import Object, clone
from lab_tools.objects.qos import qos_class
from lab_tools.objects.validation.problem import Problem, forbidden, invalid

EPHEMERAL, RESIZE = "ephemeralcontainers", "resize"

_LISTS = ("containers", "initContainers")
_RESIZABLE = ("cpu", "memory")
_FIXED_AT_START = "resources for non-sidecar init containers are immutable"


def narrow(new: Object, old: Object, subresource: str) -> Object:
    """El Pod `old` con lo único de `new` que `subresource` puede cambiar."""
    spec = clone(old["spec"])
    wanted = new.get("spec") or {}
    if subresource == EPHEMERAL:
        found = wanted.get("ephemeralContainers")
        if found:
            spec["ephemeralContainers"] = found
        else:
            spec.pop("ephemeralContainers", None)
    else:
        _take(spec, wanted, "resources")
        for key in _LISTS:
            sizes = {one.get("name"): one for one in wanted.get(key) or ()}
            for one in spec.get(key) or ():
                _take(one, sizes.get(one["name"], one), "resources", "resizePolicy")
    return {**clone(old), "spec": spec, "metadata": new["metadata"]}


def _take(one: Object, wanted: Object, *fields: str) -> None:
    for field in fields:
        if field in wanted:
            one[field] = wanted[field]
        else:
            one.pop(field, None)


def ephemeral_update(new: Object, old: Object) -> Iterator[Problem]:
    """Un contenedor efímero se añade; ya no se quita ni se cambia."""
    where = "spec.ephemeralContainers"
    present = {one.get("name"): one for one in new["spec"].get("ephemeralContainers") or ()}
    for one in old["spec"].get("ephemeralContainers") or ():
        name = one["name"]
        if name not in present:
            yield forbidden(where, f'existing ephemeral containers "{name}" may not be removed\n')
        elif present[name] != one:
            yield forbidden(where, f'existing ephemeral containers "{name}" may not be changed\n')


def resize_update(new: Object, old: Object) -> Iterator[Problem]:
    """Cambian la CPU y la memoria del Pod y de los contenedores que siguen, sin cambiar la clase del Pod."""
    before = (old.get("status") or {}).get("qosClass") or qos_class(old)
    if qos_class(new) != before:
        yield invalid("spec", before, "Pod QOS Class may not change as a result of resizing")
    yield from _resized(new["spec"], old["spec"], "spec.resources")
    for key in _LISTS:
        for index, (one, other) in enumerate(zip(new["spec"].get(key) or (), old["spec"].get(key) or (), strict=True)):
            yield from _resized(one, other, f"spec.{key}[{index}].resources")
            if key == "initContainers" and other.get("restartPolicy") != "Always" and _differ(one, other):
                yield forbidden("spec", _FIXED_AT_START)
                return
    sizes = [({"resources": new["spec"].get("resources")}, {"resources": old["spec"].get("resources")})]
    sizes += [
        pair for key in _LISTS for pair in zip(new["spec"].get(key) or (), old["spec"].get(key) or (), strict=True)
    ]
    if any(_munged(one) != _munged(other) for one, other in sizes):
        yield forbidden("spec", "only cpu and memory resources are mutable")


def _resized(one: Object, other: Object, where: str) -> Iterator[Problem]:
    for part, word in (("requests", "resource requests"), ("limits", "resource limits")):
        if any(name not in _amounts(one, part) for name in _amounts(other, part)):
            yield forbidden(f"{where}.{part}", f"{word} cannot be removed")


def _differ(one: Object, other: Object) -> bool:
    return (one.get("resources") or {}) != (other.get("resources") or {})


def _munged(container: Object) -> Object:
    """El contenedor sin lo que se puede cambiar."""
    rest = {part: {name: amount for name, amount in _amounts(container, part).items() if name not in _RESIZABLE}
            for part in ("requests", "limits")}  # fmt: skip
    kept = {key: value for key, value in (container.get("resources") or {}).items() if key not in rest}
    return {**container, "resources": {**kept, **rest}}


def _amounts(container: Object, part: str) -> Mapping[str, str]:
    found: Mapping[str, str] = (container.get("resources") or {}).get(part) or {}
    return found
