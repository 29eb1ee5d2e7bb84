"""VerticalPodAutoscaler: mira lo que se gasta, recomienda cuánto pedir y, si se quiere, lo pone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab_tools import addons
from lab_tools.embedded.controllers.vpa_histogram import CPU, DAY, MEMORY, Histogram
from lab_tools.embedded.controllers.vpa_model import Seen, recommend
from lab_tools.embedded.metrics import SERVICE
from lab_tools.objects import kinds, vertical

HOUR = 3600.0


# El histograma


@pytest.mark.parametrize(("buckets", "value"), [(CPU, 0.02), (CPU, 0.5), (CPU, 7.3), (MEMORY, 3e7), (MEMORY, 5e10)])
def test_a_percentile_is_known_within_five_percent(buckets, value):
    histogram = Histogram(buckets)
    histogram.add(value, 1.0, 1000.0)
    assert value <= histogram.percentile(0.9) <= value * 1.05 + buckets.first


def test_what_is_a_day_old_weighs_half():
    histogram = Histogram(CPU)
    histogram.add(1.0, 1.0, 1000.0)
    histogram.add(4.0, 0.6, 1000.0 + DAY)
    assert histogram.percentile(0.4) < 1.2
    assert histogram.percentile(0.5) > 3.9
    fresh = Histogram(CPU)
    fresh.add(1.0, 1.0, 1000.0)
    fresh.add(4.0, 0.6, 1000.0)
    assert fresh.percentile(0.6) < 1.2


def test_a_sample_can_be_taken_back():
    histogram = Histogram(MEMORY)
    histogram.add(1e8, 1.0, 10.0)
    histogram.add(5e8, 1.0, 10.0)
    histogram.add(5e8, -1.0, 10.0)
    assert histogram.percentile(0.99) < 1.2e8


def test_a_century_of_forgetting_does_not_overflow():
    histogram = Histogram(CPU)
    histogram.add(1.0, 1.0, 0.5)
    histogram.add(3.0, 1.0, 40_000 * DAY)
    assert histogram.percentile(0.5) > 2.9


def test_what_is_saved_comes_back():
    histogram, again = Histogram(CPU), Histogram(CPU)
    for number in range(50):
        histogram.add(0.1 * (number % 7 + 1), 1.0, 1_767_225_600.0 + 60 * number)
    again.load(histogram.saved())
    assert [again.percentile(one) for one in (0.5, 0.9, 0.95)] == [
        histogram.percentile(one) for one in (0.5, 0.9, 0.95)
    ]
    assert max(histogram.saved()["bucketWeights"].values()) == 10_000


# El modelo


def watched(minutes, cores=0.5, memory=900 * 2**20, start=1000.0):
    seen = Seen()
    for minute in range(minutes):
        seen.sample("pod", start + 60 * minute, cores, 0.1, memory)
    return seen


def test_the_target_is_the_ninetieth_percentile_plus_fifteen_percent():
    found = recommend("c", watched(60), 1, {})
    assert found["target"] == found["uncappedTarget"] == {"cpu": "587m", "memory": "1102117711"}


def test_little_history_makes_the_upper_bound_wide_and_the_lower_one_narrow_enough():
    young, old = (recommend("c", watched(minutes), 1, {}) for minutes in (30, 60 * 24 * 9))
    assert _milli(young["upperBound"]) > 40 * _milli(old["upperBound"])
    assert _milli(old["upperBound"]) < 1.15 * _milli(old["target"])
    assert _milli(young["lowerBound"]) <= _milli(old["lowerBound"]) <= _milli(old["target"])


def test_a_single_sample_has_no_ceiling():
    assert recommend("c", watched(1), 1, {})["upperBound"] == {"cpu": "100G", "memory": "100T"}


def test_nobody_gets_less_than_the_least_shared_among_containers():
    assert recommend("c", watched(60, 0.001, 1e6), 1, {})["target"] == {"cpu": "25m", "memory": "262144k"}
    assert recommend("c", watched(60, 0.001, 1e6), 2, {})["target"] == {"cpu": "12m", "memory": "131072k"}


def test_a_policy_bounds_all_but_the_uncapped_target():
    policy = {"minAllowed": {"cpu": "600m"}, "maxAllowed": {"memory": "512Mi"}}
    found = recommend("c", watched(60), 1, policy)
    assert found["target"] == {"cpu": "600m", "memory": "512Mi"}
    assert found["upperBound"]["memory"] == found["lowerBound"]["memory"] == "512Mi"
    assert found["uncappedTarget"]["cpu"] == "587m"
    assert set(recommend("c", watched(60), 1, {"controlledResources": ["cpu"]})["target"]) == {"cpu"}


def test_memory_is_judged_by_the_peak_of_each_day():
    seen = Seen()
    for minute in range(60):
        seen.sample("pod", 1000.0 + 60 * minute, 0.1, 0.1, 9e8 if minute == 30 else 1e8)
    assert float(recommend("c", seen, 1, {})["target"]["memory"]) > 9e8


def test_a_death_by_memory_asks_for_more():
    seen = watched(5, memory=300 * 2**20)
    before = float(recommend("c", seen, 1, {})["target"]["memory"])
    seen.died("pod", 1400.0, 400 * 2**20)
    assert float(recommend("c", seen, 1, {})["target"]["memory"]) > max(before, 500 * 2**20)


def _milli(amounts):
    from lab_tools.objects.quantity import millicores

    return millicores(amounts["cpu"])


# En un clúster


@pytest.fixture
def scaled(world):
    """Un clúster con los tipos puestos; la función crea un Deployment que trabaja y su VerticalPodAutoscaler."""
    for crd in yaml.safe_load_all(addons.path("vertical-pod-autoscaler").read_text(encoding="utf-8")):
        world.api.create(kinds.CUSTOMRESOURCEDEFINITION, crd)
    world.api.create(kinds.APISERVICE, SERVICE)
    world.clock.advance(5)

    def build(mode="Off", replicas=2, requests=None, limits=None, policies=None, image="tienda-etl:1.0", **update):
        resources = {
            "requests": requests or {"cpu": "100m", "memory": "64Mi"},
            **({"limits": limits} if limits else {}),
        }
        container = {"name": "c", "image": image, "resources": resources}
        world.deployment("web", replicas=replicas, template={"containers": [container]})
        spec = {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                "updatePolicy": {"updateMode": mode, **update},
                **({"resourcePolicy": {"containerPolicies": policies}} if policies else {})}  # fmt: skip
        world.api.create(vpa_kind(world), {"metadata": {"name": "web"}, "spec": spec}, "default")

    world.vertical = build
    return world


def vpa_kind(world, plural=vertical.PLURAL):
    return world.api.kinds.by_plural(vertical.GROUP, vertical.VERSION, plural)


def vpa(world, name="web"):
    return world.api.get(vpa_kind(world), "default", name)


def advice(world):
    found = (vpa(world).get("status") or {}).get("recommendation", {}).get("containerRecommendations")
    return found[0] if found else None


def requests(world):
    return [one["spec"]["containers"][0]["resources"]["requests"] for one in world.all("pods")
            if not one["metadata"].get("deletionTimestamp")]  # fmt: skip


def test_without_its_types_nobody_works(cluster):
    before = cluster.store.revision
    assert cluster.api.kinds.by_plural(vertical.GROUP, vertical.VERSION, vertical.PLURAL) is None
    assert cluster.store.revision == before


def test_it_recommends_what_the_pods_use_and_changes_nothing(scaled):
    scaled.vertical(image="redis:8.0")
    scaled.clock.advance(10 * 60)
    found = advice(scaled)
    assert found["containerName"] == "c"
    assert found["target"] == {"cpu": "25m", "memory": "262144k"}
    assert {one["type"]: one["status"] for one in vpa(scaled)["status"]["conditions"]} == {
        "RecommendationProvided": "True"
    }
    assert requests(scaled) == [{"cpu": "100m", "memory": "64Mi"}] * 2


def test_what_it_saw_survives_in_checkpoints_that_go_with_it(scaled):
    scaled.vertical(image="redis:8.0")
    scaled.clock.advance(10 * 60)
    kind = vpa_kind(scaled, vertical.CHECKPOINTS)
    saved = scaled.api.get(kind, "default", "web-c")
    assert saved["spec"] == {"vpaObjectName": "web", "containerName": "c"}
    assert saved["status"]["totalSamplesCount"] >= 16
    scaled.api.delete(vpa_kind(scaled), "default", "web")
    scaled.clock.advance(120)
    assert scaled.api.list(kind, "default").items == []


def test_a_cluster_that_comes_back_remembers(scaled):
    from lab_tools.embedded.cluster import EmbeddedCluster

    scaled.vertical(image="redis:8.0")
    scaled.clock.advance(30 * 60)
    again = EmbeddedCluster(saved=scaled.cluster.snapshot())
    again.clock.advance(3 * 60)
    kind = again.api.kinds.by_plural(vertical.GROUP, vertical.VERSION, vertical.CHECKPOINTS)
    assert again.api.get(kind, "default", "web-c")["status"]["totalSamplesCount"] > 50


def test_a_new_pod_is_born_with_what_is_recommended_and_says_so(scaled):
    scaled.vertical("Initial", limits={"memory": "128Mi", "cpu": "200m"}, image="redis:8.0")
    scaled.clock.advance(5 * 60)
    assert requests(scaled)[0]["cpu"] == "100m"
    scaled.delete("pod", scaled.all("pods")[0]["metadata"]["name"])
    scaled.clock.advance(60)
    born = next(one for one in scaled.all("pods") if "vpaUpdates" in (one["metadata"].get("annotations") or {}))
    resources = born["spec"]["containers"][0]["resources"]
    assert resources["requests"] == {"cpu": "25m", "memory": "262144k"}
    assert resources["limits"] == {"cpu": "50m", "memory": "524288k"}
    assert born["metadata"]["annotations"]["vpaUpdates"] == (
        "Pod resources updated by web: container 0: cpu request, memory request, cpu limit, memory limit")  # fmt: skip


def test_recreate_evicts_one_at_a_time_until_all_have_it(scaled):
    scaled.vertical("Recreate", replicas=3, requests={"cpu": "3500m", "memory": "64Mi"}, image="redis:8.0",
                    policies=[{"containerName": "*", "maxAllowed": {"cpu": "50m"}}])  # fmt: skip
    scaled.clock.advance(20 * 60)
    assert {one["cpu"] for one in requests(scaled)} == {"25m"}
    told = [message for _, _, message in scaled.events("web", "EvictedPod")]
    assert len(told) == 3
    assert told[0].startswith("VPA Updater evicted Pod web-")


def test_a_disruption_budget_is_respected(scaled):
    scaled.api.create(kinds.PODDISRUPTIONBUDGET, {"metadata": {"name": "web"}, "spec": {
        "minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}}, "default")  # fmt: skip
    scaled.vertical("Recreate", image="redis:8.0", requests={"cpu": "3", "memory": "64Mi"},
                    policies=[{"containerName": "*", "maxAllowed": {"cpu": "50m"}}])  # fmt: skip
    scaled.clock.advance(20 * 60)
    assert {one["cpu"] for one in requests(scaled)} == {"3"}


def test_a_single_replica_is_left_alone_unless_asked(scaled):
    scaled.vertical("Recreate", replicas=1, image="redis:8.0", requests={"cpu": "3", "memory": "64Mi"},
                    policies=[{"containerName": "*", "maxAllowed": {"cpu": "50m"}}])  # fmt: skip
    scaled.clock.advance(20 * 60)
    assert requests(scaled)[0]["cpu"] == "3"
    scaled.api.patch(vpa_kind(scaled), "default", "web", {"spec": {"updatePolicy": {"minReplicas": 1}}})
    scaled.clock.advance(10 * 60)
    assert requests(scaled)[0]["cpu"] == "25m"


def test_in_place_nobody_is_evicted(scaled):
    scaled.vertical("InPlaceOrRecreate", image="redis:8.0", requests={"cpu": "3", "memory": "64Mi"},
                    policies=[{"containerName": "*", "maxAllowed": {"cpu": "50m"}}])  # fmt: skip
    scaled.clock.advance(60)
    before = sorted(one["metadata"]["uid"] for one in scaled.all("pods"))
    scaled.clock.advance(20 * 60)
    assert {one["cpu"] for one in requests(scaled)} == {"25m"}
    assert sorted(one["metadata"]["uid"] for one in scaled.all("pods")) == before


def test_a_container_whose_mode_is_off_is_not_touched(scaled):
    scaled.vertical("Recreate", image="redis:8.0", policies=[{"containerName": "c", "mode": "Off"}])
    scaled.clock.advance(10 * 60)
    assert advice(scaled) is None


def test_a_target_that_is_not_there_is_told(scaled):
    scaled.api.create(vpa_kind(scaled), {"metadata": {"name": "solo"}, "spec": {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "nadie"}}}, "default")  # fmt: skip
    scaled.clock.advance(90)
    told = {one["type"]: one.get("message", "") for one in vpa(scaled, "solo")["status"]["conditions"]}
    assert told["ConfigUnsupported"] == "Cannot read targetRef. Reason: Deployment default/nadie does not exist"


def test_the_example_that_comes_with_the_course_recommends_within_its_bounds(scaled):
    path = Path(__file__).parents[2] / "manifests" / "17-autoescalado" / "recomendador.yaml"
    scaled.deployment("catalogo", image="redis:8.0")
    scaled.api.create(vpa_kind(scaled), yaml.safe_load(path.read_text(encoding="utf-8")), "default")
    scaled.clock.advance(5 * 60)
    [found] = vpa(scaled, "catalogo")["status"]["recommendation"]["containerRecommendations"]
    assert (found["upperBound"]["cpu"], found["target"]["memory"]) == ("1", "262144k")


def test_its_types_may_go(scaled):
    scaled.vertical(image="redis:8.0")
    scaled.clock.advance(120)
    for plural in (vertical.PLURAL, vertical.CHECKPOINTS):
        scaled.api.delete(kinds.CUSTOMRESOURCEDEFINITION, None, f"{plural}.{vertical.GROUP}")
    scaled.clock.advance(600)
    scaled.deployment("otro")
    scaled.until_available("otro")
