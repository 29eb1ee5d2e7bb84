"""El autocompletado: un guion por terminal, y los nombres de lo que hay."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lab_tools.cli import root
from tests.cli.conftest import House


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "complete -o nosort"), ("zsh", "#compdef"), ("fish", "complete ")]
)
def test_each_shell_has_its_script(shell: str, sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert sign in out
    assert "_ORQUESTA_COMPLETE" in out


@pytest.mark.skipif(not shutil.which("bash"), reason="no hay bash")
def test_bash_accepts_its_script(house: House) -> None:
    script = house.run("completion", "bash").stdout
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def complete(house: House, words: str, count: int) -> list[str]:
    house.env |= {"_ORQUESTA_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    return [line.partition(",")[2] for line in house.run().stdout.split()]


def test_orders_are_completed(house: House) -> None:
    assert complete(house, "orquesta cluster st", 2) == ["status", "start", "stop", "step"]


def test_cluster_names_are_completed_without_waking_any(house: House) -> None:
    for name in ("curso", "cursillo", "otro"):
        house.state(name).mkdir(parents=True)
    assert complete(house, "orquesta cluster delete cur", 3) == ["cursillo", "curso"]
    assert complete(house, "orquesta lab check --cluster o", 4) == ["otro"]


def test_lab_names_are_completed(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "labs" / "06-deployments"
    folder.mkdir(parents=True)
    (folder / "lab.yaml").write_text(
        "{id: L06, slug: 06-deployments, title: Deployments, minutes: 30, drivers: [embedded], tasks: []}"
    )
    house.env["ORQUESTA_LABS"] = str(tmp_path / "labs")
    assert "06-deployments" in complete(house, "orquesta lab start 06", 3)
