"""La página: un HTML que se abre solo, sin pedir nada a nadie."""

from __future__ import annotations

from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, PackageLoader
from nbgrader.coursedir import CourseDirectory

from grading.report import charts
from grading.report.figures import Figures, collect
from lab_tools.checks.report import number, plain

FILE = "informe.html"
WORST = 12


def write(course: CourseDirectory, assignment: str) -> Path:
    """Escribe el informe de un laboratorio en `informes/` y devuelve su ruta."""
    path = Path(course.root) / "informes" / assignment / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(collect(course, assignment)), encoding="utf-8")
    return path


def render(figures: Figures) -> str:
    """El informe como HTML."""
    pages = Environment(loader=PackageLoader("grading.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters["quien"] = figures.who
    scores = list(figures.scores.values())
    worst = [one for one in figures.criteria if one.failed][:WORST]
    return pages.get_template("informe.html.j2").render(
        figures=figures,
        summary=_summary(scores, figures.max_score),
        distribution=charts.distribution(scores, figures.max_score),
        worst=charts.bars([(plain(one.title), one.failed, one.seen) for one in worst]),
        criteria=[one for one in figures.criteria if one.failed],
        number=number,
        minutes=_minutes,
        percent=lambda score: number(round(100 * score / figures.max_score)) if figures.max_score else "0",
    )


def _summary(scores: list[float], most: float) -> list[tuple[str, str]]:
    if not scores:
        return [("Entregas corregidas", "0")]
    passed = sum(score >= most / 2 for score in scores)
    return [
        ("Entregas corregidas", str(len(scores))),
        ("Nota media", f"{number(round(mean(scores), 2))} de {number(most)}"),
        ("Mediana", f"{number(round(median(scores), 2))} de {number(most)}"),
        ("Llegan a la mitad", f"{passed} de {len(scores)}"),
    ]


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"
