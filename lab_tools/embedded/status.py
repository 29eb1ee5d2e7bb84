"""Las negativas de la API, con el motivo, el código y la frase del servidor real (en inglés, a propósito).

Fuente: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ y lo que responde un
kube-apiserver 1.36.
"""

from __future__ import annotations

from typing import Any

from lab_tools.errors import StatusError
from lab_tools.objects.kinds import Kind
from lab_tools.objects.validation import Problem

Details = dict[str, Any]
LIST_EXPIRED = "The resourceVersion for the provided list is too old."


def failure(code: int, reason: str, message: str, details: Details | None = None) -> StatusError:
    """Un Status de fallo cualquiera. `details=None` lo omite; `{}` lo deja vacío, como a veces hace el real."""
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                              "message": message, "reason": reason}  # fmt: skip
    if details is not None:
        status["details"] = details
    status["code"] = code
    return StatusError(status)


def success(kind: Kind, name: str, uid: str) -> dict[str, Any]:
    """El Status de un borrado que ya terminó."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {**details(kind, name), "uid": uid}}  # fmt: skip


def details(kind: Kind, name: str) -> Details:
    """Los detalles que nombran un objeto."""
    found: Details = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in found.items() if value}


def not_found(kind: Kind, name: str) -> StatusError:
    """404: no hay tal objeto."""
    return failure(404, "NotFound", f'{kind.resource} "{name}" not found', details(kind, name))


def unmeasured(kind: Kind, namespace: str, name: str) -> StatusError:
    """404: lo que se mide existe, pero aún no hay medidas suyas. Lo dice con sus palabras un metrics-server."""
    plural, whole = kind.kind.lower(), f"{namespace}/{name}" if namespace else name
    found = {"name": whole, "group": kind.group, "kind": plural}
    return failure(404, "NotFound", f'{plural}.{kind.group} "{whole}" not found', found)


def no_such_resource() -> StatusError:
    """404: el grupo existe, el recurso no."""
    return failure(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(kind: Kind, name: str) -> StatusError:
    """409: el nombre está ocupado."""
    return failure(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', details(kind, name))


def conflict(kind: Kind, name: str, why: str = "") -> StatusError:
    """409: la versión que se leyó ya no es la última."""
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return failure(409, "Conflict", message, details(kind, name))


def invalid(kind: Kind, name: str, problems: list[Problem]) -> StatusError:
    """422: todos los problemas del objeto a la vez, uno por causa."""
    texts = list(dict.fromkeys(f"{problem.field}: {problem.message}" for problem in problems))
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    causes = [{"reason": problem.reason, "message": problem.message, "field": problem.field} for problem in problems]
    found = {"name": name, "group": kind.group, "kind": kind.kind, "causes": causes}
    return failure(422, "Invalid", f'{kind.kind}{"." + kind.group if kind.group else ""} "{name}" is invalid: {joined}',
                   {key: value for key, value in found.items() if value})  # fmt: skip


def bad_request(message: str) -> StatusError:
    """400: la petición no se entiende."""
    return failure(400, "BadRequest", message)


def forbidden(kind: Kind, name: str, why: str) -> StatusError:
    """403: se entiende y no se permite."""
    return failure(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {why}', details(kind, name))


def method_not_allowed() -> StatusError:
    """405: ese verbo no existe en esa ruta."""
    message = "the server does not allow this method on the requested resource"
    return failure(405, "MethodNotAllowed", message, {})


def gone(revision: int, oldest: int) -> StatusError:
    """410: la revisión pedida ya se compactó."""
    return failure(410, "Expired", f"too old resource version: {revision} ({oldest})")


def too_large(revision: int, current: int) -> StatusError:
    """504: la revisión pedida aún no existe."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    message = f"Too large resource version: {revision}, current: {current}"
    return failure(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})


def internal(message: str) -> StatusError:
    """500: el servidor no pudo, y no es culpa de quien pide."""
    return failure(500, "InternalError", f"Internal error occurred: {message}", {"causes": [{"message": message}]})


def unexplained(message: str) -> StatusError:
    """500: un error que el servidor real cuenta tal cual le llega, sin motivo."""
    found = failure(500, "", message)
    del found.status["reason"]
    return found
