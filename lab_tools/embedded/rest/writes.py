"""Escribir: crear, sustituir, parchear y borrar. La puerta solo entiende la petición; decide la API."""

from __future__ import annotations

from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.api import deletion, patching
from lab_tools.embedded.rest import answers, body, refusal, times
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Response
from lab_tools.errors import StatusError
from lab_tools.objects import Object
from lab_tools.objects.decode import DecodeError, decode
from lab_tools.objects.kinds import Kind

_BOTH = "orphanDependents and deletionPropagation cannot be both set"
_BOOLEAN = {"true": True, "1": True, "false": False, "0": False}


def create(call: Call) -> Response:
    """POST sobre una colección."""
    options = call.options("CreateOptions")
    obj = incoming(call, options.field_validation, options.warnings)
    created = call.api.create(call.kind, obj, call.target.namespace, options)
    return answers.one(call, created, 201, tuple(options.warnings))


def update(call: Call) -> Response:
    """PUT sobre un objeto o su estado."""
    options = call.options("UpdateOptions")
    obj = incoming(call, options.field_validation, options.warnings, _stored(call))
    _name_as_in_path(call, obj)
    updated = call.api.update(call.kind, obj, subresource=call.target.subresource, options=options)
    return answers.one(call, updated, 200, tuple(options.warnings))


def patch(call: Call) -> Response:
    """PATCH sobre un objeto o su estado; un `apply` puede además crearlo."""
    how, change, repeated = body.patch_of(call.request)
    if how == "strategic" and call.kind.own is not None:
        raise refusal.no_strategic_patch()
    options = call.options("PatchOptions")
    _check_apply(call, how)
    patching.check_repeated(change, repeated, options, how)
    _take_in_patch(call, how, change)
    target = call.target
    existed = how != "apply" or _exists(call)
    changed = call.api.patch(
        call.kind, target.namespace, target.name, change, how, subresource=target.subresource, options=options
    )
    return answers.one(call, changed, 200 if existed else 201, tuple(options.warnings))


def delete(call: Call) -> Response:
    """DELETE sobre un objeto."""
    options = delete_options(call)
    warnings = deletion.warnings(call.kind, options["propagation"])
    return answers.one(call, _delete(call, call.target.name, options), 200, warnings)


def delete_collection(call: Call) -> Response:
    """DELETE sobre una colección: borra lo que elija el filtro y devuelve lo que había."""
    options = delete_options(call)
    found = call.api.list(call.kind, call.target.namespace, call.labels(), call.fields())
    for item in found.items:
        _delete(call, item["metadata"]["name"], options, item["metadata"].get("namespace"))
    return answers.many(call, found.items, {"resourceVersion": str(found.revision)})


def incoming(call: Call, validation: str, warnings: list[str], known: Object | None = None) -> Object:
    """El objeto del cuerpo, descifrado y con sus instantes en el reloj del clúster. Lanza 400, 415.

    `known` es lo que ya se guarda de él, si es que sustituye a otro.
    """
    raw, repeated = body.read(call.request, call.kind)
    obj = _decoded(call.kind, raw, validation, warnings, repeated)
    if call.edge.dates.version:
        times.take_in(obj, times.of(call.kind), call.edge.dates, known)
    if not isinstance(obj.get("metadata"), dict):
        obj["metadata"] = {}
    _namespace_as_in_path(call, obj)
    return obj


def _decoded(kind: Kind, raw: Object, validation: str, warnings: list[str], repeated: body.Repeated) -> Object:
    try:
        obj, found = decode(kind, raw, validation, repeated)
    except DecodeError as error:
        raise status.bad_request(str(error)) from None
    warnings.extend(found)
    return obj


def _namespace_as_in_path(call: Call, obj: Object) -> None:
    if not call.kind.namespaced:
        return
    asked, metadata = call.target.namespace, obj["metadata"]
    if metadata.get("namespace") and metadata["namespace"] != asked:
        raise status.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    metadata["namespace"] = asked


def _name_as_in_path(call: Call, obj: Object) -> None:
    metadata, asked = obj["metadata"], call.target.name
    if not metadata.get("name"):
        raise status.bad_request("name must be provided")
    if metadata["name"] != asked:
        text = f"the name of the object ({metadata['name']}) does not match the name on the URL ({asked})"
        raise status.bad_request(text)


def _check_apply(call: Call, how: str) -> None:
    if how == "apply" and not call.request.one("fieldManager"):
        message = "Required value: is required for apply patch"
        raise refusal.invalid_option("PatchOptions", "fieldManager", "FieldValueRequired", message)
    if how != "apply" and "force" in call.request.query:
        message = "Forbidden: may not be specified for non-apply patch"
        raise refusal.invalid_option("PatchOptions", "force", "FieldValueForbidden", message)


def _take_in_patch(call: Call, how: str, change: Any) -> None:
    # Una lista de operaciones no tiene la forma del objeto: sus valores viajan tal cual.
    if call.edge.dates.version and how != "json":
        times.take_in(change, times.of(call.kind), call.edge.dates, _stored(call))


def _exists(call: Call) -> bool:
    return _stored(call) is not None


def _stored(call: Call) -> Object | None:
    try:
        return call.api.get(call.kind, call.target.namespace, call.target.name)
    except StatusError:
        return None


def delete_options(call: Call) -> dict[str, Any]:
    """Las opciones de un borrado: las del cuerpo si lo hay; si no, las de la consulta."""
    found, request = body.options_of(call.request), call.request
    if not found:
        for name in ("gracePeriodSeconds", "propagationPolicy"):
            if name in request.query:
                found[name] = request.one(name)
        if "orphanDependents" in request.query:
            found["orphanDependents"] = _BOOLEAN.get(request.one("orphanDependents"))
        if "dryRun" in request.query:
            found["dryRun"] = request.query["dryRun"]
    preconditions = found.get("preconditions") or {}
    if found.get("orphanDependents") is not None and found.get("propagationPolicy") is not None:
        message = f'Invalid value: "{found["propagationPolicy"]}": {_BOTH}'
        raise refusal.invalid_option("DeleteOptions", "propagationPolicy", "FieldValueInvalid", message)
    if found.get("orphanDependents") is not None and not found.get("propagationPolicy"):
        found["propagationPolicy"] = "Orphan" if found["orphanDependents"] else "Background"
    propagation = found.get("propagationPolicy") or None
    # Las opciones se juzgan antes de mirar si el objeto existe.
    deletion.check_policy(propagation)
    return {
        "grace": _grace(found.get("gracePeriodSeconds")),
        "propagation": propagation,
        "uid": preconditions.get("uid"),
        "resource_version": preconditions.get("resourceVersion"),
        "options": call.options("DeleteOptions", list(found.get("dryRun") or [])),
    }


def _grace(value: Any) -> int | None:
    try:
        return None if value is None or value == "" else int(value)
    except (ValueError, TypeError):
        raise status.bad_request(f'strconv.ParseInt: parsing "{value}": invalid syntax') from None


def _delete(call: Call, name: str, options: dict[str, Any], namespace: str | None = None) -> Object:
    return call.api.delete(call.kind, namespace or call.target.namespace, name, **options)
