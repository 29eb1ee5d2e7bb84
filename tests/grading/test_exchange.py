"""El intercambio de nbgrader, con sus propias órdenes: publicar, bajar, entregar, recoger y corregir lo recogido."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.utils import get_username

from grading import collect, config
from grading.batch import run
from grading.batch.marking import How
from grading.demo import tour
from grading.release import release
from lab_tools.labs import submission

SLUG = tour.ASSIGNMENT
STUDENT = get_username()  # para nbgrader, quien entrega es quien abrió la sesión en la máquina


@pytest.mark.slow
def test_a_lab_goes_to_the_class_and_comes_back_through_the_exchange(tmp_path: Path, record: bytes) -> None:
    exchange, course, home = tmp_path / "intercambio", tmp_path / "curso", tmp_path / "casa"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    home.mkdir()
    release(tour.LAB, course)
    path = course / config.CONFIG_FILE
    path.write_text(f"{path.read_text(encoding='utf-8')}c.Exchange.root = {str(exchange)!r}\n", encoding="utf-8")
    student = ["--course=orquesta", f"--Exchange.root={exchange}"]

    _nbgrader(course, "release_assignment", SLUG)
    _nbgrader(home, "fetch_assignment", SLUG, *student)
    fetched = {str(one.relative_to(home / SLUG)) for one in (home / SLUG).rglob("*") if one.is_file()}
    assert fetched == {"lab.ipynb", *(f"manifests/{one.name}" for one in (tour.LAB / "manifests").glob("*"))}
    work = json.dumps(submission.assemble(tour.LAB, "alternative"))
    (home / SLUG / "lab.ipynb").write_text(work, encoding="utf-8")
    (home / SLUG / "registro.json").write_bytes(record)
    _nbgrader(home, "submit", SLUG, *student)

    opened = config.course(course, tour.LAB.parent, walled=False)
    assert collect.exchanged(opened, SLUG).students == [STUDENT]
    handed = course / "submitted" / STUDENT / SLUG
    assert (handed / "registro.json").read_bytes() == record and (handed / collect.TIMESTAMP).is_file()
    (mark,) = run.autograde(opened, SLUG, [STUDENT], How(tour.LAB.parent, walled=False))
    assert (mark.score, mark.max_score) == (30.0, 30.0)


def _nbgrader(folder: Path, *words: str) -> None:
    """Una orden de nbgrader, dada dentro de `folder`."""
    private = {"JUPYTER_DATA_DIR": str(folder.parent / "datos"), "JUPYTER_CONFIG_DIR": str(folder.parent / "ajustes")}
    environment = {**os.environ, **private, "PYTHONPATH": str(tour.ROOT)}
    done = subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=folder, env=environment, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
