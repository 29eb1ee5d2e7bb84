"""Ejecutar una entrega: las celdas del estudiante en su encierro, las puntuadas en este proceso.

`TrustedExecute` ocupa el sitio del `Execute` de nbgrader. Una celda puntuada que está en el registro del corrector no
se manda a ninguna parte: se mira el clúster en ese punto del cuaderno y se escribe el resultado como si la celda lo
hubiera devuelto. Y una sesión que muere o se cuelga cuesta su celda, no la entrega: se abre otra y se sigue.
`SaveAutoGrades`, el formgrader, los comentarios y los exportadores no notan nada.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Callable, Integer

from grading import cells, evidence
from grading.outputs import Collector
from grading.sandbox.session import Ending, Session
from grading.stage import Replayed, Stage, Submission
from grading.verdict import Verdict, outputs
from lab_tools.errors import GradingError

NO_TIME_LEFT = "No se ejecutó: el cuaderno agotó su tiempo. Las celdas puntuadas se miran igual."
TOO_MANY_SESSIONS = "No se ejecutó: el cuaderno ya cerró demasiadas sesiones. Las celdas puntuadas se miran igual."
_ANOTHER = "Se siguió con otra sesión, solo con lo que preparan las celdas fijas."
TOLD = {
    Ending.INTERRUPTED: ("TiempoAgotado", "La celda no terminó a tiempo y se interrumpió."),
    Ending.HUNG: (
        "TiempoAgotado", f"La celda no terminó a tiempo ni hizo caso de la interrupción: se cerró. {_ANOTHER}"
    ),
    Ending.DEAD: ("SesionMuerta", f"Python murió al ejecutar esta celda. {_ANOTHER}"),
    Ending.BROKEN: ("MensajeRoto", f"La sesión mandó un mensaje que no se entiende y se cerró. {_ANOTHER}"),
}  # fmt: skip


class TrustedExecute(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader no trae tipos
    """Ejecuta un cuaderno contra su propio clúster y puntúa desde fuera de donde corre.

    Las celdas puntuadas se reconocen por su `grade_id`, que `RestoreCells` ya ha devuelto a su sitio.
    """

    open_stage = Callable(
        default_value=None,
        allow_none=True,
        help="Función que recibe una `Submission` y devuelve el `Stage` donde se ejecuta y se puntúa.",
    ).tag(config=True)
    timeout = Integer(60, help="Segundos de reloj para una celda.").tag(config=True)
    notebook_timeout = Integer(300, help="Segundos de reloj para todas las celdas de un cuaderno.").tag(config=True)
    session_limit = Integer(4, help="Sesiones que se abren como mucho para un cuaderno.").tag(config=True)
    output_limit = Integer(200_000, help="Caracteres de salida que se guardan de una celda.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Ejecuta y puntúa `nb`. Deja la evidencia y el dibujo del clúster entre los archivos que se escriben.

        `InfrastructureError` si el clúster o el encierro no responden; `GradingError` si una celda puntuada no tiene
        comprobación. En los dos casos no queda nota.
        """
        with self.open_stage(_submission(resources)) as stage:
            _refuse_unknown(nb, stage)
            replayed = stage.replayed()
            run = _Run(self, cast(Stage, stage), replayed)
            for cell in nb.cells:
                run.visit(cell)
            evidence.attach(resources, run.verdicts, stage.picture(), walled=stage.walled, replayed=replayed)
        return nb, resources


