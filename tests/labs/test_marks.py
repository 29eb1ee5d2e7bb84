"""Las comprobaciones, comprobadas: lo intacto vale 0, lo bien hecho todo, y cada error su nota.

Todo ocurre dentro del proceso y en tiempo virtual. Las soluciones con kubectl se juegan por TLS en
`test_served.py`.
"""

from __future__ import annotations

import pytest

from lab_tools import labs
from lab_tools.labs import shelf
from lab_tools.labs.definition import Solution
from lab_tools.labs.play import play

SEEDS = (0, 1, 2, 3, 4)
SLUGS = [info.slug for info in labs.catalogue()]
PLAYABLE = [
    pytest.param(slug, solution, id=f"{slug}-{solution.name}")
    for slug in SLUGS
    for solution in labs.load(shelf.folder(slug)).solutions
    if solution.driver == "python"
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slug", SLUGS)
def test_doing_nothing_is_worth_nothing(slug: str, seed: int) -> None:
    game = play(shelf.folder(slug), "", seed)
    assert game.mark == 0
    assert all(result.found and result.expected for results in game.results.values() for result in results)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slug", SLUGS)
def test_doing_it_well_is_worth_everything_in_every_variant(slug: str, seed: int) -> None:
    game = play(shelf.folder(slug), "alternative", seed)
    assert game.missing() == []
    assert game.mark == labs.load(shelf.folder(slug)).max_points


@pytest.mark.parametrize(("slug", "solution"), PLAYABLE)
def test_each_solution_earns_the_mark_it_states(slug: str, solution: Solution) -> None:
    game = play(shelf.folder(slug), solution.name)
    assert game.mark == solution.mark, "\n".join(game.missing())


@pytest.mark.parametrize("slug", SLUGS)
def test_the_same_steps_earn_the_same_words(slug: str) -> None:
    folder = shelf.folder(slug)
    mistaken = next(one for one in labs.load(folder).solutions if one.mark < labs.load(folder).max_points)
    first, second = (play(folder, mistaken.name) for _ in range(2))
    assert first.results == second.results


@pytest.mark.parametrize("slug", SLUGS)
def test_at_the_end_what_was_done_well_still_shows(slug: str) -> None:
    """Los hechos se prueban con lo que el clúster recuerda: `lab.check()` al final lo da todo por bueno."""
    game = play(shelf.folder(slug), "alternative")
    report = game.lab.check()
    assert report.complete, str(report)
