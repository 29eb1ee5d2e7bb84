"""Cada fallo conocido de kind se reconoce en lo que kind escribe, y se cuenta en español con su cura."""

from __future__ import annotations

import re

import pytest

from lab_tools.drivers.base import Request
from lab_tools.drivers.kind import KindDriver, failures
from lab_tools.drivers.kind.steps import Step, parse
from lab_tools.errors import ClusterError

from .conftest import RECORDINGS, Machine

FAILED = {name: found for name, found in RECORDINGS.items() if "fallo" in found}
# Lo que sale cuando quien falla no es `kind create`, sino otra orden o el propio nombre.
ELSEWHERE = {"nombre en uso"}


@pytest.mark.parametrize("name", FAILED)
def test_a_recording_is_explained_by_its_row_and_by_no_earlier_one(name: str) -> None:
    found = failures.recognise(FAILED[name]["said"])
    assert found is not None
    assert found.name == FAILED[name]["fallo"]


def test_every_row_of_the_table_has_a_recording() -> None:
    assert {row.name for row in failures.FAILURES} - {found["fallo"] for found in FAILED.values()} == ELSEWHERE
    assert len(failures.FAILURES) >= 15


@pytest.mark.parametrize("row", failures.FAILURES, ids=lambda row: row.name)
def test_a_row_says_what_happened_and_the_cure_with_every_hole_filled(row: failures.Failure) -> None:
    said = next((found["said"] for found in FAILED.values() if found["fallo"] == row.name), "")
    told = failures.explain(said, "aula") if said else failures.named(row.name, "aula")
    assert told.message.endswith(".")
    assert told.cure
    assert "{" not in told.message + told.cure.partition("kind dice")[0]


def test_the_port_that_is_taken_is_named() -> None:
    assert "El puerto 80 " in failures.explain(RECORDINGS["puerto ocupado"]["said"], "aula").message
    assert "El puerto 8080 " in failures.explain(RECORDINGS["puerto ocupado por un programa"]["said"], "aula").message


def test_the_line_of_kind_is_quoted_so_that_it_can_be_searched() -> None:
    assert "kind dice: ERROR: failed to create cluster" in failures.explain(RECORDINGS["WSL2"]["said"], "aula").cure


def test_what_nobody_knows_is_told_as_kind_told_it() -> None:
    told = failures.explain(RECORDINGS["desconocido"]["said"], "aula", "kind create cluster")
    assert "algo que nadie ha visto nunca" in told.message
    assert "kind create cluster" in told.cure


def test_success_is_no_failure() -> None:
    assert failures.recognise(RECORDINGS["éxito"]["said"]) is None


@pytest.mark.parametrize("name", ["puerto ocupado", "sin red", "un nodo no se une", "desconocido"])
def test_the_driver_tells_each_failure_and_cleans_up(name: str, machine: Machine) -> None:
    machine.scenario(name)
    with pytest.raises(ClusterError, match=re.escape(_told(name))):
        KindDriver().create(Request("aula"))
    assert machine.containers("aula") == []
    assert KindDriver().list() == []


def _told(name: str) -> str:
    return failures.explain(RECORDINGS[name]["said"].replace("NOMBRE", "aula"), "aula").message


@pytest.mark.parametrize(
    ("line", "step"),
    [
        (" • Preparing nodes 📦  ...", Step("empieza", "Crear los contenedores de los nodos", "Preparing nodes 📦")),
        (" ✓ Installing CNI 🔌", Step("bien", "Poner la red de los Pods (CNI)", "Installing CNI 🔌")),
        (" \x1b[31m✗\x1b[0m Starting control-plane 🕹️", Step("mal", "Arrancar el plano de control",
                                                            "Starting control-plane 🕹️")),
        (" • Un paso nuevo  ...", Step("empieza", "Un paso nuevo", "Un paso nuevo")),
        (" • Ready after 12s 💚", None), ('Creating cluster "aula" ...', None), ("", None),
    ],
)  # fmt: skip
def test_a_line_of_kind_is_a_step_or_nothing(line: str, step: Step | None) -> None:
    assert parse(line) == step
