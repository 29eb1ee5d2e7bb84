"""Lo que se rompe por debajo de la API: se rompe, se nota, se repara, y nada lo olvida por el camino."""

from __future__ import annotations

import json

import pytest

from lab_tools.embedded.clock import parse
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.faults import control
from lab_tools.embedded.faults.kinds import KINDS
from lab_tools.embedded.rest import Request, User
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

OWNER = User("owner", ("orquesta:owner", "system:authenticated"))
STUDENT = User("student", ("orquesta:student", "system:authenticated"))


def ready(world, name):
    return world.condition("node", name, "Ready").get("status")


def names(world, node=None):
    return {one["metadata"]["name"] for one in world.all("pods")
            if node is None or one["spec"].get("nodeName") == node}  # fmt: skip


def available(world, name="web"):
    return world.get("deployment", name)["status"].get("availableReplicas", 0)


def break_(world, kind, **options):
    return world.cluster.faults.inject({"kind": kind, **options}).name


def heal(world, name):
    world.cluster.faults.heal(name)


def test_a_killed_container_comes_back(world):
    world.deployment(replicas=1)
    world.until_available(replicas=1)
    name = names(world).pop()
    break_(world, "kill-container", pod=name)
    world.clock.advance(5)
    state = world.container(name)
    assert (state["restartCount"], state["lastState"]["terminated"]["exitCode"]) == (1, 137)
    assert world.cluster.faults.active() == []


def test_a_node_without_power_is_lost_its_pods_move_and_it_comes_back(world):
    world.deployment(replicas=6)
    world.until_available(replicas=6)
    mine = names(world, "node-1")
    fault = break_(world, "node-off", node="node-1")
    world.clock.advance(30)
    assert ready(world, "node-1") == "True", "nadie lo sabe todavía"
    world.clock.advance(30)
    assert ready(world, "node-1") == "Unknown"
    assert {one["key"] for one in world.get("node", "node-1")["spec"]["taints"]} == {
        "node.kubernetes.io/unreachable"}  # fmt: skip
    world.clock.advance(330)
    assert available(world) == 6
    assert all(world.get("pod", name)["metadata"].get("deletionTimestamp") for name in mine)
    heal(world, fault)
    world.clock.advance(60)
    assert ready(world, "node-1") == "True"
    assert not mine & names(world)
    assert not world.get("node", "node-1")["spec"].get("taints")


def test_a_node_that_comes_back_soon_starts_its_containers_again(world):
    world.deployment(replicas=3)
    world.until_available(replicas=3)
    mine = names(world, "node-1")
    assert mine
    fault = break_(world, "node-off", node="node-1")
    world.clock.advance(20)
    heal(world, fault)
    world.clock.advance(20)
    for name in mine:
        state = world.container(name)
        assert (state["restartCount"], state["ready"]) == (1, True)
        assert state["lastState"]["terminated"]["exitCode"] == 255
    assert available(world) == 3


def test_a_job_on_a_node_that_reboots_knows_that_its_pod_died(world):
    world.busybox("tarea", "sleep", "100", restartPolicy="Never")
    world.until_ready("tarea")
    node = world.get("pod", "tarea")["spec"]["nodeName"]
    fault = break_(world, "node-off", node=node)
    world.clock.advance(10)
    heal(world, fault)
    world.until_phase("tarea", "Failed", timeout=30)


def test_nobody_enters_nor_reads_a_node_without_power(world):
    world.pod("web")
    world.until_ready("web")
    break_(world, "node-off", node=world.get("pod", "web")["spec"]["nodeName"])
    for path in ("log", "exec"):
        reply = entered(world, "web", path)
        assert reply.status == 500
        assert b":10250" in reply.body and b"no route to host" in reply.body


def test_a_zone_goes_dark_with_all_its_nodes(world):
    zone = world.get("node", "node-2")["metadata"]["labels"]["topology.kubernetes.io/zone"]
    fault = break_(world, "zone-off", zone=zone)
    world.clock.advance(60)
    assert [ready(world, f"node-{n}") for n in (1, 2, 3)] == ["True", "Unknown", "True"]
    heal(world, fault)
    world.clock.advance(20)
    assert ready(world, "node-2") == "True"


