"""El driver embebido desde Python: conectar levanta lo caído, y un diario largo se resume sin perder nada."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab_tools import drivers, files
from lab_tools.drivers import kubeconfig_file
from lab_tools.drivers.base import Connection, Reply, Request
from lab_tools.drivers.embedded import EmbeddedDriver
from lab_tools.errors import ClusterError, UsageError

CONFIGMAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedDriver]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    found = EmbeddedDriver()
    yield found
    for status in found.list():
        found.delete(status.name)


def kill(status_directory: str) -> None:
    pid = files.lock_owner(Path(status_directory) / "server.lock")
    assert pid
    os.kill(pid, signal.SIGKILL)
    # Morir también lleva un momento: lo que cuenta es que el sistema ya haya soltado su cerrojo.
    assert eventually(lambda: files.lock_owner(Path(status_directory) / "server.lock") is None)


def content(reply: Reply) -> Any:
    assert isinstance(reply.body, bytes)
    return json.loads(reply.body)


def put(connection: Connection, name: str, data: str) -> int:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"x": data}}
    headers = {"content-type": "application/json"}
    return connection.send("POST", CONFIGMAPS, body=json.dumps(body).encode(), headers=headers).status


class Broken:
    """Un módulo cuya importación se corta con Ctrl-C: a la segunda ya no se puede importar."""

    def __init__(self, name: str) -> None:
        self.name, self.cut = name, False

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == self.name:
            if self.cut:
                raise AttributeError(f"partially initialized module '{name}'")
            self.cut = True
            raise KeyboardInterrupt


def test_control_c_in_the_middle_of_an_import_leaves_nothing(
    driver: EmbeddedDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = kubeconfig_file.__name__
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(drivers, "kubeconfig_file")
    monkeypatch.setattr(sys, "meta_path", [Broken(name), *sys.meta_path])
    with pytest.raises(KeyboardInterrupt):
        driver.create(Request("aula"))
    assert not [path for path in (tmp_path / "orquesta" / "clusters").iterdir() if not path.name.startswith(".")]


def test_the_driver_is_found_by_its_name() -> None:
    assert [drivers.named(name).name for name in drivers.NAMES] == ["auto", "embedded", "kind", "kubeconfig"]
    with pytest.raises(UsageError, match="«swarm»"):
        drivers.named("swarm")


def test_it_says_what_it_can_and_cannot_do() -> None:
    abilities = {capability.name: capability.able for capability in EmbeddedDriver().capabilities}
    assert abilities["kubectl"]
    assert not abilities["contenedores"]


def test_a_long_journal_is_summed_up_and_nothing_is_lost(driver: EmbeddedDriver) -> None:
    directory = Path(driver.create(Request("curso", nodes=1)).directory)
    connection = driver.connect("curso")
    names = [f"c{number:02}" for number in range(60)]
    assert {put(connection, name, name * 33_000) for name in names} == {201}
    connection.send("GET", "/version")
    assert eventually(lambda: (directory / "snapshot-1.json").exists())
    assert put(connection, "c99", "después") == 201
    kill(str(directory))
    items = content(driver.connect("curso").send("GET", CONFIGMAPS))["items"]
    found = {item["metadata"]["name"]: item.get("data", {}).get("x", "") for item in items}
    assert found["c99"] == "después"
    assert [found[name] for name in names] == [name * 33_000 for name in names]


def eventually(check: Any) -> bool:
    import time

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.02)
    return False


def test_an_open_connection_tells_a_death_and_a_new_one_brings_it_back(driver: EmbeddedDriver) -> None:
    found = driver.create(Request("curso", nodes=1))
    connection = driver.connect("curso")
    kill(found.directory)
    with pytest.raises(Exception, match="no contesta") as caught:
        connection.send("GET", "/version")
    assert "orquesta cluster status curso" in str(caught.value)
    assert driver.connect("curso").send("GET", "/version").status == 200


def test_the_owner_moves_the_clock_and_the_student_waits(driver: EmbeddedDriver) -> None:
    driver.create(Request("curso", nodes=1, speed=100))
    owner, student = driver.connect("curso", "owner"), driver.connect("curso")

    def elapsed() -> float:
        return float(content(owner.send("GET", "/orquesta/v1/clock"))["elapsed"])

    before = elapsed()
    owner.wait(3600)
    after = elapsed()
    assert after - before >= 3600
    student.wait(10)
    assert elapsed() - after >= 10


def test_a_connection_carries_a_kubeconfig_of_its_own(driver: EmbeddedDriver) -> None:
    driver.create(Request("curso", nodes=1))
    path = driver.connect("curso").kubeconfig
    assert path is not None
    assert Path(path).stat().st_mode & 0o077 == 0
    assert [item["name"] for item in yaml.safe_load(Path(path).read_text())["contexts"]] == ["orquesta-curso"]


def test_the_official_client_works_over_tls(driver: EmbeddedDriver) -> None:
    kubernetes: Any = pytest.importorskip("kubernetes")
    driver.create(Request("curso", nodes=2))
    api = kubernetes.config.new_client_from_config(driver.connect("curso").kubeconfig)
    core = kubernetes.client.CoreV1Api(api)
    assert len(core.list_node().items) == 2
    meta = kubernetes.client.V1ObjectMeta(name="uno")
    core.create_namespaced_config_map("default", kubernetes.client.V1ConfigMap(metadata=meta, data={"x": "1"}))
    core.patch_namespaced_config_map("uno", "default", {"data": {"x": "2"}})
    watch = kubernetes.watch.Watch().stream(
        core.list_namespaced_config_map, "default", field_selector="metadata.name=uno", timeout_seconds=1
    )
    assert [(event["type"], event["object"].data) for event in watch] == [("ADDED", {"x": "2"})]
    core.delete_namespaced_config_map("uno", "default")


def test_another_identity_in_the_port_is_not_taken_for_ours(driver: EmbeddedDriver) -> None:
    found = driver.create(Request("curso", nodes=1))
    (Path(found.directory) / "credentials.json").write_text('{"authority": "", "users": {}}')
    with pytest.raises(ClusterError, match="credentials"):
        driver.connect("curso")


NONSENSE = [{"nodes": 0}, {"nodes": "tres"}, {"nodes": 2.5}, {"speed": float("nan")}, {"speed": 0}, {"speed": "20"}]


@pytest.mark.parametrize("asked", NONSENSE, ids=str)
def test_what_makes_no_sense_is_refused_before_anything_is_made(
    asked: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    with pytest.raises(UsageError, match="No puede haber un clúster con"):
        drivers.named().create(Request("curso", **asked))
    assert list(tmp_path.iterdir()) == []
