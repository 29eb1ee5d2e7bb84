"""Un clúster de kind se crea entero o nada, y lo que no creó Orquesta no se toca."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab_tools import drivers, files
from lab_tools.client import Client
from lab_tools.drivers import home, kubeconfig_file
from lab_tools.drivers.base import DAMAGED, FALLEN, RUNNING, STOPPED, RealOptions, Request
from lab_tools.drivers.kind import KindDriver, ready, record
from lab_tools.drivers.kubeconfig import record as attached
from lab_tools.embedded.server.settings import Settings
from lab_tools.errors import ClusterError, UsageError

from .conftest import Machine


def create(name: str = "aula", **options: Any) -> list[str]:
    said: list[str] = []
    KindDriver(said.append).create(Request(name, real=RealOptions(**options)))
    return said


def test_creating_tells_each_step_and_leaves_a_cluster_in_use(machine: Machine) -> None:
    machine.nodes(True, True, True)
    said = create(workers=2)
    assert said == [
        "Traer la imagen de los nodos (kindest/node:v1.37.0)…", "Crear los contenedores de los nodos…",
        "Escribir la configuración…", "Arrancar el plano de control…", "Poner la red de los Pods (CNI)…",
        "Poner la StorageClass…", "Unir los nodos de trabajo…",
    ]  # fmt: skip
    [found] = KindDriver().list()
    assert (found.name, found.state, found.nodes, found.context) == ("aula", RUNNING, 3, "kind-aula")
    assert kubeconfig_file.current_context() == "kind-aula"
    assert drivers.in_use() == "aula"


def test_the_client_works_on_it_like_on_any_other(machine: Machine) -> None:
    create()
    client = Client(drivers.named().connect("aula"))
    assert [node["metadata"]["name"] for node in client.list("nodes")] == ["nodo-1"]
    client.wait(0.01)


def test_auto_finds_it_without_being_told_where_it_lives(machine: Machine) -> None:
    create()
    anywhere = drivers.named()
    assert anywhere.status("aula").driver == "kind"
    assert [status.name for status in anywhere.list()] == ["aula"]
    assert "kind-aula" in anywhere.kubeconfig("aula")


def test_several_live_at_once_and_each_is_deleted_alone(machine: Machine) -> None:
    create("una")
    create("otra")
    assert [status.name for status in KindDriver().list()] == ["otra", "una"]
    KindDriver().delete("otra")
    assert (machine.containers("otra"), len(machine.containers("una"))) == ([], 1)
    assert kubeconfig_file.current_context() == "kind-una"


def test_it_waits_for_the_workers_and_for_the_names(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.nodes(True, False)
    machine.api.pop("/apis/apps/v1/namespaces/kube-system/deployments/coredns")
    news = iter([lambda: machine.nodes(True, True)])
    monkeypatch.setattr(ready, "_PAUSE", 0)
    original = ready.missing

    def then(*args: Any, **kwargs: Any) -> str:
        found = original(*args, **kwargs)
        next(news, lambda: None)()
        return found

    monkeypatch.setattr(ready, "missing", then)
    assert create(workers=1)[-1] == "Esperar: no están listos: nodo-2…"


def test_a_wait_that_never_ends_says_what_was_missing_and_leaves_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.nodes(False)
    monkeypatch.setattr(ready, "wait", lambda *args, **kwargs: _impatient(*args, **kwargs))
    with pytest.raises(ClusterError, match="no están listos: nodo-1"):
        create()
    assert nothing_is_left(machine)


_wait = ready.wait


def _impatient(*args: Any, **kwargs: Any) -> None:
    _wait(*args, **{**kwargs, "timeout": 0.0})


def nothing_is_left(machine: Machine, name: str = "aula") -> bool:
    return (
        machine.containers(name) == []
        and not record.folder(name).exists()
        and not kubeconfig_file.has_context(f"kind-{name}")
    )


def test_a_creation_that_fails_leaves_nothing(machine: Machine) -> None:
    machine.scenario("el plano de control no llega")
    with pytest.raises(ClusterError, match="no ha llegado a estar listo"):
        create()
    assert nothing_is_left(machine)
    assert "delete cluster --name aula" in " ".join(machine.calls("kind"))


def test_ctrl_c_in_the_middle_leaves_nothing_and_kills_kind(machine: Machine) -> None:
    machine.scenario("interrumpido")

    def impatient(step: str) -> None:
        if "plano de control" in step:
            assert machine.containers("aula")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        KindDriver(impatient).create(Request("aula"))
    assert nothing_is_left(machine)


def test_after_a_failure_the_name_is_free(machine: Machine) -> None:
    machine.scenario("sin disco")
    with pytest.raises(ClusterError):
        create()
    machine.scenario("éxito")
    create()
    assert KindDriver().status("aula").state == RUNNING


def test_a_cluster_of_somebody_else_is_neither_taken_nor_deleted(machine: Machine) -> None:
    theirs = [{"name": "aula-control-plane", "role": "control-plane", "state": "running", "told": "Up"}]
    (machine.state / "aula.json").write_text(json.dumps(theirs))
    with pytest.raises(ClusterError, match="no lo creó Orquesta"):
        create()
    with pytest.raises(ClusterError, match="No hay ningún clúster de kind «aula» creado por Orquesta"):
        KindDriver().delete("aula")
    assert machine.containers("aula") == theirs
    assert KindDriver().list() == []
    assert not any(call.startswith("delete") for call in machine.calls("kind"))


def test_a_name_is_of_one_cluster_only_whatever_the_driver(machine: Machine) -> None:
    create()
    with pytest.raises(ClusterError, match="Ya hay un clúster «aula»"):
        create()
    with pytest.raises(ClusterError, match="Ya hay un clúster «aula»"):
        drivers.named("embedded").create(Request("aula"))


def test_the_name_of_somebody_elses_cluster_is_taken_too(machine: Machine) -> None:
    files.private_directory(attached.folder("aula"))
    attached.Record("aula", context="escuela", server="https://escuela:6443").save()
    with pytest.raises(ClusterError, match="Ya hay un clúster «aula»"):
        create()
    assert machine.calls("kind") == ["version"]


def test_what_a_creation_left_half_done_takes_no_name(machine: Machine) -> None:
    left = home.clusters() / "aula"
    files.private_directory(left)
    Settings("aula").save(left)
    create()
    assert KindDriver().status("aula").state == RUNNING


def test_after_a_restart_of_docker_start_brings_it_back(machine: Machine) -> None:
    machine.nodes(True, True)
    create(workers=1)
    machine.change("aula", state="exited", told="Exited (255) 1 minute ago")
    fallen = KindDriver().status("aula")
    assert (fallen.state, "Exited (255)" in fallen.problem) == (FALLEN, True)
    assert KindDriver().start("aula").state == RUNNING
    assert machine.calls("docker")[-4:-2] != machine.calls("docker")[-2:]
    starts = [call for call in machine.calls("docker") if call.startswith("start")]
    assert starts == ["start aula-control-plane", "start aula-worker"]


def test_what_does_not_come_back_says_why(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    create()
    machine.change("aula", state="exited", told="Exited (137) 1 minute ago")
    monkeypatch.setenv("FAKE_DEAD", "aula-control-plane")
    monkeypatch.setattr(ready, "wait", lambda *args, **kwargs: _impatient(*args, **kwargs))
    machine.nodes(False)
    with pytest.raises(ClusterError, match=r"no vuelve.*aula-control-plane \(Exited \(137\)"):
        KindDriver().start("aula")


def test_stopping_is_not_falling(machine: Machine) -> None:
    create()
    assert KindDriver().stop("aula").state == STOPPED
    assert KindDriver().status("aula").state == STOPPED
    assert KindDriver().start("aula").state == RUNNING


def test_a_cluster_whose_containers_were_deleted_is_told_and_can_be_cleaned(machine: Machine) -> None:
    create()
    (machine.state / "aula.json").unlink()
    found = KindDriver().status("aula")
    assert (found.state, "alguien los ha borrado" in found.problem) == (DAMAGED, True)
    KindDriver().delete("aula")
    assert nothing_is_left(machine)


def test_with_the_engine_stopped_the_list_still_answers(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    create()
    monkeypatch.setenv("FAKE_ENGINE", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
    [found] = KindDriver().list()
    assert (found.state, "no contesta" in found.problem) == (FALLEN, True)


def test_the_kubeconfig_of_the_person_keeps_what_was_theirs(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / ".kube" / "config"
    path.parent.mkdir()
    path.write_text(
        "# mío\napiVersion: v1\nkind: Config\ncurrent-context: casa\ncontexts:\n- name: casa\n  context: {}\n"
    )
    before = path.read_text()
    create()
    assert kubeconfig_file.current_context() == "kind-aula"
    KindDriver().delete("aula")
    assert path.read_text().startswith(before.splitlines()[0])
    assert kubeconfig_file.current_context() == "casa"


def test_logs_and_images_go_to_the_named_cluster(machine: Machine, tmp_path: Path) -> None:
    create()
    archive = tmp_path / "tienda.tar"
    archive.touch()
    assert (KindDriver().export_logs("aula", str(tmp_path / "registros")) / "kind-version.txt").exists()
    KindDriver().load("aula", ["tienda/frontend:1", str(archive)])
    calls = machine.calls("kind")
    assert "load docker-image tienda/frontend:1 --name aula" in calls
    assert f"load image-archive {archive} --name aula" in calls
    with pytest.raises(ClusterError, match="not present locally"):
        KindDriver().load("aula", ["ausente:1"])


def test_an_old_kind_is_refused_before_anything_is_made(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VERSION", "kind v0.20.0 go1.20.4 linux/amd64")
    with pytest.raises(ClusterError, match=r"0\.20\.0 y hace falta el 0\.30"):
        create()
    assert machine.calls("kind") == ["version"]


def test_without_kind_it_is_said_how_to_have_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nada")
    with pytest.raises(ClusterError, match="orquesta tools install kind"):
        create()


def test_a_folder_that_does_not_exist_is_not_mounted(machine: Machine) -> None:
    with pytest.raises(UsageError, match="No existe «/no/está»"):
        create(mounts=(("/no/está", "/datos"),))
    assert machine.calls("kind") == []
