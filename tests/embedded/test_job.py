"""Un Job: se hace tantas veces como se pidió, se reintenta con pausas, y acaba una sola vez."""

from __future__ import annotations

import pytest

from lab_tools.embedded.controllers import job_indexes, job_policy
from lab_tools.embedded.controllers.job_status import Streak, streak
from lab_tools.embedded.rest import Request
from lab_tools.objects import kinds

TRACKING = "batch.kubernetes.io/job-tracking"
FAIL = ["sh", "-c", "exit 3"]
FAIL_SECOND = ["sh", "-c", 'if [ "$JOB_COMPLETION_INDEX" = 1 ]; then exit 3; fi']


def job(world, name="j", command=("true",), restart="Never", template=None, **spec):
    container = {"name": "c", "image": "busybox:1.36", "command": list(command)}
    pod = {"restartPolicy": restart, "terminationGracePeriodSeconds": 0, "containers": [container], **(template or {})}
    return world.api.create(kinds.JOB, {"metadata": {"name": name}, "spec": {**spec, "template": {"spec": pod}}},
                            "default")  # fmt: skip


def status(world, name="j"):
    return world.get("job", name)["status"]


def conditions(world, name="j"):
    return {one["type"]: one["reason"] for one in status(world, name).get("conditions", ()) if one["status"] == "True"}


def until(world, kind, name="j", timeout=120):
    return world.until(lambda: kind in conditions(world, name), timeout)


def pods(world):
    return sorted(world.all("pods"), key=lambda pod: (pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]))


def attempts(world):
    """Cuándo nació cada Pod, en segundos desde el primero."""
    born = sorted(world.born)
    return [round(one - born[0]) for one in born]


@pytest.fixture(autouse=True)
def births(world):
    world.born = []
    world.api.watch(kinds.POD, lambda event: world.born.append(world.clock.now) if event.type == "ADDED" else None)


def test_it_runs_until_enough_have_succeeded_and_never_too_many_at_once(world):
    job(world, completions=5, parallelism=2, command=("sleep", "3"))
    busy = []
    world.api.watch(kinds.POD, lambda _: busy.append(
        sum(pod["status"].get("phase") in ("Pending", "Running") for pod in world.all("pods"))))  # fmt: skip
    until(world, "Complete")
    assert (max(busy), len(pods(world)), status(world)["succeeded"]) == (2, 5, 5)
    assert conditions(world) == {"SuccessCriteriaMet": "CompletionsReached", "Complete": "CompletionsReached"}
    assert world.events("j", "Completed") == [("Normal", "Completed", "Job completed")]


def test_each_pod_is_counted_once_and_then_set_free(world):
    noted = []
    world.api.watch(kinds.JOB, lambda event: noted.append(event.object["status"].get("uncountedTerminatedPods")))
    job(world)
    world.until(lambda: len(pods(world)) == 1)
    assert pods(world)[0]["metadata"]["finalizers"] == [TRACKING]
    until(world, "Complete")
    [pod] = pods(world)
    assert "finalizers" not in pod["metadata"]
    assert {"succeeded": [pod["metadata"]["uid"]]} in noted
    assert status(world)["uncountedTerminatedPods"] == {}


def test_a_failure_is_retried_after_ten_seconds_then_twenty_and_the_limit_ends_it(world):
    job(world, command=FAIL, backoffLimit=2)
    until(world, "Failed")
    pauses = [after - before for before, after in zip(attempts(world), attempts(world)[1:], strict=False)]
    assert len(pauses) == 2
    assert 10 <= pauses[0] <= 13
    assert 20 <= pauses[1] <= 23
    assert status(world)["failed"] == 3
    assert conditions(world)["Failed"] == "BackoffLimitExceeded"


def test_with_on_failure_the_restarts_are_the_attempts(world):
    job(world, command=FAIL, restart="OnFailure", backoffLimit=1)
    until(world, "Failed")
    assert len(world.born) == 1
    assert conditions(world)["FailureTarget"] == "BackoffLimitExceeded"


