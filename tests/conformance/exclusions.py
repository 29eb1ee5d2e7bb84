"""Lo que no se compara tal cual: la lista publicada de `exclusions.yaml`, leída."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

LIST = Path(__file__).with_name("exclusions.yaml")
UNORDERED, NOTHING = "unordered", "nothing"


@dataclass(frozen=True)
class Exclusion:
    """Un paso grabado (`step` es su marca en la grabación), cómo se compara y por qué."""

    scenario: str
    step: str
    compare: str
    reason: str


def every(path: Path = LIST) -> tuple[Exclusion, ...]:
    """La lista publicada."""
    return tuple(Exclusion(**one) for one in yaml.safe_load(path.read_text(encoding="utf-8")) or ())


def of(scenario: str, listed: Iterable[Exclusion]) -> dict[str, str]:
    """Cómo se comparan los pasos señalados de un guion."""
    return {one.step: one.compare for one in listed if one.scenario == scenario}
