"""Un clúster de la escuela: se pregunta antes de tocarlo, se trabaja dentro de un namespace y se deja como estaba."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_tools import drivers
from lab_tools.cli.root import run
from lab_tools.client import Client
from lab_tools.drivers.base import MADE_BY, confined
from lab_tools.drivers.kubeconfig import KubeconfigDriver, record
from lab_tools.errors import ClusterError, LabError, UsageError
from lab_tools.labs import needs, play, shelf
from lab_tools.labs.student import Lab
from tests.drivers.kubeconfig.school import ALL, School, school

LAB = shelf.folder("06-deployments")


@pytest.fixture(scope="module")
def place() -> Iterator[School]:
    with school() as found:
        yield found


def attached(place: School, tmp_path: Path, namespace: str, name: str = "escuela") -> Client:
    place.namespace(namespace)
    path = place.kubeconfig(tmp_path / "kubeconfig", namespace)
    KubeconfigDriver().attach(name, kubeconfig=str(path), ask=lambda _reach: True)
    return Client(drivers.named().connect(name), namespace)


def test_nothing_is_touched_until_somebody_says_yes(place: School, tmp_path: Path) -> None:
    place.namespace("pregunta")
    path = str(place.kubeconfig(tmp_path / "k", "pregunta"))
    asked: list[str] = []

    def ask(reach: object) -> bool:
        asked.append(str(reach))
        return False

    with pytest.raises(ClusterError, match="No se ha tocado nada"):
        KubeconfigDriver().attach("escuela", kubeconfig=path, ask=ask)
    assert place.url in asked[0] and "namespace «pregunta»" in asked[0]
    assert record.names() == []


def test_the_command_asks_and_without_a_terminal_the_answer_is_no(
    place: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.namespace("orden")
    path = str(place.kubeconfig(tmp_path / "k", "orden"))
    assert run(["cluster", "attach", "escuela", "--kubeconfig", path]) == 1
    assert "un clúster que no creó Orquesta" in capsys.readouterr().err
    assert run(["cluster", "attach", "escuela", "--kubeconfig", path, "--yes"]) == 0
    assert run(["cluster", "status", "escuela"]) == 0
    assert "en marcha" in capsys.readouterr().out
    assert run(["cluster", "stop", "escuela"]) == 2
    assert run(["cluster", "delete", "escuela"]) == 0
    assert "sigue donde estaba" in capsys.readouterr().out
    assert place.owner.find("namespaces", "orden") is not None


def test_who_cannot_create_namespaces_works_in_one(place: School, tmp_path: Path) -> None:
    client = attached(place, tmp_path, "una")
    assert confined(client.connection) == "una"
    assert needs.driver_of(client) == "kubeconfig"


def test_who_rules_the_cluster_works_in_all_of_it(place: School, tmp_path: Path) -> None:
    place.namespace("manda")
    path = place.kubeconfig(tmp_path / "k", "manda", ALL, whole=True)
    KubeconfigDriver().attach("todo", kubeconfig=str(path), ask=lambda _reach: True)
    assert confined(drivers.named().connect("todo")) == ""
    KubeconfigDriver().attach("parte", namespace="manda", kubeconfig=str(path), ask=lambda _reach: True)
    assert confined(drivers.named().connect("parte")) == "manda"


def test_a_namespace_of_somebody_else_is_not_taken_for_a_lab(place: School, tmp_path: Path) -> None:
    place.namespace("todo-mio")
    path = place.kubeconfig(tmp_path / "k", "todo-mio", ALL, whole=True, role="manda-mas")
    KubeconfigDriver().attach("entero", kubeconfig=str(path), ask=lambda _reach: True)
    lab = Lab(str(LAB), client=Client(drivers.named().connect("entero")))
    place.namespace(lab.namespace)
    with pytest.raises(LabError, match=f"ya hay un namespace «{lab.namespace}», y no lo creó Orquesta"):
        lab.start()
    assert place.owner.list("deployments", lab.namespace) == []


def test_the_driver_does_not_create_clusters_and_says_how_to_use_one() -> None:
    from lab_tools.drivers.base import Request

    with pytest.raises(UsageError, match="orquesta cluster attach escuela"):
        drivers.named("kubeconfig").create(Request("escuela"))


def test_a_lab_that_needs_more_says_so_before_touching_anything(place: School, tmp_path: Path) -> None:
    client = attached(place, tmp_path, "corta")
    with pytest.raises(LabError, match=r"namespace «corta» de «escuela»: .*permiso para crear namespaces"):
        Lab("13-networkpolicy", client=client).start()
    assert client.list("deployments") == []


@pytest.mark.slow
def test_a_lent_namespace_is_cleaned_of_what_was_created_and_of_nothing_else(place: School, tmp_path: Path) -> None:
    client = attached(place, tmp_path, "prestada")
    theirs = place.owner.within("prestada")
    theirs.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "suyo"}})
    lab = Lab(str(LAB), client=client)
    lab.start()
    made = {one["metadata"]["name"] for one in client.list("deployments", labels="=".join(MADE_BY))}
    assert made == {"api", "catalogo"}
    lab.reset()
    assert lab.left == ["configmap/suyo", "serviceaccount/ana"]
    assert {one["metadata"]["name"] for one in client.list("deployments")} == made
    KubeconfigDriver().delete("escuela")
    assert theirs.list("deployments") == []
    assert theirs.find("configmaps", "suyo") is not None
    assert record.names() == []


@pytest.mark.slow
@pytest.mark.parametrize("solution", ["alternative", "partial"])
def test_a_lab_gets_the_same_mark_through_a_kubeconfig_with_one_namespace(
    place: School, tmp_path: Path, solution: str
) -> None:
    connection = attached(place, tmp_path, f"nota-{solution}").connection
    there, here = play.play_on(LAB, solution, connection, connection), play.play(LAB, solution)
    assert (there.mark, there.measured) == (here.mark, here.measured), there.missing()