def test_a_success_ends_the_streak_of_failures():
    assert streak(Streak(3, 50.0), [60.0], [55.0]) == Streak()
    assert streak(Streak(3, 50.0), [60.0], [70.0]) == Streak(1, 70.0)
    assert streak(Streak(1, 50.0), [], [60.0, 62.0]) == Streak(3, 62.0)
    assert Streak(3, 100.0).remaining(110.0) == 30.0
    assert Streak(20, 100.0).remaining(100.0) == 600.0


def test_the_deadline_counts_from_the_start_and_stops_what_runs(world):
    job(world, command=("sleep", "3600"), activeDeadlineSeconds=20)
    took = until(world, "Failed")
    assert 20 <= took < 22
    assert pods(world) == []
    assert status(world)["failed"] == 1
    assert [reason for _, reason, _ in world.events("j")] == ["SuccessfulCreate", "SuccessfulDelete",
                                                              "DeadlineExceeded"]  # fmt: skip


def test_a_finished_job_goes_with_its_pods_when_its_time_to_live_ends(world):
    job(world, ttlSecondsAfterFinished=30)
    until(world, "Complete")
    world.clock.advance(25)
    assert world.get("job", "j") is not None
    world.until(lambda: world.get("job", "j") is None and not pods(world), timeout=10)


def test_a_suspended_job_starts_nothing_and_suspending_does_not_count_as_failing(world):
    job(world, command=("sleep", "3600"), suspend=True)
    until(world, "Suspended")
    world.clock.advance(30)
    assert not world.born
    assert "startTime" not in status(world)
    world.patch("job", "j", {"spec": {"suspend": False}})
    world.until(lambda: status(world).get("ready") == 1)
    world.patch("job", "j", {"spec": {"suspend": True}})
    world.until(lambda: not pods(world))
    world.clock.advance(5)
    assert "failed" not in status(world)
    assert conditions(world) == {"Suspended": "JobSuspended"}


def test_each_index_succeeds_once(world):
    job(world, completions=4, parallelism=2, completionMode="Indexed")
    until(world, "Complete")
    assert status(world)["completedIndexes"] == "0-3"
    assert sorted(pod["spec"]["hostname"] for pod in pods(world)) == ["j-0", "j-1", "j-2", "j-3"]


def test_an_index_that_keeps_failing_is_lost_and_the_others_finish(world):
    job(world, command=FAIL_SECOND, completions=3, parallelism=3, completionMode="Indexed", backoffLimitPerIndex=1)
    until(world, "Failed")
    found = status(world)
    assert (found["completedIndexes"], found["failedIndexes"], found["succeeded"], found["failed"]) == (
        "0,2",
        "1",
        2,
        2,
    )
    assert conditions(world)["Failed"] == "FailedIndexes"
    tries = [pod["metadata"]["annotations"][job_indexes.FAILURES] for pod in pods(world) if job_indexes.of(pod) == 1]
    assert tries == ["0", "1"]
    assert not any(pod["metadata"].get("finalizers") for pod in pods(world))


def test_too_many_lost_indexes_stop_the_rest(world):
    command = ["sh", "-c", 'if [ "$JOB_COMPLETION_INDEX" = 0 ]; then exit 3; fi; sleep 3600']
    job(world, command=command, completions=3, parallelism=3, completionMode="Indexed", backoffLimitPerIndex=0,
        maxFailedIndexes=0)  # fmt: skip
    until(world, "Failed")
    assert conditions(world)["Failed"] == "MaxFailedIndexesExceeded"


def test_a_policy_may_fail_the_whole_job_at_the_first_exit_code(world):
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [3]}}
    job(world, command=FAIL, podFailurePolicy={"rules": [rule]})
    until(world, "Failed")
    [failed] = [one for one in status(world)["conditions"] if one["type"] == "Failed"]
    name = pods(world)[0]["metadata"]["name"]
    assert failed["reason"] == "PodFailurePolicy"
    assert failed["message"] == (f"Container c for pod default/{name} failed with exit code 3 "
                                 "matching FailJob rule at index 0")  # fmt: skip


