"""Hechos sobre lo que una cuenta puede y no puede hacer, preguntándoselo al clúster (SubjectAccessReview).

Que algo esté prohibido no vale nada por sí solo: una cuenta recién creada ya no puede nada. `may_not` lleva siempre
con qué permiso se gana el derecho a puntuar.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding, NotMeasurable
from lab_tools.checks.snapshot import Snapshot
from lab_tools.errors import StatusError
from lab_tools.objects import Object


@dataclass(frozen=True)
class Deed:
    """Algo que se puede querer hacer: un verbo sobre un recurso («pods», «pods/log», «apps/deployments»…).

    `namespace` vacío es el de la foto y «*» todo el clúster; `name` vacío, cualquiera.
    """

    verb: str
    resource: str
    name: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        which = f" `{self.name}`" if self.name else ""
        where = {"": "", "*": " en todo el clúster"}.get(self.namespace, f" en `{self.namespace}`")
        return f"`{self.verb} {self.resource}`{which}{where}"

    def attributes(self, namespace: str) -> Object:
        """Los `resourceAttributes` de la pregunta, hecha desde `namespace`."""
        kind, _, subresource = self.resource.rpartition("/") if _is_part(self.resource) else (self.resource, "", "")
        group, _, resource = kind.rpartition("/")
        where = {"": namespace, "*": ""}.get(self.namespace, self.namespace)
        asked = {"verb": self.verb, "group": group, "resource": resource, "subresource": subresource}
        return {key: value for key, value in (asked | {"namespace": where, "name": self.name}).items() if value}


def _is_part(resource: str) -> bool:
    """«pods/log» es una parte de un Pod; «apps/deployments», un recurso de un grupo."""
    first, _, rest = resource.partition("/")
    return bool(rest) and ("/" in rest or first in ("pods", "services", "nodes", "serviceaccounts", "namespaces"))


def account(name: str, namespace: str = "") -> str:
    """El usuario de una cuenta de servicio; sin namespace, la del namespace de la foto."""
    return f"system:serviceaccount:{namespace or '{namespace}'}:{name}"


def may(user: str, *deeds: Deed) -> Fact:
    """La cuenta puede hacer todo eso."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que `{_short(user)}` pudiera hacer {_list(deeds)}"
        denied = [deed for deed in deeds if not allowed(snapshot, user, deed)]
        found = f"que no puede hacer {_list(denied)}; míralo con {_ask(snapshot, user)}" if denied else ""
        return Finding(not denied, expected, found or "que puede todo eso")

    return look


def may_not(user: str, *deeds: Deed, having: Sequence[Deed]) -> Fact:
    """La cuenta no puede hacer nada de eso, teniendo al menos uno de los permisos de `having`."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que `{_short(user)}` no pudiera hacer {_list(deeds, 'ni')}"
        if not any(allowed(snapshot, user, deed) for deed in having):
            return Finding(False, expected, "que todavía no puede nada de lo que necesita, y así no prohíbe nada")
        granted = [deed for deed in deeds if allowed(snapshot, user, deed)]
        found = f"que puede hacer {_list(granted)}; míralo con {_ask(snapshot, user)}" if granted else ""
        return Finding(not granted, expected, found or "que nada de eso se le deja")

    return look


def allowed(snapshot: Snapshot, user: str, deed: Deed) -> bool:
    """Lo que el clúster contesta. `NotMeasurable` si no nos deja preguntar por otros."""
    name = user.replace("{namespace}", snapshot.namespace)
    spec = {"user": name, "groups": _groups(name), "resourceAttributes": deed.attributes(snapshot.namespace)}
    question = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    try:
        return bool(snapshot.client.review(question).get("allowed"))
    except StatusError as error:
        if error.code in (401, 403, 404):
            raise NotMeasurable("este clúster no deja preguntar qué puede otra cuenta") from None
        raise


def _groups(user: str) -> list[str]:
    """Los grupos que el clúster pone a quien se identifica con ese nombre."""
    parts = user.split(":")
    if parts[:2] != ["system", "serviceaccount"]:
        return ["system:authenticated"]
    return ["system:serviceaccounts", f"system:serviceaccounts:{parts[2]}", "system:authenticated"]


def _ask(snapshot: Snapshot, user: str) -> str:
    """La orden que enseña todo lo que puede."""
    name = user.replace("{namespace}", snapshot.namespace)
    return f"`kubectl auth can-i --list -n {snapshot.namespace} --as={name}`"


def _short(user: str) -> str:
    return user.rpartition(":")[2]


def _list(deeds: Sequence[Deed], last: str = "y") -> str:
    told = [str(deed) for deed in deeds]
    return f"{', '.join(told[:-1])} {last} {told[-1]}" if len(told) > 1 else "".join(told)
