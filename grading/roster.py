"""La lista de clase: quién estudia, y con qué identificador.

Es un CSV con cabecera. Se reconocen los nombres de columna que usan Moodle, Canvas y las hojas de cálculo, en español o
en inglés; hace falta al menos el identificador.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grading import intake
from lab_tools import files
from lab_tools.errors import GradingError

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

_COLUMNS = {
    "id": ("id", "identificador", "usuario", "username", "nombre de usuario", "login id", "sis login id", "student id"),
    "first_name": ("nombre", "first name", "first_name", "name"),
    "last_name": ("apellidos", "apellido", "apellido s", "surname", "last name", "last_name"),
    "email": ("correo", "direccion de correo", "email", "email address", "correo electronico"),
    "lms": ("numero de id", "id number", "lms_user_id", "canvas id", "user id"),
}
EXAMPLE = "id,nombre,apellidos,correo"


@dataclass(frozen=True)
class Student:
    """Una persona de la lista. `lms` es su número en el LMS, si lo dice."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms: str = ""

    @property
    def name(self) -> str:
        """Nombre y apellidos, o el identificador si no se saben."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


def read(path: Path) -> list[Student]:
    """Los estudiantes de un CSV, en su orden. Lanza GradingError si no se entiende o si alguien se repite."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise GradingError(f"No existe la lista «{path}».", "Revisa la ruta.") from None
    except OSError as error:
        why = files.reason(error)
        raise GradingError(f"No se puede leer la lista «{path}»: {why}.", "Revisa la ruta.") from error
    except UnicodeDecodeError as error:
        told = f"La lista «{path}» no está en UTF-8."
        raise GradingError(told, "Guárdala como CSV en UTF-8 (en Excel, «CSV UTF-8»).") from error
    dialect = "excel" if text.partition("\n")[0].count(",") >= text.partition("\n")[0].count(";") else _Semicolon
    rows = csv.DictReader(io.StringIO(text), dialect=dialect)
    places = {field: _column(rows.fieldnames or (), names) for field, names in _COLUMNS.items()}
    if places["id"] is None:
        raise GradingError(
            f"En «{path.name}» no hay ninguna columna con el identificador.", f"La primera línea ha de ser: {EXAMPLE}"
        )
    found: dict[str, Student] = {}
    for number, row in enumerate(rows, 2):
        student = Student(**{field: (row[place] or "").strip() for field, place in places.items() if place})
        if not student.id and not any(row.values()):
            continue
        _admit(student, found, f"{path.name}:{number}")
    return list(found.values())


def _admit(student: Student, found: dict[str, Student], where: str) -> None:
    try:
        intake.check_student(student.id)
    except GradingError as error:
        raise GradingError(f"{where}: {error.message}", error.cure) from error
    if student.id in found:
        raise GradingError(f"{where}: «{student.id}» ya estaba en la lista.", "Deja una sola línea por persona.")
    found[student.id] = student


def write(gradebook: Gradebook, students: Iterable[Student]) -> int:
    """Apunta a los estudiantes en el gradebook, o cambia sus datos. Devuelve cuántos. Nadie se borra."""
    number = 0
    for student in students:
        data = {"first_name": student.first_name, "last_name": student.last_name, "email": student.email,
                "lms_user_id": student.lms}  # fmt: skip
        gradebook.update_or_create_student(student.id, **{key: value for key, value in data.items() if value})
        number += 1
    return number


def known(gradebook: Gradebook) -> list[Student]:
    """Quiénes están en el gradebook, por orden."""
    return sorted(
        (Student(one.id, one.first_name or "", one.last_name or "", one.email or "", one.lms_user_id or "")
         for one in gradebook.students),
        key=lambda student: student.id,
    )  # fmt: skip


def plain(text: str) -> str:
    """Sin tildes, mayúsculas ni signos: para comparar nombres escritos de distintas maneras."""
    bare = "".join(mark for mark in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(mark))
    return " ".join("".join(mark if mark.isalnum() else " " for mark in bare).split())


class _Semicolon(csv.excel):
    delimiter = ";"


def _column(fields: Iterable[str], names: tuple[str, ...]) -> str | None:
    return next((field for field in fields if plain(field) in {plain(name) for name in names}), None)
