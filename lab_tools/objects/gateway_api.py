"""Gateway API: qué rutas admite cada puerta y a qué Services pueden mandar. Funciones de sus argumentos.

Las usan quien escribe el estado de estos objetos y quien lleva las peticiones: dicen lo mismo porque es lo mismo.
Fuente: https://gateway-api.sigs.k8s.io/reference/spec/ (v1)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lab_tools.objects import Object
from lab_tools.objects.entrances import GATEWAY_CONTROLLER
from lab_tools.objects.hostname import intersect
from lab_tools.objects.selector import LabelSelector

GROUP = "gateway.networking.k8s.io"
CONTROLLER = GATEWAY_CONTROLLER
PLURALS = ("gatewayclasses", "gateways", "httproutes", "referencegrants")

SpaceLabels = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Attachment:
    """Lo que un Gateway dice a una ruta por uno de sus `parentRefs`.

    `listeners` son los que la admiten, cada uno con los nombres por los que atenderá. Sin ninguno, `reason` y
    `message` son los de la condición Accepted.
    """

    listeners: tuple[tuple[str, tuple[str, ...]], ...]
    reason: str = "Accepted"
    message: str = "Route is accepted"

    @property
    def accepted(self) -> bool:
        """Si la admite alguno."""
        return bool(self.listeners)


@dataclass(frozen=True, slots=True)
class Reference:
    """A dónde apunta un `backendRef`, y si vale. `reason` es el de la condición ResolvedRefs."""

    namespace: str
    name: str
    port: int
    reason: str = "ResolvedRefs"
    message: str = ""

    @property
    def valid(self) -> bool:
        """Si se le puede mandar algo."""
        return self.reason == "ResolvedRefs"


def seconds(text: str) -> float:
    """Los segundos de una duración como la escribe Gateway API (GEP-2257): «500ms», «1m30s»."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)(ms|h|m|s)", text))


def parents(route: Object) -> Iterator[tuple[Object, str, str]]:
    """Los Gateways que una ruta nombra: (parentRef, espacio, nombre)."""
    for parent in route["spec"].get("parentRefs") or ():
        if parent.get("kind", "Gateway") == "Gateway" and parent.get("group", GROUP) == GROUP:
            yield parent, parent.get("namespace") or route["metadata"]["namespace"], parent["name"]


def targets(route: Object) -> Iterator[Object]:
    """Todo lo que una ruta nombra para que reciba peticiones, o una copia de ellas: sus `backendRef`."""
    for rule in route["spec"].get("rules") or ():
        yield from rule.get("backendRefs") or ()
        yield from (one["requestMirror"]["backendRef"] for one in rule.get("filters") or () if "requestMirror" in one)


def attach(route: Object, parent: Object, gateway: Object, labels_of: SpaceLabels) -> Attachment:
    """Qué puertas de `gateway` admiten la ruta."""
    section, port = parent.get("sectionName"), parent.get("port")
    named = [one for one in gateway["spec"].get("listeners") or ()
             if section in (None, one["name"]) and port in (None, one["port"])]  # fmt: skip
    if not named:
        return Attachment((), "NoMatchingParent", "No listener of the Gateway matches the parentRef")
    allowed = [one for one in named if _allows(one, route, gateway, labels_of)]
    if not allowed:
        return Attachment((), "NotAllowedByListeners", "Route is not allowed by any listener of the Gateway")
    found = [(one["name"], hostnames(one.get("hostname", ""), route["spec"].get("hostnames") or ())) for one in allowed]
    kept = tuple((name, hosts) for name, hosts in found if hosts)
    if not kept:
        return Attachment((), "NoMatchingListenerHostname", "No hostname of the route matches the listener hostname")
    return Attachment(kept)


def hostnames(listener: str, route: Iterable[str]) -> tuple[str, ...]:
    """Los nombres por los que una puerta atenderá una ruta. («»,) es cualquiera."""
    both = [intersect(listener, one) for one in route] if route else [listener]
    return tuple(one for one in both if one is not None)


def _allows(listener: Object, route: Object, gateway: Object, labels_of: SpaceLabels) -> bool:
    allowed = listener.get("allowedRoutes") or {}
    routes = [one.get("kind") for one in allowed.get("kinds") or ()]
    if (routes and "HTTPRoute" not in routes) or listener["protocol"] not in ("HTTP", "HTTPS"):
        return False
    spaces = allowed.get("namespaces") or {}
    where = route["metadata"]["namespace"]
    match spaces.get("from", "Same"):
        case "All":
            return True
        case "Selector":
            return LabelSelector.from_object(spaces.get("selector") or {}).matches(labels_of(where))
    return bool(where == gateway["metadata"]["namespace"])


def refer(owner: Object, reference: Object, grants: Iterable[Object],
          service: Callable[[str, str], Object | None]) -> Reference:  # fmt: skip
    """A dónde apunta un `backendRef` de una HTTPRoute, y si puede apuntar ahí."""
    home = owner["metadata"]["namespace"]
    namespace, name = reference.get("namespace") or home, reference["name"]
    port = int(reference.get("port") or 0)
    if reference.get("kind", "Service") != "Service" or reference.get("group", ""):
        kind = f"{reference.get('group') or 'core'}/{reference.get('kind')}"
        return Reference(namespace, name, port, "InvalidKind", f"kind {kind} is not supported as a backend")
    if not granted("HTTPRoute", home, "Service", namespace, name, grants):
        why = f"Backend ref to Service {namespace}/{name} not permitted by any ReferenceGrant"
        return Reference(namespace, name, port, "RefNotPermitted", why)
    found = service(namespace, name)
    if found is None or port not in [one["port"] for one in found["spec"].get("ports") or ()]:
        what = f"Service {namespace}/{name}" + (" not found" if found is None else f" has no port {port}")
        return Reference(namespace, name, port, "BackendNotFound", what)
    return Reference(namespace, name, port)


def granted(kind: str, home: str, target: str, namespace: str, name: str, grants: Iterable[Object]) -> bool:
    """Si un objeto de `home` puede referirse a otro de `namespace`: en casa siempre; fuera, con un ReferenceGrant."""
    if home == namespace:
        return True
    for grant in grants:
        if grant["metadata"]["namespace"] != namespace:
            continue
        group = GROUP if kind in ("HTTPRoute", "Gateway") else ""
        given = any((one.get("group"), one.get("kind"), one.get("namespace")) == (group, kind, home)
                    for one in grant["spec"].get("from") or ())  # fmt: skip
        reached = any(one.get("kind") == target and not one.get("group") and one.get("name") in (None, "", name)
                      for one in grant["spec"].get("to") or ())  # fmt: skip
        if given and reached:
            return True
    return False
