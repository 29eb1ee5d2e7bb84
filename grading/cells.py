"""Celdas y salidas de cuaderno, como las escribe nbformat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

_v4: Any = nbformat.v4  # nbformat anuncia tipos, pero estas funciones no los tienen
_from_dict: Any = nbformat.from_dict


def cell(cell_type: str, source: str, metadata: Mapping[str, Any]) -> NotebookNode:
    """Una celda «code», «markdown» o, si es otra cosa, «raw»."""
    make = {"code": _v4.new_code_cell, "markdown": _v4.new_markdown_cell}.get(cell_type, _v4.new_raw_cell)
    made: NotebookNode = _from_dict(make(source=source, metadata=metadata))
    return made


def printed(text: str) -> NotebookNode:
    """Lo que una celda escribe por stdout."""
    made: NotebookNode = _v4.new_output("stream", name="stdout", text=text)
    return made


def returned(text: str, count: int) -> NotebookNode:
    """Lo que una celda devuelve; `count` es el número de su ejecución."""
    made: NotebookNode = _v4.new_output("execute_result", data={"text/plain": text}, execution_count=count)
    return made


def failed(name: str, reason: str) -> NotebookNode:
    """El error con que termina una celda."""
    made: NotebookNode = _v4.new_output("error", ename=name, evalue=reason, traceback=[reason])
    return made