def test_two_faults_on_a_node_are_healed_one_by_one(world):
    first, second = break_(world, "node-off", node="node-1"), break_(world, "kubelet-stopped", node="node-1")
    heal(world, first)
    world.clock.advance(60)
    assert ready(world, "node-1") == "Unknown"
    heal(world, second)
    world.clock.advance(20)
    assert ready(world, "node-1") == "True"


def test_a_stopped_kubelet_leaves_its_containers_running(world):
    world.pod("web")
    world.until_ready("web")
    node = world.get("pod", "web")["spec"]["nodeName"]
    fault = break_(world, "kubelet-stopped", node=node)
    world.clock.advance(60)
    assert ready(world, node) == "Unknown"
    heal(world, fault)
    world.clock.advance(20)
    assert (world.restarts("web"), ready(world, node)) == (0, "True")


def entered(world, name, path):
    """Cómo contesta la API a quien quiere leer un Pod o entrar en él."""
    return world.cluster.handle(Request(
        "GET", f"/api/v1/namespaces/default/pods/{name}/{path}", {"command": ["ls"]},
        {"upgrade": "websocket", "sec-websocket-protocol": "v4.channel.k8s.io"}, user=OWNER))  # fmt: skip


def test_nobody_enters_nor_reads_through_a_stopped_kubelet(world):
    world.pod("web")
    world.until_ready("web")
    fault = break_(world, "kubelet-stopped", node=world.get("pod", "web")["spec"]["nodeName"])
    for path in ("log", "exec"):
        reply = entered(world, "web", path)
        assert reply.status == 500
        assert b":10250: connect: connection refused" in reply.body
    heal(world, fault)
    assert entered(world, "web", "log").status == 200


def test_a_conversation_ends_when_the_kubelet_in_the_middle_stops(world):
    world.busybox("caja", "sleep", "3600")
    world.until_ready("caja")
    shell = world.cluster.execute("default", "caja", "c", ["sleep", "100"], False, False)
    break_(world, "kubelet-stopped", node=world.get("pod", "caja")["spec"]["nodeName"])
    assert shell.code is not None


def test_a_stopped_kubelet_neither_restarts_nor_starts_anything(world):
    world.busybox("cae", "sh", "-c", "sleep 15; exit 1")
    world.until_ready("cae")
    node = world.get("pod", "cae")["spec"]["nodeName"]
    fault = break_(world, "kubelet-stopped", node=node)
    world.pod("nuevo", nodeName=node)
    world.clock.advance(25)
    assert world.restarts("cae") == 0 and "containerStatuses" not in world.get("pod", "nuevo")["status"]
    assert not world.cluster.kubelet.worker(world.get("pod", "cae")["metadata"]["uid"]).containers[0].running
    healed_at = world.clock.now
    heal(world, fault)
    world.clock.advance(5)
    assert (world.restarts("cae"), world.get("pod", "nuevo")["status"]["phase"]) == (1, "Running")
    assert parse(world.container("nuevo")["state"]["running"]["startedAt"]) >= int(healed_at)


def test_a_stopped_kubelet_does_not_probe(world):
    probe = {"exec": {"command": ["test", "!", "-e", "/tmp/mal"]}, "periodSeconds": 2, "failureThreshold": 2}
    world.busybox("web", "sleep", "3600", container={"livenessProbe": probe})
    world.until_ready("web")
    spoilt = world.cluster.execute("default", "web", "c", ["touch", "/tmp/mal"], False, False)
    assert spoilt.code == 0
    fault = break_(world, "kubelet-stopped", node=world.get("pod", "web")["spec"]["nodeName"])
    world.clock.advance(60)
    assert world.cluster.kubelet.worker(world.get("pod", "web")["metadata"]["uid"]).containers[0].restarts == 0
    heal(world, fault)
    world.clock.advance(40)
    assert world.restarts("web") == 1


