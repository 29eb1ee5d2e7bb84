"""RBAC: de roles y vínculos a un sí o un no, y a la lista de lo que alguien puede.

Los objetos se compilan la primera vez que hacen falta y se olvidan en cuanto cambia cualquiera de ellos; entre
cambio y cambio, repetir una pregunta cuesta una consulta a un diccionario.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

ANY = "*"
GROUP = "rbac.authorization.k8s.io"
ACCOUNT = "system:serviceaccount:"
KINDS = (kinds.CLUSTERROLE, kinds.CLUSTERROLEBINDING, kinds.ROLE, kinds.ROLEBINDING)
# Preguntas distintas que se recuerdan; al pasarse se olvidan todas.
_REMEMBERED = 20_000

Subject = tuple[str, str]


class Decision(NamedTuple):
    """El veredicto y su porqué, con las palabras del servidor real."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """Una regla que alguien tiene, y por qué la tiene."""

    rule: Object
    why: str


class Rbac:
    """Los roles y vínculos de un clúster, listos para preguntar."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._decisions: dict[tuple[User, Attributes], Decision] = {}
        self._bindings: dict[Subject, list[tuple[Object, Object]]] | None = None
        for kind in KINDS:
            api.watch(kind, self._forget)

    def decide(self, user: User, asked: Attributes) -> Decision:
        """Si alguna regla de este usuario permite lo que se pide."""
        key = (user, asked)
        found = self._decisions.get(key)
        if found is None:
            if len(self._decisions) >= _REMEMBERED:
                self._decisions.clear()
            found = self._decisions[key] = self._decided(user, asked)
        return found

    def grants(self, user: User, namespace: str | None) -> tuple[list[Grant], list[str]]:
        """Lo que un usuario tiene en un espacio (en todo el clúster, sin él), y los roles que faltan."""
        found, missing = [], []
        for binding, subject in self._of(user, namespace):
            role = binding["roleRef"]
            try:
                rules = self.rules_of(role, binding["metadata"].get("namespace"))
            except StatusError as error:
                if error.code != 404:
                    raise
                # Aquí el servidor real lo nombra en singular.
                missing.append(f'{role.get("kind", "").lower()}.{GROUP} "{role.get("name", "")}" not found')
                continue
            why = _why(binding, subject)
            found += [Grant(rule, why) for rule in rules]
        return found, list(dict.fromkeys(missing))

    def rules_of(self, reference: Object, namespace: str | None) -> list[Object]:
        """Las reglas del rol que nombra un vínculo. `StatusError` 404 si no existe."""
        if reference.get("kind") == "Role":
            role = self._api.get(kinds.ROLE, namespace, reference.get("name", ""))
        else:
            role = self._api.get(kinds.CLUSTERROLE, None, reference.get("name", ""))
        return list(role.get("rules") or ())

    def _decided(self, user: User, asked: Attributes) -> Decision:
        grants, missing = self.grants(user, asked.namespace)
        for grant in grants:
            if matches(grant.rule, asked):
                return Decision(True, f"RBAC: allowed by {grant.why}")
        if not missing:
            return Decision(False)
        return Decision(False, f"RBAC: {missing[0] if len(missing) == 1 else '[' + ', '.join(missing) + ']'}")

    def _of(self, user: User, namespace: str | None) -> Iterator[tuple[Object, Object]]:
        """Los vínculos de un usuario: primero los de todo el clúster, después los del espacio."""
        bindings = self._index()
        mine = [pair for subject in [("User", user.name), *(("Group", group) for group in user.groups)]
                for pair in bindings.get(subject, ())]  # fmt: skip
        for space in ("", namespace) if namespace else ("",):
            yield from (pair for pair in mine if pair[0]["metadata"].get("namespace", "") == space)

    def _index(self) -> dict[Subject, list[tuple[Object, Object]]]:
        if self._bindings is None:
            self._bindings = {}
            for kind in (kinds.CLUSTERROLEBINDING, kinds.ROLEBINDING):
                for binding in self._api.list(kind).items:
                    for subject in binding.get("subjects") or ():
                        self._bindings.setdefault(_subject(binding, subject), []).append((binding, subject))
        return self._bindings

    def _forget(self, event: Event) -> None:
        self._decisions.clear()
        self._bindings = None


def _subject(binding: Object, subject: Object) -> Subject:
    if subject.get("kind") != "ServiceAccount":
        return str(subject.get("kind")), str(subject.get("name"))
    return "User", f"{ACCOUNT}{_space(binding, subject)}:{subject.get('name')}"


def _space(binding: Object, subject: Object) -> str:
    return str(subject.get("namespace") or binding["metadata"].get("namespace", ""))


def _why(binding: Object, subject: Object) -> str:
    meta, role = binding["metadata"], binding["roleRef"]
    name = subject.get("name", "")
    if subject.get("kind") == "ServiceAccount":
        name = f"{name}/{_space(binding, subject)}"
    kind, bound = "ClusterRoleBinding", meta["name"]
    if meta.get("namespace"):
        kind, bound = "RoleBinding", f"{meta['name']}/{meta['namespace']}"
    return f'{kind} "{bound}" of {role.get("kind")} "{role.get("name")}" to {subject.get("kind")} "{name}"'


def matches(rule: Object, asked: Attributes) -> bool:
    """Si una regla permite lo que se pide."""
    verbs = rule.get("verbs") or ()
    if ANY not in verbs and asked.verb not in verbs:
        return False
    if not asked.resource:
        return any(covers_path(pattern, asked.path) for pattern in rule.get("nonResourceURLs") or ())
    groups, names = rule.get("apiGroups") or (), rule.get("resourceNames") or ()
    if ANY not in groups and asked.group not in groups:
        return False
    return covers_resource(rule.get("resources") or (), asked.resource) and (not names or asked.name in names)


def covers_resource(patterns: tuple[str, ...] | list[str], resource: str) -> bool:
    """Si una lista de recursos de una regla incluye uno: «*», él mismo, o «*/subrecurso»."""
    if ANY in patterns or resource in patterns:
        return True
    main, _, sub = resource.partition("/")
    return bool(sub) and main != ANY and f"*/{sub}" in patterns


def covers_path(pattern: str, path: str) -> bool:
    """Si una ruta de una regla incluye otra: «*», ella misma, o «prefijo*»."""
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
