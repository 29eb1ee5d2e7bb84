"""Unas pocas vidas cortas, siempre las mismas; las largas las vive `make fuzz`."""

from __future__ import annotations

import pytest

from tests.fuzz.life import Life
from tests.fuzz.moves import examples


@pytest.mark.parametrize("seed", range(6))
def test_no_request_brings_the_cluster_down_nor_breaks_its_promises(seed: int) -> None:
    life = Life(seed, steps=100)
    faults = life.run()
    assert not faults, f"{len(faults)}: {faults[0].doing}\n{faults[0].what}"
    assert {200, 201, 400, 404, 422} <= set(life.codes)


def test_the_same_seed_lives_the_same_life() -> None:
    lives = [Life(7, steps=60) for _ in range(2)]
    for life in lives:
        life.run()
    assert lives[0].story == lives[1].story
    assert len(lives[0].story) > 60


def test_there_is_an_example_of_every_kind_that_can_be_made() -> None:
    from lab_tools.objects import kinds

    known = {kinds.find(one["apiVersion"], one["kind"]) for one in examples()}
    assert {kind for kind in kinds.ALL if "create" in kind.verbs} <= known