@pytest.mark.parametrize("kind", ["kubelet-stopped", "api-down"])
@pytest.mark.parametrize("gone", [False, True])
def test_what_ends_while_nobody_can_be_told_is_told_afterwards(world, kind, gone):
    world.busybox("tarea", "sleep", "20", restartPolicy="Never")
    world.until_ready("tarea")
    where = {"node": world.get("pod", "tarea")["spec"]["nodeName"]} if kind == "kubelet-stopped" else {}
    fault = break_(world, kind, **where)
    world.clock.advance(10)
    if gone:
        world.delete("pod", "tarea")
    world.clock.advance(20)
    assert world.get("pod", "tarea")["status"]["phase"] == "Running", "todavía no lo sabe nadie"
    heal(world, fault)
    world.clock.advance(5)
    if gone:
        assert not names(world)
    else:
        assert world.get("pod", "tarea")["status"]["phase"] == "Succeeded"


def test_what_was_stopped_is_still_stopped_when_the_cluster_is_opened_again(world):
    world.deployment(replicas=2)
    world.until_available()
    for one in (control.MANAGER, control.SCHEDULER):
        break_(world, "controller-stopped", controller=one)
    break_(world, "kubelet-stopped", node="node-1")
    break_(world, "node-off", node="node-2")
    world.clock.advance(5)
    for name in names(world):
        world.delete("pod", name)
    world.pod("web", nodeName="node-1")
    world.clock.advance(5)
    again = EmbeddedCluster(saved=world.cluster.snapshot())
    assert again.store.revision == world.cluster.store.revision, "nadie ha dado un paso"
    assert again.kubelet.node("node-2").off_since == world.cluster.kubelet.node("node-2").off_since
    again.clock.advance(25)
    assert "containerStatuses" not in again.api.get(kinds.POD, "default", "web")["status"]
    again.faults.heal("kubelet-stopped-1")
    again.clock.advance(5)
    assert again.api.get(kinds.POD, "default", "web")["status"]["phase"] == "Running"


def test_a_full_disk_presses_its_node(world):
    fault = break_(world, "disk-full", node="node-1")
    world.clock.advance(30)
    assert world.condition("node", "node-1", "DiskPressure")["status"] == "True"
    heal(world, fault)
    world.clock.advance(400)
    assert world.condition("node", "node-1", "DiskPressure")["status"] == "False"


def test_a_slow_disk_takes_longer_to_start(world):
    def took(name):
        world.pod(name, nodeName="node-1")
        return world.until_ready(name)

    normal = took("uno")
    fault = break_(world, "disk-slow", node="node-1", factor=20)
    assert took("dos") > normal + 2
    heal(world, fault)
    assert took("tres") < normal + 2


def test_a_stopped_controller_does_nothing_and_then_everything(world):
    fault = break_(world, "controller-stopped", controller="replicaset-controller")
    world.deployment(replicas=2)
    world.clock.advance(60)
    assert world.all("replicasets") and not world.all("pods")
    heal(world, fault)
    world.clock.advance(20)
    assert available(world) == 2


def test_a_stopped_scheduler_leaves_pods_pending(world):
    fault = break_(world, "controller-stopped", controller=control.SCHEDULER)
    world.pod("web")
    world.clock.advance(60)
    assert world.get("pod", "web")["status"]["phase"] == "Pending"
    assert not world.get("pod", "web")["spec"].get("nodeName")
    heal(world, fault)
    world.until_ready("web")


def test_without_its_manager_nothing_is_reconciled(world):
    world.deployment(replicas=2)
    world.until_available()
    fault = break_(world, "controller-stopped", controller=control.MANAGER)
    world.delete("pod", sorted(names(world))[0])
    world.clock.advance(60)
    assert len(names(world)) == 1
    heal(world, fault)
    world.clock.advance(20)
    assert available(world) == 2


