"""Lo que se sabe de una clase: notas, criterios que más se fallan, y tiempos y pistas según los registros."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from grading import alike, evidence, records
from grading.records import Entry

_NUMBER = re.compile(r"[^-]+-\d+")
LONGEST_BREAK = 1800.0  # segundos virtuales: más que eso entre dos peticiones no es trabajar


@dataclass(frozen=True)
class Criterion:
    """Un criterio y cuántas entregas lo fallaron, de las que se miraron."""

    title: str
    task: str
    failed: int
    seen: int


@dataclass(frozen=True)
class Effort:
    """Un ejercicio según los registros: la mediana de segundos del clúster que costó y las pistas que se pidieron."""

    task: str
    seconds: float
    hints: int
    people: int


@dataclass
class Figures:
    """Una clase en un laboratorio. `scores`, en puntos; `missing`, quien está en la lista y no entregó."""

    assignment: str
    max_score: float
    scores: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    alike: list[alike.Pair] = field(default_factory=list)


def collect(course: CourseDirectory, assignment: str) -> Figures:
    """Reúne lo que haya en el curso. Lanza `nbgrader.api.MissingEntry` si la práctica no está publicada."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        found = Figures(assignment, float(gradebook.find_assignment(assignment).max_score))
        for student in sorted(one.id for one in gradebook.students):
            try:
                submission = gradebook.find_submission(assignment, student)
            except MissingEntry:
                handed = (Path(course.root) / course.submitted_directory / student / assignment).is_dir()
                (found.unmarked if handed else found.missing).append(student)
            else:
                found.scores[student] = float(submission.score) - float(submission.late_submission_penalty or 0)
    found.criteria = _criteria(course, assignment)
    works = records.read(course, assignment)
    found.efforts = _efforts(works.values())
    found.alike = alike.pairs(works)
    return found


def _criteria(course: CourseDirectory, assignment: str) -> list[Criterion]:
    seen: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    for path in sorted((Path(course.root) / course.autograded_directory).glob(f"*/{assignment}")):
        for cell in evidence.load(path).cells.values():
            for result in cell["results"]:
                key = cell["title"], result["title"]
                if not result["measured"]:
                    continue
                seen[key] += 1
                failed[key] += not result["passed"]
    found = [Criterion(title, task, failed[task, title], times) for (task, title), times in seen.items()]
    return sorted(found, key=lambda one: (-one.failed / one.seen, one.task, one.title))


def _efforts(works: Iterable[Sequence[Entry]]) -> list[Effort]:
    spent: defaultdict[str, list[float]] = defaultdict(list)
    hints: Counter[str] = Counter()
    for entries in works:
        for task, seconds in _by_task(entries).items():
            spent[task].append(seconds)
        hints.update(asked for entry in entries if (asked := records.signal(entry, "hint")))
    return [
        Effort(task, median(times), sum(n for check, n in hints.items() if _of(check, task)), len(times))
        for task, times in sorted(spent.items())
    ]


def _by_task(entries: Sequence[Entry]) -> Mapping[str, float]:
    """Los segundos de trabajo hasta cada comprobación, repartidos entre los ejercicios que se fueron comprobando."""
    total: defaultdict[str, float] = defaultdict(float)
    last = worked = 0.0
    for entry in entries:
        worked += min(max(0.0, entry["t"] - last), LONGEST_BREAK) if last else 0.0
        last = entry["t"]
        if cell := records.signal(entry, "cell"):
            total[cell] += worked
            worked = 0.0
    return total


def _of(check: str, task: str) -> bool:
    """Si una comprobación («L06-1a») es de un ejercicio («L06-1-desplegar»)."""
    numbers = [_NUMBER.match(name) for name in (check, task)]
    return all(numbers) and len({found[0] for found in numbers if found}) == 1
