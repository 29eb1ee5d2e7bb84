"""Lo que el clúster dice de sí mismo: versiones, grupos y recursos, en las dos formas que existen.

kubectl pide la forma agregada (todo en dos respuestas); los clientes de Python, la antigua (una por
grupo). Las dos salen de los tipos que se sirven.
Fuente: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
"""

from __future__ import annotations

from typing import Any

from lab_tools.embedded.rest.negotiation import clauses
from lab_tools.embedded.rest.routes import SUBRESOURCE_VERBS
from lab_tools.objects.kinds import Kind
from lab_tools.objects.registry import Kinds

VERSION = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "orquesta",
    "gitTreeState": "clean",
    "buildDate": "2026-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "python",
    "platform": "embedded",
}

AGGREGATED = "APIGroupDiscoveryList"
_GROUP = "apidiscovery.k8s.io"

# De qué tipo es lo que un subrecurso recibe o devuelve, cuando no es el propio objeto.
_ANSWERS: dict[str, tuple[str, str, str]] = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
    "attach": ("", "v1", "PodAttachOptions"),
    "exec": ("", "v1", "PodExecOptions"),
    "portforward": ("", "v1", "PodPortForwardOptions"),
}


def aggregated_version(accept: str) -> str:
    """La versión de la forma agregada que pide un cliente («v2», «v2beta1»), o vacío si no la pide."""
    for clause in clauses(accept):
        if clause.media == "application/json" and clause.get("as") == AGGREGATED and clause.get("g") == _GROUP:
            if clause.get("v") in ("v2", "v2beta1"):
                return clause.get("v")
        elif clause.media in ("application/json", "*/*") and not clause.get("as"):
            return ""
    return ""


def content_type(version: str) -> str:
    """El tipo que debe llevar una respuesta agregada para que kubectl la reconozca."""
    return f"application/json;g={_GROUP};v={version};as={AGGREGATED}"


def aggregated(kinds: Kinds, core: bool, version: str) -> dict[str, Any]:
    """Todo el núcleo (`/api`) o todos los grupos (`/apis`) en una respuesta."""
    names = [name for name in kinds.groups if (name == "") is core]
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [_aggregated_version(kinds, name, one) for one in kinds.groups[name]],
        }
        for name in names
    ]
    return {"kind": AGGREGATED, "apiVersion": f"{_GROUP}/{version}", "metadata": {}, "items": items}


def _aggregated_version(kinds: Kinds, group: str, version: str) -> dict[str, Any]:
    resources = [_aggregated_resource(kind) for kind in kinds.of_version(group, version)]
    return {"version": version, "resources": resources, "freshness": "Current"}


def _aggregated_resource(kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resource": kind.plural,
        "responseKind": _response_kind(kind, "", "", kind.kind),
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    if kind.subresources:
        found["subresources"] = [_aggregated_subresource(kind, name) for name in kind.subresources]
    return found


def _aggregated_subresource(kind: Kind, name: str) -> dict[str, Any]:
    group, version, answer = _answer(kind, name)
    response = _response_kind(kind, group, version if group else "", answer)
    return {"subresource": name, "responseKind": response, "verbs": list(SUBRESOURCE_VERBS[name])}


def _response_kind(kind: Kind, group: str, version: str, answer: str) -> dict[str, str]:
    # De sus propios tipos, el servidor real deja vacíos grupo y versión: son los de la respuesta.
    if kind.own is not None and not group:
        group, version = kind.group, kind.version
    return {"group": group, "version": version, "kind": answer}


def _answer(kind: Kind, name: str) -> tuple[str, str, str]:
    """Grupo, versión y tipo de lo que habla un subrecurso; sin grupo ni versión, los del propio recurso."""
    return _ANSWERS.get(name) or ("", "", f"{kind.kind}ProxyOptions" if name == "proxy" else kind.kind)


def core_versions(kinds: Kinds) -> dict[str, Any]:
    """`/api` en la forma antigua."""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}]
    return {"kind": "APIVersions", "versions": list(kinds.groups[""]), "serverAddressByClientCIDRs": addresses}


def group_list(kinds: Kinds) -> dict[str, Any]:
    """`/apis` en la forma antigua."""
    found = [_group(kinds, name) for name in kinds.groups if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group(kinds: Kinds, name: str) -> dict[str, Any] | None:
    """`/apis/GRUPO`, o `None` si no existe."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(kinds, name)} if name and name in kinds.groups else None


def _group(kinds: Kinds, name: str) -> dict[str, Any]:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in kinds.groups[name]]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(kinds: Kinds, group: str, version: str) -> dict[str, Any] | None:
    """`/api/v1` o `/apis/GRUPO/VERSIÓN` en la forma antigua, o `None` si no existe."""
    if version not in kinds.groups.get(group, ()):
        return None
    found_rows = (row for kind in kinds.of_version(group, version) for row in _resources(kind))
    rows = sorted(found_rows, key=lambda row: str(row["name"]))
    group_version = f"{group}/{version}" if group else version
    found: dict[str, Any] = {"kind": "APIResourceList", "groupVersion": group_version, "resources": rows}
    return {**found, "apiVersion": "v1"} if group else found


def _resources(kind: Kind) -> list[dict[str, Any]]:
    main: dict[str, Any] = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced}
    main |= {"kind": kind.kind, "verbs": list(kind.verbs)}
    if kind.short_names:
        main["shortNames"] = list(kind.short_names)
    if kind.categories:
        main["categories"] = list(kind.categories)
    return [main, *(_subresource(kind, name) for name in kind.subresources)]


def _subresource(kind: Kind, name: str) -> dict[str, Any]:
    group, version, answer = _answer(kind, name)
    found: dict[str, Any] = {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced}
    if group:
        found |= {"group": group, "version": version}
    return {**found, "kind": answer, "verbs": list(SUBRESOURCE_VERBS[name])}
