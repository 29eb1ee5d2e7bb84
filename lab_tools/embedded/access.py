"""Quién puede qué: tres credenciales, tres listas de reglas.

La dueña lo puede todo, también la puerta propia del clúster. La estudiante puede lo que quien administra un
Kubernetes, menos hacerse pasar por el sistema: no escribe estados, ni ata Pods, ni inventa Events o Leases,
ni adelanta el reloj. La correctora solo lee. Una regla niega o permite; manda la primera que encaje, y lo
que nadie permite está negado.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab_tools.embedded import status
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError

OWNER, STUDENT, CHECKER = "orquesta:owner", "orquesta:student", "orquesta:checker"
MASTERS = "system:masters"
ANY = "*"
READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch", "delete", "deletecollection")

UNAUTHENTICATED = "system:unauthenticated"
ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))

# Rutas que responden sin credencial, como en un Kubernetes recién instalado.
PUBLIC = ("/healthz", "/livez", "/readyz", "/version")


@dataclass(frozen=True)
class Attributes:
    """Lo que se quiere hacer. `resource` lleva el subrecurso («pods/log»); sin recurso, cuenta `path`."""

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str | None = None
    name: str = ""
    path: str = ""


@dataclass(frozen=True)
class Rule:
    """Una línea de la tabla. `resources` admite «*», «*/status» y «grupo:recurso»; `paths`, un «*» al final."""

    allow: bool
    verbs: tuple[str, ...]
    resources: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def matches(self, asked: Attributes) -> bool:
        """Si esta regla habla de lo que se quiere hacer."""
        if ANY not in self.verbs and asked.verb not in self.verbs:
            return False
        if asked.resource:
            return any(_names(pattern, asked) for pattern in self.resources)
        return any(_covers(pattern, asked.path) for pattern in self.paths)


def _names(pattern: str, asked: Attributes) -> bool:
    if pattern == ANY:
        return True
    if pattern.startswith("*/"):
        return asked.resource.endswith(pattern[1:])
    group, separator, resource = pattern.rpartition(":")
    return resource == asked.resource and (not separator or group == asked.group)


def _covers(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


_SYSTEM_ONLY = ("*/status", "*/finalize", "pods/binding", "bindings", "events", "events.k8s.io:events",
                "coordination.k8s.io:leases")  # fmt: skip
_DOOR = "/orquesta/*"

RULES: Mapping[str, tuple[Rule, ...]] = {
    MASTERS: (Rule(True, (ANY,), (ANY,), ("*",)),),
    OWNER: (Rule(True, (ANY,), (ANY,), ("*",)),),
    STUDENT: (
        Rule(False, WRITE, _SYSTEM_ONLY),
        Rule(False, ("impersonate",), (ANY,)),
        Rule(True, ("get",), (), ("/orquesta/v1/clock",)),
        Rule(False, (ANY,), (), (_DOOR,)),
        Rule(True, (ANY,), (ANY,), ("*",)),
    ),
    UNAUTHENTICATED: (Rule(True, ("get",), (), PUBLIC),),
    CHECKER: (
        Rule(True, READ, (ANY,)),
        Rule(True, ("get",), (), ("*",)),
    ),
}


def allowed(user: User, asked: Attributes) -> bool:
    """Si alguno de los grupos del usuario tiene una regla que lo permita."""
    return any(_verdict(RULES.get(group, ()), asked) for group in user.groups)


def _verdict(rules: tuple[Rule, ...], asked: Attributes) -> bool:
    return next((rule.allow for rule in rules if rule.matches(asked)), False)


def check(user: User, asked: Attributes) -> None:
    """Lanza 403, con las palabras del servidor real, si el usuario no puede."""
    if not allowed(user, asked):
        raise forbidden(user, asked)


def forbidden(user: User, asked: Attributes) -> StatusError:
    """El 403 de un Kubernetes con RBAC: quién, qué verbo, qué recurso y dónde."""
    if not asked.resource:
        message = f'forbidden: User "{user.name}" cannot {asked.verb} path "{asked.path}"'
        return status.failure(403, "Forbidden", message, {})
    plural = asked.resource.partition("/")[0]
    qualified = f"{plural}.{asked.group}" if asked.group else plural
    subject = f'{qualified} "{asked.name}"' if asked.name else qualified
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    message = (
        f'{subject} is forbidden: User "{user.name}" cannot {asked.verb} resource "{asked.resource}" '
        f'in API group "{asked.group}" {where}'
    )
    details = {"name": asked.name, "group": asked.group, "kind": plural}
    return status.failure(403, "Forbidden", message, {key: value for key, value in details.items() if value})
