"""La vida de un Pod en su nodo: nace, espera imágenes, cae, vuelve y se despide."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import StatusError
from lab_tools.objects import kinds


def waiting(world, name):
    found = world.get("pod", name)["status"].get("containerStatuses") or [{"state": {}}]
    return found[0]["state"].get("waiting", {}).get("reason")


def test_a_pod_runs_within_two_seconds_with_everything_in_its_status(world):
    world.pod("p")
    assert 0.3 < world.until_ready("p") < 2.2
    status = world.get("pod", "p")["status"]
    assert [one["type"] for one in status["conditions"]] == [
        "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]  # fmt: skip
    assert {one["observedGeneration"] for one in status["conditions"]} == {1}
    assert status["containerStatuses"][0]["image"] == "docker.io/library/nginx:1.27"
    assert status["podIP"].startswith("10.244.")
    assert [(reason, message) for _, reason, message in world.events("p")][1:] == [
        ("Pulled", 'Container image "nginx:1.27" already present on machine and can be accessed by the pod'),
        ("Created", "Container created"), ("Started", "Container started")]  # fmt: skip


def test_an_image_that_is_not_on_the_node_takes_its_time_only_once(world):
    world.pod("a", containers=[{"name": "c", "image": "tienda-api:1.0"}], nodeName="node-1")
    first = world.until_ready("a")
    world.pod("b", containers=[{"name": "c", "image": "tienda-api:1.0"}], nodeName="node-1")
    assert first > 2.8 > world.until_ready("b")
    assert [reason for _, reason, _ in world.events("a")] == ["Pulling", "Pulled", "Created", "Started"]
    assert "tienda-api:1.0" in world.events("a")[1][2]


def test_an_unknown_image_ends_in_back_off_and_recovers_when_fixed(world):
    world.pod("p", containers=[{"name": "c", "image": "nginx:no-existe"}])
    world.until(
        lambda: world.get("pod", "p")["status"].get("containerStatuses") and waiting(world, "p") == "ErrImagePull"
    )
    world.until(lambda: waiting(world, "p") == "ImagePullBackOff", timeout=5)
    message = world.container("p")["state"]["waiting"]["message"]
    assert message.startswith('Back-off pulling image "nginx:no-existe": ErrImagePull: ')
    assert message.endswith("docker.io/library/nginx:no-existe: not found")
    assert ("Warning", "Failed", "Error: ErrImagePull") in world.events("p")
    world.patch("pod", "p", {"spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}})
    world.until_ready("p", timeout=5)
    assert world.get("pod", "p")["status"]["observedGeneration"] == 2


def test_names_that_cannot_be_pulled_say_why(world):
    world.pod("bad", containers=[{"name": "c", "image": "UPPER/Case:1"}])
    world.pod("never", containers=[{"name": "c", "image": "tienda-api:1.0", "imagePullPolicy": "Never"}])
    world.clock.advance(3)
    assert (waiting(world, "bad"), waiting(world, "never")) == ("InvalidImageName", "ErrImageNeverPull")


def test_the_first_restart_is_immediate_and_then_the_pauses_double(world):
    world.busybox("p", "sh", "-c", "echo bye; exit 3")
    starts = []

    def note(event):
        if event.object["reason"] == "Started":
            starts.append(world.clock.now)

    world.api.watch(kinds.EVENT, note)
    world.clock.advance(200)
    pauses = [round(after - before) for before, after in pairwise(starts)]
    assert pauses == [0, 10, 20, 40, 80]
    assert waiting(world, "p") == "CrashLoopBackOff"
    message = world.container("p")["state"]["waiting"]["message"]
    assert message.startswith("back-off 2m40s restarting failed container=c pod=p_default(")


def test_during_the_pause_it_says_error_until_looked_at_again(world):
    world.busybox("p", "sh", "-c", "exit 3")
    world.until(lambda: world.restarts("p") == 2)
    ended = world.container("p")
    assert ended["state"]["terminated"]["reason"] == ended["lastState"]["terminated"]["reason"] == "Error"
    world.patch("pod", "p", {"metadata": {"labels": {"seen": "yes"}}})
    world.until(lambda: waiting(world, "p") == "CrashLoopBackOff", timeout=1)


def test_how_a_pod_ends_by_its_policy(world):
    world.busybox("ok", "true", restartPolicy="Never")
    world.busybox("bad", "sh", "-c", "exit 3", restartPolicy="Never")
    world.busybox("retry", "true", restartPolicy="OnFailure")
    world.clock.advance(10)
    assert [world.get("pod", name)["status"]["phase"] for name in ("ok", "bad", "retry")] == [
        "Succeeded",
        "Failed",
        "Succeeded",
    ]
    assert world.condition("pod", "ok", "Ready")["reason"] == "PodCompleted"
    assert world.condition("pod", "bad", "Ready")["reason"] == "PodFailed"


def test_init_containers_run_in_order_and_share_a_volume(world):
    mount = [{"name": "w", "mountPath": "/w"}]
    world.busybox("p", "sh", "-c", "cat /w/f; sleep 3600", container={"volumeMounts": mount},
                  volumes=[{"name": "w", "emptyDir": {}}],
                  initContainers=[{"name": "one", "image": "busybox:1.36", "command": ["sh", "-c", "echo hola > /w/f"],
                                   "volumeMounts": mount}])  # fmt: skip
    world.until_ready("p")
    assert [line for _, line in world.cluster.logs("default", "p", "c")] == ["hola"]
    assert world.get("pod", "p")["status"]["initContainerStatuses"][0]["state"]["terminated"]["reason"] == "Completed"


def test_a_sidecar_stays_beside_and_does_not_keep_the_pod_alive(world):
    side = {"name": "side", "image": "busybox:1.36", "command": ["sleep", "3600"], "restartPolicy": "Always"}
    world.busybox("p", "sleep", "4", restartPolicy="Never", terminationGracePeriodSeconds=1, initContainers=[side])
    world.until_ready("p")
    world.until_phase("p", "Succeeded", timeout=10)
    assert world.get("pod", "p")["status"]["initContainerStatuses"][0]["restartCount"] == 0


def sidecars(world, ending, grace=5):
    """Un Pod con dos acompañantes, `one` y `two`, que acaban como diga `ending`; su principal dura dos segundos."""
    command = ["sh", "-c", f"trap '{ending}' TERM; while true; do sleep 1; done"]
    found = [{"name": name, "image": "busybox:1.36", "command": command, "restartPolicy": "Always"}
             for name in ("one", "two")]  # fmt: skip
    world.busybox("p", "sleep", "2", restartPolicy="Never", terminationGracePeriodSeconds=grace, initContainers=found)
    world.until_ready("p")


def stops(world):
    """En qué orden se para a los contenedores de un Pod."""
    return [message.rpartition(" ")[2] for _, _, message in world.events("p", "Killing")]


def codes(world):
    """Cómo acabaron los acompañantes."""
    return [one["state"]["terminated"]["exitCode"] for one in world.get("pod", "p")["status"]["initContainerStatuses"]]


def test_sidecars_leave_one_by_one_and_the_last_first_when_the_work_is_done(world):
    sidecars(world, "exit 0")
    world.until_phase("p", "Succeeded", timeout=10)
    assert stops(world) == ["two", "one"]
    assert codes(world) == [0, 0]


def test_sidecars_that_do_not_listen_share_one_grace_and_each_has_two_seconds_at_least(world):
    sidecars(world, "")
    took = world.until_phase("p", "Succeeded", timeout=30)
    assert 5 + 2 <= took < 2 + 5 + 2 + 1, "dos segundos de trabajo, cinco de gracia y dos más para quien esperaba"
    assert codes(world) == [137, 137]


def test_a_pod_that_is_deleted_stops_its_sidecars_in_the_same_order(world):
    sidecars(world, "exit 0")
    world.delete("pod", "p")
    world.until(lambda: world.get("pod", "p") is None, timeout=10)
    assert stops(world) == ["c", "two", "one"]


def test_a_process_that_ignores_sigterm_is_killed_when_its_grace_ends(world):
    world.busybox("deaf", "sleep", "3600", terminationGracePeriodSeconds=8)
    world.busybox(
        "polite", "sh", "-c", "trap 'exit 0' TERM; while true; do sleep 1; done", terminationGracePeriodSeconds=8
    )
    world.pod("nginx", terminationGracePeriodSeconds=8)
    for name in ("deaf", "polite", "nginx"):
        world.until_ready(name)
    took = {}
    for name in ("deaf", "polite", "nginx"):
        world.delete("pod", name)
        took[name] = world.until(lambda name=name: world.get("pod", name) is None)
    assert 8 <= took["deaf"] < 9
    assert took["polite"] < 1
    assert took["nginx"] < 1
    assert ("Normal", "Killing", "Stopping container c") in world.events("deaf")


def test_pre_stop_holds_sigterm_back(world):
    hook = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
    world.pod("p", containers=[{"name": "c", "image": "nginx:1.27", **hook}])
    world.until_ready("p")
    world.delete("pod", "p")
    assert 5 <= world.until(lambda: world.get("pod", "p") is None) < 6


def test_a_second_shorter_goodbye_is_obeyed(world):
    world.busybox("p", "sleep", "3600", terminationGracePeriodSeconds=600)
    world.until_ready("p")
    world.delete("pod", "p")
    world.clock.advance(1)
    world.delete("pod", "p", grace=2)
    assert world.until(lambda: world.get("pod", "p") is None) < 3


def test_too_much_memory_is_an_oom_kill(world):
    limits = {"resources": {"limits": {"memory": "24Mi"}}}
    world.busybox("p", "dd", "if=/dev/zero", "of=/dev/null", "bs=128M", container=limits, restartPolicy="Never")
    world.until_phase("p", "Failed")
    ended = world.container("p")["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_a_missing_config_map_holds_the_container_until_it_is_there(world):
    world.busybox(
        "p", "sh", "-c", "echo $COLOR; sleep 3600", container={"envFrom": [{"configMapRef": {"name": "settings"}}]}
    )
    world.clock.advance(3)
    assert world.container("p")["state"]["waiting"] == {"reason": "CreateContainerConfigError",
                                                        "message": 'configmap "settings" not found'}  # fmt: skip
    world.api.create(kinds.CONFIGMAP, {"metadata": {"name": "settings"}, "data": {"COLOR": "rojo"}}, "default")
    world.until_ready("p", timeout=15)
    assert [line for _, line in world.cluster.logs("default", "p", "c")] == ["rojo"]


def test_the_log_of_the_previous_run_is_kept(world):
    world.busybox("p", "sh", "-c", "date +%s; exit 1")
    world.until(lambda: world.restarts("p") == 1)
    now, before = (world.cluster.logs("default", "p", "c", previous) for previous in (False, True))
    assert float(before[0][1]) < float(now[0][1]) + 1
    assert before != now


def test_a_cluster_continues_where_it_was_saved(world):
    world.deployment(replicas=3)
    world.busybox("loop", "sh", "-c", "while true; do echo hola; sleep 1; done")
    world.busybox("crash", "sh", "-c", "exit 1")
    world.until_available(replicas=3)
    world.clock.advance(60)
    again = EmbeddedCluster(saved=world.cluster.snapshot())
    before = again.store.revision
    again.clock.advance(9)
    assert {change.key[0] for change in again.store.since(before)} <= {"leases.coordination.k8s.io", "pods", "events"}
    running = {pod["metadata"]["name"]: pod["status"]["containerStatuses"][0]["restartCount"]
               for pod in again.api.list(kinds.POD).items if pod["status"]["phase"] == "Running"}  # fmt: skip
    assert len(running) == 5
    assert len(again.logs("default", "loop", "c")) > 65
    crash = again.api.get(kinds.POD, "default", "crash")["status"]["containerStatuses"][0]["restartCount"]
    again.clock.advance(60)
    assert again.api.get(kinds.POD, "default", "crash")["status"]["containerStatuses"][0]["restartCount"] == crash + 1
    started = [one for one in again.api.list(kinds.EVENT).items
               if one["reason"] == "Started" and one["involvedObject"]["name"] == "loop"]  # fmt: skip
    assert [one["count"] for one in started] == [1]


@pytest.mark.parametrize(("seconds", "grace", "fits"), [(30, 30, True), (0, 30, True), (31, 30, False), (5, 2, False)])
def test_a_hook_that_sleeps_longer_than_the_grace_is_refused(world, seconds, grace, fits):
    container = {"name": "c", "image": "nginx:1.27", "lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}}
    with contextlib.nullcontext() if fits else pytest.raises(StatusError) as refused:
        world.pod("p", containers=[container], terminationGracePeriodSeconds=grace)
    assert fits or (f"spec.containers[0].lifecycle.preStop.sleep: Invalid value: {seconds}: must be non-negative and "
                    f"less than terminationGracePeriodSeconds ({grace})") in refused.value.message  # fmt: skip


def test_asking_again_for_an_image_already_there_takes_what_it_takes_to_ask(world):
    world.pod("p", containers=[{"name": "c", "image": "nginx:1.27", "imagePullPolicy": "Always"}])
    world.until_ready("p")
    assert ("Normal", "Pulled", 'Successfully pulled image "nginx:1.27" in 700ms (700ms including waiting). '
            "Image size: 75497472 bytes.") in world.events("p")  # fmt: skip


def test_a_tag_that_is_missing_in_a_registry_that_exists_is_not_found(world):
    own = "images:\n- image: registro.example/buscador\n  tags: {'1.0':}\n"
    world.cluster.workloads.extend(own, "mia.yaml")
    world.pod("p", containers=[{"name": "c", "image": "registro.example/buscador:9"}])
    world.until(lambda: waiting(world, "p") == "ErrImagePull", 10)
    assert world.container("p")["state"]["waiting"]["message"].endswith("registro.example/buscador:9: not found")
