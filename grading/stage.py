"""El escenario de una corrección: la entrega, su encierro, su clúster y las comprobaciones que solo tiene el corrector.

`Stage` es lo que `TrustedExecute` necesita saber; el de verdad se monta a partir de un laboratorio en `lab_stage`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from grading.sandbox.session import Session
from grading.verdict import Verdict

BIGGEST_FILE = 5 * 1024 * 1024  # bytes de un archivo de la entrega
NO_SANDBOX = "Sin aislamiento: esta entrega se ejecutó con la cuenta del corrector, que lo pidió con --no-sandbox."
NOTHING_RUN = "Corregido con --no-sandbox. De esta entrega no se ejecutó nada: se repitió su registro."


@dataclass(frozen=True)
class Submission:
    """Qué se corrige. `folder` es la carpeta de nbgrader con la entrega ya saneada, y no la pisa el estudiante."""

    assignment: str
    student: str
    notebook: str
    folder: Path

    def files(self, under: str) -> dict[str, bytes]:
        """Sus archivos, menos los cuadernos, con la ruta que tendrán dentro (`under/…`)."""
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file() and not path.is_symlink())
        return {
            f"{under}/{path.relative_to(self.folder).as_posix()}": path.read_bytes()
            for path in found
            if path.suffix != ".ipynb" and path.stat().st_size <= BIGGEST_FILE
        }


@dataclass(frozen=True)
class Replayed:
    """Lo que vale cada celda según el registro de la entrega.

    `requests` son las peticiones repetidas; `different`, las que no se contestaron como al estudiante.
    """

    verdicts: Mapping[str, Verdict]
    requests: int
    different: tuple[str, ...] = ()

    @property
    def faithful(self) -> bool:
        """Si todo salió igual que entonces."""
        return not self.different


class Stage(Protocol):
    """Un clúster recién hecho y el registro de las celdas que se puntúan con él."""

    @property
    def cells(self) -> Container[str]:
        """Los `grade_id` que tienen comprobación."""

    @property
    def walled(self) -> bool:
        """Si el código del estudiante corre aislado."""

    def replayed(self) -> Replayed | None:
        """El registro de la entrega, repetido; None si no trae ninguno. Lanza GradingError si no se entiende."""

    def open(self) -> Session:
        """Una sesión nueva de la entrega, que llega a su clúster. La primera lo deja en el estado inicial.

        Lanza InfrastructureError.
        """

    def mark(self, cell_id: str) -> Verdict:
        """Mira el clúster en este instante del cuaderno. Lanza InfrastructureError, y entonces no hay nota."""

    def picture(self) -> str:
        """El clúster tal como quedó, en SVG."""

    def __enter__(self) -> Stage:
        """Prepara el clúster."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cierra lo que se abrió."""
