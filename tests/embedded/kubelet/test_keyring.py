"""Un registro con llave se abre con la llave del Pod, o con la de su cuenta, y con ninguna otra."""

from __future__ import annotations

import base64
import json

import pytest

from lab_tools.objects import kinds

HOST = "registro.tienda.example"
IMAGE = f"{HOST}/tienda/pagos:1.0"


def key(world, name="llave", password="alubias-con-arroz", host=HOST, kind="kubernetes.io/dockerconfigjson"):
    entry = {host: {"auth": base64.b64encode(f"despensa:{password}".encode()).decode()}}
    field, body = (".dockercfg", entry) if kind.endswith("dockercfg") else (".dockerconfigjson", {"auths": entry})
    world.api.create(kinds.SECRET, {"metadata": {"name": name}, "type": kind, "stringData": {field: json.dumps(body)}},
                     "default")  # fmt: skip


def pod(world, name="p", **spec):
    container = {"name": "c", "image": IMAGE, **spec.pop("container", {})}
    world.pod(name, containers=[container], nodeName="node-1", **spec)


def waiting(world, name="p"):
    found = world.get("pod", name)["status"].get("containerStatuses") or [{"state": {}}]
    return found[0]["state"].get("waiting", {})


@pytest.mark.parametrize("kind", ["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"])
def test_the_key_of_the_pod_opens(world, kind):
    key(world, kind=kind)
    pod(world, imagePullSecrets=[{"name": "llave"}])
    world.until_ready("p")


def test_the_key_of_its_account_opens_too(world):
    key(world)
    world.clock.advance(1)
    world.patch("serviceaccount", "default", {"imagePullSecrets": [{"name": "llave"}]})
    pod(world)
    assert world.get("pod", "p")["spec"]["imagePullSecrets"] == [{"name": "llave"}]
    world.until_ready("p")


@pytest.mark.parametrize(("how", "why"), [
    ({}, "authorization failed: no basic auth credentials"),
    ({"host": "otro.example"}, "authorization failed: no basic auth credentials"),
    ({"password": "lentejas"}, f"unexpected status from HEAD request to https://{HOST}/v2/tienda/pagos/manifests/1.0: "
                               "401 Unauthorized"),
])  # fmt: skip
def test_another_key_does_not(world, how, why):
    if how:
        key(world, **how)
    pod(world, imagePullSecrets=[{"name": "llave"}] if how else [])
    world.until(lambda: waiting(world).get("reason") == "ErrImagePull", 5)
    assert waiting(world)["message"].endswith(why)


def test_an_image_that_another_pod_brought_is_not_for_everybody(world):
    key(world)
    pod(world, imagePullSecrets=[{"name": "llave"}])
    world.until_ready("p")
    pod(world, "sin-llave")
    world.until(lambda: waiting(world, "sin-llave").get("reason") == "ErrImagePull", 5)
    pod(world, "nunca", container={"imagePullPolicy": "Never"})
    world.until(lambda: waiting(world, "nunca").get("reason") == "ErrImageNeverPull", 5)
    assert "does not have the proper credentials" in waiting(world, "nunca")["message"]


def test_a_secret_that_is_no_key_opens_nothing(world):
    world.api.create(kinds.SECRET, {"metadata": {"name": "llave"}, "stringData": {"a": "b"}}, "default")
    pod(world, imagePullSecrets=[{"name": "llave"}])
    world.until(lambda: waiting(world).get("reason") == "ErrImagePull", 5)
