"""Un Deployment: rollouts con la aritmética real, historia, vuelta atrás, pausa y plazo."""

from __future__ import annotations

import pytest

from lab_tools.embedded.controllers import revision
from lab_tools.embedded.controllers import rollout_math as math
from lab_tools.objects.kinds import DEPLOYMENT, POD


def sets_of(world, name="web"):
    return {one["metadata"]["annotations"][revision.REVISION]: one for one in world.all("replicasets")
            if one["metadata"]["labels"]["app"] == name}  # fmt: skip


def set_image(world, image, name="web"):
    return world.patch(
        "deployment", name, {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}}
    )


def test_a_deployment_becomes_available_in_about_two_virtual_seconds(world):
    world.deployment(replicas=2)
    assert 0.5 < world.until_available(replicas=2) < 3
    status = world.get("deployment", "web")["status"]
    assert {key: status[key] for key in status if key != "conditions"} == {
        "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
        "terminatingReplicas": 0}  # fmt: skip
    [available, progressing] = status["conditions"]
    assert (available["type"], available["reason"]) == ("Available", "MinimumReplicasAvailable")
    assert (progressing["type"], progressing["reason"]) == ("Progressing", "NewReplicaSetAvailable")
    assert world.get("deployment", "web")["metadata"]["annotations"] == {revision.REVISION: "1"}


def test_two_replicas_never_become_available_in_the_same_instant(world):
    seen = []
    world.api.watch(DEPLOYMENT, lambda event: seen.append(event.object["status"].get("availableReplicas", 0)))
    world.deployment(replicas=2)
    world.until_available(replicas=2)
    assert [count for index, count in enumerate(seen) if index == 0 or count != seen[index - 1]] == [0, 1, 2]


@pytest.mark.parametrize(("replicas", "surge", "unavailable", "expected"), [
    (2, "25%", "25%", (1, 0)), (4, "50%", "25%", (2, 1)), (10, "25%", "25%", (3, 2)), (3, 1, 0, (1, 0)),
    (3, 0, 1, (0, 1)), (1, "0%", "0%", (0, 1)), (0, "25%", "25%", (0, 0)), (2, 0, 5, (0, 2)),
])  # fmt: skip
def test_surge_rounds_up_and_unavailable_rounds_down(replicas, surge, unavailable, expected):
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    assert math.bounds({"spec": {"replicas": replicas, "strategy": strategy}}) == expected


def test_a_rolling_update_never_leaves_the_allowed_band(world):
    world.deployment(replicas=4, strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}})
    world.until_available(replicas=4)
    totals, available = [], []

    def watch(event):
        status = event.object["status"]
        totals.append(sum(one["spec"]["replicas"] for one in world.all("replicasets")))
        available.append(status.get("availableReplicas", 0))

    world.api.watch(DEPLOYMENT, watch)
    set_image(world, "nginx:1.28")
    world.until_available(replicas=4)
    assert max(totals) <= 5
    assert min(available) >= 3


def test_a_bad_image_stops_the_rollout_and_keeps_the_old_pods(world):
    world.deployment(replicas=4, strategy={"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": "25%"}})
    world.until_available(replicas=4)
    set_image(world, "registry.invalid/web:1")
    world.clock.advance(120)
    status = world.get("deployment", "web")["status"]
    assert (
        status["replicas"],
        status["updatedReplicas"],
        status["availableReplicas"],
        status["unavailableReplicas"],
    ) == (6, 3, 3, 3)
    assert world.condition("deployment", "web", "Progressing")["reason"] == "ReplicaSetUpdated"


def test_recreate_ends_every_old_pod_before_making_new_ones(world):
    world.deployment("db", replicas=2, strategy={"type": "Recreate"})
    world.until_available("db")
    together = []
    world.api.watch(POD, lambda event: together.append(
        {pod["spec"]["containers"][0]["image"] for pod in world.all("pods")}))  # fmt: skip
    set_image(world, "nginx:1.28", "db")
    world.until_available("db")
    assert {"nginx:1.27", "nginx:1.28"} not in together
    messages = [message for _, _, message in world.events("db", "ScalingReplicaSet")]
    assert [message.split(" from ")[1] for message in messages] == ["0 to 2", "2 to 0", "0 to 2"]


