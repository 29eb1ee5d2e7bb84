"""Una clase en un clúster: cada cual con lo suyo; se repite, se deja a medias y se recoge sin tocar lo ajeno."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from grading import roster
from grading.classroom import folder as folders
from grading.classroom import keys, names, roll
from grading.classroom.cli import _MANY
from grading.classroom.folder import Classroom
from grading.classroom.plan import Terms
from grading.classroom.scope import Within
from lab_tools.checks.finding import NotMeasurable
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import GradingError, StatusError
from lab_tools.objects import Object

DOOR = Access("clase", "https://escuela:6443", "")


def teacher(nodes: int = 1) -> Client:
    return Client(InProcessConnection(EmbeddedCluster(nodes), "student"))


def classroom(tmp_path: Path, *students: str) -> Classroom:
    made = Classroom(tmp_path / "clase", "clase", "escuela", students=students or ("ana", "luis"))
    made.save()
    return made


def student(client: Client, room: Classroom, name: str) -> Client:
    """El cliente de un estudiante, con el token de su llave."""
    found = yaml.safe_load(room.key(name).read_text(encoding="utf-8"))
    token, place = found["users"][0]["user"]["token"], found["contexts"][0]["context"]["namespace"]
    inner = client.connection

    class Holder:
        name, kubeconfig = "clase", None

        def send(self, method, path, query=None, body=None, headers=None):  # type: ignore[no-untyped-def]
            return inner.send(method, path, query, body, {**(headers or {}), "authorization": f"Bearer {token}"})

        def wait(self, seconds: float) -> None:
            inner.wait(seconds)

    return Client(Holder(), place)


def pod(name: str = "web", **spec: object) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "c", "image": "tienda-frontend:1.0"}], **spec}}  # fmt: skip


def refused(client: Client, obj: Object) -> int:
    with pytest.raises(StatusError) as told:
        client.create(obj)
    return told.value.code


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Client, Classroom]]:
    client, room = teacher(), classroom(tmp_path)
    assert [step.what for step in roll.create(room, client, DOOR)] == [roll.MADE, roll.MADE]
    client.wait(2)  # el clúster da a cada namespace su cuenta
    yield client, room


def test_each_student_works_in_their_own_namespace_and_sees_no_other(made: tuple[Client, Classroom]) -> None:
    client, room = made
    ana = student(client, room, "ana")
    ana.create(pod())
    assert ana.namespace == "clase-ana"
    assert [one["metadata"]["name"] for one in ana.list("pods")] == ["web"]
    for kind, place in (("pods", "clase-luis"), ("secrets", "clase-luis"), ("nodes", None), ("namespaces", None)):
        with pytest.raises(StatusError) as told:
            ana.list(kind, place)
        assert told.value.code == 403


def test_a_student_cannot_give_rights_nor_lift_the_limits_nor_open_the_walls(made: tuple[Client, Classroom]) -> None:
    client, room = made
    ana = student(client, room, "ana")
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "todo"}, "rules": []}
    assert refused(ana, role) == 403
    for kind, name in (("networkpolicies", "cerrado"), ("resourcequotas", "reparto"), ("rolebindings", "estudiante")):
        with pytest.raises(StatusError) as told:
            ana.delete(kind, name)
        assert told.value.code == 403
    with pytest.raises(StatusError):
        ana.patch("namespaces", "clase-ana", {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": None}}})


def test_quota_and_pod_security_hold(tmp_path: Path) -> None:
    client, room = teacher(), replace(classroom(tmp_path), terms=Terms(pods=1))
    list(roll.create(room, client, DOOR))
    client.wait(2)
    ana = student(client, room, "ana")
    assert refused(ana, pod(hostNetwork=True)) == 403
    ana.create(pod())
    client.wait(1)
    assert refused(ana, pod("otro")) == 403


def test_doing_it_again_changes_nothing_and_a_new_student_is_added(made: tuple[Client, Classroom]) -> None:
    client, room = made
    before = client.get("namespaces", "clase-ana")["metadata"]["resourceVersion"], room.key("ana").read_bytes()
    more = replace(room, students=("ana", "luis", "eva"))
    assert [step.what for step in roll.create(more, client, DOOR)] == [roll.THERE, roll.THERE, roll.MADE]
    assert (
        client.get("namespaces", "clase-ana")["metadata"]["resourceVersion"],
        room.key("ana").read_bytes(),
    ) == before


def test_new_limits_reach_everybody_and_take_no_work_away(made: tuple[Client, Classroom]) -> None:
    client, room = made
    student(client, room, "ana").create(pod())
    steps = list(roll.create(replace(room, terms=Terms(pods=7)), client, DOOR))
    assert [step.what for step in steps] == [roll.MADE, roll.MADE]
    assert client.get("resourcequotas", "reparto", "clase-luis")["spec"]["hard"]["pods"] == "7"
    assert client.find("pods", "web", "clase-ana") is not None


@pytest.mark.parametrize("writes", range(1, 24, 2))
def test_stopped_anywhere_the_next_time_finishes(tmp_path: Path, writes: int) -> None:
    client, room = teacher(0), classroom(tmp_path)
    inner = client.connection

    class Stopped:
        name, kubeconfig, left = "escuela", None, writes

        def send(self, method, *args, **how):  # type: ignore[no-untyped-def]
            if method != "GET":
                self.left -= 1
                if self.left < 0:
                    raise KeyboardInterrupt
            return inner.send(method, *args, **how)

        def wait(self, seconds: float) -> None:
            inner.wait(seconds)

    with contextlib.suppress(KeyboardInterrupt):
        list(roll.create(room, Client(Stopped()), DOOR))
    assert {step.what for step in roll.create(room, client, DOOR)} <= {roll.MADE, roll.THERE}
    assert all(one.whole and one.expires for one in roll.status(room, client))


def test_a_namespace_that_was_there_is_not_touched(tmp_path: Path) -> None:
    client, room = teacher(0), classroom(tmp_path)
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "clase-ana"}})
    ana, luis = roll.create(room, client, DOOR)
    assert (ana.what, luis.what) == (roll.REFUSED, roll.MADE)
    assert "no es de esta clase" in ana.reason
    assert client.list("serviceaccounts", "clase-ana", labels={"orquesta.dev/clase": "clase"}) == []


def test_emptying_leaves_the_walls_and_the_key(made: tuple[Client, Classroom]) -> None:
    client, room = made
    ana = student(client, room, "ana")
    ana.create(pod())
    ana.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "informe"}})
    assert [step.what for step in roll.reset(room, client, ["ana"])] == [roll.EMPTIED]
    assert ana.list("pods") == []
    assert ana.find("configmaps", "informe") is None
    assert {one["metadata"]["name"] for one in client.list("networkpolicies", "clase-ana")} == {"cerrado", "lo-suyo"}


def test_deleting_takes_what_the_class_created_and_nothing_else(made: tuple[Client, Classroom]) -> None:
    client, room = made
    labels = {"orquesta.dev/clase": "clase", "orquesta.dev/creado-por": "orquesta"}
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "impostor", "labels": labels}})
    steps = {step.namespace: step.what for step in roll.delete(room, client)}
    assert steps == {"clase-ana": roll.GONE, "clase-luis": roll.GONE, "impostor": roll.REFUSED}
    assert client.find("namespaces", "impostor") is not None
    assert client.find("namespaces", "clase-ana") is None
    assert not room.key("ana").exists()


def test_status_says_the_lab_the_pods_and_who_lacks_something(made: tuple[Client, Classroom]) -> None:
    client, room = made
    ana = student(client, room, "ana")
    ana.create(pod())
    note = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "orquesta-laboratorio"}}
    ana.create({**note, "data": {"lab": "06-deployments"}})
    client.wait(30)
    client.delete("namespaces", "clase-luis")
    client.wait(30)
    one, other = roll.status(room, client)
    assert (one.whole, one.lab, one.ready, one.pods) == (True, "06-deployments", 1, 1)
    assert (other.whole, other.pods) == (False, 0)


def test_a_spent_key_is_renewed(made: tuple[Client, Classroom]) -> None:
    _, room = made
    path = room.key("ana")
    ends = keys.expires(path)
    assert keys.is_good(path, DOOR, ends - 100 * keys.DAY)
    assert not keys.is_good(path, DOOR, ends - keys.DAY)
    assert not keys.is_good(path, replace(DOOR, server="https://otro"), ends - 100 * keys.DAY)
    assert path.stat().st_mode & 0o777 == 0o600


def test_names_are_legible_and_never_the_same() -> None:
    students = ["ana", "Ana", "ana@example.org", "ana.example.org", "a" * 64, "a" * 63]
    found = [names.namespace("clase", one) for one in students]
    assert found[0] == "clase-ana"
    assert len(set(found)) == len(found)
    assert all(len(one) <= 63 and one == one.lower() and one.strip("-") == one for one in found)


def test_marking_sees_only_the_namespace_of_the_student(made: tuple[Client, Classroom]) -> None:
    client, _ = made
    inside = Client(Within(client.connection, "clase-ana"), "clase-ana")
    assert [one["metadata"]["name"] for one in inside.list("serviceaccounts")] == ["default", "estudiante"]
    for look in (lambda: inside.list("pods", "clase-luis"), lambda: inside.list("nodes"),
                 lambda: inside.list("pods", "*"), lambda: inside.delete("configmaps", "x"),
                 lambda: inside.delete("namespaces", "clase-luis")):  # fmt: skip
        with pytest.raises(NotMeasurable):
            look()


def test_the_folder_remembers_the_class(tmp_path: Path) -> None:
    room = replace(classroom(tmp_path), server="https://puerta", days=30, terms=Terms(cpu=4))
    room.save()
    assert folders.load(room.folder) == room
    assert "students" in json.loads((room.folder / folders.FILE).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_five_hundred_students_have_their_place_and_lose_it_again(tmp_path: Path) -> None:
    everybody = tuple(f"estudiante{number}@example.org" for number in range(500))
    client, room = teacher(0), classroom(tmp_path, *everybody)
    assert [step.what for step in roll.create(room, client, DOOR)] == [roll.MADE] * 500
    assert [step.what for step in roll.create(room, client, DOOR)] == [roll.THERE] * 500
    assert all(one.whole and one.expires for one in roll.status(room, client))
    assert len({room.key(one).read_bytes() for one in everybody}) == 500
    assert [step.what for step in roll.delete(room, client)] == [roll.GONE] * 500
    assert client.list("namespaces", labels={"orquesta.dev/clase": "clase"}) == []


def test_a_list_that_cannot_be_read_is_told_in_spanish(tmp_path: Path) -> None:
    (tmp_path / "otra.csv").write_bytes("id,name\nana,Muñoz\n".encode("latin-1"))
    for name, told in (("no-hay.csv", "No existe la lista"), ("otra.csv", "no está en UTF-8")):
        with pytest.raises(GradingError, match=told):
            roster.read(tmp_path / name)


def test_every_outcome_can_be_told_in_plural() -> None:
    assert set(_MANY) == {roll.MADE, roll.THERE, roll.REFUSED, roll.EMPTIED, roll.GONE}
