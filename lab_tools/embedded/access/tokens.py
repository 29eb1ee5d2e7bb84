"""Los tokens de las cuentas de servicio: se firman, se leen y caducan en tiempo del clúster.

Tienen la forma de un JWT (tres trozos separados por puntos, que cualquiera puede leer), firmado con HMAC-SHA256 y
el secreto del clúster. Un token vale mientras no caduque y sigan existiendo su cuenta y el objeto al que se ató.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ y
https://www.rfc-editor.org/rfc/rfc7519
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from typing import Any

from lab_tools.embedded.access.rbac import ACCOUNT
from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.dates import PLAIN, Dates
from lab_tools.embedded.user import AUTHENTICATED, User
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

TOKEN_REQUEST = Kind("authentication.k8s.io", "v1", "TokenRequest", "tokenrequests")
ISSUER = "https://kubernetes.default.svc.cluster.local"
ACCOUNTS = "system:serviceaccounts"
# Cuándo vale un token en el reloj del clúster.
_OURS = "orquesta"
_HEADER = {"alg": "HS256", "typ": "JWT"}
# A qué se puede atar un token: cuando se vaya, el token dejará de valer.
BOUND = {"Pod": kinds.POD, "Secret": kinds.SECRET, "Node": kinds.NODE}


class Tokens:
    """El sello de un clúster. `secret` es suyo y de nadie más: quien lo tenga puede firmar en su nombre."""

    def __init__(self, api: Api, clock: Clock, secret: bytes) -> None:
        self._api = api
        self._clock = clock
        self._secret = secret
        self.dates: Callable[[], Dates] = lambda: PLAIN
        """La hora que se ve por la red: la que llevan escrita los tokens."""

    def fork_state(self) -> dict[str, Any]:
        """En una copia, la hora que se ve es la de cuando se hizo: la línea del original sigue creciendo sin ella."""
        seen = Dates(self.dates().stretches)
        return {**vars(self), "dates": lambda: seen}

    def rekey(self, secret: bytes) -> None:
        """Cambia el secreto: lo firmado hasta ahora deja de valer."""
        self._secret = secret

    def issue(self, account: Object, seconds: int, audiences: Sequence[str], bound: Object | None = None) -> str:
        """Un token de una cuenta para `seconds` segundos virtuales, atado a `bound` (un `boundObjectRef`)."""
        meta, now = account["metadata"], int(self._clock.now)
        about: dict[str, Any] = {"namespace": meta["namespace"]}
        if bound:
            about[bound["kind"].lower()] = {"name": bound["name"], "uid": bound.get("uid", "")}
        about["serviceaccount"] = {"name": meta["name"], "uid": meta["uid"]}
        subject = f"{ACCOUNT}{meta['namespace']}:{meta['name']}"
        dates = self.dates()
        shown = dates.second(now)
        claims = {"aud": list(audiences), "exp": dates.second(now + seconds), "iat": shown, "iss": ISSUER}
        identity = hashlib.sha256(f"{subject} {meta['uid']} {self._clock.now} {seconds}".encode()).hexdigest()
        claims["jti"] = "-".join((identity[:8], identity[8:12], f"4{identity[13:16]}", f"8{identity[17:20]}",
                                  identity[20:32]))  # fmt: skip
        claims |= {"kubernetes.io": about, "nbf": shown, "sub": subject}
        if dates.version:
            # La hora que se ve no dice cuándo caduca si el ritmo cambia: para eso va también la del clúster.
            claims[_OURS] = {"nbf": now, "exp": now + seconds}
        signed = f"{_pack(_HEADER)}.{_pack(claims)}"
        return f"{signed}.{_text(self._sign(signed))}"

    def user(self, token: str, audiences: Sequence[str] = (ISSUER,)) -> User | None:
        """De quién es un token. `None` si está mal firmado, caducó, es para otros o su cuenta ya no está."""
        claims = self._read(token)
        if claims is None or not set(audiences) & set(claims["aud"]):
            return None
        term = claims.get(_OURS, claims)
        if not term["nbf"] <= self._clock.now < term["exp"]:
            return None
        about = claims["kubernetes.io"]
        namespace, account = about["namespace"], about["serviceaccount"]
        alive = self._alive(kinds.SERVICEACCOUNT, namespace, account) and all(
            self._alive(kind, namespace, about[word.lower()]) for word, kind in BOUND.items() if word.lower() in about
        )
        if not alive:
            return None
        extra = [("authentication.kubernetes.io/credential-id", (f"JTI={claims['jti']}",))]
        if pod := about.get("pod"):
            extra += [("authentication.kubernetes.io/pod-name", (pod["name"],)),
                      ("authentication.kubernetes.io/pod-uid", (pod["uid"],))]  # fmt: skip
        return account_user(namespace, account["name"], account["uid"], tuple(extra))

    def _read(self, token: str) -> dict[str, Any] | None:
        signed, _, signature = token.rpartition(".")
        try:
            given = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
            if not hmac.compare_digest(given, self._sign(signed)):
                return None
            # Lo firmó este clúster: su contenido es de fiar.
            body = signed.partition(".")[2]
            found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (ValueError, binascii.Error):
            return None
        return found

    def _alive(self, kind: Kind, namespace: str, wanted: Object) -> bool:
        try:
            found = self._api.get(kind, namespace if kind.namespaced else None, wanted["name"])
        except StatusError:
            return False
        return bool(found["metadata"]["uid"] == wanted["uid"])

    def _sign(self, text: str) -> bytes:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).digest()


def account_user(namespace: str, name: str, uid: str = "", extra: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> User:
    """La identidad de una cuenta de servicio."""
    groups = (ACCOUNTS, f"{ACCOUNTS}:{namespace}", AUTHENTICATED)
    return User(f"{ACCOUNT}{namespace}:{name}", groups, uid, extra, limited=True)


def _pack(value: object) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
