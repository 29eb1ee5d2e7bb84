"""Lo que se quiere hacer, y las palabras con que un Kubernetes con RBAC dice que no."""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.embedded import status
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError


@dataclass(frozen=True, slots=True)
class Attributes:
    """Lo que se quiere hacer. `resource` lleva el subrecurso («pods/log»); sin recurso, cuenta `path`."""

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str | None = None
    name: str = ""
    path: str = ""


def forbidden(user: User, asked: Attributes, reason: str = "") -> StatusError:
    """El 403 de un Kubernetes con RBAC: quién, qué verbo, qué recurso y dónde."""
    tail = f": {reason}" if reason else ""
    if not asked.resource:
        message = f'forbidden: User "{user.name}" cannot {asked.verb} path "{asked.path}"{tail}'
        return status.failure(403, "Forbidden", message, {})
    plural = asked.resource.partition("/")[0]
    qualified = f"{plural}.{asked.group}" if asked.group else plural
    subject = f'{qualified} "{asked.name}"' if asked.name else qualified
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    message = (
        f'{subject} is forbidden: User "{user.name}" cannot {asked.verb} resource "{asked.resource}" '
        f'in API group "{asked.group}" {where}{tail}'
    )
    details = {"name": asked.name, "group": asked.group, "kind": plural}
    return status.failure(403, "Forbidden", message, {key: value for key, value in details.items() if value})
