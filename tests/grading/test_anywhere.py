"""Lo hecho en cualquier sitio cuenta: en la terminal, con un programa, y aunque el clúster se pare a medias."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grading.lab_stage import LabStage
from grading.replay import Replay, read
from grading.stage import Submission
from grading.workbench import Workbench
from lab_tools import labs
from lab_tools.client import Client
from lab_tools.drivers.http import from_kubeconfig
from lab_tools.labs.student import Lab
from tests.cli.conftest import House, house  # noqa: F401  (la casa es una fixture)

pytestmark = pytest.mark.slow
SLUG = "06-deployments"
SHELF = Path(__file__).resolve().parents[2] / "labs"
KUBECTL = Path(sys.executable).with_name("kubectl")


def _kubectl(house: House, *args: str, stdin: str = "") -> None:  # noqa: F811
    done = subprocess.run(
        [KUBECTL, *args], input=stdin, env=house.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def _manifest(lab: Lab) -> str:
    found: list[str] = []
    source = (SHELF / SLUG / "solutions" / "reference" / "desplegar.py").read_text(encoding="utf-8")

    class Listening:
        variant = lab.variant

        def kubectl(self, *args: str, stdin: str = "") -> None:
            found.append(stdin)

    exec(source, {"lab": Listening()})
    return found[0]


def test_kubectl_python_and_a_restart_are_one_work(house: House, tmp_path: Path) -> None:  # noqa: F811
    assert house.run("lab", "start", SLUG).returncode == 0
    client = Client(from_kubeconfig(str(house.kubeconfig)))
    lab = Lab(SLUG, client=client)
    _kubectl(house, "-n", lab.namespace, "apply", "-f", "-", stdin=_manifest(lab))
    _kubectl(house, "-n", lab.namespace, "rollout", "status", "deployment/frontend", "--timeout=60s")
    _kubectl(house, "-n", lab.namespace, "exec", "deployment/frontend", "--", "sh", "-c", "echo hola > /tmp/x")
    os.kill(house.pid("curso"), signal.SIGKILL)
    assert house.run("lab", "check", SLUG, "--task", "desplegar").returncode in (0, 1)
    mine = Client(from_kubeconfig(str(house.kubeconfig)), lab.namespace)
    mine.patch("deployments", "frontend", {"metadata": {"annotations": {"mio": "sí"}}})
    pod = next(one["metadata"]["name"] for one in mine.list("pods", labels="app=frontend"))
    mine.delete("pods", pod)
    done = house.run("lab", "submit", SLUG, "--to", str(tmp_path))
    assert done.returncode == 0 and "registro.json" in done.stdout, done.stderr

    bench = Workbench(SHELF, walled=False)
    with LabStage(Submission(SLUG, "ana", "lab", tmp_path), bench) as stage:
        found = stage.replayed()
    assert found is not None and found.faithful, found and found.different
    task = labs.load(SHELF / SLUG).task("desplegar")
    assert found.verdicts[task.cell_id].score(1.0) == 1.0


def test_the_record_is_read_back_as_it_was_written(house: House, tmp_path: Path) -> None:  # noqa: F811
    assert house.run("lab", "start", SLUG).returncode == 0
    assert house.run("lab", "submit", SLUG, "--to", str(tmp_path)).returncode == 0
    work = read(tmp_path, SLUG)
    assert work is not None and [entry.get("mark") for entry in work.entries] == [{"ready": SLUG}]
    repeated = Replay(work, Workbench(SHELF, walled=False).prepared(SLUG, "ana"))
    assert list(repeated.cells()) == [] and repeated.requests == 0
