"""Los campos por los que se puede filtrar cada tipo con `fieldSelector`.

Fuente: https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

Getter = Callable[[Object], str]


def _at(path: str, default: str = "") -> Getter:
    steps = path.split(".")

    def get(obj: Object) -> str:
        value: object = obj
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return default
        return str(value).lower() if isinstance(value, bool) else str(value)

    return get


def _paths(*paths: str) -> dict[str, Getter]:
    return {path: _at(path) for path in paths}


_METADATA = _paths("metadata.name")
_NAMESPACED = _paths("metadata.name", "metadata.namespace")
_INVOLVED = [f"involvedObject.{name}" for name in
             ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")]  # fmt: skip

_OF_KIND: dict[Kind, dict[str, Getter]] = {
    kinds.POD: {
        **_paths("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                 "status.phase", "status.podIP", "status.nominatedNodeName"),
        "spec.hostNetwork": _at("spec.hostNetwork", "false"),
    },
    kinds.NODE: {"spec.unschedulable": _at("spec.unschedulable", "false")},
    kinds.NAMESPACE: _paths("status.phase"),
    kinds.SECRET: _paths("type"),
    kinds.SERVICE: _paths("spec.clusterIP", "spec.type"),
    kinds.REPLICASET: {"status.replicas": _at("status.replicas", "0")},
    kinds.REPLICATIONCONTROLLER: {"status.replicas": _at("status.replicas", "0")},
    kinds.JOB: {"status.successful": _at("status.succeeded", "0")},
    kinds.CERTIFICATESIGNINGREQUEST: _paths("spec.signerName"),
    kinds.RESOURCESLICE: _paths("spec.nodeName", "spec.driver"),
    kinds.EVENT: {
        **_paths(*_INVOLVED, "reason", "reportingComponent", "type"),
        "source": _at("source.component"),
    },
}  # fmt: skip

_OF_KIND[kinds.EVENT_NEW] = {
    **_paths(*(name.replace("involvedObject", "regarding") for name in _INVOLVED)),
    **_paths("reason", "reportingController", "type"),
}

_CACHE: dict[Kind, dict[str, Getter]] = {}


def unknown(kind: Kind, names: Iterable[str]) -> str:
    """La queja del servidor real sobre el primer campo por el que no se puede filtrar; vacía si se puede por todos."""
    known = getters(kind)
    name = next((one for one in names if one not in known), None)
    if name is None:
        return ""
    if kind.own is not None or kind in _OF_KIND:
        return f"field label not supported: {name}"
    return f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def getters(kind: Kind) -> dict[str, Getter]:
    """Los campos admitidos de un tipo: nombre → función que lo lee como texto."""
    if kind.own is not None:
        return {**(_NAMESPACED if kind.namespaced else _METADATA), **_paths(*kind.own.selectable)}
    found = _CACHE.get(kind)
    if found is None:
        common = _NAMESPACED if kind.namespaced else _METADATA
        found = _CACHE[kind] = {**common, **_OF_KIND.get(kind, {})}
    return found
