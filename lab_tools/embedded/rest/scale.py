"""El subrecurso `scale`: cuántas réplicas, sin saber de qué.

Fuente: https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/
"""

from __future__ import annotations

from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.api import patching
from lab_tools.embedded.api.protocol import Options
from lab_tools.embedded.rest import answers, body, times
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Response
from lab_tools.embedded.rest.negotiation import TABLE
from lab_tools.objects import Object, clone, columns
from lab_tools.objects.columns import SCALE
from lab_tools.objects.decode import DecodeError, decode
from lab_tools.objects.schema import OBJECT_META
from lab_tools.objects.selector import LabelSelector
from lab_tools.objects.validation import Problem

# Dónde están los instantes de su tabla.
_ROWS: times.Plan = {"rows": ("each", ("object", {"object": ("object", {"metadata": ("object", OBJECT_META)})}))}
_METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def get(call: Call) -> Response:
    """Las réplicas pedidas y las que hay."""
    return _answer(call, _parent(call))


def update(call: Call) -> Response:
    """PUT: las réplicas que diga el cuerpo."""
    options = call.options("UpdateOptions")
    raw, repeated = body.read(call.request, SCALE)
    try:
        wanted, warnings = decode(SCALE, raw, options.field_validation, repeated)
    except DecodeError as error:
        raise status.bad_request(str(error)) from None
    options.warnings.extend(warnings)
    return _answer(call, _resized(call, wanted, options))


def patch(call: Call) -> Response:
    """PATCH sobre el Scale, no sobre el objeto."""
    how, change, repeated = body.patch_of(call.request)
    options = call.options("PatchOptions")
    patching.check_repeated(change, repeated, options)
    current = _scale(call, _parent(call))
    del current["metadata"]["resourceVersion"]
    wanted = patching.patched(SCALE, current, change, how, options, call.cluster.clock.now)
    return _answer(call, _resized(call, wanted, options))


def _parent(call: Call) -> Object:
    return call.api.get(call.kind, call.target.namespace, call.target.name)


def _resized(call: Call, wanted: Object, options: Options) -> Object:
    replicas = (wanted.get("spec") or {}).get("replicas") or 0
    if replicas < 0:
        message = f"Invalid value: {replicas}: must be greater than or equal to 0"
        problem = Problem("FieldValueInvalid", "spec.replicas", message, replicas)
        raise status.invalid(SCALE, call.target.name, [problem])
    parent = clone(_parent(call))
    version = (wanted.get("metadata") or {}).get("resourceVersion")
    if version and version != parent["metadata"]["resourceVersion"]:
        raise status.conflict(call.kind, call.target.name)
    _set_replicas(call, parent, replicas)
    return call.api.update(call.kind, parent, subresource="scale", options=options)


def _answer(call: Call, parent: Object) -> Response:
    found = _scale(call, parent)
    if call.form.shape != TABLE or call.kind.own is not None:
        return answers.derived(call, found, times.plan(SCALE.definition))
    table = columns.table(
        SCALE, [found], call.cluster.clock.now, include=answers.included(call),
        metadata={"resourceVersion": found["metadata"]["resourceVersion"]},
    )  # fmt: skip
    return answers.derived(call, table, _ROWS)


def _scale(call: Call, parent: Object) -> Object:
    metadata = parent["metadata"]
    replicas, current, selector = _counts(call, parent)
    found: Object = {"kind": "Scale", "apiVersion": SCALE.api_version}
    found["metadata"] = {name: metadata[name] for name in _METADATA if name in metadata}
    # Cero es el valor vacío de Go: se omite, y por eso escalar a cero responde `spec: {}`.
    found["spec"] = {"replicas": replicas} if replicas else {}
    found["status"] = {"replicas": current, **({"selector": selector} if selector else {})}
    return found


def _counts(call: Call, parent: Object) -> tuple[int, int, str]:
    """Réplicas pedidas, réplicas que hay y selector, estén donde estén en ese tipo."""
    spec, status_ = parent.get("spec") or {}, parent.get("status") or {}
    paths = call.kind.own.scale if call.kind.own else None
    if paths is None:
        return spec.get("replicas", 1), status_.get("replicas", 0), _selector(call, spec)
    wanted, current = _at(parent, paths.spec), _at(parent, paths.status)
    selector = _at(parent, paths.selector) if paths.selector else ""
    # El esquema del tipo puede admitir ahí cualquier cosa; un Scale, no.
    return (wanted if isinstance(wanted, int) else 0, current if isinstance(current, int) else 0,
            selector if isinstance(selector, str) else "")  # fmt: skip


def _set_replicas(call: Call, parent: Object, replicas: int) -> None:
    paths = call.kind.own.scale if call.kind.own else None
    steps = paths.spec if paths else ("spec", "replicas")
    for step in steps[:-1]:
        parent = parent.setdefault(step, {})
        if not isinstance(parent, dict):
            raise status.internal(f'unable to set the replicas at ".{".".join(steps)}": it is not an object')
    parent[steps[-1]] = replicas


def _at(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _selector(call: Call, spec: Object) -> str:
    selector = spec.get("selector")
    labelled = call.kind.group == "apps"
    return str(LabelSelector.from_object(selector) if labelled else LabelSelector.from_map(selector))
