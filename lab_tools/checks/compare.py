"""Comparar lo que se pidió con lo que hay: parcial, por valor en las cantidades y exacto en los nombres."""

from __future__ import annotations

from lab_tools.objects import quantity

_QUANTITIES = frozenset({"requests", "limits", "capacity", "allocatable", "hard"})


def differences(wanted: object, found: object, path: str = "") -> list[str]:
    """Frases con cada diferencia; vacía si `found` contiene todo lo que `wanted` pide.

    De un diccionario solo cuentan las claves pedidas. De una lista cuyos elementos tienen `name`, solo los
    elementos pedidos, por su nombre; cualquier otra lista ha de ser igual y en el mismo orden.
    """
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return [f"`{path}` {_is(found)}"]
        return [line for key in wanted for line in differences(wanted[key], found.get(key), _join(path, key))]
    if isinstance(wanted, list) and wanted and all(isinstance(item, dict) and "name" in item for item in wanted):
        return _by_name(wanted, found, path)
    return [] if _same(wanted, found, path) else [f"`{path}` {_is(found)}, y se pedía `{wanted}`"]


def _by_name(wanted: list[dict[str, object]], found: object, path: str) -> list[str]:
    there = {item.get("name"): item for item in found if isinstance(item, dict)} if isinstance(found, list) else {}
    lines = []
    for item in wanted:
        place = f"{path}[{item['name']}]"
        if item["name"] not in there:
            lines.append(f"no hay ningún `{path}` que se llame `{item['name']}`")
        else:
            lines += differences(item, there[item["name"]], place)
    return lines


def _same(wanted: object, found: object, path: str) -> bool:
    parts = path.split(".")
    if len(parts) > 1 and parts[-2] in _QUANTITIES and wanted is not None and found is not None:
        try:
            return quantity.equal(str(wanted), str(found))
        except ValueError:
            return False
    return type(wanted) is type(found) and wanted == found


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _is(found: object) -> str:
    return "no está" if found is None else f"es `{found}`"
