"""La orden crea, mira y borra clústeres de kind como los demás, y con Ctrl-C no deja nada."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from lab_tools.cli import root
from lab_tools.drivers import kubeconfig_file

from .conftest import Machine


def test_a_life_from_the_terminal(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.nodes(True, True)
    order = ["cluster", "create", "aula", "--driver", "kind", "--workers", "1", "--kubernetes-version", "1.36"]
    assert root.run(order) == 0
    out, err = capsys.readouterr()
    assert "Arrancar el plano de control…" in err
    assert "kind-aula" in out
    assert "velocidad" not in out
    for order, said in (
        (["cluster", "list"], "aula"), (["cluster", "status", "aula"], "en marcha"),
        (["cluster", "logs", "aula", "--to", str(machine.path / "registros")], "Registros de «aula»"),
        (["cluster", "load", "tienda:1", "--cluster", "aula"], "tienda:1"),
        (["cluster", "kubeconfig", "aula"], "kind-aula"), (["cluster", "stop", "aula"], "parado"),
        (["cluster", "start", "aula"], "en marcha"), (["cluster", "delete", "aula"], "borrado"),
    ):  # fmt: skip
        assert root.run(order) == 0, capsys.readouterr().err
        assert said in capsys.readouterr().out
    assert not kubeconfig_file.has_context("kind-aula")


def test_nodes_are_one_of_control_and_the_rest_of_work(machine: Machine) -> None:
    machine.nodes(True, True, True)
    assert root.run(["cluster", "create", "aula", "--driver", "kind", "--nodes", "3"]) == 0
    assert [node["role"] for node in machine.containers("aula")] == ["control-plane", "worker", "worker"]


@pytest.mark.parametrize(
    "order",
    [
        ["--workers", "2"], ["--http-port", "8080"], ["--without-cni"], ["--driver", "kind", "--speed", "10"],
        ["--driver", "kind", "--seed", "1"], ["--driver", "kind", "--mirror", "docker.io"],
        ["--driver", "kind", "--mount", "datos"], ["--driver", "kind", "--kubernetes-version", "la última"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_a_driver_does_not_understand_is_refused_before_anything(
    order: list[str], machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.run(["cluster", "create", "aula", *order]) == 2
    assert capsys.readouterr().err
    assert machine.containers("aula") == []


def test_a_failure_is_told_with_its_cure_and_code_1(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.scenario("límites de inotify")
    assert root.run(["cluster", "create", "aula", "--driver", "kind", "--json"]) == 1
    out, err = capsys.readouterr()
    told = json.loads(err.splitlines()[-1])
    assert (out, "max_user_instances" in told["cure"]) == ("", True)


def test_ctrl_c_from_the_terminal_leaves_nothing(machine: Machine) -> None:
    machine.scenario("interrumpido")
    command = [sys.executable, "-m", "lab_tools", "cluster", "create", "aula", "--driver", "kind"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as order:
        assert order.stderr is not None
        assert any("plano de control" in line for line in order.stderr)
        assert machine.containers("aula")
        order.send_signal(signal.SIGINT)
        rest = order.stderr.read()
        assert order.wait(20) == 130
    assert "no ha quedado nada a medias" in rest
    assert machine.containers("aula") == []
    assert not (machine.path / "orquesta" / "kind" / "aula").exists()
