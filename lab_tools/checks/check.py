"""Una comprobación: lo que pregunta, lo que vale, por qué importa, dónde leer y sus tres pistas."""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.checks.budget import OutOfTime
from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding, NotMeasurable, together
from lab_tools.checks.result import HURRIED, UNMEASURED, Result
from lab_tools.checks.snapshot import Snapshot
from lab_tools.errors import InfrastructureError, OrquestaError, StatusError

__all__ = ["BEHAVIOUR", "SHAPE", "Check", "Criterion", "Result"]

# Lo que mira una comprobación: lo que pasa (peticiones, recuperaciones, permisos, historia) o lo que está escrito.
BEHAVIOUR, SHAPE = "comportamiento", "forma"
# Así acaba la negativa de RBAC a quien solo puede mirar dentro de un namespace.
_BEYOND = "at the cluster scope"


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
    looks_at: str = BEHAVIOUR

    @property
    def points(self) -> float:
        """Lo más que se puede ganar."""
        return round(sum(criterion.points for criterion in self.criteria), 2)

    def look(self, snapshot: Snapshot) -> Result:
        """El resultado sobre una foto. `InfrastructureError` si el clúster no deja mirar o el hecho se rompe."""
        parts: list[tuple[float, Finding]] = []
        missed: list[str] = []
        try:
            closed = [finding for finding in (_ask(gate, snapshot, self.id) for gate in self.gates) if not finding.met]
            if closed:
                told = together(closed)
                before = Finding(False, f"{told.expected}, como condición previa", told.found)
                return self._result([(criterion.points, before) for criterion in self.criteria], before)
            for criterion in self.criteria:
                try:
                    parts.append((criterion.points, _ask(criterion.fact, snapshot, self.id)))
                except NotMeasurable as reason:
                    missed.append(f"que no es medible aquí: {reason}")
        except NotMeasurable as reason:
            # Sin poder mirar la condición no se sabe si lo demás vale: no se puntúa nada.
            return self.unmeasured(f"que no es medible aquí: {reason}")
        except OutOfTime as reason:
            return self.unmeasured(f"que no dio tiempo a saberlo: {reason}", HURRIED)
        if not parts:
            return self.unmeasured("; ".join(missed))
        told = together([finding for _, finding in parts])
        return self._result(parts, Finding(told.met, told.expected, "; ".join([told.found, *missed])))

    def unmeasured(self, reason: str, state: str = UNMEASURED) -> Result:
        """El resultado cuando no se ha podido saber nada: no suma ni resta."""
        return self._result([], Finding(False, f"poder responder a esto: {self.question}", reason), state)

    def _result(self, parts: list[tuple[float, Finding]], told: Finding, unmeasured: str = "") -> Result:
        return Result(
            id=self.id,
            question=self.question,
            earned=round(sum(points for points, finding in parts if finding.met), 2),
            possible=round(sum(points for points, _ in parts), 2),
            expected=told.expected,
            found=told.found,
            why=self.why,
            read=self.read,
            hidden=self.hidden,
            unmeasured=unmeasured,
            parts=tuple(parts),
        )


def _ask(fact: Fact, snapshot: Snapshot, check_id: str) -> Finding:
    """Pregunta al clúster. Lo que no sea una respuesta es culpa nuestra o suya, nunca del estudiante."""
    try:
        return fact(snapshot)
    except (NotMeasurable, OutOfTime, OrquestaError):
        raise
    except StatusError as error:
        if error.code == 403 and error.message.endswith(_BEYOND):
            raise NotMeasurable("para verlo hay que mirar fuera de tu namespace, y aquí no se puede") from error
        raise InfrastructureError(
            f"La comprobación {check_id} no pudo leer el clúster: {error.message}",
            "No es culpa tuya y no afecta a la nota. Repite la comprobación.",
        ) from error
    except Exception as error:
        raise InfrastructureError(
            f"La comprobación {check_id} se rompió: {type(error).__name__}: {error}",
            "No es culpa tuya y no afecta a la nota. Avisa a quien mantiene el laboratorio.",
        ) from error
