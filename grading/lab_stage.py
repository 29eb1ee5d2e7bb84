"""El escenario de verdad: un laboratorio del repositorio y un clúster embebido recién hecho para cada entrega."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from grading.stage import Submission, Workshop
from grading.verdict import Verdict
from lab_tools import labs
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers import ENVIRONMENT as CLUSTER
from lab_tools.labs import life
from lab_tools.labs.shelf import ENVIRONMENT as LABS

if TYPE_CHECKING:
    from grading.served import ServedCluster
    from lab_tools.drivers.base import Connection

CLUSTER_NAME = "entrega"
# De un laboratorio, lo que el `Lab` de los cuadernos no necesita.
PRIVATE = shutil.ignore_patterns("hidden", "solutions", "*.ipynb", "__pycache__")


class LabStage:
    """Un clúster servido por el propio corrector, y las comprobaciones del laboratorio, reservadas incluidas."""

    def __init__(self, submission: Submission, shelf: Path) -> None:
        self.lab = labs.load(shelf / submission.assignment)
        self.cells = frozenset(task.cell_id for task in self.lab.tasks)
        self._source = submission.folder

    def __enter__(self) -> LabStage:
        self._workshop = Workshop(self._source)
        shutil.copytree(self.lab.folder, self._workshop.labs / self.lab.slug, ignore=PRIVATE)
        self._cluster: ServedCluster | None = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._cluster is not None:
                self._cluster.close()
        finally:
            self._workshop.close()

    @property
    def folder(self) -> Path:
        """La carpeta donde trabaja el cuaderno."""
        return self._workshop.folder

    @property
    def environment(self) -> dict[str, str]:
        """Las variables del kernel: las de su taller, y cómo llegar a su clúster y a los enunciados."""
        return self._workshop.environment({CLUSTER: CLUSTER_NAME, LABS: str(self._workshop.labs)})

    def start(self) -> None:
        """Levanta el clúster, lo prepara para el laboratorio y pone el tiempo en marcha."""
        from grading.served import ServedCluster  # el servidor tarda en importarse: mientras, el kernel ya arranca

        self._cluster = ServedCluster(CLUSTER_NAME, self.lab.nodes, self.lab.speed, self._workshop.kubeconfig)
        self._cluster.ask("owner", lambda connection: life.start(self.lab, self._client(connection)))

    def mark(self, cell_id: str) -> Verdict:
        """Pasa las comprobaciones de la celda con el clúster quieto: solo la correctora hace pasar su tiempo."""
        assert self._cluster is not None
        results = self._cluster.ask("checker", lambda connection: self.lab.run(cell_id, self._client(connection)))
        return Verdict(cell_id, results, title=self.lab.task(cell_id).title)

    def picture(self) -> str:
        """El dibujo del clúster: los nodos y los Pods del laboratorio."""
        from lab_tools.widgets.drawing import cluster_svg

        assert self._cluster is not None
        return self._cluster.ask("checker", lambda connection: cluster_svg(Snapshot(self._client(connection))))

    def _client(self, connection: Connection) -> Client:
        return Client(connection, self.lab.namespace)

    def kernel_log(self) -> IO[bytes]:
        """El archivo donde el kernel escribe por fuera de Jupyter."""
        return self._workshop.log()
