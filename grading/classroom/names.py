"""El namespace de cada estudiante: legible, y distinto aunque dos identificadores se parezcan."""

from __future__ import annotations

import hashlib
import re

# Un namespace es una etiqueta DNS: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_MOST = 63
_PLAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def namespace(class_name: str, student: str) -> str:
    """El namespace de `student` en una clase. Si hay que cambiar su identificador, se añade una huella suya."""
    wanted = f"{class_name}-{student}"
    if _PLAIN.fullmatch(student) and len(wanted) <= _MOST:
        return wanted
    mark = hashlib.sha256(student.encode()).hexdigest()[:8]
    bare = re.sub(r"[^a-z0-9]+", "-", student.lower()).strip("-")
    room = _MOST - len(class_name) - len(mark) - 2
    return "-".join(part for part in (class_name, bare[:room].strip("-"), mark) if part)
