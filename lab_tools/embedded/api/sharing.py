"""Lo igual se guarda una vez: un objeto comparte con el anterior los trozos que no cambian.

Los mil Pods de un ReplicaSet se parecen en casi todo, y un objeto se parece a sí mismo antes de un cambio. Lo
guardado está congelado, así que compartir no se nota más que en la memoria.
"""

from __future__ import annotations

from typing import Any

from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

# Donde cabe cualquier JSON no se comparte: para Python `1`, `1.0` y `True` son iguales, y no lo son.
_FREE = frozenset({kinds.CONTROLLERREVISION, kinds.CUSTOMRESOURCEDEFINITION})


def is_typed(kind: Kind) -> bool:
    """Si el esquema del tipo dice de qué es cada valor, de modo que dos iguales se escriben igual."""
    return kind.own is None and kind not in _FREE


def share(value: Object, model: Object) -> None:
    """Cambia en `value`, que es de quien llama, los trozos iguales a los de `model` por los de `model`."""
    for key, item in value.items():
        found = _shared(item, model.get(key))
        if found is not item:
            value[key] = found


def _shared(item: Any, other: Any) -> Any:
    if item is other or type(item) is not type(other) or not isinstance(item, dict | list):
        return item
    if item == other:
        return other
    if isinstance(item, dict):
        share(item, other)
    else:
        for index, (mine, theirs) in enumerate(zip(item, other, strict=False)):
            item[index] = _shared(mine, theirs)
    return item
