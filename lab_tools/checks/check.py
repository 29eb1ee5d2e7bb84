"""Una comprobación: lo que pregunta, lo que vale, por qué importa, dónde leer y sus tres pistas."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab_tools.checks.expect import Fact, Finding, NotMeasurable, together
from lab_tools.checks.snapshot import Snapshot
from lab_tools.errors import InfrastructureError, OrquestaError, StatusError


@dataclass(frozen=True)
class Criterion:
    """Una parte de la comprobación con sus propios puntos: quien la cumple se los lleva, aunque falle otra."""

    points: float
    fact: Fact


@dataclass(frozen=True)
class Check:
    """Se declara una vez. `gates` son condiciones que no dan puntos, pero sin las que no se gana ninguno."""

    id: str
    question: str
    why: str
    read: str
    criteria: tuple[Criterion, ...]
    hints: tuple[str, str, str]
    gates: tuple[Fact, ...] = ()
    hidden: bool = False

    @property
    def points(self) -> float:
        """Lo más que se puede ganar."""
        return round(sum(criterion.points for criterion in self.criteria), 2)

    def look(self, snapshot: Snapshot) -> Result:
        """El resultado sobre una foto. `InfrastructureError` si el clúster no deja mirar o el hecho se rompe."""
        closed = [finding for finding in (_ask(gate, snapshot, self.id) for gate in self.gates) if not finding.met]
        if closed:
            told = together(closed)
            before = Finding(False, f"{told.expected}, como condición previa", told.found)
            return self._result([], before, possible=self.points)
        parts: list[tuple[float, Finding]] = []
        for criterion in self.criteria:
            try:
                parts.append((criterion.points, _ask(criterion.fact, snapshot, self.id)))
            except NotMeasurable as reason:
                unmeasured = str(reason)
        if not parts:
            return self._result([], Finding(False, self.question, f"no medible aquí: {unmeasured}"), possible=0)
        told = together([finding for _, finding in parts])
        return self._result(parts, told, possible=round(sum(points for points, _ in parts), 2))

    def _result(self, parts: list[tuple[float, Finding]], told: Finding, possible: float) -> Result:
        earned = round(sum(points for points, finding in parts if finding.met), 2)
        return Result(
            id=self.id,
            question=self.question,
            earned=earned,
            possible=possible,
            expected=told.expected,
            found=told.found,
            why=self.why,
            read=self.read,
            hidden=self.hidden,
            parts=tuple((points, finding) for points, finding in parts),
        )


@dataclass(frozen=True)
class Result:
    """Lo que salió, con sus pruebas. `possible` es 0 si aquí no se puede medir."""

    id: str
    question: str
    earned: float
    possible: float
    expected: str
    found: str
    why: str
    read: str
    hidden: bool = False
    parts: tuple[tuple[float, Finding], ...] = field(default=(), repr=False)

    @property
    def state(self) -> str:
        """«bien», «a medias», «falta» o «no medible»."""
        if not self.possible:
            return "no medible"
        if self.earned >= self.possible:
            return "bien"
        return "a medias" if self.earned else "falta"

    def as_json(self) -> dict[str, object]:
        """El resultado en tipos de JSON, para programas."""
        keys = ("id", "question", "state", "earned", "possible", "expected", "found", "why", "read", "hidden")
        return {key: getattr(self, key) for key in keys}


def _ask(fact: Fact, snapshot: Snapshot, check_id: str) -> Finding:
    """Pregunta al clúster. Lo que no sea una respuesta es culpa nuestra o suya, nunca del estudiante."""
    try:
        return fact(snapshot)
    except (NotMeasurable, OrquestaError):
        raise
    except StatusError as error:
        raise InfrastructureError(
            f"La comprobación {check_id} no pudo leer el clúster: {error.message}",
            "No es culpa tuya y no afecta a la nota. Repite la comprobación.",
        ) from error
    except Exception as error:
        raise InfrastructureError(
            f"La comprobación {check_id} se rompió: {type(error).__name__}: {error}",
            "No es culpa tuya y no afecta a la nota. Avisa a quien mantiene el laboratorio.",
        ) from error
