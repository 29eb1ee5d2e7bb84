"""Recibir una entrega: que sea un cuaderno, y que lo diga en español si no lo es.

nbgrader se encuentra con un archivo que no es JSON a mitad de camino y lo cuenta con una traza. Aquí se mira antes.
"""

from __future__ import annotations

import json
import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import nbformat

from lab_tools.errors import GradingError

BIGGEST = 20 * 1024 * 1024  # bytes de un cuaderno; los del curso no llegan a 100 kB
HEAVIEST = 50 * 1024 * 1024  # bytes de una entrega entera
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")  # acaba en rutas y en patrones de nbgrader
CURE = "Ábrelo en JupyterLab, guárdalo y vuelve a entregarlo."


def check(path: Path) -> None:
    """Comprueba que `path` es un cuaderno de Jupyter que se puede ejecutar. Lanza GradingError con el motivo."""
    notebook = _notebook(_json(path), path)
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        raise GradingError(f"«{path.name}» no tiene ninguna celda de código.", CURE)


def collect(notebook: Path, course_dir: Path, assignment: str, student: str, name: str = "lab") -> Path:
    """Copia una entrega a `submitted/<estudiante>/<laboratorio>/` y devuelve dónde quedó.

    Sustituye la entrega anterior del mismo estudiante. Lanza GradingError si no es un cuaderno o el nombre no vale.
    """
    check_student(student)
    check(notebook)
    folder = course_dir / "submitted" / student / assignment
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return Path(shutil.copyfile(notebook, folder / f"{name}.ipynb"))


def check_student(student: str) -> str:
    """El identificador, si vale como nombre de carpeta. Lanza GradingError si no."""
    if not STUDENT.fullmatch(student):
        raise GradingError(
            f"«{student}» no vale como identificador de estudiante.",
            "Usa letras sin tilde, cifras, puntos, guiones o @; hasta 64, y sin espacios.",
        )
    return student


def check_folder(folder: Path) -> None:
    """Comprueba que en una entrega no hay enlaces: nbgrader los seguiría y copiaría lo que señalan."""
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise GradingError(
                f"La entrega trae un enlace simbólico, «{path.name}».", "Entrega el archivo, no un enlace."
            )


def files(folder: Path) -> dict[str, bytes]:
    """Los archivos de una entrega, con su ruta dentro de ella. Lanza GradingError si trae enlaces o pesa demasiado."""
    check_folder(folder)
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    size = sum(path.stat().st_size for path in found)
    if size > HEAVIEST:
        raise GradingError(
            f"La entrega ocupa {size // 1024**2} MB, y caben {HEAVIEST // 1024**2}.", "Pide que la entregue sin datos."
        )
    try:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    except OSError as error:
        raise GradingError(f"No se puede leer la entrega «{folder.name}»: {error.strerror or error}.") from error


def _json(path: Path) -> object:
    try:
        if path.stat().st_size > BIGGEST:
            raise GradingError(
                f"«{path.name}» ocupa más de {BIGGEST // 1024 // 1024} MB.",
                "Borra las salidas (Kernel ▸ Restart & Clear) y vuelve a entregarlo.",
            )
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GradingError(f"No se puede leer la entrega «{path.name}»: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise GradingError(f"«{path.name}» no es un cuaderno: no es texto UTF-8 (byte {error.start}).", CURE) from error
    except RecursionError as error:
        raise GradingError(f"«{path.name}» no es un cuaderno: su JSON está anidado sin fin.", CURE) from error
    except ValueError as error:
        where = f" (línea {error.lineno}, columna {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise GradingError(f"«{path.name}» no es un cuaderno: no es JSON{where}.", CURE) from error


def _notebook(data: object, path: Path) -> Any:
    """El JSON como cuaderno de la versión 4, o GradingError."""
    reader: Any = nbformat
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat avisa de identificadores que él mismo repone
            notebook = reader.reads(json.dumps(data), as_version=4)
            reader.validate(notebook)
    except (
        nbformat.ValidationError,
        nbformat.reader.NotJSONError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
    ) as error:
        # Lo que dice nbformat está en inglés y habla de su esquema: queda encadenado, para quien lo busque.
        raise GradingError(f"«{path.name}» es JSON, pero no un cuaderno de Jupyter.", CURE) from error
    return notebook
