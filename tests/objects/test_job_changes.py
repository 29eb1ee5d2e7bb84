"""Qué se puede cambiar en la plantilla de un Job, y cuándo."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.objects import clone, kinds, validation

NODES = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "zona", "operator": "In", "values": ["a"]}]}]}}  # fmt: skip
PODS = {"requiredDuringSchedulingIgnoredDuringExecution": [
    {"labelSelector": {"matchLabels": {"a": "b"}}, "topologyKey": "zona"}]}  # fmt: skip


def job(**template: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "busybox:1.36", "resources": {"requests": {"cpu": "1"}}}],
            "restartPolicy": "Never", **template.pop("spec", {})}  # fmt: skip
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default"},
             "spec": {"suspend": True, "template": {"metadata": {"labels": {"a": "b"}}, "spec": spec, **template}},
             "status": {}}  # fmt: skip


def refusals(new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return [f"{one.field}: {one.message}" for one in validation.validate_update(kinds.JOB, new, old)]


def container(**fields: Any) -> dict[str, Any]:
    return job(spec={"containers": [{"name": "c", "image": "busybox:1.36", **fields}]})


@pytest.mark.parametrize("new", [
    job(metadata={"labels": {"a": "b", "cola": "uno"}, "annotations": {"x": "y"}}),
    job(spec={"nodeSelector": {"disco": "ssd"}}),
    job(spec={"tolerations": [{"operator": "Exists"}]}),
    job(spec={"schedulingGates": [{"name": "example.com/turno"}]}),
    job(spec={"affinity": {"nodeAffinity": NODES}}),
    container(resources={"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"cpu": "2"}}),
    container(resources={}),
    container(),
])  # fmt: skip
def test_a_suspended_job_may_be_sent_elsewhere_or_given_another_size(new: dict[str, Any]) -> None:
    assert refusals(new, job()) == []
    assert refusals(job(), new) == []


@pytest.mark.parametrize("new", [
    job(spec={"restartPolicy": "OnFailure"}),
    container(command=["true"], resources={"requests": {"cpu": "1"}}),
    container(image="busybox:1.37", resources={"requests": {"cpu": "1"}}),
    job(spec={"containers": [{"name": "c", "image": "busybox:1.36"}, {"name": "d", "image": "busybox:1.36"}]}),
    job(spec={"affinity": {"podAffinity": PODS}}),
    job(spec={"serviceAccountName": "otra"}),
    job(spec={"priorityClassName": "alta"}),
])  # fmt: skip
def test_the_rest_of_its_template_is_as_fixed_as_that_of_a_running_one(new: dict[str, Any]) -> None:
    (told,) = refusals(new, job())
    assert told.startswith("spec.template: Invalid value: {")
    assert told.endswith(": field is immutable")


def test_other_affinities_stay_when_that_of_the_nodes_goes() -> None:
    old = job(spec={"affinity": {"nodeAffinity": NODES, "podAffinity": PODS}})
    assert refusals(job(spec={"affinity": {"podAffinity": PODS}}), old) == []
    assert refusals(job(), old) != []


@pytest.mark.parametrize("changed", [{"suspend": False}, {"status": {"active": 1}}])
def test_nothing_changes_while_it_runs_or_its_last_pod_has_not_left(changed: dict[str, Any]) -> None:
    old = job()
    old["spec"]["suspend"] = changed.get("suspend", True)
    old["status"] = changed.get("status", {})
    new = clone(old)
    new["spec"]["template"]["spec"]["nodeSelector"] = {"disco": "ssd"}
    assert len(refusals(new, old)) == 1


def test_the_change_that_wakes_it_may_bring_another_place() -> None:
    new = job(spec={"nodeSelector": {"disco": "ssd"}})
    new["spec"]["suspend"] = False
    assert refusals(new, job()) == []
