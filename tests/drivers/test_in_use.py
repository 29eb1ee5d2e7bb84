"""De qué clúster se habla cuando nadie lo nombra: una sola regla, para la orden y para los cuadernos."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab_tools import drivers
from lab_tools.drivers import kubeconfig_file
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.embedded.server.settings import CLUSTER


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    for name in ("KUBECONFIG", "ORQUESTA_CLUSTER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def there_is(house: Path, name: str) -> None:
    """Un clúster, aunque dañado: para saber cómo se llama no hace falta que funcione."""
    folder = house / "orquesta" / "clusters" / name
    folder.mkdir(parents=True)
    (folder / CLUSTER).write_text(json.dumps({}))


def use(name: str) -> None:
    kubeconfig_file.add(Access(f"orquesta-{name}", "https://127.0.0.1:1", ""))


def test_without_anything_it_is_the_one_of_the_course() -> None:
    assert drivers.in_use() == "curso"


def test_the_current_context_of_kubectl_says_it(house: Path) -> None:
    there_is(house, "mío")
    use("mío")
    assert drivers.in_use() == "mío"


def test_a_context_of_nobody_does_not_count(house: Path) -> None:
    there_is(house, "otro")
    use("borrado")
    assert drivers.in_use() == "curso"


def test_nobody_stays_to_live_in_the_cluster_of_a_chapter(house: Path) -> None:
    there_is(house, "leccion-06")
    use("leccion-06")
    assert drivers.in_use() == "curso"


def test_who_names_one_rules_and_then_the_environment(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there_is(house, "mío")
    use("mío")
    monkeypatch.setenv("ORQUESTA_CLUSTER", "suyo")
    assert drivers.in_use() == "suyo"
    assert drivers.in_use("este") == "este"


def test_a_kubeconfig_that_makes_no_sense_names_nobody(house: Path) -> None:
    (house / ".kube").mkdir()
    (house / ".kube" / "config").write_text("a: [")
    assert drivers.in_use() == "curso"


def choose(house: Path, **contexts: tuple[str, str]) -> None:
    """Un kubeconfig con estos contextos, cada uno con su clúster y su Namespace; el actual es el primero."""
    entries = [{"name": name, "context": {"cluster": cluster, "user": "yo", "namespace": namespace}}
               for name, (cluster, namespace) in contexts.items()]  # fmt: skip
    (house / ".kube").mkdir(exist_ok=True)
    (house / ".kube" / "config").write_text(json.dumps({"current-context": next(iter(contexts)), "contexts": entries}))


def test_without_a_kubeconfig_the_namespace_is_the_default_one() -> None:
    assert drivers.namespace("curso") == "default"


def test_the_namespace_is_that_of_the_context_of_the_cluster(house: Path) -> None:
    choose(house, **{"trabajo": ("trabajo", "nóminas"), "orquesta-curso": ("orquesta-curso", "tienda")})
    assert drivers.namespace("curso") == "tienda"
    assert drivers.namespace("otro") == "default"


def test_another_context_of_the_same_cluster_wins_while_it_is_the_current_one(house: Path) -> None:
    choose(house, **{"mío": ("orquesta-curso", "mi-espacio"), "orquesta-curso": ("orquesta-curso", "tienda")})
    assert drivers.namespace("curso") == "mi-espacio"


def test_a_kubeconfig_that_makes_no_sense_chooses_no_namespace(house: Path) -> None:
    (house / ".kube").mkdir()
    (house / ".kube" / "config").write_text("contexts: [")
    assert drivers.namespace("curso") == "default"
