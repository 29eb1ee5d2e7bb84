"""Las páginas de comentarios: las de nbgrader, en español, con los criterios y el dibujo del clúster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from grading import convert, evidence


def marked(course: CourseDirectory, assignment: str) -> list[str]:
    """Quiénes tienen su entrega corregida, por orden."""
    root = Path(course.root) / course.autograded_directory
    return sorted(path.parent.name for path in root.glob(f"*/{assignment}") if (path / evidence.EVIDENCE).is_file())


def write(course: CourseDirectory, assignment: str, students: Iterable[str]) -> Iterator[Path]:
    """Escribe la página de cada entrega ya corregida, y da su ruta en cuanto está. Lanza GradingError."""
    for student in convert.run_each(convert.Feedback, course, assignment, students):
        folder = Path(course.format_path(course.feedback_directory, student, assignment))
        yield next(iter(sorted(folder.glob("*.html"))))
