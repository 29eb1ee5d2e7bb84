"""Lo que se sabe de una clase: notas, criterios que más se fallan, y tiempos y pistas según los registros."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from grading import alike, evidence, records
from grading.records import Entry
from grading.replay import signal
from grading.report.effort import by_task

_NUMBER = re.compile(r"[^-]+-\d+")


@dataclass(frozen=True)
class Criterion:
    """Un criterio y cuántas entregas lo fallaron, de las que se miraron."""

    title: str
    task: str
    failed: int
    seen: int


@dataclass(frozen=True)
class Effort:
    """Un ejercicio según los registros: la mediana de segundos del clúster que costó y las pistas que se pidieron.

    `task` es su título o, si aún no se ha corregido a nadie, su celda.
    """

    task: str
    seconds: float
    hints: int
    people: int


@dataclass
class Figures:
    """Una clase en un laboratorio. `scores`, en puntos; `missing`, quien está en la lista y no entregó.

    Cada cual va por su identificador; `names` dice el nombre de quien lo tiene en la lista.
    """

    assignment: str
    max_score: float
    scores: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    alike: list[alike.Pair] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def who(self, student: str) -> str:
        """«Ana Núñez (ana)», o solo el identificador si la lista no trae el nombre."""
        return f"{self.names[student]} ({student})" if self.names.get(student) else student


def collect(course: CourseDirectory, assignment: str) -> Figures:
    """Reúne lo que haya en el curso. Lanza `nbgrader.api.MissingEntry` si la práctica no está publicada."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        found = Figures(assignment, float(gradebook.find_assignment(assignment).max_score))
        found.names = {one.id: " ".join(filter(None, (one.first_name, one.last_name))) for one in gradebook.students}
        for student in sorted(found.names):
            try:
                submission = gradebook.find_submission(assignment, student)
            except MissingEntry:
                handed = (Path(course.root) / course.submitted_directory / student / assignment).is_dir()
                (found.unmarked if handed else found.missing).append(student)
            else:
                found.scores[student] = float(submission.score) - float(submission.late_submission_penalty or 0)
    marked = _marked(course, assignment)
    found.criteria = _criteria(marked)
    works = records.read(course, assignment)
    found.efforts = _efforts(works.values(), {cell: said["title"] for one in marked for cell, said in one.items()})
    found.alike = alike.pairs(works)
    return found


def _marked(course: CourseDirectory, assignment: str) -> list[Mapping[str, Any]]:
    """Las celdas de cada entrega corregida, con lo que salió en ellas."""
    folders = sorted((Path(course.root) / course.autograded_directory).glob(f"*/{assignment}"))
    return [evidence.load(folder).cells for folder in folders]


def _criteria(marked: Iterable[Mapping[str, Any]]) -> list[Criterion]:
    """Los criterios, de más a menos fallados. Uno es el mismo aunque su pregunta cambie con la variante."""
    seen: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    asked: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    told = ((cell, result) for cells in marked for cell in cells.values() for result in cell["results"])
    for cell, result in told:
        if result["measured"]:
            key = cell["title"], result.get("id") or result["title"]
            seen[key] += 1
            failed[key] += not result["passed"]
            asked[key][result["title"]] += 1
    found = [Criterion(_question(asked[key]), key[0], failed[key], times) for key, times in seen.items()]
    return sorted(found, key=lambda one: (-one.failed / one.seen, one.task, one.title))


def _question(titles: Counter[str]) -> str:
    """Una pregunta que la variante cambia, con «…» donde no coinciden; si no cambia, tal cual."""
    words = [title.split(" ") for title in titles]
    if len({len(one) for one in words}) > 1:
        return titles.most_common(1)[0][0]
    return " ".join(place[0] if len(set(place)) == 1 else "…" for place in zip(*words, strict=True))


def _efforts(works: Iterable[Sequence[Entry]], titles: Mapping[str, str]) -> list[Effort]:
    spent: defaultdict[str, list[float]] = defaultdict(list)
    hints: Counter[str] = Counter()
    for entries in works:
        for task, seconds in by_task(entries).items():
            spent[task].append(seconds)
        hints.update(asked for entry in entries if (asked := signal(entry, "hint")))
    seen = {task: sum(n for check, n in hints.items() if _of(check, task)) for task in spent}
    return [Effort(titles.get(task, task), median(spent[task]), seen[task], len(spent[task])) for task in sorted(spent)]


def _of(check: str, task: str) -> bool:
    """Si una comprobación («L06-1a») es de un ejercicio («L06-1-desplegar»)."""
    numbers = [_NUMBER.match(name) for name in (check, task)]
    return all(numbers) and len({found[0] for found in numbers if found}) == 1
