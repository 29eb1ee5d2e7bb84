"""Reconciliar: colas que juntan, copias al día y Events que suman."""

from __future__ import annotations

import pytest

from lab_tools.embedded import reconciler, status
from lab_tools.embedded.api import ApiServer
from lab_tools.embedded.api.luck import Luck
from lab_tools.embedded.clock import EPOCH, Clock
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, by_owner
from lab_tools.embedded.store import Store
from lab_tools.objects import kinds

KEY = ("default", "x")


class Scripted:
    """Un reconciliador que apunta cuándo lo llaman y responde lo que se le diga."""

    def __init__(self, clock: Clock, *answers: float | Exception | None) -> None:
        self.clock, self.answers, self.seen = clock, list(answers), []

    def reconcile(self, key: Key) -> float | None:
        self.seen.append((key, round(self.clock.now - EPOCH, 6)))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def api() -> ApiServer:
    server = ApiServer(Store(), Clock(), Luck("0"))
    server.create(kinds.NAMESPACE, {"metadata": {"name": "default"}})
    return server


def test_many_notices_of_one_key_are_one_look():
    clock = Clock()
    work = Scripted(clock)
    queue = WorkQueue(clock, work, delay=0.05)
    for _ in range(10):
        queue.add(KEY)
    clock.advance(1)
    assert work.seen == [(KEY, 0.05)]


def test_the_earliest_appointment_wins():
    clock = Clock()
    work = Scripted(clock)
    queue = WorkQueue(clock, work)
    queue.add(KEY, 10)
    queue.add(KEY, 2)
    queue.add(KEY, 5)
    clock.advance(20)
    assert work.seen == [(KEY, 2)]


def test_a_reconciler_may_ask_to_come_back():
    clock = Clock()
    work = Scripted(clock, 3.0)
    WorkQueue(clock, work).add(KEY)
    clock.advance(10)
    assert [at for _, at in work.seen] == [0, 3]


def test_a_lost_race_is_tried_again_ever_later_and_forgotten_on_success():
    clock = Clock()
    lost = [status.conflict(kinds.POD, "x") for _ in range(3)]
    work = Scripted(clock, *lost)
    queue = WorkQueue(clock, work)
    queue.add(KEY)
    clock.advance(1)
    assert [at for _, at in work.seen] == [0, 0.005, 0.015, 0.035]
    work.answers = [status.conflict(kinds.POD, "x")]
    queue.add(KEY)
    clock.advance(1)
    assert [at for _, at in work.seen[4:]] == [1, 1.005]


def test_a_cache_is_always_up_to_date(api: ApiServer):
    api.create(kinds.CONFIGMAP, {"metadata": {"name": "antes"}}, "default")
    cache = Cache(api, kinds.CONFIGMAP)
    api.create(kinds.CONFIGMAP, {"metadata": {"name": "despues"}}, "default")
    api.delete(kinds.CONFIGMAP, "default", "antes")
    assert [one["metadata"]["name"] for one in cache.all()] == ["despues"]
    assert cache.get("default", "despues") == api.get(kinds.CONFIGMAP, "default", "despues")


def test_an_index_follows_its_objects(api: ApiServer):
    cache = Cache(api, kinds.CONFIGMAP, {"owner": by_owner})
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u-1", "controller": True}
    api.create(kinds.CONFIGMAP, {"metadata": {"name": "hijo", "ownerReferences": [owner]}}, "default")
    assert [one["metadata"]["name"] for one in cache.by("owner", "u-1")] == ["hijo"]
    api.patch(kinds.CONFIGMAP, "default", "hijo", {"metadata": {"ownerReferences": None}})
    assert cache.by("owner", "u-1") == []


def test_listeners_find_the_cache_already_changed(api: ApiServer):
    cache, seen = Cache(api, kinds.CONFIGMAP), []
    cache.subscribe(lambda event: seen.append((event.type, len(cache.all()))))
    api.create(kinds.CONFIGMAP, {"metadata": {"name": "a"}}, "default")
    api.delete(kinds.CONFIGMAP, "default", "a")
    assert seen == [("ADDED", 1), ("DELETED", 0)]


def test_a_repeated_event_counts_instead_of_piling_up(api: ApiServer):
    recorder = Recorder(api, api.clock, "replicaset-controller")
    about = api.create(kinds.CONFIGMAP, {"metadata": {"name": "a"}}, "default")
    for _ in range(3):
        recorder.event(about, "Normal", "Created", "hecho")
        api.clock.advance(5)
    recorder.event(about, "Warning", "Created", "otro")
    events = api.list(kinds.EVENT).items
    assert sorted((one["message"], one["count"]) for one in events) == [("hecho", 3), ("otro", 1)]
    repeated = next(one for one in events if one["count"] == 3)
    assert repeated["firstTimestamp"] == "2026-01-01T00:00:00Z"
    assert repeated["lastTimestamp"] == "2026-01-01T00:00:10Z"


def test_only_so_many_different_events_are_remembered(cluster, monkeypatch):
    monkeypatch.setattr(reconciler, "REMEMBERED", 2)
    recorder = Recorder(cluster.api, cluster.clock, "yo")
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "default", "uid": "u"}}
    for reason in ("uno", "dos", "uno", "tres", "uno", "dos"):
        recorder.event(pod, "Normal", reason, reason)
    found = [(one["reason"], one["count"]) for one in cluster.api.list(kinds.EVENT, "default").items]
    assert sorted(found) == [("dos", 1), ("dos", 1), ("tres", 1), ("uno", 3)]


def test_two_components_tell_at_the_same_instant_and_both_are_heard(api):
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default", "uid": "1"}}
    for component in ("kubelet", "default-scheduler", "job-controller"):
        Recorder(api, api.clock, component).event(pod, "Normal", "Told", f"by {component}")
    told = {one["message"] for one in api.list(kinds.EVENT, "default").items}
    assert told == {"by kubelet", "by default-scheduler", "by job-controller"}
