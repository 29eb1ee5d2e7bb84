"""Lo que no es un cuaderno se dice en español y al recibirlo, no con una traza al corregir."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading import intake
from lab_tools.errors import GradingError
from tests.grading.conftest import Grade

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


@pytest.mark.parametrize("student", ["", "../ana", "a b", "*", "-x", "a" * 65])
def test_a_student_name_is_a_safe_folder_name(student: str) -> None:
    with pytest.raises(GradingError):
        intake.check_student(student)


def test_a_link_in_a_submission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "datos").symlink_to(tmp_path)
    with pytest.raises(GradingError, match="enlace"):
        intake.files(tmp_path)


def test_a_submission_that_weighs_too_much_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(intake, "HEAVIEST", 10)
    (tmp_path / "datos").write_bytes(b"x" * 11)
    with pytest.raises(GradingError, match="ocupa"):
        intake.files(tmp_path)
