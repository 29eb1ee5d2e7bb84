"""Qué difiere entre lo que se grabó y lo que hemos respondido."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.conformance import exclusions
from tests.conformance.scenario import Record

ABSENT = "(ausente)"


@dataclass(frozen=True)
class Difference:
    """Un sitio del paso, lo que hay en la grabación y lo que hay aquí."""

    where: str
    real: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.where}\n    real   {self.real!r:.400}\n    aquí   {self.ours!r:.400}"


def steps(
    expected: list[Record], got: list[Record], excluded: Mapping[str, str]
) -> Iterator[tuple[Record, list[Difference]]]:
    """Cada paso grabado con sus diferencias; un paso que no llegó a darse difiere entero, aunque quede fuera.

    `excluded` dice cómo se comparan los pasos de la lista de exclusiones.
    """
    for index, real in enumerate(expected):
        ours = got[index] if index < len(got) else {}
        how = excluded.get(real["step"])
        if real.get("speed_sensitive"):
            real, ours = _last_line(real), _last_line(ours)
        if how == exclusions.UNORDERED:
            real, ours = _unordered(real), _unordered(ours)
        if how == exclusions.NOTHING and ours.get("step") == real["step"]:
            ours = real
        yield real, list(differences(real, ours, str(real["step"])))


def differences(real: Any, ours: Any, where: str) -> Iterator[Difference]:
    """Las hojas que difieren."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted({*real, *ours}):
            yield from differences(real.get(key, ABSENT), ours.get(key, ABSENT), f"{where}.{key}")
    elif isinstance(real, list) and isinstance(ours, list):
        for index in range(max(len(real), len(ours))):
            yield from differences(_at(real, index), _at(ours, index), f"{where}[{index}]")
    elif real != ours:
        yield Difference(where, real, ours)


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def _last_line(record: Record) -> Record:
    """Las líneas de progreso dependen de la prisa del clúster; la última, no."""
    return {**record, "stdout": (record.get("stdout") or "").strip().rpartition("\n")[2]}


def _unordered(record: Record) -> Record:
    return {**record, "stdout": "\n".join(sorted((record.get("stdout") or "").splitlines()))}
