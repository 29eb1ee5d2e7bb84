"""Las credenciales de la casa: tres listas de reglas que mandan sobre cualquier rol.

La dueña lo puede todo, también la puerta propia del clúster. La estudiante puede lo que quien administra un
Kubernetes, menos hacerse pasar por el sistema: no escribe estados, ni ata Pods, ni inventa Events o Leases,
ni adelanta el reloj. La correctora solo lee. Una regla niega o permite; manda la primera que encaje, y lo
que nadie permite está negado. Un grupo que no está en la tabla no tiene nada que decir: deciden los roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.user import AUTHENTICATED, User

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
class Rule:
    """Una línea de la tabla. `resources` admite «*», «*/status» y «grupo:recurso»; `paths` y `names`, un «*» al final.

    Sin `names` vale para cualquier nombre.
    """

    allow: bool
    verbs: tuple[str, ...]
    resources: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def matches(self, asked: Attributes) -> bool:
        """Si esta regla habla de lo que se quiere hacer."""
        if ANY not in self.verbs and asked.verb not in self.verbs:
            return False
        if not asked.resource:
            return any(_covers(pattern, asked.path) for pattern in self.paths)
        if self.names and not any(_covers(pattern, asked.name) for pattern in self.names):
            return False
        return any(_names(pattern, asked) for pattern in self.resources)


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
_ACCOUNTS = ("system:serviceaccount:*", "system:serviceaccounts", "system:serviceaccounts:*", AUTHENTICATED)
_QUESTIONS = ("authentication.k8s.io:selfsubjectreviews", "authorization.k8s.io:selfsubjectaccessreviews",
              "authorization.k8s.io:selfsubjectrulesreviews", "authorization.k8s.io:subjectaccessreviews",
              "authorization.k8s.io:localsubjectaccessreviews")  # fmt: skip

# Abrir una copia del clúster y usarla: quien la abre es allí quien es aquí (véase `rest.forks`).
_COPIES = (Rule(True, ("post",), (), ("/orquesta/v1/fork",)), Rule(True, (ANY,), (), ("/orquesta/v1/forks/*",)))

# Lo que no puede nadie que venga de la credencial de estudiante, ni prestándose otra identidad.
LIMITS = (
    Rule(False, WRITE, _SYSTEM_ONLY),
    Rule(True, ("get",), (), ("/orquesta/v1/clock", "/orquesta/v1/record")),
    Rule(True, ("post",), (), ("/orquesta/v1/marks",)),
    *_COPIES,
    Rule(False, (ANY,), (), (_DOOR,)),
    Rule(True, ("impersonate",), ("users", "groups"), (), _ACCOUNTS),
    Rule(False, ("impersonate",), ("users", "groups"), (), ("system:*", "orquesta:*")),
)

RULES: Mapping[str, tuple[Rule, ...]] = {
    MASTERS: (Rule(True, (ANY,), (ANY,), ("*",)),),
    OWNER: (Rule(True, (ANY,), (ANY,), ("*",)),),
    STUDENT: (*LIMITS, Rule(True, (ANY,), (ANY,), ("*",))),
    UNAUTHENTICATED: (Rule(True, ("get",), (), PUBLIC),),
    CHECKER: (
        Rule(True, READ, (ANY,)),
        Rule(True, ("get",), (), ("*",)),
        # Preguntar quién se es y qué se puede no cambia nada, aunque se pida con «create».
        Rule(True, ("create",), _QUESTIONS),
        *_COPIES,
    ),
}
# Quien lleva uno de estos grupos no tiene más que lo que dice su lista: ningún rol le añade nada.
_FINAL = frozenset({MASTERS, OWNER, STUDENT, CHECKER})


def verdict(user: User, asked: Attributes) -> bool | None:
    """Lo que dice la casa: sí, no, o `None` si no es asunto suyo y deciden los roles."""
    if user.limited and is_beyond(user, asked):
        return False
    mine = [RULES[group] for group in user.groups if group in RULES]
    if any(_first(rules, asked) for rules in mine):
        return True
    return False if is_final(user) else None


def is_final(user: User) -> bool:
    """Si a este usuario ningún rol le cambia nada."""
    return not _FINAL.isdisjoint(user.groups)


def is_limited(user: User) -> bool:
    """Si lo que salga de este usuario tampoco puede pasar de lo que puede quien estudia."""
    return user.limited or STUDENT in user.groups


def is_beyond(user: User, asked: Attributes) -> bool:
    """Si lo que se pide queda por encima de ese techo: es cosa del propio clúster."""
    return is_limited(user) and _first(LIMITS, asked) is False


def _first(rules: tuple[Rule, ...], asked: Attributes) -> bool | None:
    return next((rule.allow for rule in rules if rule.matches(asked)), None)
