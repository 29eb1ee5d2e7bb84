"""La evidencia de una corrección, guardada junto al cuaderno corregido y leída al escribir su página.

Dos archivos en `autograded/<estudiante>/<laboratorio>/`: `evidencia.json` (los criterios de cada celda) y
`final-cluster.svg` (cómo quedó el clúster). Se escriben después de ejecutar: si la entrega traía otros con esos
nombres, se pierden.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.stage import NO_SANDBOX, NOTHING_RUN, Replayed
from grading.verdict import Verdict
from lab_tools.checks.wording import requests

EVIDENCE = "evidencia.json"
HOW = "cómo"  # bajo este nombre, que no es de ninguna celda, va cómo se corrigió
SHOWN = 20  # peticiones distintas que se apuntan como mucho
PICTURE = "final-cluster.svg"


def attach(resources: Any, verdicts: Sequence[tuple[Verdict, float]], picture: str, *, walled: bool,
           replayed: Replayed | None = None) -> None:  # fmt: skip
    """Añade la evidencia y el dibujo a los archivos que nbconvert escribirá junto al cuaderno.

    `walled` dice si se corrige con aislamiento: si no, la página lo cuenta. `replayed`, su registro repetido.
    """
    cells: dict[str, Any] = {verdict.cell_id: verdict.as_data(points) for verdict, points in verdicts}
    cells[HOW] = {"walled": walled, "executed": replayed is None or not replayed.faithful}
    if replayed is not None:
        cells[HOW] |= {"requests": replayed.requests, "different": list(replayed.different[:SHOWN])}
    files = resources.setdefault("outputs", {})
    files[EVIDENCE] = (json.dumps(cells, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    files[PICTURE] = picture.encode()


class ShowEvidence(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader no trae tipos
    """Pone la evidencia al alcance de la plantilla, en `resources.orquesta`.

    `cells` (por `grade_id`), `picture` (SVG), `told` (el dibujo en palabras), `markup(texto)`, `replayed` (si se
    repitió su registro) y `notes`, las frases que dicen cómo se corrigió.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        folder = Path(resources["metadata"]["path"])
        picture = _read(folder / PICTURE)
        described = re.search(r"<desc[^>]*>(.*?)</desc>", picture, re.DOTALL)
        told = unescape(described[1]) if described else "El clúster al terminar el cuaderno"
        found = load(folder)
        resources["orquesta"] = {
            "cells": found.cells, "picture": picture, "told": told, "markup": markup, "notes": notes(found.how),
            "replayed": "requests" in found.how,
        }  # fmt: skip
        return nb, resources


def notes(how: Mapping[str, Any]) -> list[str]:
    """Las frases que dicen cómo se corrigió una entrega: sin aislamiento, o repitiendo su registro."""
    executed = how.get("executed", True)
    told = [] if how.get("walled", True) else [NO_SANDBOX if executed else NOTHING_RUN]
    if "requests" in how:
        besides = " Algo no salió como entonces, y se ejecutó también el cuaderno: cuenta lo mejor." if executed else ""
        told.append(f"Se repitió en un clúster nuevo lo que dice el registro: {requests(how['requests'])}.{besides}")
    return told


@dataclass(frozen=True)
class Evidence:
    """Lo que se guardó de una corrección: los criterios de cada celda (por `grade_id`) y cómo se corrigió."""

    cells: Mapping[str, Any] = field(default_factory=dict)
    how: Mapping[str, Any] = field(default_factory=dict)


def load(folder: Path) -> Evidence:
    """La evidencia de una entrega corregida; vacía si no la hay."""
    text = _read(folder / EVIDENCE)
    found = json.loads(text) if text else {}
    if not isinstance(found, dict):
        return Evidence()
    return Evidence({name: cell for name, cell in found.items() if name != HOW}, found.get(HOW, {}))


def markup(text: str) -> str:
    """HTML seguro de una frase: solo se entiende el código entre comillas invertidas."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