def test_an_ignored_failure_is_replaced_and_not_counted(world):
    rule = {"action": "Ignore", "onExitCodes": {"operator": "NotIn", "values": [4]}}
    job(world, command=FAIL, backoffLimit=0, podFailurePolicy={"rules": [rule]})
    world.until(lambda: len(world.born) == 3)
    assert "failed" not in status(world)


def test_the_first_rule_that_fits_decides():
    pod = {"metadata": {"name": "p", "namespace": "n"},
           "status": {"phase": "Failed", "conditions": [{"type": "DisruptionTarget", "status": "True"}]}}  # fmt: skip
    rules = [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}},
             {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]  # fmt: skip
    assert job_policy.judge({"spec": {"podFailurePolicy": {"rules": rules}}}, pod) == (
        "Ignore", "Pod n/p has condition DisruptionTarget matching Ignore rule at index 1")  # fmt: skip


def test_a_success_policy_ends_it_early_and_the_rest_is_not_a_failure(world):
    command = ["sh", "-c", 'if [ "$JOB_COMPLETION_INDEX" != 0 ]; then sleep 3600; fi']
    job(world, command=command, completions=3, parallelism=3, completionMode="Indexed",
        successPolicy={"rules": [{"succeededIndexes": "0"}]})  # fmt: skip
    until(world, "Complete")
    assert conditions(world) == {"SuccessCriteriaMet": "SuccessPolicy", "Complete": "SuccessPolicy"}
    assert status(world)["succeeded"] == 1
    assert "failed" not in status(world)


def test_a_deleted_job_leaves_no_pod_waiting_to_be_counted(world):
    job(world, command=("sleep", "3600"))
    world.until(lambda: status(world).get("ready") == 1)
    world.delete("job", "j", propagation="Background")
    world.until(lambda: not pods(world))


def test_orphaned_pods_are_set_free(world):
    job(world, command=("sleep", "3600"))
    world.until(lambda: status(world).get("ready") == 1)
    world.delete("job", "j", propagation="Orphan")
    world.until(lambda: world.get("job", "j") is None)
    world.clock.advance(2)
    [pod] = pods(world)
    assert "finalizers" not in pod["metadata"]
    assert "ownerReferences" not in pod["metadata"]


@pytest.mark.parametrize(
    ("text", "numbers"), [("", set()), ("0-2", {0, 1, 2}), ("0,1", {0, 1}), ("1,3-5", {1, 3, 4, 5})]
)
def test_indexes_are_written_in_runs(text, numbers):
    assert job_indexes.parse(text) == numbers
    assert job_indexes.text(numbers) == text


def test_deleting_without_saying_how_leaves_the_pods(world):
    job(world)
    until(world, "Complete")
    path = "/apis/batch/v1/namespaces/default/jobs/j"
    response = world.cluster.handle(Request("DELETE", path, {}, {}, b""))
    assert response.status == 200
    assert "child pods are preserved by default" in response.headers["warning"]
    world.until(lambda: world.get("job", "j") is None)
    world.clock.advance(5)
    assert len(pods(world)) == 1


def test_what_was_noted_before_a_cut_is_counted_once(world):
    job(world, completions=2, command=("sleep", "20"))
    world.until(lambda: status(world).get("ready") == 1)
    [pod] = pods(world)
    noted = {**status(world), "uncountedTerminatedPods": {"succeeded": [pod["metadata"]["uid"]]}}
    world.api.update(kinds.JOB, {"metadata": {"name": "j", "namespace": "default"}, "status": noted},
                     subresource="status")  # fmt: skip
    world.until(lambda: status(world).get("succeeded") == 1)
    assert "finalizers" not in world.get("pod", pod["metadata"]["name"])["metadata"]
    until(world, "Complete")
    assert status(world)["succeeded"] == 2


def test_a_job_that_another_manages_is_left_to_it(world):
    job(world, "ajeno", managedBy="ejemplo.org/cola")
    job(world, "propio", managedBy="kubernetes.io/job-controller")
    until(world, "Complete", "propio")
    world.clock.advance(30)
    assert [pod["metadata"]["labels"]["job-name"] for pod in pods(world)] == ["propio"]
    assert "startTime" not in (world.get("job", "ajeno").get("status") or {})