def test_every_controller_can_be_stopped_by_its_name(world):
    known = control.names(world.cluster)
    assert {"deployment-controller", "node-lifecycle-controller", "replicaset-controller", "endpointslice-controller",
            "ttl-after-finished-controller", "horizontal-pod-autoscaler-controller"} <= set(known)  # fmt: skip
    for name in known:
        heal(world, break_(world, "controller-stopped", controller=name))
    classes = {type(one).__name__ for one in world.cluster.components}
    assert classes >= set(control._NAMES) | control._APART, "una clase ha cambiado de nombre"


def test_a_leak_ends_in_out_of_memory_again_and_again(world):
    world.busybox("web", "sleep", "3600", container={"resources": {"limits": {"memory": "64Mi"}}})
    world.until_ready("web")
    fault = break_(world, "memory-leak", pod="web", rate=1)
    world.clock.advance(80)
    assert world.container("web")["lastState"]["terminated"]["reason"] == "OOMKilled"
    world.clock.advance(300)
    again = world.restarts("web")
    assert again >= 2
    heal(world, fault)
    world.clock.advance(400)
    after = world.restarts("web")
    world.clock.advance(400)
    assert world.restarts("web") == after


def test_a_cpu_hog_shows_in_what_is_measured(world):
    world.pod("web")
    world.until_ready("web")
    break_(world, "cpu-hog", pod="web", cores=2)
    world.clock.advance(60)
    found = world.cluster.metrics.pods("default")[0]["containers"][0]["usage"]["cpu"]
    assert found.startswith("2")


@pytest.mark.parametrize(("between", "lost"), [
    (["node/node-2", "*"], [2]), (["*", "zone/orquesta-1-b"], [2]), (["*", "*"], [1, 2, 3]),
    (["node/node-1", "node/node-2"], []), (["node/node-1", "outside"], []),
])  # fmt: skip
def test_a_node_cut_off_from_everybody_is_lost_and_its_containers_go_on(world, between, lost):
    world.pod("web", nodeName="node-2")
    world.until_ready("web")
    fault = break_(world, "network-cut", between=between)
    world.clock.advance(60)
    assert [n for n in (1, 2, 3) if ready(world, f"node-{n}") == "Unknown"] == lost
    reply = entered(world, "web", "log")
    assert (reply.status == 500 and b":10250: i/o timeout" in reply.body) is (2 in lost)
    heal(world, fault)
    world.clock.advance(20)
    assert all(ready(world, f"node-{n}") == "True" for n in (1, 2, 3))
    assert (world.restarts("web"), entered(world, "web", "log").status) == (0, 200)


def test_the_weather_follows_the_list(world):
    weather = world.cluster.network.weather
    cut = break_(world, "network-cut", between=["pods/default/app=a", "pods/default/app=b"])
    slow = break_(world, "network-slow", between=["outside", "*"], seconds=0.5)
    down = break_(world, "dns-down")
    assert (len(weather.cuts), len(weather.slows), weather.dns_is_down) == (1, 1, True)
    for one in (cut, down):
        heal(world, one)
    assert (weather.cuts, len(weather.slows), weather.dns_is_down) == ([], 1, False)
    heal(world, slow)
    assert weather.slows == []


def ask(world, user, path="/api/v1/namespaces/default/pods"):
    return world.cluster.handle(Request("GET", path, user=user))


def test_the_owner_passing_for_another_finds_a_dead_api_too(world):
    break_(world, "api-down")
    request = Request("GET", "/api/v1/namespaces/default/pods", {}, {"impersonate-user": "ana"}, b"", OWNER)
    assert world.cluster.handle(request).status == 503


def test_a_dead_api_answers_only_its_owner_and_nobody_works(world):
    world.deployment(replicas=2)
    world.until_available()
    fault = break_(world, "api-down")
    refused = ask(world, STUDENT)
    assert (refused.status, json.loads(refused.body)["reason"]) == (503, "ServiceUnavailable")
    assert json.loads(refused.body)["message"] == "the server is currently unable to handle the request"
    assert ask(world, STUDENT, "/healthz").status == 503
    assert ask(world, OWNER).status == 200
    world.api.delete(kinds.POD, "default", sorted(names(world))[0])
    world.clock.advance(120)
    assert len(world.all("pods")) == 2, "nadie lo repone: ni el kubelet acaba de borrarlo"
    assert ready(world, "node-1") == "True", "ni hay quien dé un nodo por perdido"
    heal(world, fault)
    world.clock.advance(30)
    assert available(world) == 2
    assert ask(world, STUDENT).status == 200


