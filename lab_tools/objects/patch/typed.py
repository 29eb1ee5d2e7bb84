"""¿Cabe lo que se aplica en la forma de su tipo? Los campos existen y los elementos de una lista se distinguen.

Quien aplica recibe más rigor que quien crea: su parche ha de poder repartirse campo a campo antes de mirarlo.
Fuente: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lab_tools.objects import Object, schema
from lab_tools.objects.kinds import Kind
from lab_tools.objects.patch import fieldset, shape
from lab_tools.objects.patch.fieldset import Path
from lab_tools.objects.patch.shape import Shape
from lab_tools.objects.schema import Definition, Field


def complaint(kind: Kind, applied: Object) -> str:
    """Lo que el servidor real dice de un parche que no cabe en su tipo; vacío si cabe."""
    found = list(_problems(applied, schema.of(kind), (), kind.own is None))
    if not found:
        return ""
    metadata = applied.get("metadata") if isinstance(applied.get("metadata"), dict) else {}
    who = f"{metadata.get('namespace') or ''}/{metadata.get('name') or ''}"  # type: ignore[union-attr]
    why = found[0] if len(found) == 1 else "errors:" + "".join(f"\n  {one}" for one in found)
    version = kind.api_version if kind.group else f"/{kind.version}"
    return f"failed to create typed patch object ({who}; {version}, Kind={kind.kind}): {why}"


def _problems(value: Any, form: Shape, path: Path, closed: bool) -> Iterator[str]:
    """`closed`: si un campo que el esquema no nombra es un problema; en un tipo propio lo poda quien lo descifra."""
    if isinstance(value, dict):
        for key, item in value.items():
            inner, here = shape.child(form, key), (*path, f"f:{key}")
            if inner is None and closed and _is_closed(form):
                yield f"{fieldset.text(here)}: field not declared in schema"
            elif inner is not None:
                yield from _problems(item, inner, here, closed)
    elif isinstance(value, list) and isinstance(form, Field) and form.list_type == "map":
        yield from _elements(value, form, path, closed)
    elif isinstance(value, list) and isinstance(form, Field) and form.items is not None:
        for index, item in enumerate(value):
            yield from _problems(item, form.items, (*path, f"i:{index}"), closed)


def _elements(items: list[Any], form: Field, path: Path, closed: bool) -> Iterator[str]:
    """Los elementos de una lista con claves: todos las llevan y no hay dos con las mismas."""
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            continue  # ya lo dirá quien mire los tipos
        keys = dict(shape.keys_of(item, form))
        missing = next((key for key in form.map_keys if key not in keys), None)
        if missing is not None:
            yield (f"{fieldset.text(path)}: element {index}: associative list with keys has an element that omits "
                   f"key field {json.dumps(missing)} (and doesn't have default value)")  # fmt: skip
            continue
        step = fieldset.key_step(keys)
        seen[step] = seen.get(step, 0) + 1
        if seen[step] == 2:
            yield f"{fieldset.text(path)}: duplicate entries for key {fieldset.text((step,))}"
        yield from _problems(item, form.items, (*path, step), closed)


def _is_closed(form: Shape) -> bool:
    """Si solo caben los campos que el esquema nombra."""
    if isinstance(form, Field):
        if form.additional is not None:
            return False
        form = form.definition
    return isinstance(form, Definition) and bool(form.fields) and form.type == "object"
