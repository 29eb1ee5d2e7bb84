"""Lo que un Pod pide: por sus contenedores o, si lo dice él, por sí mismo."""

from __future__ import annotations

import pytest

from lab_tools.objects import default_rules
from lab_tools.objects.pod_resources import total
from lab_tools.objects.qos import qos_class


def pod(own=None, **container):
    spec = {"containers": [{"name": "c", "resources": container}]}
    return {"spec": {**spec, "resources": own} if own else spec}


def test_what_the_pod_says_of_itself_wins_over_the_sum_of_its_containers():
    said = pod({"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}, requests={"cpu": "100m", "memory": "64Mi"})
    assert total(said, "requests") == {"cpu": "1", "memory": "64Mi"}
    assert total(said, "limits") == {"memory": "1Gi"}


def test_only_what_a_pod_may_say_of_itself_counts():
    said = pod({"requests": {"cpu": "1", "example.com/gpu": "1"}})
    assert total(said, "requests") == {"cpu": "1"}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (None, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}}, "Burstable"),
    ],
)
def test_the_class_of_a_pod_comes_from_what_it_says_of_itself(own, expected):
    assert qos_class(pod(own)) == expected


@pytest.mark.parametrize(
    ("asked", "expected"), [({}, {"cpu": "2"}), ({"cpu": "100m", "memory": "64Mi"}, {"cpu": "100m", "memory": "64Mi"})]
)
def test_what_a_pod_limits_itself_to_it_asks_for_unless_its_containers_ask(asked, expected):
    said = pod({"limits": {"cpu": "2"}}, **({"requests": asked} if asked else {}))
    default_rules.pod(said)
    assert said["spec"]["resources"]["requests"] == expected
