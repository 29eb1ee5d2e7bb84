"""Un ReplicationController hace lo que un ReplicaSet, con el selector de antes."""

from __future__ import annotations

from lab_tools.objects import kinds


def test_it_makes_adopts_counts_and_shrinks(world):
    world.pod("solo", labels={"app": "r"})
    world.until_ready("solo")
    container = {"name": "c", "image": "nginx:1.27"}
    template = {"metadata": {"labels": {"app": "r"}}, "spec": {"containers": [container]}}
    world.api.create(kinds.REPLICATIONCONTROLLER, {"metadata": {"name": "r"}, "spec": {
        "replicas": 3, "selector": {"app": "r"}, "template": template}}, "default")  # fmt: skip
    world.until(lambda: world.get("rc", "r")["status"].get("availableReplicas") == 3)
    assert world.get("rc", "r")["status"] == {"replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3,
                                              "availableReplicas": 3, "observedGeneration": 1}  # fmt: skip
    assert {pod["metadata"]["ownerReferences"][0]["kind"] for pod in world.all("pods")} == {"ReplicationController"}
    assert len(world.events("r", "SuccessfulCreate")) == 2
    world.patch("rc", "r", {"spec": {"replicas": 1}})
    world.until(lambda: len(world.all("pods")) == 1)
    assert world.get("rc", "r")["spec"]["selector"] == {"app": "r"}
