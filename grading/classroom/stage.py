"""El escenario de una corrección en la clase: el namespace de un estudiante tal como está, y nada que ejecutar.

Se mira con la credencial de quien enseña. Lo que el estudiante escribió en su cuaderno no corre: cuenta lo que hizo.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from grading.classroom import folder, names
from grading.classroom.scope import Within
from grading.sandbox.session import Session
from grading.stage import Replayed, Submission
from grading.verdict import Verdict
from lab_tools import drivers, labs
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.base import Connection
from lab_tools.errors import GradingError
from lab_tools.labs import definition
from lab_tools.labs.private import Private


@dataclass(frozen=True)
class Desk:
    """Dónde y con qué se corrige una clase: se puede mandar a otro proceso, que abrirá su propia conexión."""

    folder: Path
    shelf: Path
    private: Path | None = None

    def students(self) -> tuple[str, ...]:
        """Quiénes están en la clase. Lanza GradingError si no la hay."""
        return folder.load(self.folder).students

    def connection(self) -> Connection:
        """Una conexión con la credencial de quien enseña."""
        return drivers.named().connect(folder.load(self.folder).cluster)


class NamespaceStage:
    """Las comprobaciones de un laboratorio sobre el namespace de un estudiante."""

    walled = True  # no se ejecuta nada de nadie

    def __init__(self, submission: Submission, desk: Desk, connection: Connection | None = None) -> None:
        classroom = folder.load(desk.folder)
        if submission.student not in classroom.students:
            raise GradingError(
                f"«{submission.student}» no está en la clase «{classroom.name}».",
                "Añádelo a la lista y repite «orquesta class create LISTA».",
            )
        private = Private(desk.private) if desk.private else None
        path = desk.shelf / submission.assignment
        seed = private.variant(path, submission.student)["seed"] if private else None
        self._place = names.namespace(classroom.name, submission.student)
        self.lab = definition.within(labs.load(path, seed, private=private), self._place, private=private)
        self.cells = frozenset(task.cell_id for task in self.lab.tasks)
        inner = connection or desk.connection()
        self._client = Client(Within(inner, self._place), self._place)
        self._viewer = Client(Within(inner, self._place, also=("nodes",)), self._place)

    def __enter__(self) -> NamespaceStage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lo que se miró se deja como estaba."""

    def replayed(self) -> Replayed:
        """Lo que vale cada celda, mirando el namespace ahora. No hay nada que repetir."""
        return Replayed({cell: self.mark(cell) for cell in sorted(self.cells)}, 0)

    def open(self) -> Session:
        """En la clase no se ejecutan cuadernos. Lanza GradingError."""
        raise GradingError("En la clase no se ejecutan cuadernos.", "Corrige sin --driver kubeconfig.")

    def mark(self, cell_id: str) -> Verdict:
        """Pasa las comprobaciones de una celda. Lanza InfrastructureError, y entonces no hay nota."""
        return Verdict(cell_id, self.lab.run(cell_id, self._client), title=self.lab.task(cell_id).title)

    def picture(self) -> str:
        """El dibujo de su namespace, sobre los nodos donde está."""
        from lab_tools.widgets.drawing import cluster_svg

        return cluster_svg(Snapshot(self._viewer))
