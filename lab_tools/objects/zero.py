"""Los campos que en Go siempre están: lo que falte de un estado escrito a mano, con su valor vacío.

Un `status` no se valida como lo pedido, y quien lo lee cuenta con que cada condición tenga su tipo. El servidor
real no conoce otra cosa: sus estructuras nacen con cada campo obligatorio a cero.
"""

from __future__ import annotations

from typing import Any

from lab_tools.objects import schema
from lab_tools.objects.patch.shape import Shape, child
from lab_tools.objects.schema import MICRO_TIME, TIME, Definition, Field

_ZEROS: dict[str, Any] = {"string": "", "integer": 0, "boolean": False, "number": 0}


def fill(value: Any, form: Shape, instant: str) -> None:
    """Pone en `value`, que es de quien llama, los campos obligatorios que falten, a cualquier profundidad.

    Un instante que falta es `instant`: el servidor real lo deja en blanco, y quien lo lee lo da por el de ahora.
    """
    if isinstance(value, list):
        items = form.items if isinstance(form, Field) else None
        for item in value:
            fill(item, items, instant)
        return
    if not isinstance(value, dict):
        return
    definition = form if isinstance(form, Definition) else form.definition if form and not form.is_map else None
    for name, field in (definition.fields if definition else {}).items():
        if field.required and name not in value and (zero := _zero(field, instant)) is not None:
            value[name] = zero
    for name, item in value.items():
        fill(item, child(form, name), instant)


def _zero(field: Field, instant: str) -> Any:
    """El valor vacío de un campo simple; `None` para los demás."""
    if field.ref in (TIME, MICRO_TIME):
        return instant
    if field.ref:
        found = schema.definition(field.ref)
        return None if found.fields else _ZEROS.get(found.type)
    return _ZEROS.get(field.type)
