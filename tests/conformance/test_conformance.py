"""Cada guion grabado contra un Kubernetes 1.36 responde aquí lo mismo, paso a paso."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance import compare, exclusions, pace, run, scenario, servers

SCENARIOS = scenario.every()
EXCLUDED = exclusions.every()


@pytest.fixture(scope="module")
def server() -> Iterator[servers.Served]:
    """Un clúster de un nodo servido por TLS."""
    with servers.served(speed=pace.OWN) as found:
        yield found


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.name)
def test_a_served_cluster_answers_as_recorded(one: scenario.Scenario, server: servers.Served) -> None:
    assert _differences(one, server) == []


@pytest.mark.parametrize("one", [one for one in SCENARIOS if one.only_requests], ids=lambda one: one.name)
def test_a_cluster_in_process_answers_as_recorded(one: scenario.Scenario) -> None:
    assert _differences(one, servers.InProcess()) == []


def _differences(one: scenario.Scenario, server: servers.Server) -> list[str]:
    found = compare.steps(one.expected, run.run(one, server), exclusions.of(one.name, EXCLUDED))
    return [str(difference) for _, wrong in found for difference in wrong]
