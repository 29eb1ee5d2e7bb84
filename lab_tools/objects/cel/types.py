"""Los tipos con que se revisa una expresión antes de calcularla. Lo que no se sabe es `DYN`, y no se discute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Type:
    """Un tipo: su nombre, el de sus elementos y, si es un objeto descrito, sus campos (como se escriben en CEL)."""

    name: str
    item: Type | None = None
    fields: Mapping[str, Type] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """Como lo escribe cel-go."""
        if self.name == "list":
            return f"list({self.item or DYN})"
        if self.name == "map":
            return f"map(string, {self.item or DYN})"
        return f"optional_type({self.item or DYN})" if self.name == "optional" else self.name


DYN = Type("dyn")
BOOL, INT, UINT, DOUBLE, STRING, BYTES, NULL = (
    Type(name) for name in ("bool", "int", "uint", "double", "string", "bytes", "null")
)
TIMESTAMP, DURATION, QUANTITY = Type("timestamp"), Type("duration"), Type("kubernetes.Quantity")


def list_of(item: Type) -> Type:
    """Una lista."""
    return Type("list", item)


def map_of(item: Type) -> Type:
    """Un mapa de textos a `item`."""
    return Type("map", item)


def optional_of(item: Type) -> Type:
    """Un valor que puede faltar."""
    return Type("optional", item)


def object_of(fields: Mapping[str, Type], name: str = "object") -> Type:
    """Un objeto con esos campos y ninguno más."""
    return Type(name, None, fields)
