"""La llave de cada estudiante: un kubeconfig con un token de su cuenta, que caduca.

Fuente: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grading.classroom.plan import ACCOUNT
from lab_tools import files
from lab_tools.client import Client
from lab_tools.drivers import kubeconfig_file
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.errors import InfrastructureError, StatusError

DAY = 86400
# Una llave a la que le queda menos de esta parte de su vida se renueva.
_SPENT = 0.1


def issue(client: Client, place: str, days: int) -> str:
    """Un token nuevo. El clúster puede darlo para menos tiempo del que se pide. Lanza StatusError."""
    path = f"/api/v1/namespaces/{place}/serviceaccounts/{ACCOUNT}/token"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {"expirationSeconds": days * DAY}}  # fmt: skip
    headers = {"content-type": "application/json", "accept": "application/json"}
    reply = client.connection.send("POST", path, body=json.dumps(asked).encode(), headers=headers)
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    try:
        found = json.loads(body)
    except ValueError as error:
        raise InfrastructureError(f"El clúster contestó {reply.status} al pedirle un token.") from error
    if reply.status >= 300:
        raise StatusError(found)
    return str(found["status"]["token"])


def write(path: Path, door: Access, place: str, token: str, class_name: str) -> None:
    """Escribe el kubeconfig de un estudiante, con permisos 0600."""
    found = Access(class_name, door.server, door.authority, token=token, namespace=place)
    files.private_directory(path.parent)
    try:
        files.write_atomic(path, kubeconfig_file.text(found))
    except OSError as error:
        raise files.explain(error, path) from error


def expires(path: Path) -> float:
    """Cuándo caduca la llave (segundos desde 1970); 0 si no está o no se entiende."""
    claims = _claims(path)
    return float(claims.get("exp", 0))


def is_good(path: Path, door: Access, now: float) -> bool:
    """Si la llave está, lleva al mismo sitio y le queda vida a la hora `now` del clúster (segundos desde 1970)."""
    claims = _claims(path)
    born, ends = float(claims.get("iat", 0)), float(claims.get("exp", 0))
    if not ends or now > ends - (ends - born) * _SPENT:
        return False
    found = kubeconfig_file.access(str(path))
    return (found.server, found.authority) == (door.server, door.authority)


def _claims(path: Path) -> Mapping[str, Any]:
    """Lo que dice el token de una llave (https://www.rfc-editor.org/rfc/rfc7519), sin comprobar quién lo firma."""
    if not path.is_file():
        return {}
    try:
        _, middle, _ = kubeconfig_file.access(str(path)).token.split(".")
        found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}
