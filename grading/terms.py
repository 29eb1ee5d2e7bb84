"""Lo que un laboratorio publicado tiene de cada curso: la variante de cada estudiante y el plazo."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from grading.roster import known
from lab_tools.labs.private import Private

VARIANTS = "variantes"


def give_variants(course: CourseDirectory, lab: Path, secret: Path) -> list[Path]:
    """Escribe el `variant.json` de cada estudiante de la lista en `variantes/LABORATORIO/ESTUDIANTE/`."""
    private = Private(secret)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        students = [student.id for student in known(gradebook)]
    found = []
    for student in students:
        place = Path(course.root) / VARIANTS / lab.name / student
        place.mkdir(parents=True, exist_ok=True)
        found.append(private.write_variant(lab, student, place))
    return found


def set_due(course: CourseDirectory, assignment: str, secret: Path) -> datetime | None:
    """Apunta en el gradebook el plazo que diga `plazos.yaml`, y lo devuelve; None si no dice ninguno."""
    due = Private(secret).due(assignment)
    if due is not None:
        with Gradebook(course.db_url, course.course_id) as gradebook:
            moment = due.astimezone(UTC)
            gradebook.update_or_create_assignment(assignment, duedate=f"{moment:%Y-%m-%d %H:%M:%S} UTC")
    return due
