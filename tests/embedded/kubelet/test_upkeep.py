"""Lo montado se pone al día cuando cambia su ConfigMap o su Secret; lo que está en el entorno, no."""

from __future__ import annotations

import pytest

from lab_tools.objects import kinds

LOOK = ["sh", "-c", "while true; do echo $(cat /etc/app/color); sleep 5; done"]


def settings(world, kind=kinds.CONFIGMAP, color="rojo", **more):
    data = {"stringData" if kind is kinds.SECRET else "data": {"color": color}}
    return world.api.create(kind, {"metadata": {"name": "app"}, **data, **more}, "default")


def mounted(world, source, name="p", **mount):
    """Un Pod que mira cada cinco segundos un archivo montado."""
    world.busybox(name, *LOOK, container={"volumeMounts": [{"name": "app", "mountPath": "/etc/app", **mount}],
                                          "env": [{"name": "COLOR", "value": "fijo"}]},
                  volumes=[{"name": "app", **source}], terminationGracePeriodSeconds=0)  # fmt: skip
    world.until_ready(name)


def seen(world, name="p"):
    """Lo último que el programa vio."""
    return world.cluster.logs("default", name, "c")[-1][1]


def inside(world, path, name="p"):
    """Lo que hay ahora en un archivo del contenedor."""
    execution = world.cluster.execute("default", name, "c", ["cat", path], False, False)
    world.clock.settle()
    return b"".join(data for _, data in execution.read()).decode().strip()


@pytest.mark.parametrize(("kind", "source"), [
    (kinds.CONFIGMAP, {"configMap": {"name": "app"}}),
    (kinds.SECRET, {"secret": {"secretName": "app"}}),
    (kinds.CONFIGMAP, {"projected": {"sources": [{"configMap": {"name": "app"}}]}}),
])  # fmt: skip
def test_a_mounted_file_follows_its_source_within_a_minute_and_a_half(world, kind, source):
    settings(world, kind)
    mounted(world, source)
    world.clock.advance(100)
    assert seen(world) == "rojo"
    data = {"stringData": {"color": "azul"}} if kind is kinds.SECRET else {"data": {"color": "azul"}}
    world.api.patch(kind, "default", "app", data)
    world.clock.advance(1)
    assert inside(world, "/etc/app/color") == "rojo"
    assert world.until(lambda: seen(world) == "azul", 100) < 96


def test_two_pods_do_not_see_it_at_the_same_instant(world):
    settings(world)
    for name in ("a", "b"):
        mounted(world, {"configMap": {"name": "app"}}, name)
    world.patch("configmap", "app", {"data": {"color": "azul"}})
    world.until(lambda: "azul" in (inside(world, "/etc/app/color", "a"), inside(world, "/etc/app/color", "b")), 100)
    assert {inside(world, "/etc/app/color", "a"), inside(world, "/etc/app/color", "b")} == {"rojo", "azul"}


def test_touching_an_annotation_brings_the_look_forward(world):
    settings(world)
    mounted(world, {"configMap": {"name": "app"}})
    world.patch("configmap", "app", {"data": {"color": "azul"}})
    world.patch("pod", "p", {"metadata": {"annotations": {"mira": "ya"}}})
    world.clock.advance(0.1)
    assert inside(world, "/etc/app/color") == "azul"


def test_a_subpath_is_a_photograph(world):
    settings(world)
    mounted(world, {"configMap": {"name": "app"}}, mountPath="/etc/app/color", subPath="color")
    world.patch("configmap", "app", {"data": {"color": "azul"}})
    world.clock.advance(200)
    assert (inside(world, "/etc/app/color"), seen(world)) == ("rojo", "rojo")


