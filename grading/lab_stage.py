"""El escenario de verdad: un laboratorio del repositorio y un clúster embebido recién hecho para cada entrega."""

from __future__ import annotations

import gc
import os
import sys
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from grading import replay
from grading.looking import Looking
from grading.sandbox.sandbox import WORK, Door, Luggage, Sandbox
from grading.stage import Replayed, Submission
from grading.verdict import Verdict
from lab_tools import labs
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers import ENVIRONMENT as CLUSTER
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.labs import handin, life
from lab_tools.labs.shelf import ENVIRONMENT as LABS

if TYPE_CHECKING:
    from grading.sandbox.session import Session
    from grading.served import Counter, ServedCluster
    from lab_tools.drivers.base import Connection
    from lab_tools.labs.definition import LabDefinition

CLUSTER_NAME = "entrega"
KUBECONFIG = "kubeconfig"
SHELF = "labs"
# De un laboratorio, lo que el `Lab` de los cuadernos no necesita.
_PRIVATE = frozenset({"hidden", "solutions", "__pycache__"})


class Workbench:
    """Lo que un trabajador comparte entre entregas: el proceso caliente, el hilo que atiende y los laboratorios."""

    def __init__(self, shelf: Path, *, walled: bool = True) -> None:
        self.shelf = shelf
        self.sandbox = Sandbox(walled=walled)
        self._labs: dict[str, tuple[LabDefinition, dict[str, bytes]]] = {}
        self._prepared: dict[tuple[str, int], EmbeddedCluster] = {}

    @cached_property
    def counter(self) -> Counter:
        """El hilo que atiende a los clústeres. El servidor tarda en importarse: solo si hace falta."""
        from grading.served import Counter

        return Counter()

    def lab(self, assignment: str) -> tuple[LabDefinition, dict[str, bytes]]:
        """El laboratorio y sus archivos públicos, con la ruta que tendrán dentro. Lanza LabError."""
        if assignment not in self._labs:
            lab = labs.load(self.shelf / assignment)
            self._labs[assignment] = lab, _public(lab)
        return self._labs[assignment]

    def prepared(self, assignment: str, seed: int = 0) -> EmbeddedCluster:
        """Un clúster recién preparado para el laboratorio: la copia de uno que se prepara una vez."""
        if (assignment, seed) not in self._prepared:
            self._prepared[assignment, seed] = _prepare(self.lab(assignment)[0], seed)
            gc.collect()
            gc.freeze()  # lo que ya hay vivirá siempre: que el recolector no lo recorra en cada entrega
        return self._prepared[assignment, seed].fork()

    def close(self) -> None:
        """Cierra el proceso caliente y el hilo."""
        self.sandbox.close()
        if "counter" in self.__dict__:
            self.counter.close()


class LabStage:
    """Un clúster atendido por el propio corrector, y las comprobaciones del laboratorio, reservadas incluidas."""

    def __init__(self, submission: Submission, bench: Workbench) -> None:
        self.lab, self._public = bench.lab(submission.assignment)
        self.cells = frozenset(task.cell_id for task in self.lab.tasks)
        self.walled = bench.sandbox.walled
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
        repeated = replay.Replay(work, self._bench.prepared(self._submission.assignment, work.seed))
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

    def _served(self) -> ServedCluster:
        """El clúster, levantado y preparado para el laboratorio la primera vez que hace falta."""
        if self._cluster is None:
            from grading.served import ServedCluster

            cluster = self._bench.prepared(self._submission.assignment)
            self._cluster = ServedCluster(CLUSTER_NAME, cluster, self.lab.speed, self._bench.counter)
        return self._cluster

    def _pack(self, cluster: ServedCluster, door: Door) -> Luggage:
        kubeconfig = cluster.listen(door.listener)
        files = {**self._submission.files(WORK), **self._public, KUBECONFIG: kubeconfig.encode()}
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
        return Luggage(files, {
            "PATH": path, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", CLUSTER: CLUSTER_NAME,
            "KUBECONFIG": str(door.house / KUBECONFIG), LABS: str(door.house / SHELF),
        })  # fmt: skip

    def _client(self, connection: Connection) -> Client:
        return Client(connection, self.lab.namespace)


def _prepare(lab: LabDefinition, seed: int) -> EmbeddedCluster:
    cluster = EmbeddedCluster(lab.nodes, seed)
    client = Client(InProcessConnection(cluster, "owner", CLUSTER_NAME), lab.namespace)
    handin.mark(client, "start", lab.slug)  # la suerte con que también lo prepara el estudiante
    life.start(lab, client)
    return cluster


def _public(lab: LabDefinition) -> dict[str, bytes]:
    """Los archivos de un laboratorio que su `Lab` necesita: ni soluciones ni comprobaciones reservadas."""
    found: dict[str, bytes] = {}
    for path in sorted(lab.folder.rglob("*")):
        inside = path.relative_to(lab.folder)
        if path.is_file() and path.suffix != ".ipynb" and not _PRIVATE & set(inside.parts):
            found[f"{SHELF}/{lab.slug}/{inside.as_posix()}"] = path.read_bytes()
    return found