class _Run:
    """Un cuaderno a medio ejecutar: su sesión, su tiempo y lo que lleva ganado.

    Si su registro se repitió y todo salió igual, no se ejecuta nada. Si algo salió distinto, se ejecuta también y de
    cada celda cuenta lo mejor: la diferencia puede ser de la máquina, y no del estudiante.
    """

    def __init__(self, settings: TrustedExecute, stage: Stage, replayed: Replayed | None) -> None:
        self._replayed = replayed
        self._executes = replayed is None or not replayed.faithful
        self._settings = settings
        self._stage = stage
        self._deadline = time.monotonic() + settings.notebook_timeout
        self._session: Session | None = None
        self._opened = 0
        self._fixed: list[NotebookNode] = []
        self._count = 0
        self.verdicts: list[tuple[Verdict, float]] = []

    def visit(self, cell: NotebookNode) -> None:
        """Ejecuta una celda, o la puntúa."""
        if _graded_id(cell) in self._stage.cells:
            self._mark(cell)
        elif self._executes and cell.cell_type == "code" and cell.source.strip():
            self._run(cell)

    def _mark(self, cell: NotebookNode) -> None:
        """Puntúa la celda mirando el clúster; sus salidas pasan a ser las nuestras y solo ellas."""
        max_points = float(cell.metadata.nbgrader["points"])
        verdict = self._verdict(_graded_id(cell), max_points)
        cell.execution_count = self._counted()
        cell.outputs = outputs(verdict, max_points, cell.execution_count)
        self.verdicts.append((verdict, max_points))

    def _verdict(self, name: str, max_points: float) -> Verdict:
        found = [self._replayed.verdicts[name]] if self._replayed is not None else []
        if self._executes:
            found.append(self._stage.mark(name))
        return max(found, key=lambda verdict: verdict.score(max_points))

    def _run(self, cell: NotebookNode) -> None:
        """Manda una celda a la sesión. Lo que salga mal queda escrito en la celda."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            return _note(cell, "TiempoAgotado", NO_TIME_LEFT)
        session = self._session or self._next_session()
        if session is None:
            return _note(cell, "SinSesion", TOO_MANY_SESSIONS)
        if _is_fixed(cell):
            self._fixed.append(cell)
        cell.execution_count = self._counted()
        collector = Collector(self._settings.output_limit, cell.execution_count)
        ending = session.run(cell.source, min(self._settings.timeout, left), collector.take)
        cell.outputs = collector.outputs
        if ending in TOLD:
            _note(cell, *TOLD[ending])
        if ending in (Ending.HUNG, Ending.DEAD, Ending.BROKEN):
            session.close()
            self._session = None
        return None

    def _next_session(self) -> Session | None:
        """Abre una sesión, con lo que preparan las celdas fijas ya ejecutadas; None si ya fueron demasiadas."""
        if self._opened >= self._settings.session_limit:
            return None
        self._opened += 1
        session = self._stage.open()
        for cell in self._fixed:  # las celdas fijas son del profesor, y repetirlas no cambia el clúster
            session.run(cell.source, self._settings.timeout, lambda output: None, silent=True)
        self._session = session
        return session

    def _counted(self) -> int:
        self._count += 1
        return self._count


def _submission(resources: Any) -> Submission:
    where = resources["nbgrader"]
    folder = Path(resources["metadata"]["path"])
    return Submission(where["assignment"], where["student"], where["notebook"], folder)


def _refuse_unknown(nb: NotebookNode, stage: Stage) -> None:
    """Una celda de autocorrección sin comprobación valdría todos sus puntos: mejor no corregir."""
    for cell in nb.cells:
        name = _graded_id(cell)
        if name and name not in stage.cells:
            raise GradingError(
                f"La celda puntuada «{name}» no tiene comprobación en el laboratorio.",
                "Comprueba que el cuaderno publicado y el laboratorio son de la misma versión.",
            )


def _graded_id(cell: NotebookNode) -> str:
    """El `grade_id` de una celda de autocorrección, o nada."""
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return ""
    return str(cell.metadata.nbgrader["grade_id"])


def _is_fixed(cell: NotebookNode) -> bool:
    """Una celda del profesor: bloqueada y sin nota."""
    return bool(utils.is_locked(cell) and not utils.is_grade(cell) and not utils.is_solution(cell))


def _note(cell: NotebookNode, name: str, reason: str) -> None:
    """Añade a la celda, como error, por qué no terminó."""
    cell.outputs = [*cell.outputs, cells.failed(name, reason)]
