"""Las llaves con que un Pod abre un registro privado: las que guardan sus `imagePullSecrets`.

Fuente: https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.workloads.table import Image
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

_KEYS = {"kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg"}

Login = tuple[str, str]
"""Usuario y contraseña."""


@dataclass(frozen=True)
class Keyring:
    """Las llaves de un Pod, por registro, y los Secrets que dijo tener y no están."""

    logins: dict[str, list[Login]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def opens(self, image: Image) -> bool:
        """Si con ellas se puede descargar una imagen."""
        return image.credentials is None or image.credentials in self.logins.get(image.reference.host, ())

    def has_for(self, image: Image) -> bool:
        """Si lleva alguna llave de su registro, aunque no abra."""
        return bool(self.logins.get(image.reference.host))


def of(api: Api, pod: Object) -> Keyring:
    """Las llaves de un Pod, leídas ahora."""
    logins: dict[str, list[Login]] = {}
    missing = []
    for one in pod["spec"].get("imagePullSecrets") or ():
        try:
            secret = api.get(kinds.SECRET, pod["metadata"]["namespace"], one.get("name", ""))
        except StatusError:
            missing.append(one.get("name", ""))
            continue
        for host, login in _read(secret):
            logins.setdefault(host, []).append(login)
    return Keyring(logins, tuple(missing))


def _read(secret: Object) -> list[tuple[str, Login]]:
    key = _KEYS.get(secret.get("type", ""))
    try:
        found = json.loads(base64.b64decode((secret.get("data") or {}).get(key, "")))
        entries = found["auths"] if key == ".dockerconfigjson" else found
        return [(_host(name), _login(entry)) for name, entry in entries.items()]
    except (ValueError, KeyError, AttributeError, TypeError, binascii.Error):
        return []  # un Secret que no guarda llaves no abre nada


def _host(name: str) -> str:
    return name.removeprefix("https://").removeprefix("http://").split("/")[0]


def _login(entry: Object) -> Login:
    if "auth" in entry and "username" not in entry:
        name, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
        return name, password
    return str(entry.get("username", "")), str(entry.get("password", ""))
