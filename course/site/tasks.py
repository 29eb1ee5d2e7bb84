"""El enunciado de un laboratorio: lo que lee quien lo va a hacer. Ni soluciones, ni pistas, ni comprobaciones."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nbformat.v4 import new_markdown_cell, new_notebook

from course.site import pages
from course.site.shelf import LABS, Entry
from lab_tools.labs import build, definition, needs
from lab_tools.labs.definition import LabDefinition, Task


def page(entry: Entry, there: Collection[str]) -> Any:
    """La página de un laboratorio, con la variante pública y leído sin las reservadas."""
    lab = definition.load(entry.lab, hidden=False)
    texts = [f"# Laboratorio {entry.slug[:2]} · {lab.title}\n\n{_card(entry, lab)}", _needs(lab), lab.intro]
    texts += [f"## {task.title}\n\n{_points(task)}{task.text}" for task in lab.tasks]
    return new_notebook(
        cells=[new_markdown_cell(pages.prose(text.strip(), there)) for text in [*texts, lab.ending] if text]
    )


def notebook(entry: Entry) -> bytes:
    """Lo que se descarga: el cuaderno del estudiante, el mismo que está en el repositorio."""
    return build.generated(entry.lab)["lab.ipynb"]


def _card(entry: Entry, lab: LabDefinition) -> str:
    where = ", ".join(needs.DRIVERS.get(driver, driver) for driver in lab.drivers)
    return (
        '<div class="alert alert-info"><b>Este es el enunciado.</b> Se hace en su cuaderno, '
        f"<code>labs/{entry.slug}/lab.ipynb</code>, que puedes descargar arriba. "
        f"Dura {lab.minutes} minutos como mucho, vale {lab.max_points:g} puntos y corre en {where}. "
        "Cada estudiante recibe una variante: aquí los nombres y los números son los de muestra.</div>"
    )


def _needs(lab: LabDefinition) -> str:
    """Lo que pide en un clúster que no sea el del curso: lo que se comprueba al empezar y lo que cuenta su autor."""
    asked = needs.told(lab)
    if len(lab.drivers) < 2 and not asked and not lab.needs:
        return ""
    first = f"Se comprueba al empezar: {'; '.join(asked)}." if asked else "Al empezar no se comprueba nada más."
    return "\n".join(["**Fuera del clúster del curso**\n", f"- {first}",
                      *(f"- En {where}: {what}" for where, what in lab.needs.items()),
                      *(f"- {sentence}" for sentence in needs.unmeasured(lab))])  # fmt: skip


def _points(task: Task) -> str:
    return f"*{task.points:g} puntos.*\n\n"


def name(entry: Entry) -> str:
    """El nombre de su página, sin extensión."""
    return f"{LABS}/{entry.slug}"
