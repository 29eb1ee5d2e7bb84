"""Las salidas de una celda, tal como llegan de la sesión: código ajeno que dice tener forma de nbformat.

Se guarda lo que tiene esa forma, mientras quepa; lo demás se tira. Una celda que imprime sin fin no llena la memoria.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from grading import cells

CUT = "\n… salida recortada …\n"
_from_dict: Any = nbformat.from_dict


class Collector:
    """Recoge las salidas de una celda: `limit` caracteres como mucho. `count` es el número de su ejecución."""

    def __init__(self, limit: int, count: int) -> None:
        self.outputs: list[NotebookNode] = []
        self._limit = limit
        self._count = count
        self._written = 0
        self._clear_next = False
        self._displays: dict[str, list[NotebookNode]] = {}

    def take(self, frame: dict[str, Any]) -> None:
        """Una salida (`{"output": …}`) o un borrado (`{"clear": espera}`)."""
        if "clear" in frame:
            self._clear_next = bool(frame["clear"])
            if not self._clear_next:
                self._forget()
            return
        made = _made(frame["output"], self._count)
        if made is None or self._written > self._limit:
            return
        self._written += len(json.dumps(made, default=str))
        if self._written > self._limit:
            made = cells.printed(CUT)
        if self._clear_next:
            self._forget()
        self._add(made, frame["output"])

    def _add(self, made: NotebookNode, said: dict[str, Any]) -> None:
        shown = str((said.get("transient") or {}).get("display_id", ""))
        if said["output_type"] == "update_display_data":
            for old in self._displays.get(shown, []):
                old["data"], old["metadata"] = made["data"], made["metadata"]
            return
        last = self.outputs[-1] if self.outputs else None
        if last is not None and made.output_type == "stream" == last.output_type and made.name == last.name:
            last.text += made.text
            return
        if shown:
            self._displays.setdefault(shown, []).append(made)
        self.outputs.append(made)

    def _forget(self) -> None:
        self.outputs.clear()
        self._clear_next = False


def _made(said: Any, count: int) -> NotebookNode | None:
    """La salida con la forma de nbformat, o None si no la tiene."""
    if not isinstance(said, dict) or not isinstance(said.get("transient") or {}, dict):
        return None
    make = _SHAPES.get(str(said.get("output_type")))
    fields = make(said, count) if make else None
    return None if fields is None else _from_dict(fields)


def _stream(said: dict[str, Any], _: int) -> dict[str, Any] | None:
    name, text = said.get("name"), said.get("text")
    if name not in ("stdout", "stderr") or not isinstance(text, str):
        return None
    return {"output_type": "stream", "name": name, "text": _clean(text)}


def _error(said: dict[str, Any], _: int) -> dict[str, Any] | None:
    name, value, lines = said.get("ename"), said.get("evalue"), said.get("traceback")
    if not (isinstance(name, str) and isinstance(value, str) and isinstance(lines, list)):
        return None
    return {"output_type": "error", "ename": _clean(name), "evalue": _clean(value),
            "traceback": [_clean(line) for line in lines if isinstance(line, str)]}  # fmt: skip


def _display(said: dict[str, Any], _: int) -> dict[str, Any] | None:
    data = said.get("data")
    if not isinstance(data, dict):
        return None
    kept = {mime: _clean(value) if isinstance(value, str) else value for mime, value in data.items()}
    return {"output_type": "display_data", "data": kept, "metadata": {}}


def _result(said: dict[str, Any], count: int) -> dict[str, Any] | None:
    shown = _display(said, count)
    return shown and {**shown, "output_type": "execute_result", "execution_count": count}


def _clean(text: str) -> str:
    """Sin los medios caracteres (sustitutos sueltos) que ningún archivo UTF-8 admite."""
    return text.encode("utf-8", "replace").decode("utf-8")


_SHAPES: dict[str, Callable[[dict[str, Any], int], dict[str, Any] | None]] = {
    "stream": _stream,
    "error": _error,
    "display_data": _display,
    "update_display_data": _display,
    "execute_result": _result,
}
