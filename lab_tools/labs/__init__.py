"""Un laboratorio y su vida.

Aquí vive la lectura de `lab.yaml`, la única fuente de cada laboratorio (`definition`), las variantes por
estudiante (`variant`), cómo se prepara y se reinicia (`life`), el cuaderno que sale de él (`notebook`,
`build`, `submission`), dónde están los laboratorios (`shelf`) y en qué clúster se trabaja (`where`). La mesa de
trabajo de cualquier cuaderno (`workbench`) tiene dos formas: el `Lab` de un laboratorio (`student`) y el `Lesson`
de un capítulo (`lesson`). Un laboratorio se pone a prueba jugándolo (`play`) entero y con mutantes (`audit`, `cases`,
`mutants`, `writes`), que nacen de la vida de la solución (`family`, `children`).

Aquí nunca hay una comprobación concreta (están en `labs/NN-slug/checks.py`) ni una nota (las pone `grading`).
Las reservadas de `labs/NN-slug/hidden/` son una muestra; las de verdad, los plazos y el secreto de las variantes están
en la carpeta de quien imparte el curso (`private`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab_tools.client import Client
    from lab_tools.labs.definition import LabDefinition
    from lab_tools.labs.private import Private
    from lab_tools.labs.shelf import LabInfo
    from lab_tools.labs.student import Lab


def catalogue() -> list[LabInfo]:
    """Los laboratorios que hay, por su número."""
    from lab_tools.labs import shelf

    return shelf.catalogue()


def open(lab: str, client: Client | None = None, **options: Any) -> Lab:
    """El laboratorio como objeto, sobre `client` o sobre el clúster que toque. `lab`: «06-deployments», «L06», «6»."""
    from lab_tools.labs.student import Lab

    return Lab(lab, client=client, **options)


def load(
    folder: str | Path,
    variant: int | str | Mapping[str, Any] | None = None,
    hidden: bool = True,
    private: Private | Path | None = None,
) -> LabDefinition:
    """El laboratorio de una carpeta, con una variante (semilla o valores) y, si se piden, sus reservadas.

    `private`: la carpeta de quien imparte el curso, con las reservadas de verdad; si no, la de ORQUESTA_PRIVATE.
    """
    from lab_tools.labs import definition

    return definition.load(Path(folder), variant, hidden, private)


def assemble(lab: str | Path, solution: str = "") -> dict[str, Any]:
    """El cuaderno de una entrega con las celdas de `solutions/<solution>/`; sin solución, el cuaderno intacto."""
    from lab_tools.labs import shelf, submission

    return submission.assemble(shelf.folder(lab), solution)
