"""Los registros de una clase, para mirarlos: se lee lo que se entienda y lo demás se pasa por alto.

No es lo que se corrige (`grading.replay` no perdona nada): de aquí salen el informe y los parecidos, que no cuentan.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory

from grading.replay import BIGGEST
from lab_tools.labs.handin import FILE

Entry = Mapping[str, Any]


def read(course: CourseDirectory, assignment: str) -> dict[str, list[Entry]]:
    """Los apuntes de cada estudiante que entregó un registro, por orden; cada uno con su instante en `t`, en segundos.

    El de quien entregó uno que no se entiende queda vacío.
    """
    root = Path(course.root) / course.submitted_directory
    return {path.parent.parent.name: _entries(path) for path in sorted(root.glob(f"*/{assignment}/{FILE}"))}


def _entries(path: Path) -> list[Entry]:
    try:
        if path.is_symlink() or path.stat().st_size > BIGGEST:
            return []
        found = json.loads(path.read_text(encoding="utf-8"))["entries"]
        return [{**entry, "t": float(entry["t"])} for entry in found if _has_time(entry)]
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return []


def _has_time(entry: Any) -> bool:
    found = entry.get("t") if isinstance(entry, dict) else None
    return isinstance(found, int | float) and math.isfinite(found)
