"""Con qué usuario corre un contenedor, y lo que el kubelet no deja correr de root."""

from __future__ import annotations

import pytest

ROOT, NAMED = "image will run as root", "image has non-numeric user (curl_user), cannot verify user is non-root"


def waiting(world, name):
    """Por qué espera el contenedor de un Pod."""
    known = world.get("pod", name)["status"].get("containerStatuses") or [{"state": {}}]
    return known[0]["state"].get("waiting")


@pytest.mark.parametrize(("image", "pod", "container", "why"), [
    ("nginx:1.27", {"runAsNonRoot": True}, {}, f"container has runAsNonRoot and {ROOT}"),
    ("nginx:1.27", {}, {"runAsNonRoot": True}, f"container has runAsNonRoot and {ROOT}"),
    ("nginx:1.27", {"runAsNonRoot": True, "runAsUser": 0}, {}, "container's runAsUser breaks non-root policy"),
    ("nginx:1.27", {"runAsUser": 7}, {"runAsNonRoot": True, "runAsUser": 0},
     "container's runAsUser breaks non-root policy"),
    ("curlimages/curl:8.17.0", {"runAsNonRoot": True}, {}, f"container has runAsNonRoot and {NAMED}"),
])  # fmt: skip
def test_what_would_be_root_is_not_created(world, image, pod, container, why):
    made = world.pod("p", containers=[{"name": "c", "image": image, "securityContext": container}], securityContext=pod)
    world.until(lambda: (waiting(world, "p") or {}).get("reason") == "CreateContainerConfigError")
    message = f'{why} (pod: "p_default({made["metadata"]["uid"]})", container: c)'
    assert waiting(world, "p") == {"reason": "CreateContainerConfigError", "message": message}
    assert ("Warning", "Failed", f"Error: {message}") in world.events("p")


@pytest.mark.parametrize(("image", "pod", "container", "uid"), [
    ("nginx:1.27", {}, {}, 0),
    ("nginx:1.27", {"runAsNonRoot": True, "runAsUser": 101}, {}, 101),
    ("nginx:1.27", {"runAsNonRoot": True}, {"runAsNonRoot": False}, 0),
    ("tienda-api:1.0", {"runAsNonRoot": True}, {}, 10001),
    ("curlimages/curl:8.17.0", {}, {"runAsUser": 5}, 5),
])  # fmt: skip
def test_who_it_runs_as_is_said_by_the_container_the_pod_or_the_image(world, image, pod, container, uid):
    one = {"name": "c", "image": image, "securityContext": container}
    if image.startswith("curl"):
        one["command"] = ["sleep", "3600"]
    world.pod("p", containers=[one], securityContext=pod)
    world.until_ready("p")
    session = world.cluster.execute("default", "p", "c", ["id", "-u"], False, False)
    world.clock.settle()
    assert b"".join(data for _, data in session.read()).decode() == f"{uid}\n"
