"""El esquema estructural de un tipo propio: qué campos hay y qué se exige de cada uno.

Es un subconjunto de JSON Schema en el que cada campo tiene un tipo y un solo sitio; por eso basta un recorrido
para podar, completar o juzgar. Fuente:
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RESERVED = ("apiVersion", "kind", "metadata")
"""Los campos de todo objeto: los juzga el servidor, no el esquema."""

MISSING: Any = object()
_EXTENSION = "x-kubernetes-"


@dataclass(frozen=True, slots=True)
class Structural:
    """Un nodo del esquema.

    `type` es el de JSON («object», «integer»…) o vacío si vale cualquiera. `properties` son los campos con
    nombre; `additional`, el esquema de los valores de un mapa (o `True`: valen todos); `items`, el de los elementos
    de una lista. `default` es `MISSING` si no hay. `raw` guarda el resto de exigencias (`minimum`, `pattern`…).
    """

    type: str = ""
    properties: Mapping[str, Structural] = field(default_factory=dict)
    additional: Structural | bool | None = None
    items: Structural | None = None
    default: Any = MISSING
    nullable: bool = False
    required: tuple[str, ...] = ()
    preserves: bool = False
    embedded: bool = False
    int_or_string: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)

    def child(self, key: str) -> Structural | None:
        """El esquema de un campo o del valor de un mapa; `None` si no se describe."""
        found = self.properties.get(key)
        if found is None and isinstance(self.additional, Structural):
            return self.additional
        return found

    def knows(self, key: str) -> bool:
        """Si un campo cabe en el esquema, aunque no lo describa."""
        kept = self.preserves or self.int_or_string or bool(self.additional)
        return kept or key in self.properties or (self.embedded and key in RESERVED)


def parse(schema: Mapping[str, Any]) -> Structural:
    """Un nodo (y los de debajo) de un `openAPIV3Schema` ya descodificado."""
    additional, items = schema.get("additionalProperties"), schema.get("items")
    return Structural(
        type=schema.get("type", ""),
        properties={name: parse(part) for name, part in (schema.get("properties") or {}).items()},
        additional=parse(additional) if isinstance(additional, dict) else additional,
        items=parse(items) if isinstance(items, dict) else None,
        default=schema.get("default", MISSING),
        nullable=bool(schema.get("nullable")),
        required=tuple(schema.get("required") or ()),
        preserves=bool(schema.get(f"{_EXTENSION}preserve-unknown-fields")),
        embedded=bool(schema.get(f"{_EXTENSION}embedded-resource")),
        int_or_string=bool(schema.get(f"{_EXTENSION}int-or-string")),
        raw=schema,
    )
