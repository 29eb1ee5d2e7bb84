"""Las páginas de comentarios: las de nbgrader, en español, con los criterios y el dibujo del clúster."""

from __future__ import annotations

from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from grading import convert, evidence


def marked(course: CourseDirectory, assignment: str) -> list[str]:
    """Quiénes tienen su entrega corregida, por orden."""
    root = Path(course.root) / course.autograded_directory
    return sorted(path.parent.name for path in root.glob(f"*/{assignment}") if (path / evidence.EVIDENCE).is_file())


def write(course: CourseDirectory, assignment: str, student: str) -> Path:
    """Escribe la página de una entrega ya corregida y devuelve su ruta. Lanza GradingError si no se puede."""
    convert.run(convert.Feedback, course, assignment, student)
    folder = Path(course.format_path(course.feedback_directory, student, assignment))
    return next(iter(sorted(folder.glob("*.html"))))
