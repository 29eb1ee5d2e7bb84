"""Una clase de una vez: las mismas notas que de una en una, y parar no cuesta nada."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin

from grading import config, intake
from grading.batch import crew, marking, run
from grading.batch.marking import How, Job, Marked
from grading.demo import tour
from grading.release import release
from grading.workbench import Workbench
from lab_tools.errors import GradingError
from lab_tools.labs import submission
from tests.grading.conftest import converted

SLUG = tour.ASSIGNMENT
HOW = How(tour.LAB.parent, walled=False)
HandIn = Callable[..., None]


@pytest.fixture
def course(tmp_path: Path) -> CourseDirectory:
    release(tour.LAB, tmp_path / "curso")
    return config.course(tmp_path / "curso", tour.LAB.parent, walled=False)


@pytest.fixture
def hand_in(course: CourseDirectory, record: bytes) -> HandIn:
    def one(student: str, *, work: bytes | None = None, notebook: bytes | None = None, when: str = "") -> None:
        folder = Path(course.root) / "submitted" / student / SLUG
        folder.mkdir(parents=True, exist_ok=True)
        empty = json.dumps(submission.assemble(tour.LAB)).encode()
        (folder / "lab.ipynb").write_bytes(empty if notebook is None else notebook)
        (folder / "registro.json").write_bytes(record if work is None else work)
        if when:
            (folder / "timestamp.txt").write_text(when, encoding="utf-8")

    return one


def _nothing() -> bytes:
    """El registro de quien preparó el laboratorio y no hizo nada."""
    start = {"t": 0, "mark": {"ready": SLUG}}
    return json.dumps({"version": 1, "lab": SLUG, "seed": 0, "nodes": 3, "entries": [start]}).encode()


def _all(course: CourseDirectory, **options: object) -> dict[str, run.Mark]:
    marks = run.autograde(course, SLUG, run.submitted(course, SLUG), HOW, **options)  # type: ignore[arg-type]
    return {mark.student: mark for mark in marks}


def test_a_class_is_marked_and_written_down(course: CourseDirectory, hand_in: HandIn) -> None:
    hand_in("ana")
    hand_in("luis", work=_nothing())
    marks = _all(course)
    assert {student: mark.score for student, mark in marks.items()} == {"ana": 30.0, "luis": 0.0}
    with Gradebook(course.db_url) as gradebook:
        assert float(gradebook.find_submission(SLUG, "ana").score) == 30.0
    made = {path.name for path in (Path(course.root) / "autograded" / "ana" / SLUG).iterdir()}
    assert {"lab.ipynb", "evidencia.json", "final-cluster.svg", "registro.json"} <= made


def test_a_process_with_threads_is_never_forked() -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        assert crew._context().get_start_method() != "fork"
    finally:
        over.set()
        other.join()


@pytest.mark.slow
@pytest.mark.parametrize("born", multiprocessing.get_all_start_methods())
def test_several_processes_give_the_same_marks_as_one(
    course: CourseDirectory, hand_in: HandIn, born: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "_context", lambda: multiprocessing.get_context(born))
    for student in ("ana", "berta", "carlos", "dani"):
        hand_in(student, **({"work": _nothing()} if student == "berta" else {}))
    alone = {student: mark.score for student, mark in _all(course).items()}
    together = {student: mark.score for student, mark in _all(course, jobs=2, everything=True).items()}
    assert alone == together and alone["berta"] == 0.0


def test_what_has_not_changed_is_not_marked_again(
    course: CourseDirectory, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ana")
    hand_in("luis")
    _all(course)
    hand_in("luis", work=_nothing())
    marked: list[str] = []
    monkeypatch.setattr(crew, "mark", _listening(marked))
    marks = _all(course)
    assert marked == ["luis"]
    assert marks["ana"].again and (marks["ana"].score, marks["luis"].score) == (30.0, 0.0)


def test_moving_a_file_of_the_lab_is_a_change(course: CourseDirectory, tmp_path: Path) -> None:
    (tmp_path / "labs" / SLUG / "uno").mkdir(parents=True)
    (tmp_path / "labs" / SLUG / "dos").mkdir()
    how, file = How(tmp_path / "labs"), tmp_path / "labs" / SLUG / "uno" / "a.yaml"
    file.write_text("x", encoding="utf-8")
    before = run._fingerprint(how, SLUG)
    file.rename(tmp_path / "labs" / SLUG / "dos" / "a.yaml")
    assert run._fingerprint(how, SLUG) != before


def test_stopping_loses_nothing_and_repeats_nothing(
    course: CourseDirectory, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in ("ana", "berta", "carlos"):
        hand_in(student)
    marks = run.autograde(course, SLUG, run.submitted(course, SLUG), HOW)
    next(marks)
    marks.close()  # type: ignore[attr-defined]  # Ctrl-C a medias
    marked: list[str] = []
    monkeypatch.setattr(crew, "mark", _listening(marked))
    assert {mark.score for mark in _all(course).values()} == {30.0}
    assert marked == ["berta", "carlos"]


def test_a_failure_while_writing_leaves_the_old_mark(
    course: CourseDirectory, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ana")
    _all(course)
    hand_in("ana", work=_nothing())
    monkeypatch.setattr("grading.batch.ledger.Ledger._penalty", _broken)
    with pytest.raises(OSError, match="disco"):
        _all(course)
    with Gradebook(course.db_url) as gradebook:
        assert float(gradebook.find_submission(SLUG, "ana").score) == 30.0
    monkeypatch.undo()
    assert _all(course)["ana"].score == 0.0


def test_a_bad_submission_is_told_and_the_others_are_marked(course: CourseDirectory, hand_in: HandIn) -> None:
    hand_in("ana")
    hand_in("berta", notebook=b"esto no es JSON")
    hand_in("carlos", work=b'{"version": 7}')
    (Path(course.root) / "submitted" / "dani" / SLUG).mkdir(parents=True)
    marks = _all(course)
    assert marks["ana"].score == 30.0
    assert {mark.score for student, mark in marks.items() if student != "ana"} == {None}
    assert "no es JSON" in marks["berta"].reason and "versión" in marks["carlos"].reason
    assert "lab.ipynb" in marks["dani"].reason


@pytest.mark.slow
@pytest.mark.parametrize("born", multiprocessing.get_all_start_methods())
def test_a_worker_that_dies_is_replaced_and_the_rest_goes_on(born: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_context", lambda: multiprocessing.get_context(born))
    if born == "fork":  # lo que en los demás hace el encargo al llegar
        monkeypatch.setattr(crew, "mark", crew.mark)
        _arm()
    jobs = [Job("ana", {}), Job("mortal", {}), Job("luis", {})]
    found = dict(_died(jobs))
    assert {student: marked.reason for student, marked in found.items()} == {"ana": "", "mortal": crew.DIED, "luis": ""}


def test_the_marks_are_those_of_nbgraders_own_command(course: CourseDirectory, hand_in: HandIn) -> None:
    hand_in("ana")
    hand_in("luis", work=_nothing())
    ours = {student: (mark.score, mark.max_score) for student, mark in _all(course).items()}
    theirs = {student: converted(course, SLUG, student) for student in ours}
    assert ours == {student: (mark.score, mark.max_score) for student, mark in theirs.items()}


def test_a_mark_put_by_hand_stays_and_asks_to_be_looked_at(course: CourseDirectory, hand_in: HandIn) -> None:
    hand_in("ana")
    _all(course)
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_submission(SLUG, "ana").notebooks[0].grades[0]
        grade.manual_score = 1.0
        gradebook.db.commit()
    _all(course, everything=True)
    with Gradebook(course.db_url) as gradebook:
        grades = gradebook.find_submission(SLUG, "ana").notebooks[0].grades
        assert [
            (float(one.manual_score), one.needs_manual_grade) for one in grades if one.manual_score is not None
        ] == [(1.0, True)]


class HalfOff(LateSubmissionPlugin):
    """Llegar tarde cuesta la mitad."""

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        return score / 2


def test_arriving_late_costs_what_the_course_says(course: CourseDirectory, hand_in: HandIn) -> None:
    course.config.AssignLatePenalties.plugin_class = HalfOff
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate="2026-03-01 12:00:00 UTC")
    hand_in("ana", when="2026-03-01 11:00:00 UTC")
    hand_in("luis", when="2026-03-01 13:00:00 UTC")
    assert {student: mark.score for student, mark in _all(course).items()} == {"ana": 30.0, "luis": 15.0}


@pytest.mark.parametrize("when", ["ayer", "2026-99-99 12:00:00 UTC", "9" * 40, "\x00"])
def test_a_moment_that_is_not_one_is_told_and_the_others_are_marked(
    course: CourseDirectory, hand_in: HandIn, when: str
) -> None:
    hand_in("ana", work=_nothing(), when=when)
    hand_in("luis", work=_nothing())
    marks = _all(course)
    assert marks["ana"].score is None and "timestamp.txt" in marks["ana"].reason
    assert marks["luis"].score == 0.0


def test_a_lab_that_is_not_published_is_told(course: CourseDirectory) -> None:
    with pytest.raises(GradingError, match="no está publicada"):
        list(run.autograde(course, "07-nada", ["ana"], HOW))


def test_files_of_the_submission_do_not_pass_for_ours(course: CourseDirectory, hand_in: HandIn) -> None:
    hand_in("ana", work=_nothing())
    folder = Path(course.root) / "submitted" / "ana" / SLUG
    for name in ("huella.json", "evidencia.json", "final-cluster.svg"):
        (folder / name).write_text("{}", encoding="utf-8")
    _all(course)
    made = Path(course.root) / "autograded" / "ana" / SLUG
    assert all((made / name).read_text(encoding="utf-8") != "{}" for name in ("huella.json", "evidencia.json"))


def test_progress_says_what_is_left(course: CourseDirectory, hand_in: HandIn) -> None:
    for student in ("ana", "luis"):
        hand_in(student, work=_nothing())
    told: list[run.Progress] = []
    _all(course, on_progress=told.append)
    assert [(one.done, one.total) for one in told] == [(0, 2), (1, 2), (2, 2)]
    assert told[0].left is None and (told[1].left or 0) > 0 and told[2].left == 0


def test_the_infrastructure_is_given_a_second_chance(
    course: CourseDirectory, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lab_tools.errors import InfrastructureError

    hand_in("ana")
    _all(course)
    closed: list[Workbench] = []
    monkeypatch.setattr(Workbench, "close", lambda bench: closed.append(bench))
    old = marking._bench(HOW)
    failures = iter([InfrastructureError("No contesta.")])
    real = marking._mark

    def once(*arguments: object) -> Marked:
        for failure in failures:
            raise failure
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(marking, "_mark", once)
    assert _all(course, everything=True)["ana"].score == 30.0
    assert closed == [old] and marking._bench(HOW) is not old


def _listening(marked: list[str]) -> Callable[..., Marked]:
    def mark(sheet: object, how: object, job: Job) -> Marked:
        marked.append(job.student)
        return marking.mark(sheet, how, job)  # type: ignore[arg-type]

    return mark


def _broken(*_: object) -> float:
    raise OSError("el disco está lleno")


def _died(jobs: list[Job]) -> Iterator[tuple[str, Marked]]:
    for job, found in crew.together(None, _Deadly(), jobs, 2):  # type: ignore[arg-type]
        yield job.student, found


class _Deadly:
    """Un encargo con el que un trabajador muere si le toca «mortal»: se decide al leer la carpeta de laboratorios."""

    def __reduce__(self) -> tuple[object, ...]:
        return _arm, ()


def _arm() -> None:
    from grading.batch import crew as there

    def mark(sheet: object, how: object, job: Job) -> Marked:
        if job.student == "mortal":
            os._exit(9)
        return Marked(job.student)

    there.mark = mark  # type: ignore[assignment]


def test_intake_refuses_links_here_too(course: CourseDirectory, hand_in: HandIn, tmp_path: Path) -> None:
    hand_in("ana")
    (Path(course.root) / "submitted" / "ana" / SLUG / "datos").symlink_to(tmp_path)
    assert "enlace" in _all(course)["ana"].reason
    with pytest.raises(GradingError):
        intake.files(Path(course.root) / "submitted" / "ana" / SLUG)


@pytest.mark.slow
def test_a_dask_gives_the_same_marks_even_if_a_worker_dies_half_way(course: CourseDirectory, hand_in: HandIn) -> None:
    distributed = pytest.importorskip("distributed")
    for number in range(6):
        hand_in(f"e{number}", **({"work": _nothing()} if number % 2 else {}))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, scheduler_kwargs={"dashboard": False}
    ) as cluster:
        marks, killed = {}, False
        for mark in run.autograde(course, SLUG, run.submitted(course, SLUG), HOW, scheduler=cluster.scheduler_address):
            marks[mark.student] = mark.score
            if not killed:
                os.kill(next(iter(cluster.workers.values())).process.process.pid, signal.SIGKILL)
                killed = True
    assert marks == {f"e{number}": 0.0 if number % 2 else 30.0 for number in range(6)}


def test_a_dask_that_is_not_there_is_told(course: CourseDirectory, hand_in: HandIn) -> None:
    pytest.importorskip("distributed")
    hand_in("ana")
    with pytest.raises(GradingError, match="No se llega al Dask"):
        _all(course, scheduler="tcp://127.0.0.1:9")
