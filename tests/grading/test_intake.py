"""Lo que no es un cuaderno se dice en español y al recibirlo, no con una traza al corregir."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from grading import autograde, intake
from lab_tools.errors import GradingError
from tests.grading import fake
from tests.grading.conftest import ASSIGNMENT, Grade

BAD = {
    "no es JSON (línea 1, columna 1)": "esto no es un cuaderno",
    "no es JSON (línea 2, columna 1)": '{"cells": [\n',
    "pero no un cuaderno": '{"nombre": "ana"}',
    "pero no un cuaderno de Jupyter": "[1, 2, 3]",
    "ninguna celda de código": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "anidado sin fin": "[" * 100_000,
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_not_a_notebook_gets_a_clear_message(message: str, grade: Grade) -> None:
    with pytest.raises(GradingError) as told:
        grade(BAD[message])
    assert message in str(told.value) and "Traceback" not in str(told.value)


def test_bytes_that_are_not_text_get_a_clear_message(tmp_path: Path) -> None:
    path = tmp_path / "lab.ipynb"
    path.write_bytes(b"\xff\xfe\x00PK")
    with pytest.raises(GradingError, match="UTF-8"):
        intake.check(path)


def test_a_damaged_file_already_submitted_does_not_stop_the_others(course) -> None:
    root = Path(course.root)
    for student, text in (("ana", "roto"), ("luis", nbformat.writes(fake.notebook(fake.SOLVED)))):
        folder = root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / "lab.ipynb").write_text(text, encoding="utf-8")
    marks = list(autograde.autograde_all(course, ASSIGNMENT, autograde.submitted(course, ASSIGNMENT)))
    assert [(mark.student, mark.score) for mark in marks] == [("ana", None), ("luis", 2.5)]
    assert "no es JSON" in marks[0].reason


@pytest.mark.parametrize("student", ["", "../ana", "a b", "*", "-x", "a" * 65])
def test_a_student_name_is_a_safe_folder_name(student: str) -> None:
    with pytest.raises(GradingError):
        intake.check_student(student)


def test_a_link_in_a_submission_is_refused(course, tmp_path: Path) -> None:
    folder = tmp_path / "curso" / "submitted" / "ana" / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(fake.notebook(), folder / "lab.ipynb")
    (folder / "datos").symlink_to(tmp_path)
    with pytest.raises(GradingError, match="enlace"):
        autograde.autograde(course, ASSIGNMENT, "ana")


def test_a_notebook_with_another_name_is_told_by_the_name_it_should_have(course) -> None:
    folder = Path(course.root) / "submitted" / "ana" / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(fake.notebook(), folder / "lab (1).ipynb")
    with pytest.raises(GradingError, match=r"«lab\.ipynb»"):
        autograde.autograde(course, ASSIGNMENT, "ana")


def test_the_command_says_what_is_wrong_and_ends_with_1(tmp_path: Path, capsys) -> None:
    assert autograde.main([str(tmp_path / "nada"), ASSIGNMENT]) == 1
    assert "No hay ningún curso" in capsys.readouterr().err


def test_the_command_says_when_nobody_has_handed_in(course, capsys) -> None:
    assert autograde.main([str(course.root), "99-nada"]) == 1
    assert "No hay ninguna entrega de «99-nada»" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--nada"], ["curso"]], ids=["vacía", "opción", "incompleta"])
def test_the_command_badly_written_is_told_in_spanish(arguments: list[str], capsys) -> None:
    assert autograde.main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("Uso: python -m grading.autograde")
    assert "usage" not in told and "required" not in told


def test_the_help_of_the_command_is_in_spanish(capsys) -> None:
    assert autograde.main(["--help"]) == 0
    assert "Corrige LABORATORIO" in capsys.readouterr().out
