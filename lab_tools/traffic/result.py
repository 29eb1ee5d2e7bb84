"""Lo que se recibe al medir, venga del clúster que venga: una respuesta (`Response`) o una carga (`Load`)."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab_tools.traffic import report

if TYPE_CHECKING:
    from lab_tools.client import Client
    from lab_tools.traffic.engine import Engine

Document = Mapping[str, Any]

# Las maneras de no recibir respuesta.
ERRORS = {
    "refused": "conexión rechazada",
    "reset": "conexión cortada",
    "timeout": "sin respuesta a tiempo",
    "dns": "nombre sin resolver",
    "unreachable": "sin camino",
    "source": "quien llamaba ya no está",
}
# Las mismas, como lo que alguien encontró.
SEEN = {
    "refused": "una conexión rechazada",
    "reset": "una conexión cortada",
    "timeout": "que nadie contesta",
    "dns": "que el nombre no se resuelve",
    "unreachable": "que no hay camino",
    "source": "que quien llamaba ya no está",
}
# Segundos de pared a partir de los que se enseña cómo va.
_PATIENCE = 2.0


@dataclass(frozen=True)
class Step:
    """Un paso del camino: dónde (`stage`), si dejó seguir, la frase que lo explica y el objeto que manda en él."""

    stage: str
    passed: bool
    text: str
    about: str = ""


@dataclass(frozen=True)
class Response:
    """La respuesta a una petición. `latency` en segundos; si nadie contestó, `error` dice por qué y `status` es 0."""

    status: int
    latency: float
    body: str = ""
    version: str = ""
    pod: str = ""
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    @property
    def ok(self) -> bool:
        """Si contestó un 2xx o un 3xx."""
        return 200 <= self.status < 400

    def __repr__(self) -> str:
        return report.response_text(self)

    @classmethod
    def of(cls, found: Document) -> Response:
        """La que cuenta un documento."""
        steps = tuple(Step(one["stage"], one["passed"], one["text"], one.get("about", "")) for one in found["steps"])
        return cls(found["status"], found["latency"], found["body"], found["version"], found["pod"], found["error"],
                   dict(found["headers"]), steps)  # fmt: skip


@dataclass(frozen=True)
class Latency:
    """Cuánto tardaron las respuestas, en segundos. `None` si no hubo ninguna."""

    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class Share:
    """La parte de una versión o de un Pod: las que acabaron, las que fallaron y su P95 (segundos)."""

    completed: int
    failed: int
    p95: float | None = None


@dataclass(frozen=True)
class Slot:
    """Un tramo de la historia: segundo en que empieza, las que llegaron en él, las que fallaron y su P95 (segundos)."""

    second: float
    sent: int
    failed: int
    p95: float | None


class Load:
    """Una carga: se mide sola mientras pasa el tiempo del clúster. Sus cuentas se ponen al día con `refresh`.

    `state`: «running», «done» o «stopped». Falla lo que no recibe respuesta y lo que recibe un 5xx.
    """

    def __init__(self, client: Client, engine: Engine, found: Document) -> None:
        self._client = client
        self._engine = engine
        self.id = str(found["id"])
        self._fill(found)

    def _fill(self, found: Document) -> None:
        self.url, self.state, self.seconds = str(found["url"]), str(found["state"]), float(found["seconds"])
        self.from_: str | None = found["from"]
        self.seed, self.timeout = int(found["seed"]), float(found["timeout"])
        self.steps = [(float(seconds), float(rps)) for seconds, rps in found["steps"]]
        self.elapsed = float(found["elapsed"])
        self.sent, self.completed, self.failed = found["sent"], found["completed"], found["failed"]
        self.latency = Latency(**(found.get("latency") or {}))
        self.errors: dict[str, int] = dict(found.get("errors") or {})
        self.statuses: dict[int, int] = {int(code): count for code, count in (found.get("statuses") or {}).items()}
        self.versions = {name: Share(**one) for name, one in (found.get("versions") or {}).items()}
        self.pods = {name: Share(**one) for name, one in (found.get("pods") or {}).items()}
        line = found.get("timeline") or {"step": 1, "sent": [], "failed": [], "p95": []}
        columns = zip(line["sent"], line["failed"], line["p95"], strict=True)
        self.timeline = [Slot(place * line["step"], *one) for place, one in enumerate(columns)]

    @property
    def ok(self) -> int:
        """Las que acabaron bien."""
        return int(self.completed - self.failed)

    @property
    def failure_rate(self) -> float:
        """La proporción de fallos, de 0 a 1."""
        return float(self.failed / self.completed) if self.completed else 0.0

    @property
    def throughput(self) -> float:
        """Peticiones acabadas bien por segundo del clúster."""
        return self.ok / self.elapsed if self.elapsed else 0.0

    @property
    def running(self) -> bool:
        """Si aún quedan peticiones por salir o por acabar."""
        return self.state == "running"

    def refresh(self) -> Load:
        """Pone al día todas las cuentas."""
        self._fill(self._engine.read(self.id, whole=True))
        return self

    def stop(self) -> Load:
        """Para: no sale ninguna petición más. Espera a las que están en curso."""
        self._engine.stop(self.id)
        return self.wait()

    def wait(self) -> Load:
        """Espera a que acabe, y dice cómo va si tarda. Con Ctrl-C, para la carga antes de dejarte ir."""
        progress = _Progress()
        try:
            while (found := self._engine.read(self.id, whole=False))["state"] == "running":
                progress.show(found)
                self._client.wait(self._pause(found))
        except BaseException:
            self._engine.stop(self.id)
            raise
        finally:
            progress.close()
        return self.refresh()

    def _pause(self, found: Document) -> float:
        """Segundos del clúster hasta volver a mirar: lo que falta, a tragos que duren menos de medio segundo."""
        left = found["seconds"] - found["elapsed"]
        if left <= 0:
            return min(0.2, self.timeout)
        return float(min(left, self._engine.sip))

    def __repr__(self) -> str:
        return report.load_text(self)

    def _repr_html_(self) -> str:
        return report.load_html(self)


class _Progress:
    """Una línea que dice cómo va, si la espera se alarga y hay alguien mirando."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._shown = 0
        self._watched = sys.stdout.isatty() or "ipykernel" in sys.modules

    def show(self, found: Document) -> None:
        """Escribe por dónde va."""
        if not self._watched or time.monotonic() - self._since < _PATIENCE:
            return
        line = report.progress(found)
        sys.stdout.write("\r" + line.ljust(self._shown))
        sys.stdout.flush()
        self._shown = len(line)

    def close(self) -> None:
        """Deja la línea limpia."""
        if self._shown:
            sys.stdout.write("\r" + " " * self._shown + "\r")
            sys.stdout.flush()
