"""Lo que la puerta rechaza antes de llegar a la API, con las palabras del servidor real."""

from __future__ import annotations

from lab_tools.embedded.status import failure
from lab_tools.errors import StatusError

REPRESENTATIONS = (
    "application/json, application/yaml, application/vnd.kubernetes.protobuf, "
    "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
)


def unauthorized() -> StatusError:
    """401: la petición no lleva credencial, o lleva una que no existe."""
    return failure(401, "Unauthorized", "Unauthorized")


def not_acceptable() -> StatusError:
    """406: nada de lo que se acepta se sabe escribir."""
    message = f"406: Not Acceptable\n\nAvailable representations: {REPRESENTATIONS}"
    return failure(406, "NotAcceptable", message, {})


def unknown_body_format() -> StatusError:
    """415 al crear o sustituir: el cuerpo no viene en un formato conocido."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    )
    return failure(415, "UnsupportedMediaType", message)


def unknown_patch_format() -> StatusError:
    """415 al parchear."""
    return failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def no_strategic_patch() -> StatusError:
    """415: un tipo propio no dice cómo mezclar sus listas, así que no admite el parche estratégico."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )
    return failure(415, "UnsupportedMediaType", message)


def invalid_option(kind: str, field: str, reason: str, message: str) -> StatusError:
    """422 sobre las opciones de la petición, no sobre el objeto: `kind` es «ListOptions», «DeleteOptions»…"""
    text = f'{kind}.meta.k8s.io "" is invalid: {field}: {message}'
    causes = [{"reason": reason, "message": message, "field": field}]
    return failure(422, "Invalid", text, {"group": "meta.k8s.io", "kind": kind, "causes": causes})
