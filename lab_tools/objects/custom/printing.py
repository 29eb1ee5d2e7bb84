"""Las columnas de un tipo propio (`additionalPrinterColumns`) hechas un impresor."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from lab_tools.objects import Object, duration
from lab_tools.objects.custom import path
from lab_tools.objects.printers.printer import Cells, Printer, name

_NAME: Object = {
    "name": "Name", "type": "string", "format": "name", "priority": 0,
    "description": "Name must be unique within a namespace. Is required when creating resources, although some "
                   "resources may allow a client to request the generation of an appropriate name automatically. Name "
                   "is primarily intended for creation idempotence and configuration definition. Cannot be updated. "
                   "More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
}  # fmt: skip
_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}

Cell = Callable[[Object, float], Any]


def printer(columns: Sequence[Object]) -> Printer:
    """El impresor: el nombre y las columnas pedidas; sin ninguna, la edad."""
    wanted = columns or (_AGE,)
    cells = [_cell(column) for column in wanted]

    def row(obj: Object, now: float) -> Cells:
        return [name(obj), *(cell(obj, now) for cell in cells)]

    return Printer((_NAME, *(_definition(column) for column in wanted)), row)


def _definition(column: Object) -> Object:
    described = f"Custom resource definition column (in JSONPath format): {column['jsonPath']}"
    return {
        "name": column["name"],
        "type": column["type"],
        "format": column.get("format", ""),
        "description": column.get("description") or described,
        "priority": column.get("priority", 0),
    }


def _cell(column: Object) -> Cell:
    find, show = path.compile(column["jsonPath"]), _SHOW.get(column["type"], _text)

    def cell(obj: Object, now: float) -> Any:
        found = find(obj)
        return show(found, now) if found and found[0] is not None else None

    return cell


def _number(found: list[Any], now: float) -> Any:
    return found[0] if isinstance(found[0], int | float) and not isinstance(found[0], bool) else None


def _integer(found: list[Any], now: float) -> Any:
    number = _number(found, now)
    return None if number is None else int(number)


def _boolean(found: list[Any], now: float) -> Any:
    return found[0] if isinstance(found[0], bool) else None


def _date(found: list[Any], now: float) -> Any:
    try:
        return duration.since(str(found[0]), now)
    except ValueError:
        return "<invalid>"


def _text(found: list[Any], now: float) -> Any:
    return " ".join(one if isinstance(one, str) else _json(one) for one in found)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_SHOW: dict[str, Callable[[list[Any], float], Any]] = {
    "integer": _integer, "number": _number, "boolean": _boolean, "date": _date,
}  # fmt: skip
