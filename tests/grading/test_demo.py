"""La vuelta entera con el laboratorio de verdad: publicar, corregir tres entregas y contarlo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading import intake
from grading.demo import cast, tour
from grading.release import release
from grading.sandbox import docker
from lab_tools import labs
from lab_tools.cli.root import run as orquesta

ROOT = tour.ROOT
UNTOUCHED = cast.STUDENTS[2]


@pytest.mark.parametrize("student", cast.STUDENTS, ids=lambda student: student.name)
def test_the_submissions_in_the_repository_are_the_labs_solutions(student: cast.Student) -> None:
    """Si falla: `python -m grading.demo.cast`."""
    assert student.notebook.read_text(encoding="utf-8") == cast.text(student, tour.LAB)


def test_the_three_of_them_deserve_everything_something_and_nothing() -> None:
    lab = labs.load(tour.LAB)
    reference, partial, untouched = (student.deserves(lab) for student in cast.STUDENTS)
    assert reference == lab.max_points and 0 < partial < reference and untouched == 0


@pytest.mark.slow
def test_the_demo_gives_the_expected_marks_and_leaves_what_it_says(monkeypatch, tmp_path: Path, capsys) -> None:
    for name, path in (("OUTPUT", "demo"), ("COURSE", "demo/curso"), ("LOG", "demo/demo.log")):
        monkeypatch.setattr(tour, name, tmp_path / path)
    monkeypatch.chdir(tmp_path)
    assert tour.main() == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert [word for word in ("100 %", "50 %", "0 %") if word in told.out] == ["100 %", "50 %", "0 %"]
    made = re.findall(r": (demo/\S+)$", told.out, re.MULTILINE)
    assert len(made) >= 5 and all((tmp_path / path).exists() for path in made)


@pytest.mark.slow
@pytest.mark.skipif(bool(docker.lacking()), reason=f"sin Docker: {docker.lacking()}")
def test_the_same_marks_come_out_of_containers(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("ORQUESTA_LABS", str(tour.LAB.parent))
    release(tour.LAB, tmp_path)
    for student in cast.STUDENTS:
        intake.collect(student.notebook, tmp_path, cast.ASSIGNMENT, student.name)
    assert orquesta(["grade", "autograde", "6", "--docker", "--jobs", "2", "--course", str(tmp_path)]) == 0
    assert set(capsys.readouterr().out.splitlines()) == {
        "ana: 30 de 30 (100 %)", "bruno: 15 de 30 (50 %)", "carla: 0 de 30 (0 %)",
    }  # fmt: skip


@pytest.mark.slow
def test_nbgraders_own_command_gives_the_same_mark(tmp_path: Path) -> None:
    release(tour.LAB, tmp_path)
    intake.collect(UNTOUCHED.notebook, tmp_path, cast.ASSIGNMENT, UNTOUCHED.name)
    command = [sys.executable, "-m", "nbgrader", "autograde", cast.ASSIGNMENT, "--force"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        found = gradebook.find_submission(cast.ASSIGNMENT, UNTOUCHED.name)
        assert (float(found.score), float(found.max_score)) == (0.0, 30.0)
    evidence = tmp_path / "autograded" / UNTOUCHED.name / cast.ASSIGNMENT / "evidencia.json"
    assert "Esperaba" in evidence.read_text(encoding="utf-8")


def test_a_place_where_nothing_can_be_written_is_told_in_spanish(monkeypatch, tmp_path: Path, capsys) -> None:
    occupied = tmp_path / "archivo"
    occupied.write_text("x")
    monkeypatch.setattr(tour, "OUTPUT", occupied / "demo")
    monkeypatch.setattr(tour, "COURSE", occupied / "demo" / "curso")
    assert tour.main() == 1
    assert "No se puede escribir" in capsys.readouterr().err


def test_a_second_demo_waits_for_the_first(monkeypatch, tmp_path: Path, capsys) -> None:
    monkeypatch.setattr(tour, "OUTPUT", tmp_path / "demo")
    with tour._alone():
        assert tour.main() == 1
    assert "Otra demostración está en marcha" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
