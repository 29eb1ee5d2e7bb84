"""Qué es un ataque: una entrega que no ha hecho nada y quiere puntos, secretos o quedarse."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Attack:
    """`cells` son celdas de código que se ponen al principio; `after`, justo detrás de la primera puntuada.

    `files` son archivos de la entrega; `twist` cambia el cuaderno ya hecho. En los textos, `@CANARIO@` es la ruta de un
    archivo secreto del profesor; `@CURSO@`, la carpeta del curso; `@PUERTO@`, un puerto donde alguien espera secretos;
    `@MARCA@`, lo que lleva en su entorno el proceso que quiere quedarse.
    """

    name: str
    wants: str
    cells: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    twist: Callable[[Notebook], None] | None = None


@dataclass
class Prey:
    """Lo que un ataque querría encontrar: el curso, el archivo secreto y quien escucha fuera.

    `mark` es suya y de nadie más: a la vez se prueban otros ataques en la misma máquina.
    """

    course: str
    canary: str
    port: int
    mark: str = field(default_factory=lambda: f"orquesta-se-queda-{secrets.token_hex(8)}")

    def fill(self, text: str) -> str:
        """El texto con las direcciones de verdad."""
        known = {"@CANARIO@": self.canary, "@CURSO@": self.course, "@PUERTO@": str(self.port), "@MARCA@": self.mark}
        for name, value in known.items():
            text = text.replace(name, value)
        return text


def arm(attack: Attack, notebook: Notebook, prey: Prey) -> Notebook:
    """El cuaderno de quien ataca: el intacto, con sus celdas de más y sus retoques."""
    cells = notebook["cells"]
    graded = next(n for n, cell in enumerate(cells) if (cell["metadata"].get("nbgrader") or {}).get("grade"))
    after = [_code(prey.fill(source)) for source in attack.after]
    notebook["cells"] = (
        [_code(prey.fill(source)) for source in attack.cells] + cells[: graded + 1] + after + cells[graded + 1 :]
    )
    if attack.twist is not None:
        attack.twist(notebook)
    return notebook


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
