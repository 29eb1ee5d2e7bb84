"""La mesa de trabajo de un capítulo: un clúster propio, recién hecho, que no toca el de tus laboratorios.

Se usa con la credencial del dueño, así que esperar adelanta el tiempo del clúster en vez de gastar el tuyo.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from pathlib import Path

from lab_tools.drivers.base import LESSON, Request
from lab_tools.errors import ClusterError, LabError
from lab_tools.labs.reading import Comparison, Reading
from lab_tools.labs.where import Cluster
from lab_tools.labs.workbench import Workbench

SPEED = 4.0


class Lesson(Workbench):
    """El capítulo `slug` («06-deployments») con su clúster, `leccion-06`, y sus manifiestos.

    Abrirlo otra vez empieza de cero, y el clúster se borra al apagar el cuaderno. `speed`: segundos del clúster
    por cada segundo tuyo.
    """

    def __init__(self, slug: str, nodes: int = 3, speed: float = SPEED) -> None:
        self.slug = slug
        super().__init__(_fresh(f"{LESSON}{slug.partition('-')[0]}", nodes, speed), "default")
        atexit.register(self.close)

    def __repr__(self) -> str:
        return f"Lección {self.slug} en el clúster «{self.cluster.name}»"

    @property
    def manifests(self) -> Path:
        """La carpeta de los manifiestos del capítulo. Lanza LabError si no está."""
        here = Path.cwd()
        for place in (here, *here.parents, Path(__file__).resolve().parents[2]):
            folder = place / "manifests" / self.slug
            if folder.is_dir():
                return folder
        raise LabError(f"No encuentro «manifests/{self.slug}».", "Abre el cuaderno desde una copia del repositorio.")

    def manifest(self, name: str) -> str:
        """El texto de un manifiesto del capítulo («frontend.yaml»)."""
        path = self.manifests / name
        if not path.is_file():
            known = ", ".join(sorted(one.name for one in self.manifests.glob("*.yaml")))
            raise LabError(f"No hay ningún manifiesto «{name}» en este capítulo.", f"Los que hay: {known}.")
        return path.read_text(encoding="utf-8")

    def read(self, name: str, *marks: str) -> Reading:
        """Un manifiesto del capítulo para leerlo, con las líneas que contienen alguno de los `marks` señaladas."""
        return Reading(name, self.manifest(name), marks)

    def compare(self, old: str, new: str) -> Comparison:
        """Qué cambia de un manifiesto del capítulo a otro."""
        return Comparison(self.read(old), self.read(new))

    def path(self, name: str) -> str:
        """La ruta de un manifiesto del capítulo desde aquí, para dársela a kubectl."""
        self.manifest(name)
        return os.path.relpath(self.manifests / name)

    def tell(self, sentence: str, **values: object) -> None:
        """Muestra una frase en Markdown con los valores medidos en sus huecos: los decimales, con coma."""
        from IPython.display import Markdown, display

        said = sentence.format(**{name: spanish(value) for name, value in values.items()})
        display(Markdown(said))  # type: ignore[no-untyped-call]

    def wait(self, seconds: float) -> None:
        """Deja pasar tiempo del clúster, sin gastar el tuyo."""
        self.client.wait(seconds)

    def close(self) -> None:
        """Borra el clúster del capítulo y devuelve a kubectl el contexto que tenía. Si ya no está, no hace nada."""
        if sys.platform == "emscripten":
            return
        from lab_tools.drivers.embedded import EmbeddedDriver

        atexit.unregister(self.close)
        with contextlib.suppress(ClusterError):
            EmbeddedDriver().delete(self.cluster.name)


def spanish(value: object) -> str:
    """Un valor para una frase: los números, con coma y un decimal, y de cinco cifras en adelante con espacio de millar;
    las listas, separadas."""
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}".replace(",", "\u202f")
    if isinstance(value, float):
        if 0 <= value < 0.05:
            return "menos de 0,1"
        return f"{value:.1f}".replace(".", ",")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(spanish, value))
    return str(value)


def _fresh(name: str, nodes: int, speed: float) -> Cluster:
    """Un clúster nuevo con ese nombre, en lugar del que hubiera."""
    if sys.platform == "emscripten":
        return Cluster.in_process(nodes, role="owner")
    from lab_tools.drivers.embedded import EmbeddedDriver

    driver = EmbeddedDriver()
    if name in {status.name for status in driver.list()}:
        driver.delete(name)
    driver.create(Request(name=name, nodes=nodes, speed=speed))
    return Cluster(name, driver.connect(name, role="owner"))
