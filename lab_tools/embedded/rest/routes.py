"""De una ruta y un método a lo que se pide: tipo, espacio de nombres, nombre, subrecurso y verbo.

Las rutas se deducen de la tabla de tipos; aquí no se escribe ninguna a mano.
Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
"""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.objects.kinds import Kind
from lab_tools.objects.registry import Kinds

_ON_OBJECT = {"GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_ON_COLLECTION = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}
_ON_SUBRESOURCE = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}

# Verbos de cada subrecurso: la misma lista alimenta el descubrimiento y las rutas.
SUBRESOURCE_VERBS: dict[str, tuple[str, ...]] = {
    "status": ("get", "patch", "update"),
    "scale": ("get", "patch", "update"),
    "finalize": ("update",),
    "log": ("get",),
    "binding": ("create",),
    "eviction": ("create",),
    "token": ("create",),
    "approval": ("get", "patch", "update"),
    "ephemeralcontainers": ("get", "patch", "update"),
    "resize": ("get", "patch", "update"),
    "attach": ("create", "get"),
    "exec": ("create", "get"),
    "portforward": ("create", "get"),
    "proxy": ("create", "delete", "get", "patch", "update"),
}


@dataclass(frozen=True)
class Target:
    """A qué apunta una ruta. `name` vacío es la colección; `watching` es la forma antigua `/watch/…`.

    `path` es lo que se pide a quien esté detrás, en el subrecurso `proxy`.
    """

    kind: Kind
    namespace: str | None = None
    name: str = ""
    subresource: str = ""
    watching: bool = False
    path: str = "/"

    def verb(self, method: str, watch: bool = False) -> str | None:
        """El verbo de la API para un método HTTP, o `None` si aquí no se permite. `watch` es el de la consulta."""
        if self.watching or (watch and method == "GET" and not self.name):
            return "watch" if method == "GET" and "watch" in self.kind.verbs and not self.subresource else None
        if self.subresource:
            verb = _ON_SUBRESOURCE.get(method)
            return verb if verb in SUBRESOURCE_VERBS.get(self.subresource, ()) else None
        verb = (_ON_OBJECT if self.name else _ON_COLLECTION).get(method)
        if verb == "create" and self.kind.namespaced and self.namespace is None:
            return None
        return verb if verb in self.kind.verbs else None


def group_version(parts: list[str]) -> tuple[str, str, list[str]] | None:
    """Parte una ruta ya troceada en grupo, versión y resto; `None` si no empieza por `api` o `apis`."""
    if parts[:1] == ["api"] and len(parts) > 1:
        return "", parts[1], parts[2:]
    if parts[:1] == ["apis"] and len(parts) > 2:
        return parts[1], parts[2], parts[3:]
    return None


def resolve(kinds: Kinds, group: str, version: str, rest: list[str]) -> Target | None:
    """A qué apunta el resto de la ruta dentro de un grupo y versión; `None` si a nada de lo que se sirve."""
    watching = rest[:1] == ["watch"]
    if watching:
        rest = rest[1:]
    if len(rest) >= 3 and rest[0] == "namespaces":
        namespaced = kinds.by_plural(group, version, rest[2])
        if namespaced is not None and namespaced.namespaced:
            return _target(namespaced, rest[1], rest[3:], watching)
    kind = kinds.by_plural(group, version, rest[0]) if rest else None
    if kind is None or (kind.namespaced and len(rest) > 1):
        return None
    return _target(kind, None, rest[1:], watching)


def _target(kind: Kind, namespace: str | None, rest: list[str], watching: bool) -> Target | None:
    name, subresource = (*rest, "", "")[:2]
    if subresource and subresource not in kind.subresources:
        return None
    if subresource == "proxy":
        return Target(kind, namespace, name, subresource, watching, "/" + "/".join(rest[2:]))
    return Target(kind, namespace, name, subresource, watching) if len(rest) < 3 else None
