"""Ningún ataque gana un punto, lee un secreto, cambia un archivo, habla con fuera ni se queda."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.sandbox import bubblewrap, docker
from tests.grading.attacks import CATALOGUE
from tests.grading.attacks.arena import Arena
from tests.grading.attacks.attack import Attack
from tests.grading.attacks.stock import Stock

pytestmark = pytest.mark.slow
WALLS = [
    pytest.param(
        False,
        id="bubblewrap",
        marks=pytest.mark.skipif(bool(bubblewrap.lacking()), reason=f"sin muros: {bubblewrap.lacking()}"),
    ),
    pytest.param(
        True,
        id="docker",
        marks=pytest.mark.skipif(bool(docker.lacking()), reason=f"sin Docker: {docker.lacking()}"),
    ),
]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Arena:
    return Arena(tmp_path_factory.mktemp("arena"))


@pytest.mark.parametrize("in_docker", WALLS)
@pytest.mark.parametrize("attack", CATALOGUE, ids=lambda attack: attack.name.replace(" ", "-"))
def test_it_gains_nothing(arena: Arena, attack: Attack, in_docker: bool) -> None:
    assert arena.try_(attack, docker=in_docker).told == []


def test_the_arena_would_notice(arena: Arena, tmp_path: Path) -> None:
    """Sin muros, los mismos ataques sí leen, hablan y escriben: la prueba de que se mira donde hay que mirar."""
    by_name = {attack.name: attack for attack in CATALOGUE}
    assert arena.try_(by_name["lee el secreto del profesor y lo imprime"], walled=False).leaked
    assert b"dentro" in arena.try_(by_name["llama a casa"], walled=False).heard


@pytest.mark.skipif(bool(bubblewrap.lacking()), reason=f"sin muros: {bubblewrap.lacking()}")
def test_the_other_side_runs_in_its_jail_and_is_fooled(tmp_path: Path) -> None:
    """La jaula en que se prueba `nbgrader autograde` se levanta, corrige, y el primer ataque gana puntos en ella."""
    forged = next(attack for attack in CATALOGUE if attack.name == "cambia el método que comprueba")
    assert Stock(tmp_path).try_(forged).points > 0


def test_there_are_enough() -> None:
    assert len(CATALOGUE) >= 40
