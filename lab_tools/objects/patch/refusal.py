"""Un parche que no se puede aplicar, con el Status que escribe el servidor real."""

from __future__ import annotations

from typing import Any

from lab_tools.errors import StatusError


class PatchRefused(StatusError):
    """La API rechaza el parche. Se construye con `malformed`, `inapplicable`, `unmergeable` o `nameless`."""

    @classmethod
    def malformed(cls, message: str) -> PatchRefused:
        """400: el documento no es un parche de los de su tipo."""
        return cls(_status(400, message, reason="BadRequest"))

    @classmethod
    def inapplicable(cls) -> PatchRefused:
        """422 sin detalles: el parche está bien escrito, pero no con este objeto."""
        message = "the server rejected our request due to an error in our request"
        return cls(_status(422, message, reason="Invalid", details={}))

    @classmethod
    def unmergeable(cls, message: str) -> PatchRefused:
        """500, como el servidor real: a un elemento le falta su clave, o lo aplicado no cabe en su tipo."""
        return cls(_status(500, message))

    @classmethod
    def nameless(cls) -> PatchRefused:
        """422: quien aplica ha de decir quién es, o no se sabría de quién es cada campo."""
        problem = {"reason": "FieldValueRequired", "message": "Required value: is required for apply patch"}
        details = {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [{**problem, "field": "fieldManager"}]}
        message = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
        return cls(_status(422, message, reason="Invalid", details=details))


def go_type(value: object) -> str:
    """Cómo llama Go a un valor de JSON en sus errores."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "string" if isinstance(value, str) else "null"


def _status(code: int, message: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        **more,
        "code": code,
    }
