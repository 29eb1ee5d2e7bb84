"""LimitRange: quien no dice cuánto recibe lo de su Namespace, y quien se pasa no entra."""

from __future__ import annotations

import pytest

from lab_tools.errors import StatusError
from lab_tools.objects import kinds


def limit(world, **limits):
    world.api.create(kinds.LIMITRANGE, {"metadata": {"name": "l"}, "spec": {"limits": [limits]}}, "default")


def container(name="c", **resources):
    return {"name": name, "image": "nginx:1.27", "resources": resources}


def refused(world, *containers):
    with pytest.raises(StatusError) as caught:
        world.pod("p", containers=list(containers))
    assert caught.value.code == 403
    return caught.value.message


def test_a_silent_container_gets_the_default_and_a_note_says_so(world):
    limit(world, type="Container", default={"cpu": "200m"}, defaultRequest={"cpu": "100m"})
    pod = world.pod("p", initContainers=[container("i")], containers=[container("c")])
    assert pod["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "100m"}, "limits": {"cpu": "200m"}}
    assert pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu request for container c; cpu limit for container c; "
        "cpu request for init container i; cpu limit for init container i"
    )


def test_what_a_container_says_stays(world):
    limit(world, type="Container", default={"cpu": "200m"}, defaultRequest={"cpu": "100m"})
    told = {"requests": {"cpu": "150m"}, "limits": {"cpu": "300m"}}
    pod = world.pod("p", containers=[container(**told)])
    assert pod["spec"]["containers"][0]["resources"] == told
    assert "annotations" not in pod["metadata"]


def test_the_quality_of_service_counts_what_was_filled_in(world):
    limit(world, type="Container", default={"cpu": "1", "memory": "1Gi"})
    assert world.pod("p")["status"]["qosClass"] == "Guaranteed"


def test_every_broken_bound_is_told_at_once(world):
    limit(world, type="Container", min={"memory": "16Mi"}, maxLimitRequestRatio={"cpu": "4"})
    message = refused(world, container(requests={"cpu": "100m", "memory": "1Mi"}, limits={"cpu": "500m"}))
    assert message == (
        'pods "p" is forbidden: [minimum memory usage per Container is 16Mi, but request is 1Mi, '
        "cpu max limit to request ratio per Container is 4, but provided ratio is 5.000000]"
    )


def test_a_bound_needs_something_to_compare(world):
    world.api.create(kinds.LIMITRANGE, {"metadata": {"name": "l"}, "spec": {"limits": [
        {"type": "Pod", "max": {"memory": "1Gi"}}]}}, "default")  # fmt: skip
    assert "maximum memory usage per Pod is 1Gi.  No limit is specified" in refused(world, container())


def test_a_pod_is_the_sum_of_its_containers(world):
    limit(world, type="Pod", max={"memory": "1Gi"})
    half = {"limits": {"memory": "600Mi"}}
    assert "maximum memory usage per Pod is 1Gi, but limit is 1200Mi" in refused(
        world, container("a", **half), container("b", **half)
    )


def test_a_claim_stays_between_its_bounds(world):
    limit(world, type="PersistentVolumeClaim", min={"storage": "1Gi"}, max={"storage": "5Gi"})
    claim = {"metadata": {"name": "c"},
             "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "512Mi"}}}}  # fmt: skip
    with pytest.raises(StatusError) as caught:
        world.api.create(kinds.PERSISTENTVOLUMECLAIM, claim, "default")
    assert caught.value.message == (
        'persistentvolumeclaims "c" is forbidden: '
        "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 512Mi"
    )


def test_another_namespace_does_not_notice(world):
    limit(world, type="Container", default={"cpu": "200m"})
    assert "limits" not in world.pod("p", namespace="kube-public")["spec"]["containers"][0].get("resources", {})
