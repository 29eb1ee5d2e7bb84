"""Ejecutar una entrega: las celdas del estudiante en su kernel, las puntuadas en este proceso.

`TrustedExecute` es el `Execute` de nbgrader con dos diferencias. Una celda puntuada que está en el registro del
corrector no se manda al kernel: se mira el clúster en ese punto del cuaderno y se escribe el resultado como si la celda
lo hubiera devuelto. Y un kernel que muere o se cuelga cuesta su celda, no la entrega: se arranca otro y se sigue.
`SaveAutoGrades`, el formgrader, los comentarios y los exportadores no notan nada.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import Any, cast

from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets import Callable, Integer

from grading import cells, evidence
from grading.stage import Stage, Submission
from grading.verdict import Verdict, outputs
from lab_tools.errors import GradingError, InfrastructureError

TIMED_OUT = "La celda no terminó a tiempo y se interrumpió."
IGNORED_INTERRUPT = (
    "La celda no terminó a tiempo ni hizo caso de la interrupción: se cerró su kernel y se siguió con otro."
)
KERNEL_DIED = "El kernel murió al ejecutar esta celda. Se siguió con otro, solo con lo que preparan las celdas fijas."
BROKEN_MESSAGE = "El kernel mandó un mensaje que no se entiende: se cerró y se siguió con otro."
NO_TIME_LEFT = "No se ejecutó: el cuaderno agotó su tiempo. Las celdas puntuadas se miran igual."
TOO_MANY_KERNELS = "No se ejecutó: el cuaderno ya cerró demasiados kernels. Las celdas puntuadas se miran igual."
OUTPUT_CUT = "\n… salida recortada …\n"


class TrustedExecute(Execute):  # type: ignore[misc]  # nbgrader no trae tipos
    """Ejecuta un cuaderno contra su propio clúster y puntúa desde fuera del kernel.

    Las celdas puntuadas se reconocen por su `grade_id`, que `RestoreCells` ya ha devuelto a su sitio.
    """

    km: Any  # los pone nbclient: el kernel en marcha y su canal, o None
    kc: Any
    open_stage = Callable(
        default_value=None,
        allow_none=True,
        help="Función que recibe una `Submission` y devuelve el `Stage` donde se ejecuta y se puntúa.",
    ).tag(config=True)
    notebook_timeout = Integer(300, help="Segundos de reloj para todas las celdas de un cuaderno.").tag(config=True)
    kernel_limit = Integer(4, help="Kernels que se arrancan como mucho para un cuaderno.").tag(config=True)
    output_limit = Integer(200_000, help="Caracteres de salida que se guardan de una celda.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict | None = None, km: Any = None
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Ejecuta y puntúa `nb`. Deja la evidencia y el dibujo del clúster entre los archivos que se escriben.

        `InfrastructureError` si el clúster o el kernel no responden; `GradingError` si una celda puntuada no tiene
        comprobación. En los dos casos no queda nota.
        """
        assert resources is not None
        NotebookClient.__init__(self, nb, None)
        self.reset_execution_trackers()
        self._check_assign_resources(resources)
        self.skip_cells_with_tag = secrets.token_hex(16)  # ninguna etiqueta del estudiante salta celdas
        self._kernels_started = 0
        self._fixed: list[NotebookNode] = []
        self._group: int | None = None
        self._deadline = time.monotonic() + self.notebook_timeout
        verdicts: list[tuple[Verdict, float]] = []
        with self.open_stage(_submission(resources)) as stage:
            self._stage = cast(Stage, stage)
            self._refuse_unknown(nb)
            try:
                self._spawn_kernel()  # el kernel arranca mientras se levanta el clúster
                self._stage.start()
                for index, cell in enumerate(nb.cells):
                    if self._is_marked(cell):
                        verdicts.append(self._mark(cell))
                    else:
                        self._run(cell, index)
            finally:
                self._kill_kernel()
            evidence.attach(resources, verdicts, self._stage.picture())
        return nb, resources

    # ── celdas puntuadas ────────────────────────────────────────────────────────────────────────────────────────

    def _is_marked(self, cell: NotebookNode) -> bool:
        return _graded_id(cell) in self._stage.cells

    def _refuse_unknown(self, nb: NotebookNode) -> None:
        """Una celda de autocorrección sin comprobación valdría todos sus puntos: mejor no corregir."""
        for cell in nb.cells:
            name = _graded_id(cell)
            if name and name not in self._stage.cells:
                raise GradingError(
                    f"La celda puntuada «{name}» no tiene comprobación en el laboratorio.",
                    "Comprueba que el cuaderno publicado y el laboratorio son de la misma versión.",
                )

    def _mark(self, cell: NotebookNode) -> tuple[Verdict, float]:
        """Puntúa la celda mirando el clúster; sus salidas pasan a ser las nuestras y solo ellas."""
        max_points = float(cell.metadata.nbgrader["points"])
        verdict = self._stage.mark(_graded_id(cell))
        self.code_cells_executed += 1
        cell.execution_count = self.code_cells_executed
        cell.outputs = outputs(verdict, max_points, cell.execution_count)
        return verdict, max_points

    # ── celdas del estudiante ───────────────────────────────────────────────────────────────────────────────────

    def _run(self, cell: NotebookNode, index: int) -> None:
        """Manda una celda al kernel. Lo que salga mal queda escrito en la celda."""
        if cell.cell_type != "code" or not cell.source.strip():
            return None
        if time.monotonic() >= self._deadline:
            return _note(cell, "TiempoAgotado", NO_TIME_LEFT)
        if self.kc is None and not self._new_kernel():
            return _note(cell, "SinKernel", TOO_MANY_KERNELS)
        self._written = 0
        if _is_fixed(cell):
            self._fixed.append(cell)
        try:
            self.execute_cell(cell, index, store_history=True)
        except CellTimeoutError:
            self._lose_kernel(cell, "TiempoAgotado", IGNORED_INTERRUPT)
        except DeadKernelError:
            self._lose_kernel(cell, "KernelMuerto", KERNEL_DIED)
        except (AttributeError, KeyError, TypeError, ValueError):
            # El kernel es del estudiante y puede mandar mensajes que nbclient no espera.
            self._lose_kernel(cell, "MensajeRoto", BROKEN_MESSAGE)

    def _lose_kernel(self, cell: NotebookNode, name: str, reason: str) -> None:
        self._kill_kernel()
        _note(cell, name, reason, keep=True)

    def _get_timeout(self, cell: NotebookNode | None) -> int | None:
        """El tiempo de la celda: el suyo, o lo que le quede al cuaderno si es menos."""
        left = max(1, int(self._deadline - time.monotonic()))
        return min(int(self.timeout), left) if self.timeout else left

    def output(self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str, cell_index: int) -> Any:
        """Guarda una salida mientras quepa: una celda que imprime sin fin no llena la memoria."""
        if self._written > self.output_limit:
            return None
        self._written += sum(map(len, _texts(msg["content"])))
        if self._written > self.output_limit:
            outs.append(cells.printed(OUTPUT_CUT))
            return None
        return super().output(outs, msg, display_id, cell_index)

    # ── el kernel ───────────────────────────────────────────────────────────────────────────────────────────────

    def _new_kernel(self) -> bool:
        """Espera al kernel arrancado, o arranca otro si aún quedan. Falso si ya no quedan."""
        restarted = self.km is None
        if restarted:
            if self._kernels_started >= self.kernel_limit:
                return False
            self._spawn_kernel()
        try:
            self.start_new_kernel_client()
            if restarted:
                for cell in self._fixed:  # las celdas fijas son del profesor, y repetirlas no cambia el clúster
                    self.wait_for_reply(self.kc.execute(cell.source, silent=True))
        except (RuntimeError, DeadKernelError) as error:
            raise InfrastructureError(
                f"El kernel de Python no arranca: {error}.",
                "Comprueba que «ipykernel» está instalado y que queda memoria.",
            ) from error
        return True

    def _spawn_kernel(self) -> None:
        self._kernels_started += 1
        self.create_kernel_manager()
        # Este mismo Python, y no el que diga un «python3» instalado en la carpeta del profesor.
        self.km.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        log = self._stage.kernel_log()
        self.start_new_kernel(env=self._stage.environment, cwd=str(self._stage.folder), stdout=log, stderr=log)
        self._group = getattr(getattr(self.km, "provisioner", None), "pgid", None)

    def _kill_kernel(self) -> None:
        """Cierra el kernel y los procesos que dejó en su grupo. No falla si ya no están."""
        if self.km is None:
            return
        if self._group is not None and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):  # ya había terminado
                os.killpg(self._group, signal.SIGKILL)
            process = getattr(getattr(self.km, "provisioner", None), "process", None)
            if process is not None:
                process.wait()
        self._cleanup_kernel()
        self.km = self.kc = self._group = None


