"""Lo que un trabajador comparte entre entregas: el proceso caliente, el hilo que atiende y los clústeres preparados."""

from __future__ import annotations

import gc
import json
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from grading.sandbox.sandbox import Sandbox
from lab_tools import labs
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.labs import handin, life
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.private import Private
from lab_tools.labs.variant import FILE as VARIANT

if TYPE_CHECKING:
    from grading.served import Counter

CLUSTER_NAME = "entrega"
SHELF = "labs"
_KEPT = 4  # variantes que se guardan preparadas: con una por estudiante, ninguna se repite
# De un laboratorio, lo que el `Lab` de los cuadernos no necesita.
_PRIVATE = frozenset({"hidden", "solutions", "__pycache__"})


class Workbench:
    """El banco de un trabajador. `shelf` es la carpeta de los laboratorios; `private`, la de quien enseña, si la da.

    `walled` dice si las entregas corren aisladas y `docker`, que ha de ser en contenedores.
    """

    def __init__(self, shelf: Path, private: Path | None = None, *, walled: bool = True, docker: bool = False) -> None:
        self.shelf = shelf
        self.walled = walled
        self._docker = docker
        self._private = Private(private) if private else None
        self._labs: dict[tuple[str, str], LabDefinition] = {}
        self._public: dict[str, dict[str, bytes]] = {}
        self._prepared: OrderedDict[tuple[str, str, int], EmbeddedCluster] = OrderedDict()

    @cached_property
    def sandbox(self) -> Sandbox:
        """El proceso caliente. Solo si hay algo que ejecutar; lanza GradingError si faltan los muros."""
        return Sandbox(walled=self.walled, docker=self._docker)

    @cached_property
    def counter(self) -> Counter:
        """El hilo que atiende a los clústeres. El servidor tarda en importarse: solo si hace falta."""
        from grading.served import Counter

        return Counter()

    def lab(self, assignment: str, student: str) -> LabDefinition:
        """El laboratorio con la variante que le toca a un estudiante: la del secreto del curso o la pública.

        La que venga en la entrega no se mira. Lanza LabError.
        """
        folder = self.shelf / assignment
        seed = self._given(assignment, student).get("seed", "")
        if (assignment, seed) not in self._labs:
            self._labs[assignment, seed] = labs.load(folder, seed or None, private=self._private)
        return self._labs[assignment, seed]

    def files(self, assignment: str, student: str, work: str) -> dict[str, bytes]:
        """Los archivos públicos del laboratorio y la variante del estudiante, con la ruta que tendrán dentro."""
        if assignment not in self._public:
            self._public[assignment] = _public(self.shelf / assignment)
        given = self._given(assignment, student)
        mine = {f"{work}/{VARIANT}": json.dumps(given).encode()} if given else {}
        return {**self._public[assignment], **mine}

    def prepared(self, assignment: str, student: str, seed: int = 0) -> EmbeddedCluster:
        """Un clúster recién preparado para un estudiante: la copia de uno que se prepara una vez por variante."""
        lab = self.lab(assignment, student)
        key = (assignment, self._given(assignment, student).get("seed", ""), seed)
        if key not in self._prepared:
            self._prepared[key] = _prepare(lab, seed)
            if len(self._prepared) > _KEPT:
                self._prepared.popitem(last=False)
            elif len(self._prepared) == 1:
                gc.collect()
                gc.freeze()  # lo que ya hay vivirá siempre: que el recolector no lo recorra en cada entrega
        return self._prepared[key].fork()

    def close(self) -> None:
        """Cierra el proceso caliente y el hilo, si llegaron a hacer falta."""
        if "sandbox" in self.__dict__:
            self.sandbox.close()
        if "counter" in self.__dict__:
            self.counter.close()

    def _given(self, assignment: str, student: str) -> dict[str, str]:
        return self._private.variant(self.shelf / assignment, student) if self._private else {}


def _prepare(lab: LabDefinition, seed: int) -> EmbeddedCluster:
    cluster = EmbeddedCluster(lab.nodes, seed)
    client = Client(InProcessConnection(cluster, "owner", CLUSTER_NAME), lab.namespace)
    handin.mark(client, "start", lab.slug)  # la suerte con que también lo prepara el estudiante
    life.start(lab, client)
    return cluster


def _public(folder: Path) -> dict[str, bytes]:
    """Los archivos de un laboratorio que su `Lab` necesita: ni soluciones ni comprobaciones reservadas."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and path.suffix != ".ipynb" and not _PRIVATE & set(inside.parts):
            found[f"{SHELF}/{folder.name}/{inside.as_posix()}"] = path.read_bytes()
    return found
