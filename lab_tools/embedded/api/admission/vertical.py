"""Un Pod nuevo nace con lo que recomienda su VerticalPodAutoscaler, si lo tiene y así lo quiere.

Fuente: https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/components.md#admission-controller
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.objects import Object, vertical
from lab_tools.objects.kinds import Kind
from lab_tools.objects.vertical import Owner


def resize(world: Reader, _: Kind, pod: Object) -> None:
    """Pone las peticiones (y los límites, en proporción) que se le recomiendan."""
    kind = world.kinds.by_plural(vertical.GROUP, vertical.VERSION, vertical.PLURAL)
    if kind is None:
        return
    owners = list(_owners(world, pod))
    for vpa in world.within(kind, pod["metadata"]["namespace"]) if owners else ():
        if vertical.mode(vpa) in vertical.ADMITTING and vertical.concerns(vpa, owners):
            _apply(vpa, pod)
            return


def _apply(vpa: Object, pod: Object) -> None:
    said, touched = [], []
    for index, container in enumerate(pod["spec"]["containers"]):
        fresh = vertical.resized(vpa, container)
        if fresh is None:
            continue
        before = (container.get("resources") or {}).get("limits") or {}
        what = [f"{name} request" for name in sorted(vertical.recommendations(vpa)[container["name"]]["target"])]
        what += [f"{name} limit" for name, text in sorted(before.items()) if fresh["limits"][name] != text]
        container["resources"] = fresh
        said.append(f"container {index}: {', '.join(what)}")
        touched.append(container["name"])
    if touched:
        notes = pod["metadata"].setdefault("annotations", {})
        notes["vpaObservedContainers"] = ", ".join(touched)
        notes["vpaUpdates"] = f"Pod resources updated by {vpa['metadata']['name']}: {'; '.join(said)}"


def _owners(world: Reader, obj: Object) -> Iterator[Owner]:
    """Quién lo controla, y quién controla a ese, hacia arriba."""
    reference = next((one for one in obj["metadata"].get("ownerReferences") or () if one.get("controller")), None)
    while reference is not None:
        yield reference["kind"], reference["name"]
        kind = world.kinds.find(reference["apiVersion"], reference["kind"])
        found = world.find(kind, obj["metadata"].get("namespace") or "", reference["name"]) if kind else None
        owners = found["metadata"].get("ownerReferences") or () if found is not None else ()
        reference = next((one for one in owners if one.get("controller")), None)
