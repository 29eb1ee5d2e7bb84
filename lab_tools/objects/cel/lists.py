"""Listas, conjuntos y cantidades.

Fuente: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library, #kubernetes-quantity-library y
https://pkg.go.dev/github.com/google/cel-go/ext#Sets
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from lab_tools.objects import quantity
from lab_tools.objects.cel.fault import CelError, overload, too_dear
from lab_tools.objects.cel.values import Quantity, UInt, compare, equals, is_number, whole

_LONGEST = 100_000


def _list(*values: Any) -> None:
    if not all(isinstance(value, list) for value in values):
        raise overload()


def _is_sorted(value: list[Any]) -> bool:
    _list(value)
    return all(compare(one, other) <= 0 for one, other in pairwise(value))


def _sum(value: list[Any]) -> Any:
    _list(value)
    if not value:
        return 0
    if isinstance(value[0], float):
        return float(sum(value))
    if not is_number(value[0]):
        total = value[0]
        for one in value[1:]:
            total = total + one
        return total
    return whole(sum(value), isinstance(value[0], UInt))


def _extreme(value: list[Any], sign: int, name: str) -> Any:
    _list(value)
    if not value:
        raise CelError(f"{name} called on empty list")
    found = value[0]
    for one in value[1:]:
        if compare(one, found) * sign > 0:
            found = one
    return found


def _index_of(value: list[Any], item: Any) -> int:
    _list(value)
    return next((index for index, one in enumerate(value) if equals(one, item)), -1)


def _last_index_of(value: list[Any], item: Any) -> int:
    _list(value)
    return next((index for index in range(len(value) - 1, -1, -1) if equals(value[index], item)), -1)


def _slice(value: list[Any], start: int, end: int) -> list[Any]:
    _list(value)
    if start < 0 or end < 0 or start > end or end > len(value):
        raise CelError(f"cannot slice({start}, {end}), list is length {len(value)}")
    return value[start:end]


def _flatten(value: list[Any], depth: int = 1) -> list[Any]:
    _list(value)
    found: list[Any] = []
    for one in value:
        if isinstance(one, list) and depth > 0:
            found.extend(_flatten(one, depth - 1))
        else:
            found.append(one)
    return found


def _distinct(value: list[Any]) -> list[Any]:
    _list(value)
    found: list[Any] = []
    for one in value:
        if not any(equals(one, other) for other in found):
            found.append(one)
    return found


def _by(keys: list[Any]) -> Callable[[int, int], int]:
    return lambda one, other: compare(keys[one], keys[other])


def sort_by(value: list[Any], keys: list[Any]) -> list[Any]:
    """La lista, ordenada por sus claves."""
    _list(value)
    order = list(range(len(value)))
    order.sort(key=cmp_to_key(_by(keys)))
    return [value[index] for index in order]


def _range(count: int) -> list[int]:
    if count > _LONGEST:
        raise too_dear()
    return list(range(count))


def _join(value: list[Any], separator: str = "") -> str:
    _list(value)
    if not all(isinstance(one, str) for one in value):
        raise overload()
    return separator.join(value)


def _contains_all(whole_: list[Any], part: list[Any]) -> bool:
    _list(whole_, part)
    return all(any(equals(one, other) for other in whole_) for one in part)


def _equivalent(one: list[Any], other: list[Any]) -> bool:
    return _contains_all(one, other) and _contains_all(other, one)


def _intersects(one: list[Any], other: list[Any]) -> bool:
    _list(one, other)
    return any(equals(a, b) for a in one for b in other)


# Cantidades


def _quantity(text: str) -> Quantity:
    try:
        return Quantity(quantity.canonical(text), quantity.parse(text))
    except ValueError as error:
        raise CelError(str(error)) from None


def _is_quantity(text: str) -> bool:
    try:
        quantity.parse(text)
    except ValueError:
        return False
    return True


def _amount(value: Any) -> Any:
    if isinstance(value, Quantity):
        return value.amount
    if isinstance(value, int) and not isinstance(value, bool):
        return quantity.parse(value)
    raise overload()


def _plus(one: Quantity, other: Any, sign: int) -> Quantity:
    total = _amount(one) + sign * _amount(other)
    return Quantity(quantity.canonical(total), total)


def _integer(value: Quantity) -> int:
    if _amount(value) % 1:
        raise CelError("cannot convert value to integer")
    return whole(int(value.amount))


def _sign(value: Quantity) -> int:
    return int(_amount(value) > 0) - int(value.amount < 0)


def _order(one: Quantity, other: Quantity) -> int:
    return int(_amount(one) > _amount(other)) - int(one.amount < other.amount)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sets.contains": _contains_all, "sets.equivalent": _equivalent, "sets.intersects": _intersects,
    "lists.range": _range, "quantity": _quantity, "isQuantity": _is_quantity,
}  # fmt: skip

METHODS: dict[str, Callable[..., Any]] = {
    "isSorted": _is_sorted, "sum": _sum, "min": lambda value: _extreme(value, -1, "min"),
    "max": lambda value: _extreme(value, 1, "max"), "indexOf": _index_of, "lastIndexOf": _last_index_of,
    "slice": _slice, "flatten": _flatten, "distinct": _distinct, "sort": lambda value: sort_by(value, value),
    "reverse": lambda value: value[::-1], "join": _join,
    "isInteger": lambda value: not _amount(value) % 1, "asInteger": _integer,
    "asApproximateFloat": lambda value: float(_amount(value)), "sign": _sign,
    "add": lambda one, other: _plus(one, other, 1), "sub": lambda one, other: _plus(one, other, -1),
    "compareTo": _order,
}  # fmt: skip
