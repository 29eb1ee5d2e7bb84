"""Los Secrets de tipo `kubernetes.io/service-account-token`: se piden vacíos y se llenan con un token que no caduca.

Es la forma antigua de dar una credencial a una cuenta. El Secret vive lo que su cuenta: sin ella, se borra.
Fuente: https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
"""

from __future__ import annotations

import base64

from lab_tools.embedded.access.tokens import ISSUER, Tokens
from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue, key_of
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

TYPE = "kubernetes.io/service-account-token"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
DELAY = 0.02
# «No caduca», dicho con una fecha a la que ningún clúster del curso llega: cien años.
FOREVER = 100 * 365 * 86400


class TokenSecrets:
    """Quien llena esos Secrets, y los borra cuando su cuenta ya no está."""

    def __init__(self, api: Api, clock: Clock, tokens: Tokens) -> None:
        self._api = api
        self._tokens = tokens
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._secrets = Cache(self._api, kinds.SECRET, {"account": _account})
        self._secrets.subscribe(lambda event: self._consider(event.object))
        self._api.watch(kinds.SERVICEACCOUNT, self._on_account)
        for secret in self._secrets.all():
            self._consider(secret)

    def reconcile(self, key: Key) -> float | None:
        """Llena un Secret, o lo borra si su cuenta no existe."""
        secret = self._secrets.get(*key)
        if secret is None or not _account(secret):
            return None
        account = self._owner(secret)
        if account is None:
            self._api.delete(kinds.SECRET, *key, uid=secret["metadata"]["uid"])
        elif not (secret.get("data") or {}).get("token"):
            self._api.update(kinds.SECRET, self._filled(secret, account))
        return None

    def _filled(self, secret: Object, account: Object) -> Object:
        meta, uid = secret["metadata"], account["metadata"]["uid"]
        bound = {"kind": "Secret", "name": meta["name"], "uid": meta["uid"]}
        token = self._tokens.issue(account, FOREVER, [ISSUER], bound)
        data = {"namespace": meta["namespace"], "token": token, "ca.crt": self._authority(meta["namespace"])}
        encoded = {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}
        annotations = {**meta["annotations"], UID: uid}
        return {**secret, "metadata": {**meta, "annotations": annotations},
                "data": {**(secret.get("data") or {}), **encoded}}  # fmt: skip

    def _owner(self, secret: Object) -> Object | None:
        meta = secret["metadata"]
        try:
            found = self._api.get(kinds.SERVICEACCOUNT, meta["namespace"], meta["annotations"][NAME])
        except StatusError:
            return None
        # Una cuenta con el mismo nombre no es la misma cuenta.
        return found if meta["annotations"].get(UID) in (None, "", found["metadata"]["uid"]) else None

    def _authority(self, namespace: str) -> str:
        try:
            found = self._api.get(kinds.CONFIGMAP, namespace, "kube-root-ca.crt")
        except StatusError:
            return ""
        return str((found.get("data") or {}).get("ca.crt", ""))

    def _consider(self, secret: Object) -> None:
        if _account(secret):
            self._queue.add_object(secret)

    def _on_account(self, event: Event) -> None:
        namespace, name = key_of(event.object)
        for secret in self._secrets.by("account", f"{namespace}/{name}"):
            self._queue.add_object(secret)


def _account(secret: Object) -> list[str]:
    """La cuenta de un Secret de este tipo, como índice; vacío si no es de este tipo."""
    meta = secret["metadata"]
    name = (meta.get("annotations") or {}).get(NAME)
    return [f"{meta['namespace']}/{name}"] if secret.get("type") == TYPE and name else []
