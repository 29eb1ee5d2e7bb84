"""Los Pods de los que habla un VerticalPodAutoscaler."""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.selector import LabelSelector

_GONE = ("Succeeded", "Failed")


class NoTarget(Exception):
    """No se sabe de qué Pods habla. `str` es el mensaje de la condición ConfigUnsupported."""


def target(api: Api, vpa: Object) -> Object:
    """El objeto de `targetRef`. Lanza `NoTarget`."""
    wanted, namespace = vpa["spec"]["targetRef"], vpa["metadata"]["namespace"]
    kind = api.kinds.find(str(wanted.get("apiVersion") or "v1"), wanted["kind"])
    missing = f"Cannot read targetRef. Reason: {wanted['kind']} {namespace}/{wanted['name']} does not exist"
    if kind is None:
        raise NoTarget(missing)
    try:
        return api.get(kind, namespace, wanted["name"])
    except StatusError as error:
        if error.code != 404:
            raise
        raise NoTarget(missing) from None


def pods(api: Api, vpa: Object) -> tuple[list[Object], int]:
    """Los Pods vivos de un VerticalPodAutoscaler y cuántos pide su controlador. Lanza `NoTarget`."""
    owner = target(api, vpa)
    spec = owner.get("spec") or {}
    if spec.get("selector") is None:
        raise NoTarget("Cannot read targetRef. Reason: the target has no selector")
    # El de un ReplicationController es un mapa de etiquetas, sin más.
    plain = not {"matchLabels", "matchExpressions"} & set(spec["selector"])
    selector = LabelSelector.from_object({"matchLabels": spec["selector"]} if plain else spec["selector"])
    found = [one for one in api.list(kinds.POD, vpa["metadata"]["namespace"], selector).items
             if not one["metadata"].get("deletionTimestamp") and one["status"].get("phase") not in _GONE]  # fmt: skip
    return found, int(spec.get("replicas") or len(found))
