"""La clase se corrige mirando el namespace de cada cual, con la credencial de quien enseña y sin ejecutar nada."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grading import config, gradebook
from grading.batch import run
from grading.batch.marking import How
from grading.classroom import roll
from grading.classroom.folder import Classroom
from grading.classroom.stage import Desk, NamespaceStage
from grading.release import release
from grading.stage import Submission
from lab_tools import drivers
from lab_tools.client import Client
from lab_tools.drivers.base import Connection
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import GradingError
from lab_tools.labs import definition, play, shelf

LAB = shelf.folder("06-deployments")


class Lent:
    """La conexión de un estudiante con la clase: lo mismo que un kubeconfig, dentro de este proceso."""

    def __init__(self, inner: Connection, place: str) -> None:
        self._inner, self.confined, self.name, self.kubeconfig = inner, place, "clase", None

    def send(self, *args: Any, **how: Any) -> Any:
        return self._inner.send(*args, **how)

    def wait(self, seconds: float) -> None:
        self._inner.wait(seconds)


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, Desk]:
    """Una clase de tres: una lo hizo todo, otro a medias y otra nada."""
    teacher = Client(InProcessConnection(EmbeddedCluster(3), "student"))
    room = Classroom(tmp_path / "clase", "clase", "escuela", students=("ana", "luis", "eva"))
    room.save()
    assert len(list(roll.create(room, teacher, Access("clase", "https://escuela", "")))) == 3
    teacher.wait(2)
    for student, solution in (("ana", "alternative"), ("luis", "partial")):
        lent = Lent(teacher.connection, f"clase-{student}")
        play.play_on(LAB, solution, lent, lent)

    class There:
        def connect(self, name: str) -> Connection:
            assert name == "escuela"
            return teacher.connection

    monkeypatch.setattr(drivers, "named", There)
    return teacher, Desk(room.folder, LAB.parent)


@pytest.mark.slow
def test_each_namespace_is_marked_as_it_stands_and_goes_to_the_gradebook(
    school: tuple[Client, Desk], tmp_path: Path
) -> None:
    _, desk = school
    course = tmp_path / "curso"
    course.mkdir()
    config.write_config(course, LAB.parent)
    opened = config.course(course, LAB.parent)
    gradebook.prepare(opened)
    release(LAB, course)
    opened = config.course(course, LAB.parent)
    marks = list(run.autograde(opened, LAB.name, desk.students(), How(LAB.parent, desk=desk)))
    assert {mark.student: (mark.score, mark.reason) for mark in marks} == {
        "ana": (30.0, ""), "luis": (_at_the_end("partial"), ""), "eva": (0.0, "")}  # fmt: skip
    page = (course / "autograded" / "luis" / LAB.name / "lab.ipynb").read_text(encoding="utf-8")
    assert "de 6 puntos" in page
    assert (course / "autograded" / "ana" / LAB.name / "final-cluster.svg").is_file()


def _at_the_end(solution: str) -> float:
    """Lo que vale una solución en su propio clúster embebido, mirado cuando ya ha acabado todo."""
    game, marker = play.play(LAB, solution), definition.load(LAB)
    return sum(one.earned for task in marker.tasks for one in marker.run(task.cell_id, game.lab.client))


def test_marking_changes_nothing_in_the_cluster(school: tuple[Client, Desk]) -> None:
    teacher, desk = school
    before = [one["metadata"]["name"] for one in teacher.list("namespaces")]
    with NamespaceStage(Submission(LAB.name, "eva", "lab", desk.folder), desk) as stage:
        assert all(verdict.score(10) == 0 for verdict in stage.replayed().verdicts.values())
        assert "<svg" in stage.picture()
    assert [one["metadata"]["name"] for one in teacher.list("namespaces")] == before


def test_who_is_not_in_the_class_has_no_mark(school: tuple[Client, Desk]) -> None:
    _, desk = school
    with pytest.raises(GradingError, match="no está en la clase"):
        NamespaceStage(Submission(LAB.name, "otra", "lab", desk.folder), desk)


@pytest.mark.slow
def test_a_lab_that_acts_is_marked_by_the_same_command(school: tuple[Client, Desk], tmp_path: Path) -> None:
    teacher, desk = school
    services = shelf.folder("11-services")
    teacher.within("clase-eva").delete("networkpolicies", "cerrado")
    lent = Lent(teacher.connection, "clase-eva")
    play.play_on(services, "reference", lent, lent)
    course = tmp_path / "curso"
    course.mkdir()
    config.write_config(course, services.parent)
    gradebook.prepare(config.course(course, services.parent))
    release(services, course)
    opened = config.course(course, services.parent)
    marks = {
        mark.student: (mark.score, mark.reason)
        for mark in run.autograde(opened, services.name, ("ana", "eva"), How(services.parent, desk=desk))
    }
    assert marks["ana"] == (0.0, "")
    assert marks["eva"] == (18.0, "")


@pytest.mark.slow
def test_what_acts_is_measured_in_a_copy_that_is_thrown_away(school: tuple[Client, Desk]) -> None:
    teacher, desk = school
    services = shelf.folder("11-services")
    teacher.within("clase-eva").delete("networkpolicies", "cerrado")
    lent = Lent(teacher.connection, "clase-eva")
    play.play_on(services, "alternative", lent, lent)
    with NamespaceStage(Submission(services.name, "eva", "lab", desk.folder), desk) as stage:
        results = [one for verdict in stage.replayed().verdicts.values() for one in verdict.results]
    measured = [one for one in results if one.possible]
    assert {one.id for one in results} - {one.id for one in measured} <= {"L11-2b"}
    assert all(one.earned == one.possible for one in measured), [one for one in measured if one.earned < one.possible]
    assert not [one for one in teacher.list("namespaces") if "copia" in one["metadata"]["name"]
                and "deletionTimestamp" not in one["metadata"]]  # fmt: skip
