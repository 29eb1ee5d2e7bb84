"""Lo que sale de una comprobación: puntos y pruebas."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab_tools.checks.finding import Finding

GOOD, HALF, MISSING, UNMEASURED, HURRIED = "bien", "a medias", "falta", "no medible", "sin tiempo"
STATES = (GOOD, HALF, MISSING, UNMEASURED, HURRIED)


@dataclass(frozen=True)
class Result:
    """Lo que salió, con sus pruebas. `possible` es 0 si no se pudo medir, y entonces `unmeasured` dice cómo contarlo.

    Las cuatro frases (`expected`, `found`, `why`, `read`) nunca están vacías.
    """

    id: str
    question: str
    earned: float
    possible: float
    expected: str
    found: str
    why: str
    read: str
    hidden: bool = False
    unmeasured: str = ""
    parts: tuple[tuple[float, Finding], ...] = field(default=(), repr=False)

    @property
    def state(self) -> str:
        """«bien», «a medias», «falta», «no medible» (aquí no se puede) o «sin tiempo» (repitiéndola se sabrá)."""
        if not self.possible:
            return self.unmeasured or UNMEASURED
        if self.earned >= self.possible:
            return GOOD
        return HALF if self.earned else MISSING

    def as_json(self) -> dict[str, object]:
        """El resultado en tipos de JSON, para programas."""
        keys = ("id", "question", "state", "earned", "possible", "expected", "found", "why", "read", "hidden")
        return {key: getattr(self, key) for key in keys}
