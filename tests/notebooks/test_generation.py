"""Los cuadernos del repositorio son los que salen de sus fuentes, siempre con los mismos bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "command", [["course.build"], ["lab_tools.labs.build", "--all"]], ids=["curso", "laboratorios"]
)
def test_committed_notebooks_are_in_step_with_their_sources(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command, "--check"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nGenéralos con: make notebooks"


@pytest.mark.parametrize("path", sorted(ROOT.glob("course/*/leccion.ipynb")), ids=lambda path: path.parent.name)
def test_notebook_has_no_outputs_and_unique_ids(path: Path) -> None:
    book = json.loads(path.read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in book["cells"]]
    assert len(ids) == len(set(ids))
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in book["cells"] if "outputs" in cell)


def test_asking_for_a_chapter_that_does_not_exist_says_which_exist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "course.build", "99-nada"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "99-nada" in done.stderr
    assert "06-deployments" in done.stderr
