"""Lo que se corrige de cada estudiante de la clase: su entrega si la hay y, si no, el cuaderno tal como se publicó."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import nbformat

from grading import cells
from grading.batch.sheet import Sheet

_nbformat: Any = nbformat


def notebooks(sheet: Sheet, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Los archivos de una entrega con todos los cuadernos publicados: los que falten, como se publicaron."""
    found = dict(files)
    for name, page in sheet.pages.items():
        if f"{name}.ipynb" not in found:
            made = _nbformat.v4.new_notebook(
                cells=[cells.cell(one.cell_type, one.source, one.metadata()) for one in page.cells],
                metadata={"kernelspec": dict(page.kernelspec)},
            )
            found[f"{name}.ipynb"] = (_nbformat.writes(made) + "\n").encode()
    return found