def test_going_back_reuses_the_old_set_with_a_new_revision(world):
    world.deployment()
    world.until_available()
    set_image(world, "nginx:1.28")
    world.until_available()
    first = sets_of(world)["1"]["metadata"]["name"]
    set_image(world, "nginx:1.27")
    world.until_available()
    assert set(sets_of(world)) == {"2", "3"}
    assert sets_of(world)["3"]["metadata"]["name"] == first
    assert sets_of(world)["3"]["metadata"]["annotations"][revision.HISTORY] == "1"
    assert world.get("deployment", "web")["metadata"]["annotations"][revision.REVISION] == "3"


def test_only_the_allowed_number_of_old_sets_is_kept(world):
    world.deployment(replicas=0, revisionHistoryLimit=1)
    for tag in ("1.27", "1.28", "1.29", "1.30"):
        set_image(world, f"nginx:{tag}")
        world.clock.advance(1)
    assert set(sets_of(world)) == {"3", "4"}


def test_a_paused_deployment_takes_changes_and_rolls_nothing_out(world):
    world.deployment()
    world.until_available()
    world.patch("deployment", "web", {"spec": {"paused": True}})
    set_image(world, "nginx:1.28")
    world.clock.advance(10)
    assert len(world.all("replicasets")) == 1
    assert world.condition("deployment", "web", "Progressing")["reason"] == "DeploymentPaused"
    world.patch("deployment", "web", {"spec": {"paused": False}})
    world.until_available()
    assert set(sets_of(world)) == {"1", "2"}


def test_a_paused_deployment_still_scales(world):
    world.deployment(paused=True)
    world.clock.advance(5)
    assert world.all("replicasets") == []
    world.patch("deployment", "web", {"spec": {"paused": False}})
    world.until_available()
    world.patch("deployment", "web", {"spec": {"paused": True, "replicas": 3}})
    world.until_available(replicas=3)


def test_a_rollout_without_progress_is_reported_once_its_deadline_passes(world):
    world.deployment(replicas=1, progressDeadlineSeconds=5, template={"nodeSelector": {"disk": "none"}})
    took = world.until(
        lambda: world.condition("deployment", "web", "Progressing").get("reason") == "ProgressDeadlineExceeded"
    )
    assert 5 <= took < 8


def test_scaling_in_the_middle_of_a_rollout_is_shared_in_proportion(world):
    world.deployment(replicas=10, strategy={"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}})
    world.until_available(replicas=10)
    set_image(world, "registry.invalid/web:1")
    world.clock.advance(20)
    assert sorted(one["spec"]["replicas"] for one in world.all("replicasets")) == [5, 8]
    world.patch("deployment", "web", {"spec": {"replicas": 15}})
    world.clock.advance(20)
    # El ejemplo de la documentación de Kubernetes: 3 de las 5 nuevas van a la versión más grande.
    assert sorted(one["spec"]["replicas"] for one in world.all("replicasets")) == [7, 11]


def test_min_ready_seconds_delays_availability(world):
    world.deployment(replicas=1, minReadySeconds=10)
    assert world.until_available(replicas=1) > 10


def test_the_template_hash_is_stable_and_wordless():
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}
    assert revision.template_hash(template) == revision.template_hash(template)
    assert revision.template_hash(template) != revision.template_hash(template, collisions=1)
    assert not set(revision.template_hash(template)) & set("aeiou01")


def test_the_same_seed_tells_the_same_story():
    from lab_tools.embedded.cluster import EmbeddedCluster

    def story():
        cluster = EmbeddedCluster(nodes=3, seed=7)
        template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
        body = {
            "metadata": {"name": "web"},
            "spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "template": template},
        }
        cluster.api.create(DEPLOYMENT, body, "default")
        cluster.clock.advance(30)
        return cluster.snapshot()

    assert story() == story()
