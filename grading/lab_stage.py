"""El escenario de verdad: un laboratorio del repositorio y un clúster embebido recién hecho para cada entrega."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from grading import replay
from grading.looking import Looking
from grading.sandbox.inside.places import WORK
from grading.sandbox.sandbox import Door, Luggage
from grading.stage import Replayed, Submission
from grading.verdict import Verdict
from grading.workbench import CLUSTER_NAME, SHELF, Workbench
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers import ENVIRONMENT as CLUSTER
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.labs.shelf import ENVIRONMENT as LABS

if TYPE_CHECKING:
    from grading.sandbox.session import Session
    from grading.served import ServedCluster
    from lab_tools.drivers.base import Connection

KUBECONFIG = "kubeconfig"


class LabStage:
    """Un clúster atendido por el propio corrector, y las comprobaciones del laboratorio, reservadas incluidas."""

    def __init__(self, submission: Submission, bench: Workbench) -> None:
        self.lab = bench.lab(submission.assignment, submission.student)
        self.cells = frozenset(task.cell_id for task in self.lab.tasks)
        self.walled = bench.walled
        self._submission = submission
        self._bench = bench
        self._sessions: list[Session] = []
        self._cluster: ServedCluster | None = None
        self._final: EmbeddedCluster | None = None  # donde acabó de repetirse un registro

    def __enter__(self) -> LabStage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions:
            session.close()
        if self._cluster is not None:
            self._cluster.close()

    def replayed(self) -> Replayed | None:
        """El registro que acompaña al cuaderno, repetido sobre un clúster nuevo; mirar una celda no lo mueve."""
        work = replay.read(self._submission.folder, self.lab.slug)
        if work is None:
            return None
        repeated = replay.Replay(work, self._new_cluster(work.seed))
        verdicts = {cell: self._look(repeated.cluster, cell) for cell in repeated.cells() if cell in self.cells}
        for cell in sorted(self.cells - set(verdicts)):  # las que no se pidieron mirar, como quedaron
            verdicts[cell] = self._look(repeated.cluster, cell)
        self._final = repeated.cluster
        return Replayed(verdicts, repeated.requests, tuple(repeated.different))

    def _look(self, cluster: EmbeddedCluster, cell_id: str) -> Verdict:
        return self._verdict(cell_id, Looking(cluster, "checker", CLUSTER_NAME))

    def open(self) -> Session:
        """Una sesión con los archivos de la entrega y un kubeconfig hacia su clúster."""
        cluster = self._served()
        session = self._bench.sandbox.open(lambda door: self._pack(cluster, door))
        self._sessions.append(session)
        return session

    def mark(self, cell_id: str) -> Verdict:
        """Pasa las comprobaciones de la celda con el clúster quieto: solo la correctora hace pasar su tiempo."""
        return self._served().ask("checker", lambda connection: self._verdict(cell_id, connection))

    def _verdict(self, cell_id: str, connection: Connection) -> Verdict:
        results = self.lab.run(cell_id, self._client(connection))
        return Verdict(cell_id, results, title=self.lab.task(cell_id).title)

    def picture(self) -> str:
        """El dibujo del clúster: los nodos y los Pods del laboratorio."""
        from lab_tools.widgets.drawing import cluster_svg

        def draw(connection: Connection) -> str:
            return cluster_svg(Snapshot(self._client(connection)))

        if self._cluster is None and self._final is not None:
            return draw(InProcessConnection(self._final, "checker", CLUSTER_NAME))
        return self._served().ask("checker", draw)

    def _new_cluster(self, seed: int = 0) -> EmbeddedCluster:
        return self._bench.prepared(self._submission.assignment, self._submission.student, seed)

    def _served(self) -> ServedCluster:
        """El clúster, levantado y preparado para el laboratorio la primera vez que hace falta."""
        if self._cluster is None:
            from grading.served import ServedCluster

            cluster = self._new_cluster()
            self._cluster = ServedCluster(CLUSTER_NAME, cluster, self.lab.speed, self._bench.counter)
        return self._cluster

    def _pack(self, cluster: ServedCluster, door: Door) -> Luggage:
        kubeconfig = cluster.listen(door.listener)
        submission = self._submission
        given = self._bench.files(submission.assignment, submission.student, WORK)
        files = {**submission.files(WORK), **given, KUBECONFIG: kubeconfig.encode()}
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
        return Luggage(files, {
            "PATH": path, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", CLUSTER: CLUSTER_NAME,
            "KUBECONFIG": str(door.house / KUBECONFIG), LABS: str(door.house / SHELF),
        })  # fmt: skip

    def _client(self, connection: Connection) -> Client:
        return Client(connection, self.lab.namespace)