def _submission(resources: ResourcesDict) -> Submission:
    where = resources["nbgrader"]
    return Submission(
        assignment=where["assignment"],
        student=where["student"],
        notebook=where["notebook"],
        folder=Path(resources["metadata"]["path"]).resolve(),
    )


def _graded_id(cell: NotebookNode) -> str:
    """El `grade_id` de una celda de código que nbgrader puntúa sola, o ""."""
    automatic = cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell)
    return str(cell.metadata.nbgrader["grade_id"]) if automatic else ""


def _is_fixed(cell: NotebookNode) -> bool:
    """Si es una celda de código que publicó el profesor y que no se responde ni se puntúa."""
    return bool(utils.is_locked(cell) and not utils.is_grade(cell))


def _note(cell: NotebookNode, name: str, reason: str, keep: bool = False) -> None:
    """Escribe en la celda, como error, por qué no terminó."""
    error = cells.failed(name, reason)
    cell.outputs = [*cell.outputs, error] if keep else [error]


def _texts(content: Any) -> list[str]:
    """Todos los textos de un mensaje del kernel, a cualquier profundidad."""
    if isinstance(content, str):
        return [content]
    if isinstance(content, dict):
        content = list(content.values())
    return [text for item in content for text in _texts(item)] if isinstance(content, list) else []
