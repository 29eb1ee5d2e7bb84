"""Lo que el repetidor quita antes de comparar, y lo que no; y cuándo corre el reloj."""

from __future__ import annotations

import pytest

from tests.conformance import pace
from tests.conformance.normal import Normal

SHORT = (
    'I1122 08:00:00.0 1 reflector.go:664] "Warning: watch ended with error" err="very short watch: Unexpected close"'
)


@pytest.fixture
def normal() -> Normal:
    return Normal("conf-x-1", ["node-1"], "el guion nombra 10.0.0.7")


def test_what_kubectl_says_of_itself_is_not_an_answer(normal: Normal) -> None:
    assert normal.table(f"{SHORT}\nerror: timed out") == "error: timed out"
    assert normal.table("Warning: resource is missing") == "Warning: resource is missing"


def test_a_pod_that_is_gone_is_known_by_its_event(normal: Normal) -> None:
    told = "Normal SuccessfulCreate Created pod: long-hjlwj\nNormal Otro Waiting for pod: long-hjlwj"
    assert normal.table(told).splitlines()[0] == "Normal SuccessfulCreate Created pod: long-<rand>"
    assert normal.table(told).splitlines()[1].endswith("long-hjlwj")


def test_what_the_scenario_names_stays(normal: Normal) -> None:
    assert normal.text("10.0.0.7 10.0.0.8 en conf-x-1, en node-1") == "10.0.0.7 <ip> en <ns>, en <node>"


def test_one_mark_means_one_thing(normal: Normal) -> None:
    for name in ("web-6d4cf56db6", "web-7c5ddbdf54"):
        normal.learn({"metadata": {"name": name, "labels": {"pod-template-hash": name.partition("-")[2]}}})
    assert normal.text("web-6d4cf56db6 web-7c5ddbdf54 web-6d4cf56db6") == "web-<hash1> web-<hash2> web-<hash1>"


@pytest.mark.parametrize(("line", "speed"), [
    ("get pods", pace.OWN),
    ("wait --for=condition=Ready pod/p --timeout=60s", pace.FAST),
    ("wait --for=condition=Ready pod/p --timeout=1s", pace.OWN),
    ("rollout status deploy/web", pace.FAST),
    ("rollout history deploy/web", pace.OWN),
    ("delete pod p", pace.FAST),
    ("logs -l a=b", pace.OWN),
])  # fmt: skip
def test_the_clock_runs_only_while_kubectl_waits(line: str, speed: float) -> None:
    assert pace.while_running(line, "uno-cualquiera") == speed


def test_who_must_be_seen_alive_is_not_hurried() -> None:
    assert pace.while_running("wait --for=delete pod/p --timeout=30s", "pod-lifecycle") < 1


def test_a_rollout_is_looked_at_once_its_controller_has_seen_it() -> None:
    assert pace.before("rollout status deploy/web") > 0
    assert pace.before("rollout history deploy/web") == pace.before("get pods") == 0
