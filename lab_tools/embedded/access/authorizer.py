"""Quien decide: primero la casa, y en lo que no es asunto suyo, los roles."""

from __future__ import annotations

from lab_tools.embedded.access import house
from lab_tools.embedded.access.attributes import Attributes, forbidden
from lab_tools.embedded.access.rbac import ANY, Decision, Rbac
from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.user import User
from lab_tools.objects import Object

_YES, _NO = Decision(True), Decision(False)
# La única negativa que un Kubernetes de verdad no daría: que se sepa de quién es.
_BEYOND = Decision(False, "orquesta: only the cluster itself may do this")
_ALL: list[Object] = [{"verbs": [ANY], "apiGroups": [ANY], "resources": [ANY]},
                      {"verbs": [ANY], "nonResourceURLs": [ANY]}]  # fmt: skip
_READS: list[Object] = [{"verbs": list(house.READ), "apiGroups": [ANY], "resources": [ANY]},
                        {"verbs": ["get"], "nonResourceURLs": [ANY]}]  # fmt: skip
_BOUNDED = "this credential never writes statuses, bindings, events or leases, whatever its roles say"


class Authorizer:
    """La casa y RBAC, como una sola voz."""

    def __init__(self, api: Api) -> None:
        self.rbac = Rbac(api)

    def decide(self, user: User, asked: Attributes) -> Decision:
        """Si se puede, y por qué."""
        said = house.verdict(user, asked)
        if said is None:
            return self.rbac.decide(user, asked)
        if said:
            return _YES
        return _BEYOND if house.is_beyond(user, asked) else _NO

    def check(self, user: User, asked: Attributes) -> None:
        """Lanza 403, con las palabras del servidor real, si el usuario no puede."""
        decision = self.decide(user, asked)
        if not decision.allowed:
            raise forbidden(user, asked, decision.reason)

    def rules(self, user: User, namespace: str | None) -> tuple[list[Object], str]:
        """Todas las reglas de un usuario en un espacio, y lo que esa lista no dice (vacío si lo dice todo)."""
        if house.is_final(user):
            whole = {house.MASTERS, house.OWNER, house.STUDENT} & set(user.groups)
            return (_ALL, _BOUNDED if house.is_limited(user) else "") if whole else (_READS, "")
        grants, missing = self.rbac.grants(user, namespace)
        return [grant.rule for grant in grants], ", ".join(missing)
