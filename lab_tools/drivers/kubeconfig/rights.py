"""Qué deja hacer una credencial, preguntándoselo al clúster: sin probar, y sin dejar rastro.

Fuente: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

from __future__ import annotations

import json

from lab_tools.drivers.base import Connection
from lab_tools.errors import ClusterError

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_JSON = {"content-type": "application/json", "accept": "application/json"}


def may(connection: Connection, verb: str, resource: str, namespace: str = "", group: str = "") -> bool:
    """Si se puede. `resource` admite un subrecurso («pods/log»). Lanza ClusterError si el clúster no contesta a eso."""
    kind, _, sub = resource.partition("/")
    asked = {"verb": verb, "group": group, "resource": kind, "subresource": sub, "namespace": namespace}
    review = {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in asked.items() if value}},
    }  # fmt: skip
    reply = connection.send("POST", _PATH, body=json.dumps(review).encode(), headers=_JSON)
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    try:
        return bool(json.loads(body)["status"]["allowed"])
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"El clúster «{connection.name}» no dice qué puedes hacer en él ({reply.status}).",
            "Comprueba tu credencial con: kubectl auth can-i --list",
        ) from error


def makes_namespaces(connection: Connection) -> bool:
    """Si la credencial puede crear namespaces: lo que pide un laboratorio que se prepara el suyo."""
    return may(connection, "create", "namespaces")
