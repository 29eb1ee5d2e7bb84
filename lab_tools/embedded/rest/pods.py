"""Los subrecursos propios de un Pod: atarlo a un nodo y desalojarlo.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api import eviction
from lab_tools.embedded.rest import answers, body, writes
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Response
from lab_tools.objects import Object, kinds
from lab_tools.objects.decode import DecodeError, decode
from lab_tools.objects.kinds import Kind

_EVICTION = Kind("policy", "v1", "Eviction", "evictions")
_CREATED: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def bind(call: Call) -> Response:
    """Ata el Pod a un nodo, como hace el planificador."""
    binding, target = _decoded(call, kinds.BINDING), call.target
    _same_name(call, binding)
    binding["metadata"] = {"name": target.name, "namespace": target.namespace}
    return _bound(call, binding)


def bind_named(call: Call) -> Response:
    """Lo mismo, por la colección `bindings`: el Pod es el que nombra el propio objeto."""
    binding = writes.incoming(call, "Ignore", [])
    if not binding["metadata"].get("name"):
        raise status.bad_request("name must be provided")
    return _bound(call, binding)


def _bound(call: Call, binding: Object) -> Response:
    call.api.update(kinds.POD, binding, subresource="binding", options=call.options("CreateOptions"))
    return answers.document(_CREATED, 201)


def evict(call: Call) -> Response:
    """Borra el Pod si su presupuesto de interrupciones lo permite."""
    asked = _decoded(call, _EVICTION)
    _same_name(call, asked)
    wanted = asked.get("deleteOptions") or {}
    options = call.options("DeleteOptions", list(wanted.get("dryRun") or call.request.query.get("dryRun", [])))
    pod = call.api.get(kinds.POD, call.target.namespace, call.target.name)
    eviction.evict(call.api, call.cluster.clock.now, pod, wanted.get("gracePeriodSeconds"), options)
    return answers.document(_CREATED, 201)


def _same_name(call: Call, asked: Object) -> None:
    if (asked.get("metadata") or {}).get("name") != call.target.name:
        raise status.bad_request(f"name in URL does not match name in {asked['kind']} object")


def _decoded(call: Call, kind: Kind) -> Object:
    try:
        return decode(kind, body.object_of(call.request, kind), "Ignore")[0]
    except DecodeError as error:
        raise status.bad_request(str(error)) from None