def test_a_dead_api_hangs_up_on_whoever_was_listening_but_its_owner(world):
    world.busybox("caja", "sh", "-c", "while true; do date; sleep 1; done")
    world.until_ready("caja")
    upgrade = {"upgrade": "websocket", "sec-websocket-protocol": "v5.channel.k8s.io"}

    def listening(user):
        asked = {"pods": {"watch": ["true"]}, "pods/caja/log": {"follow": ["true"]}}
        streams = [world.cluster.handle(Request("GET", f"/api/v1/namespaces/default/{path}", query, user=user)).body
                   for path, query in asked.items()]  # fmt: skip
        query = {"command": ["sleep", "100"]}
        talk = world.cluster.handle(Request("GET", "/api/v1/namespaces/default/pods/caja/exec", query, upgrade,
                                            user=user)).session  # fmt: skip
        return [*streams, talk]

    students, mine = listening(STUDENT), listening(OWNER)
    told = []
    for number, one in enumerate(students):
        one.on_ready(lambda number=number: told.append(number))
    ask_fault(world, "POST", {"kind": "api-down"})
    assert [one.closed for one in (*students, *mine)] == [True] * 3 + [False] * 3
    assert set(told) == {0, 1, 2}, "y a todos se les dice"


def ask_fault(world, method, body):
    reply = world.cluster.handle(Request(method, "/orquesta/v1/faults", body=json.dumps(body).encode(), user=OWNER))
    assert reply.status < 300, reply.body


@pytest.mark.parametrize("kind", ["node-off", "kubelet-stopped"])
def test_following_a_log_ends_with_the_node_it_comes_from(world, kind):
    world.busybox("caja", "sh", "-c", "while true; do date; sleep 1; done")
    world.until_ready("caja")
    stream = world.cluster.handle(Request("GET", "/api/v1/namespaces/default/pods/caja/log", {"follow": ["true"]},
                                          user=STUDENT)).body  # fmt: skip
    world.clock.advance(3)
    assert stream.read() and not stream.closed
    break_(world, kind, node=world.get("pod", "caja")["spec"]["nodeName"])
    world.clock.advance(3)
    assert stream.closed


def test_a_slow_api_makes_everybody_else_wait(world):
    fault = break_(world, "api-slow", seconds=3)
    assert (ask(world, STUDENT).delay, ask(world, OWNER).delay) == (3, 0)
    heal(world, fault)
    break_(world, "api-slow", seconds=90)
    refused = ask(world, STUDENT)
    assert (refused.status, refused.delay, json.loads(refused.body)["reason"]) == (504, 60, "Timeout")


def test_the_weather_of_the_network_survives_a_photograph_a_journal_and_a_fork(world):
    world.pod("a", labels={"app": "a"})
    world.pod("b", labels={"app": "b"})
    break_(world, "network-cut", between=["pod/default/a", "pod/default/b"])
    break_(world, "network-slow", between=["node/node-1", "node/node-2"], seconds=0.3)
    break_(world, "dns-down")
    expected = vars(world.cluster.network.weather)
    assert expected["cuts"] and expected["slows"] and expected["dns_is_down"]
    for other in (EmbeddedCluster(saved=world.cluster.snapshot()), world.cluster.fork()):
        assert vars(other.network.weather) == expected
        for fault in list(other.faults.active()):
            other.faults.heal(fault.name)
        assert vars(other.network.weather) == {"cuts": [], "slows": [], "dns_is_down": False}
    assert vars(world.cluster.network.weather) == expected