def test_the_environment_never_changes_while_the_container_lives(world):
    settings(world)
    env = [{"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "app", "key": "color"}}}]
    world.busybox("p", "sh", "-c", "while true; do echo $COLOR; sleep 5; done", container={"env": env})
    world.until_ready("p")
    world.patch("configmap", "app", {"data": {"color": "azul"}})
    world.clock.advance(300)
    assert seen(world) == "rojo"


def test_an_immutable_map_stays_as_it_was_mounted_even_if_it_is_made_again(world):
    settings(world, immutable=True)
    mounted(world, {"configMap": {"name": "app"}})
    world.delete("configmap", "app")
    settings(world, color="azul", immutable=True)
    world.clock.advance(300)
    assert inside(world, "/etc/app/color") == "rojo"


def test_a_key_that_goes_takes_its_file_along_and_a_new_one_brings_its_own(world):
    settings(world)
    mounted(world, {"configMap": {"name": "app"}})
    world.api.patch(kinds.CONFIGMAP, "default", "app", {"data": {"color": None, "forma": "redonda"}})
    world.clock.advance(100)
    assert inside(world, "/etc/app/forma") == "redonda"
    assert "No such file" in inside(world, "/etc/app/color")


def test_a_source_that_goes_leaves_the_files_and_says_so(world):
    settings(world)
    mounted(world, {"configMap": {"name": "app"}})
    world.delete("configmap", "app")
    world.clock.advance(100)
    assert inside(world, "/etc/app/color") == "rojo"
    why = 'MountVolume.SetUp failed for volume "app" : configmap "app" not found'
    assert world.events("p", "FailedMount") == [("Warning", "FailedMount", why)]


def test_the_labels_of_the_pod_are_seen_as_they_change(world):
    items = [{"path": "etiquetas", "fieldRef": {"fieldPath": "metadata.labels"}}]
    world.busybox("p", "sleep", "3600", labels={"version": "1"},
                  container={"volumeMounts": [{"name": "yo", "mountPath": "/yo"}]},
                  volumes=[{"name": "yo", "downwardAPI": {"items": items}}])  # fmt: skip
    world.until_ready("p")
    assert inside(world, "/yo/etiquetas") == 'version="1"'
    world.patch("pod", "p", {"metadata": {"labels": {"version": "2"}}})
    world.clock.advance(0.1)
    assert inside(world, "/yo/etiquetas") == 'version="2"'


def test_a_limit_that_nobody_sets_is_what_the_node_offers(world):
    items = [{"path": "limite", "resourceFieldRef": {"containerName": "c", "resource": "limits.memory",
                                                     "divisor": "1Mi"}}]  # fmt: skip
    world.busybox("p", "sleep", "3600", volumes=[{"name": "v", "downwardAPI": {
        "items": items}}], container={"volumeMounts": [{"name": "v", "mountPath": "/v"}]})  # fmt: skip
    world.until_ready("p")
    assert inside(world, "/v/limite") == "8192"


def test_a_missing_key_holds_the_pod_and_names_it(world):
    settings(world)
    world.busybox("p", "sleep", "3600", volumes=[
        {"name": "app", "configMap": {"name": "app", "items": [{"key": "forma", "path": "f"}]}}])  # fmt: skip
    world.clock.advance(5)
    assert world.events("p", "FailedMount")[0][2] == (
        'MountVolume.SetUp failed for volume "app" : references non-existent config key: forma')  # fmt: skip


def test_a_subpath_of_a_shared_folder_is_the_folder_itself(world):
    mounts = [{"name": "w", "mountPath": "/datos", "subPath": "uno"}, {"name": "w", "mountPath": "/todo"}]
    world.busybox("p", "sh", "-c", "echo hola > /datos/f; sleep 3600", container={"volumeMounts": mounts},
                  volumes=[{"name": "w", "emptyDir": {}}])  # fmt: skip
    world.until_ready("p")
    assert inside(world, "/todo/uno/f") == "hola"


def test_a_container_sees_what_its_neighbour_writes_later(world):
    mount = [{"name": "w", "mountPath": "/w"}]
    read = ["sh", "-c", "while ! test -f /w/listo; do sleep 1; done; echo visto; sleep 3600"]
    write = ["sh", "-c", "sleep 30; echo si > /w/listo; sleep 3600"]
    world.pod("p", volumes=[{"name": "w", "emptyDir": {}}], containers=[
        {"name": name, "image": "busybox:1.36", "command": command, "volumeMounts": mount}
        for name, command in (("lee", read), ("escribe", write))])  # fmt: skip
    world.clock.advance(45)
    assert [line for _, line in world.cluster.logs("default", "p", "lee")] == ["visto"]
