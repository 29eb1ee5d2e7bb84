"""Dónde no se escribe: volúmenes hechos de datos de la API, montajes de solo lectura y la raíz si así se pide."""

from __future__ import annotations

import pytest

from lab_tools.objects import kinds

MAP = {"name": "v", "configMap": {"name": "ajustes"}}
EMPTY = {"name": "v", "emptyDir": {}}


@pytest.mark.parametrize(("volume", "mount", "security", "path", "fits"), [
    (MAP, {}, {}, "/v/a", False),
    (EMPTY, {}, {}, "/v/a", True),
    (EMPTY, {"readOnly": True}, {}, "/v/a", False),
    (EMPTY, {}, {"readOnlyRootFilesystem": True}, "/tmp/a", False),
    (EMPTY, {}, {"readOnlyRootFilesystem": True}, "/v/a", True),
    (EMPTY, {}, {"readOnlyRootFilesystem": True}, "/dev/termination-log", True),
])  # fmt: skip
def test_who_may_write_where(world, volume, mount, security, path, fits):
    world.api.create(kinds.CONFIGMAP, {"metadata": {"name": "ajustes"}, "data": {"clave": "1\n"}}, "default")
    world.busybox("p", "sh", "-c", f"echo x > {path} || echo no; sleep 3600", volumes=[volume], container={
        "volumeMounts": [{"name": "v", "mountPath": "/v", **mount}], "securityContext": security})  # fmt: skip
    world.until_ready("p")
    said = [text for _, text in world.cluster.logs("default", "p", "c")]
    assert said == ([] if fits else [f"sh: can't create {path}: Read-only file system", "no"])


@pytest.mark.parametrize(("command", "complaint"), [
    ("touch /v/a", "touch: /v/a"), ("rm /v/clave", "rm: can't remove '/v/clave'"),
    ("mkdir /v/d", "mkdir: can't create directory '/v/d'"), ("echo x | tee /v/a", "tee: /v/a"),
    ("cp /etc/hosts /v/a", "cp: can't create '/v/a'"),
    ("dd if=/dev/zero of=/v/a bs=1 count=1", "dd: can't open '/v/a'"),
    ("echo x >> /v/clave", "sh: can't create /v/clave"),
])  # fmt: skip
def test_each_command_complains_in_its_own_words(world, command, complaint):
    world.api.create(kinds.CONFIGMAP, {"metadata": {"name": "ajustes"}, "data": {"clave": "1\n"}}, "default")
    world.busybox("p", "sh", "-c", f"{command}; cat /v/clave; sleep 3600", volumes=[MAP],
                  container={"volumeMounts": [{"name": "v", "mountPath": "/v"}]})  # fmt: skip
    world.until_ready("p")
    said = [text for _, text in world.cluster.logs("default", "p", "c")]
    assert said[-2:] == [f"{complaint}: Read-only file system", "1"]
