"""La cara del acceso: lo que la puerta, la API y el servidor necesitan de él."""

from __future__ import annotations

from collections.abc import Mapping

from lab_tools.embedded import status
from lab_tools.embedded.access import impersonation
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.access.authorizer import Authorizer
from lab_tools.embedded.access.rbac import KINDS
from lab_tools.embedded.access.tokens import ISSUER, Tokens
from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.user import SYSTEM, User
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind


class AccessControl:
    """Quién es cada cual en un clúster, y qué puede."""

    def __init__(self, api: Api, clock: Clock, secret: bytes) -> None:
        self.api = api
        self.clock = clock
        self.authorizer = Authorizer(api)
        self.tokens = Tokens(api, clock, secret)

    def check(self, user: User, asked: Attributes) -> None:
        """Lanza 403 si el usuario no puede."""
        self.authorizer.check(user, asked)

    def allows(self, user: User, verb: str, group: str, resource: str, namespace: str, name: str,
               path: str) -> tuple[bool, str]:  # fmt: skip
        """Si un usuario puede algo, y por qué: lo que pregunta una política con `authorizer`."""
        found = self.authorizer.decide(user, Attributes(verb, group, resource, namespace or None, name, path))
        return found.allowed, found.reason

    def acting(self, user: User, headers: Mapping[str, str]) -> User:
        """La identidad con que sigue una petición: la de quien llega, o la que pide prestada. Lanza 400 o 403."""
        if not impersonation.asked_for(headers):
            return user
        return impersonation.acting(user, headers, self.check)

    def guard(self, kind: Kind, new: Object, old: Object | None, user: User) -> None:
        """Lanza 403 si quien escribe un rol o un vínculo concede lo que no tiene."""
        if kind in KINDS and user is not SYSTEM:
            from lab_tools.embedded.access.escalation import confirm  # solo quien reparte permisos paga por ello

            confirm(self.authorizer, kind, new, old, user)
        elif kind is kinds.CERTIFICATESIGNINGREQUEST and old is not None and user is not SYSTEM:
            self._may_approve(new, old, user)

    def _may_approve(self, new: Object, old: Object, user: User) -> None:
        """Decidir sobre una petición de certificado pide además permiso sobre quien la firmará."""
        if (new.get("status") or {}).get("conditions") == (old.get("status") or {}).get("conditions"):
            return
        signer = old["spec"]["signerName"]
        names = (signer, f"{signer.partition('/')[0]}/*")
        asked = (Attributes("approve", kinds.CERTIFICATESIGNINGREQUEST.group, "signers", None, name) for name in names)
        if not any(self.authorizer.decide(user, one).allowed for one in asked):
            why = f'user not permitted to approve requests with signerName "{signer}"'
            raise status.forbidden(kinds.CERTIFICATESIGNINGREQUEST, new["metadata"]["name"], why)

    def pod_token(self, pod: Object, wanted: Object) -> str:
        """El token que un Pod monta de su cuenta de servicio, atado a él; vacío si la cuenta ya no está."""
        meta = pod["metadata"]
        try:
            account = self.api.get(kinds.SERVICEACCOUNT, meta["namespace"], pod["spec"]["serviceAccountName"])
        except StatusError:
            return ""
        bound = {"kind": "Pod", "name": meta["name"], "uid": meta["uid"]}
        audiences = [wanted["audience"]] if wanted.get("audience") else [ISSUER]
        return self.tokens.issue(account, wanted.get("expirationSeconds", 3600), audiences, bound)

    def bearer(self, header: str) -> User | None:
        """La cuenta de servicio que presenta una cabecera `Authorization`, o `None`."""
        scheme, _, token = header.partition(" ")
        return self.tokens.user(token.strip()) if scheme.lower() == "bearer" else None