def test_faults_survive_a_photograph_a_journal_and_a_fork(world):
    break_(world, "node-off", node="node-1")
    break_(world, "controller-stopped", controller="job-controller")
    world.clock.advance(60)
    expected = world.cluster.faults.active()
    restored = EmbeddedCluster(saved=world.cluster.snapshot())
    copy = world.cluster.fork()
    for other in (restored, copy):
        assert other.faults.active() == expected
        other.clock.advance(120)
        found = {one["metadata"]["name"]: next(c["status"] for c in one["status"]["conditions"] if c["type"] == "Ready")
                 for one in other.api.list(kinds.NODE).items}  # fmt: skip
        assert found == {"node-1": "Unknown", "node-2": "True", "node-3": "True"}
        other.faults.heal("node-off-1")
        other.clock.advance(20)
        assert other.kubelet.node("node-1").powered
    assert world.cluster.faults.active() == expected
    assert not world.cluster.kubelet.node("node-1").powered


def test_a_fork_with_faults_lives_the_same_history(world):
    world.deployment(replicas=4)
    world.until_available(replicas=4)
    break_(world, "node-off", node="node-2")
    break_(world, "memory-leak", pod=sorted(names(world, "node-1"))[0], rate=20)
    world.clock.advance(37)
    copy = world.cluster.fork()

    def live(cluster):
        cluster.clock.advance(200)
        cluster.faults.heal("node-off-1")
        cluster.clock.advance(200)
        return json.dumps(cluster.store.dump())

    assert live(copy) == live(world.cluster)


def test_it_is_not_served_as_an_object_and_only_the_owner_gets_there(world):
    break_(world, "dns-down")
    door = "/orquesta/v1/faults"
    assert ask(world, STUDENT, door).status == 403
    listed = json.loads(ask(world, OWNER, door).body)["faults"]
    assert [(one["name"], one["kind"]) for one in listed] == [("dns-down-1", "dns-down")]
    reply = world.cluster.handle(Request("DELETE", door, {"name": ["dns-down-1"]}, user=OWNER))
    assert json.loads(reply.body)["healed"][0]["name"] == "dns-down-1"
    assert world.cluster.faults.active() == []


@pytest.mark.parametrize(("asked", "code"), [
    ({}, 400), ({"kind": "meteorito"}, 400), ([], 400), ({"kind": "node-off"}, 400),
    ({"kind": "node-off", "node": ""}, 400), ({"kind": "node-off", "node": "node-9"}, 404),
    ({"kind": "node-off", "node": "node-1", "más": 1}, 400), ({"kind": "zone-off", "zone": "luna"}, 404),
    ({"kind": "network-cut", "between": ["*"]}, 400), ({"kind": "network-cut", "between": ["luna/1", "*"]}, 400),
    ({"kind": "network-cut", "between": ["node/node-9", "*"]}, 404),
    ({"kind": "network-cut", "between": ["*", "zone/luna"]}, 404),
    ({"kind": "network-slow", "between": ["pod/default/nadie", "*"], "seconds": 1}, 404),
    ({"kind": "network-cut", "between": ["namespace/nadie", "*"]}, 404),
    ({"kind": "network-cut", "between": ["pods/nadie/app=a", "*"]}, 404),
    ({"kind": "disk-slow", "node": "node-1", "factor": 1}, 400),
    ({"kind": "api-slow", "seconds": -1}, 400), ({"kind": "api-slow", "seconds": float("nan")}, 400),
    ({"kind": "controller-stopped", "controller": "nadie"}, 400), ({"kind": "kill-container", "pod": "nadie"}, 404),
])  # fmt: skip
def test_a_fault_badly_asked_breaks_nothing(world, asked, code):
    before = world.cluster.store.revision
    with pytest.raises(StatusError) as refused:
        world.cluster.faults.inject(asked)
    assert refused.value.code == code
    assert (world.cluster.store.revision, world.cluster.faults.active()) == (before, [])


def test_a_cluster_without_faults_pays_nothing_for_them(world):
    assert world.cluster.faults.active() == []
    assert world.cluster.clock.next_event() is not None
    assert KINDS.keys() >= {"node-off", "api-down"}
