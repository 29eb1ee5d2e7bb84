"""LimitRange: lo que pone a quien no pide nada, y entre qué límites debe quedar quien pide.

Fuente: https://kubernetes.io/docs/concepts/policy/limit-range/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/plugin/pkg/admission/limitranger/admission.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab_tools.embedded import status
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.embedded.api.protocol import Options
from lab_tools.objects import Object, kinds, pod_resources
from lab_tools.objects.kinds import Kind
from lab_tools.objects.quantity import parse

ANNOTATION = "kubernetes.io/limit-ranger"
Amounts = dict[str, str]
# Lo que no cumple, según una de las reglas de un LimitRange.
Judge = Callable[[Object], Iterator[str]]


def fill_in(world: Reader, kind: Kind, obj: Object) -> None:
    """Cada contenedor recibe lo que no dijo; una anotación cuenta qué se le puso."""
    for limit_range in world.within(kinds.LIMITRANGE, obj["metadata"]["namespace"]):
        notes = list(_fill(obj["spec"], *_defaults(limit_range)))
        if notes:
            meta = obj["metadata"]
            meta["annotations"] = {**(meta.get("annotations") or {}),
                                   ANNOTATION: f"LimitRanger plugin set: {'; '.join(notes)}"}  # fmt: skip


def _defaults(limit_range: Object) -> tuple[Amounts, Amounts]:
    requests: Amounts = {}
    limits: Amounts = {}
    for one in limit_range["spec"].get("limits") or ():
        if one.get("type") == "Container":
            requests.update(one.get("defaultRequest") or {})
            limits.update(one.get("default") or {})
    return requests, limits


def _fill(spec: Object, requests: Amounts, limits: Amounts) -> Iterator[str]:
    for group, name in (("containers", "container"), ("initContainers", "init container")):
        for container in spec.get(group) or ():
            for part, amounts in (("requests", requests), ("limits", limits)):
                added = _complete(container, part, amounts)
                if added:
                    yield f"{', '.join(added)} {part[:-1]} for {name} {container['name']}"


def _complete(container: Object, part: str, amounts: Amounts) -> list[str]:
    present = (container.get("resources") or {}).get(part) or {}
    added = sorted(name for name in amounts if name not in present)
    if added:
        resources = container["resources"] = dict(container.get("resources") or {})
        resources[part] = {**present, **{name: amounts[name] for name in added}}
    return added


def check_pod(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """Un Pod nuevo, o de otro tamaño, respeta cada LimitRange de su Namespace: 403 con lo que no cumple del primero."""
    if old is None or _sizes(obj) != _sizes(old):
        _refuse(world, kind, obj, lambda one: _pod_problems(one, obj))


def _sizes(pod: Object) -> list[Object]:
    spec = pod["spec"]
    return [one.get("resources") or {} for one in (*spec["containers"], *(spec.get("initContainers") or ()))]


def check_claim(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """Una petición de almacenamiento cabe entre el mínimo y el máximo de su Namespace."""
    asked = ((obj["spec"].get("resources") or {}).get("requests")) or {}
    _refuse(world, kind, obj, lambda one: _claim_problems(one, asked))


def _refuse(world: Reader, kind: Kind, obj: Object, problems: Judge) -> None:
    meta = obj["metadata"]
    for limit_range in world.within(kinds.LIMITRANGE, meta["namespace"]):
        found = list(dict.fromkeys(
            text for one in limit_range["spec"].get("limits") or () for text in problems(one)))  # fmt: skip
        if found:
            raise status.forbidden(kind, meta["name"], found[0] if len(found) == 1 else f"[{', '.join(found)}]")


def _pod_problems(limit: Object, pod: Object) -> Iterator[str]:
    if limit["type"] == "Container":
        for container in [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]:
            resources = container.get("resources") or {}
            yield from _out_of_bounds(limit, resources.get("requests") or {}, resources.get("limits") or {})
    elif limit["type"] == "Pod":
        asked, capped = pod_resources.total(pod, "requests"), pod_resources.total(pod, "limits")
        yield from _out_of_bounds(limit, asked, capped)


def _out_of_bounds(limit: Object, requests: Amounts, limits: Amounts) -> Iterator[str]:
    kind = limit["type"]
    for name, bound in sorted((limit.get("min") or {}).items()):
        start = f"minimum {name} usage per {kind} is {bound}"
        if name not in requests:
            yield f"{start}.  No request is specified"
        elif parse(requests[name]) < parse(bound):
            yield f"{start}, but request is {requests[name]}"
        elif name in limits and parse(limits[name]) < parse(bound):
            yield f"{start}, but limit is {limits[name]}"
    for name, bound in sorted((limit.get("max") or {}).items()):
        start = f"maximum {name} usage per {kind} is {bound}"
        if name not in limits:
            yield f"{start}.  No limit is specified"
        elif parse(limits[name]) > parse(bound):
            yield f"{start}, but limit is {limits[name]}"
        elif name in requests and parse(requests[name]) > parse(bound):
            yield f"{start}, but request is {requests[name]}"
    for name, bound in sorted((limit.get("maxLimitRequestRatio") or {}).items()):
        yield from _ratio(f"{name} max limit to request ratio per {kind} is {bound}", bound,
                          requests.get(name, "0"), limits.get(name, "0"))  # fmt: skip


def _ratio(start: str, bound: str, request: str, limit: str) -> Iterator[str]:
    if not parse(request):
        yield f"{start}, but no request is specified or request is 0"
    elif not parse(limit):
        yield f"{start}, but no limit is specified or limit is 0"
    elif parse(limit) / parse(request) > parse(bound):
        yield f"{start}, but provided ratio is {parse(limit) / parse(request):.6f}"


def _claim_problems(limit: Object, asked: Amounts) -> Iterator[str]:
    if limit["type"] != "PersistentVolumeClaim":
        return
    for key, word in (("min", "minimum"), ("max", "maximum")):
        for name, bound in sorted((limit.get(key) or {}).items()):
            start = f"{word} {name} usage per PersistentVolumeClaim is {bound}"
            if name not in asked:
                yield f"{start}.  No request is specified"
            elif (parse(asked[name]) < parse(bound)) if key == "min" else (parse(asked[name]) > parse(bound)):
                yield f"{start}, but request is {asked[name]}"
