"""La vida de un Pod no cambia sin que se note, y es la que se grabó en un Kubernetes de verdad."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import scenario
from tests.conformance.normal import Normal
from tests.embedded.kubelet.golden import story

SITUATIONS = story.every()
CURE = "si el cambio es querido: python -m tests.embedded.kubelet.golden"


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_a_life_goes_as_it_is_written(situation: story.Situation) -> None:
    assert story.write(situation) == situation.after.read_text(encoding="utf-8"), CURE


def test_every_life_that_is_written_has_a_beginning() -> None:
    assert {path.name for path in story.FOLDER.glob("*.after.yaml")} == {one.after.name for one in SITUATIONS}


@pytest.mark.parametrize("situation", [one for one in SITUATIONS if one.recorded], ids=lambda one: one.name)
def test_some_moment_is_the_one_a_real_cluster_showed(situation: story.Situation) -> None:
    name, _, step = situation.recorded.partition("/")
    recorded = scenario.load(scenario.FOLDER / f"{name}.yaml")
    body = next(record for record in recorded.expected if record["step"] == step)["dump"][0]["body"]
    fields = next(one for index, one in enumerate(recorded.steps) if one.get("as", f"{index:02d}") == step).get("only")
    lived = story.live(situation)
    normal = Normal(story.NAMESPACE, lived.nodes, recorded.text)
    moments = []
    for pod in lived.pods:
        normal.learn(pod)
        moments.append(normal.value(scenario.picked(pod, fields)))
    assert _of(body, situation.watch) in moments


def _of(body: dict[str, Any], pod: str) -> dict[str, Any]:
    """El Pod de la situación: el único, o el de su nombre en una lista."""
    if "items" not in body:
        return body
    found: dict[str, Any] = next(one for one in body["items"] if one["metadata"]["name"] == pod)
    return found
