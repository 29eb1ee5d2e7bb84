"""En un clúster ajeno, lo creado desde aquí se marca y se apunta, y lo demás no se borra."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab_tools.client import Client
from lab_tools.drivers.base import MADE_BY
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.kubeconfig.address import Address, parse
from lab_tools.drivers.kubeconfig.driver import clean
from lab_tools.drivers.kubeconfig.guard import GuardedConnection
from lab_tools.drivers.kubeconfig.inventory import FILE, Inventory
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import ClusterError
from lab_tools.objects import Object

LABEL, VALUE = MADE_BY


def namespace(name: str, **labels: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def config(name: str, text: str = "") -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"texto": text}}


@pytest.fixture
def theirs() -> Client:
    return Client(InProcessConnection(EmbeddedCluster(nodes=0)))


def guarded(theirs: Client, folder: Path, confined: str = "") -> GuardedConnection:
    return GuardedConnection(theirs.connection, Inventory(folder), confined)


def test_what_is_created_is_labelled_and_written_down(theirs: Client, tmp_path: Path) -> None:
    ours = Client(guarded(theirs, tmp_path))
    made = [ours.create(config("creado")), ours.apply(config("aplicado"))]
    assert [one["metadata"]["labels"] for one in made] == [{LABEL: VALUE}] * 2
    assert [Inventory(tmp_path).has(one["metadata"]["uid"]) for one in made] == [True, True]


def test_what_was_there_is_not_claimed_by_changing_it(theirs: Client, tmp_path: Path) -> None:
    before = theirs.create(config("suyo"))
    after = Client(guarded(theirs, tmp_path)).apply(config("suyo", "cambiado"))
    assert LABEL not in (after["metadata"].get("labels") or {})
    assert not Inventory(tmp_path).has(before["metadata"]["uid"])


def test_what_somebody_else_created_is_not_deleted(theirs: Client, tmp_path: Path) -> None:
    theirs.create(namespace("suyo"))
    theirs.within("suyo").create(config("suyo"))
    ours = Client(guarded(theirs, tmp_path))
    with pytest.raises(ClusterError, match="namespaces/suyo"):
        ours.delete("namespaces", "suyo")
    with pytest.raises(ClusterError, match="del namespace «suyo»"):
        ours.within("suyo").delete("configmaps", "suyo")


def test_the_label_alone_is_not_enough_and_neither_is_the_inventory(theirs: Client, tmp_path: Path) -> None:
    theirs.create(namespace("disfrazado", **{LABEL: VALUE}))
    ours = Client(guarded(theirs, tmp_path))
    ours.create(namespace("sin-etiqueta"))
    theirs.patch("namespaces", "sin-etiqueta", {"metadata": {"labels": {LABEL: None}}})
    for name in ("disfrazado", "sin-etiqueta"):
        with pytest.raises(ClusterError, match="no consta"):
            ours.delete("namespaces", name)


def test_another_object_with_the_same_name_is_not_the_one_created(theirs: Client, tmp_path: Path) -> None:
    ours = Client(guarded(theirs, tmp_path))
    ours.create(config("uno"))
    theirs.delete("configmaps", "uno")
    theirs.create({**config("uno"), "metadata": {"name": "uno", "labels": {LABEL: VALUE}}})
    with pytest.raises(ClusterError, match="no consta"):
        ours.delete("configmaps", "uno")


def test_inside_a_namespace_of_ours_everything_may_be_deleted(theirs: Client, tmp_path: Path) -> None:
    ours = Client(guarded(theirs, tmp_path))
    ours.create(namespace("nuestro"))
    theirs.within("nuestro").create(config("de-otra-manera"))
    ours.within("nuestro").delete("configmaps", "de-otra-manera")
    ours.delete("namespaces", "nuestro")
    assert theirs.within("nuestro").find("configmaps", "de-otra-manera") is None


def test_inside_the_lent_namespace_the_student_decides(theirs: Client, tmp_path: Path) -> None:
    theirs.create(config("suyo"))
    Client(guarded(theirs, tmp_path, "default")).delete("configmaps", "suyo")
    assert theirs.find("configmaps", "suyo") is None


def test_forgetting_a_cluster_removes_only_what_was_created(theirs: Client, tmp_path: Path) -> None:
    connection = guarded(theirs, tmp_path)
    ours = Client(connection)
    theirs.create(config("suyo"))
    ours.create(namespace("nuestro"))
    ours.create(config("nuestro"))
    ours.create(config("ya-borrado"))
    theirs.delete("configmaps", "ya-borrado")
    gone = clean(connection, Inventory(tmp_path))
    assert [entry.path for entry in gone] == [
        "/api/v1/namespaces/default/configmaps/nuestro",
        "/api/v1/namespaces/nuestro",
    ]
    assert theirs.find("configmaps", "suyo") is not None


def test_a_line_cut_by_a_power_failure_does_not_hide_the_rest(theirs: Client, tmp_path: Path) -> None:
    made = Client(guarded(theirs, tmp_path)).create(config("uno"))
    with (tmp_path / FILE).open("a", encoding="utf-8") as file:
        file.write('{"path": "/api/v1/na')
    assert Inventory(tmp_path).has(made["metadata"]["uid"])


def test_questions_are_not_things_created(theirs: Client, tmp_path: Path) -> None:
    asked = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
             "spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}}  # fmt: skip
    assert Client(guarded(theirs, tmp_path)).review(asked)["allowed"]
    assert Inventory(tmp_path).entries() == []


def test_an_expired_credential_is_asked_for_again_once(theirs: Client, tmp_path: Path) -> None:
    class Expired(InProcessConnection):
        def send(self, method, path, query=None, body=None, headers=None):  # type: ignore[no-untyped-def]
            return super().send(method, path, query, body, {**(headers or {}), "authorization": "Bearer caducado"})

    owner = theirs.connection
    assert isinstance(owner, InProcessConnection)
    renewed = GuardedConnection(Expired(owner.cluster), Inventory(tmp_path), "", lambda: owner)
    assert renewed.send("GET", "/api/v1/namespaces/default/pods").status == 200
    stuck = GuardedConnection(Expired(owner.cluster), Inventory(tmp_path))
    assert stuck.send("GET", "/api/v1/namespaces/default/pods").status == 401


@pytest.mark.parametrize(("path", "found"), [
    ("/api/v1/namespaces", Address("", "namespaces")),
    ("/api/v1/namespaces/ana", Address("", "namespaces", "", "ana")),
    ("/api/v1/namespaces/ana/status", Address("", "namespaces", "", "ana", "status")),
    ("/api/v1/namespaces/ana/pods", Address("", "pods", "ana")),
    ("/apis/apps/v1/namespaces/ana/deployments/web/scale", Address("apps", "deployments", "ana", "web", "scale")),
    ("/api/v1/nodes/uno", Address("", "nodes", "", "uno")),
    ("/version", None),
    ("/apis/apps/v1", None),
    ("/orquesta/v1/clock", None),
])  # fmt: skip
def test_a_path_says_what_it_is_about(path: str, found: Address | None) -> None:
    assert parse(path) == found


def test_a_dry_run_leaves_nothing_written(theirs: Client, tmp_path: Path) -> None:
    body = json.dumps(config("ensayo")).encode()
    headers = {"content-type": "application/json"}
    reply = guarded(theirs, tmp_path).send(
        "POST", "/api/v1/namespaces/default/configmaps", {"dryRun": ["All"]}, body, headers
    )
    assert reply.status == 201
    assert Inventory(tmp_path).entries() == []
