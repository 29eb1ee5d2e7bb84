"""Preguntas hechas como si se creara un objeto: se entiende la pregunta, se contesta y no se guarda nada."""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.access.tokens import TOKEN_REQUEST
from lab_tools.embedded.rest import answers, body, times
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Response
from lab_tools.objects import Object, kinds
from lab_tools.objects.decode import DecodeError, decode
from lab_tools.objects.kinds import Kind

KINDS = frozenset({
    kinds.SELFSUBJECTREVIEW, kinds.TOKENREVIEW, kinds.LOCALSUBJECTACCESSREVIEW, kinds.SELFSUBJECTACCESSREVIEW,
    kinds.SELFSUBJECTRULESREVIEW, kinds.SUBJECTACCESSREVIEW,
})  # fmt: skip


def answer(call: Call) -> Response:
    """La respuesta a una de las preguntas sobre quién es alguien y qué puede."""
    from lab_tools.embedded.access import reviews  # solo quien pregunta paga por saber contestar

    asked = _asked(call, call.kind)
    found = reviews.answer(call.cluster.access, call.kind, asked, call.request.user)
    return answers.derived(call, found, times.plan(call.kind.definition), 201)


def token(call: Call) -> Response:
    """Un token de la cuenta de servicio, para el tiempo y los destinatarios que se pidan."""
    from lab_tools.embedded.access import reviews

    target = call.target
    account = call.api.get(kinds.SERVICEACCOUNT, target.namespace, target.name)
    asked = _asked(call, TOKEN_REQUEST)
    found = reviews.token(call.cluster.access, account, asked)
    return answers.derived(call, found, times.plan(TOKEN_REQUEST.definition), 201)


def _asked(call: Call, kind: Kind) -> Object:
    options = call.options("CreateOptions")
    try:
        found, _ = decode(kind, body.object_of(call.request, kind), options.field_validation)
    except DecodeError as error:
        raise status.bad_request(str(error)) from None
    if not isinstance(found.get("metadata"), dict):
        found["metadata"] = {}
    if call.target.namespace:
        found["metadata"]["namespace"] = call.target.namespace
    return found
