"""La tabla de quién llega a quién dice lo que pasó con cada petición, no lo que prometen las políticas."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.errors import StatusError, UsageError
from lab_tools.labs.reach import Reach, measure_reach
from lab_tools.labs.trace import is_available
from lab_tools.traffic import request

MANIFESTS = Path(__file__).resolve().parents[2] / "manifests" / "13-networkpolicy"
CALLERS = ("frontend", "api", "trabajador", "pruebas/frontend", "pruebas/curioso")
TARGETS = ("frontend", "api", "catalogo", "pagos")
TO_API = ("frontend → api", "trabajador → api")


@pytest.fixture(scope="module")
def shop() -> Client:
    client = Client(in_process())
    client.apply(MANIFESTS / "tienda.yaml")
    client.apply(MANIFESTS / "pruebas.yaml")
    names = ("frontend", "api", "catalogo", "pagos", "trabajador")
    client.wait_for(lambda: all(is_available(client, name) for name in names), 120, "la tienda arrancara")
    next_door = client.within("pruebas")
    client.wait_for(
        lambda: is_available(next_door, "curioso") and is_available(next_door, "frontend"), 120, "arrancara"
    )
    return client


def reached(shop: Client, *manifests: str) -> Reach:
    with shop.fork() as copy:
        for name in manifests:
            copy.apply(MANIFESTS / f"{name}.yaml")
        return measure_reach(copy, CALLERS, TARGETS)


def test_without_policies_everybody_reaches_everybody(shop: Client) -> None:
    table = reached(shop)
    assert len(table.open) == table.total == len(CALLERS) * len(TARGETS) - 2


def test_deny_all_leaves_only_silence(shop: Client) -> None:
    table = reached(shop, "cerrado")
    assert table.open == ()
    assert {one.error for one in table.answers.values()} == {"timeout"}


def test_the_whole_shop_opens_exactly_what_it_needs(shop: Client) -> None:
    table = reached(shop, "cerrado", "api-entrada", "internas", "frontend-entrada", "trabajador-salida")
    anyone = {f"{caller} → frontend" for caller in CALLERS if caller not in ("frontend", "trabajador")}
    assert set(table.open) == {*anyone, *TO_API, "api → catalogo", "api → pagos"}


@pytest.mark.parametrize(
    ("last", "opened"),
    [
        ("api-entrada", TO_API),
        ("roto-puerto-del-service", ()),
        ("roto-etiqueta", ()),
        ("api-desde-pruebas", ("pruebas/frontend → api",)),
        ("roto-o-por-y", ("frontend → api", "pruebas/frontend → api", "pruebas/curioso → api")),
    ],
)
def test_each_policy_opens_what_its_comment_says(shop: Client, last: str, opened: tuple[str, ...]) -> None:
    assert reached(shop, "cerrado", last).open == opened


@pytest.mark.parametrize("broken", ["roto-campo-desconocido", "roto-protocolo", "roto-bloque-y-pods"])
def test_what_the_manifests_call_rejected_is_rejected(shop: Client, broken: str) -> None:
    with pytest.raises(StatusError):
        shop.apply(MANIFESTS / f"{broken}.yaml")


def test_table_says_it_with_words_and_not_only_with_colour(shop: Client) -> None:
    table = reached(shop, "cerrado", "api-entrada")
    assert [line.split() for line in repr(table).splitlines()[:2]] == [
        list(TARGETS),
        ["frontend", "—", "✔", "llega", "✘", "silencio", "✘", "silencio"],
    ]
    html = table._repr_html_()
    assert html.count("✔ llega") == len(table.open)
    assert '<th scope="col">api</th>' in html
    assert "<caption>" in html


def test_nobody_is_asked_whether_it_reaches_itself(shop: Client) -> None:
    assert ("api", "api") not in reached(shop).answers


def test_a_policy_trusts_the_label_and_not_the_name(shop: Client) -> None:
    with shop.fork() as copy:
        copy.apply(MANIFESTS / "cerrado.yaml")
        copy.apply(MANIFESTS / "api-entrada.yaml")
        for label in ("nadie", "frontend"):
            spec = {"containers": [{"name": "intruso", "image": "tienda-frontend:1.0"}]}
            meta = {"name": f"intruso-{label}", "namespace": "default", "labels": {"app": label}}
            copy.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
        copy.wait(30)
        answers = [request(copy, "http://api/", f"intruso-{label}", timeout=2).error for label in ("nadie", "frontend")]
        assert answers == ["timeout", ""]


def test_calling_from_a_deployment_without_pods_says_so(shop: Client) -> None:
    with shop.fork() as copy:
        copy.scale("deployments", "trabajador", 0)
        copy.wait(60)
        with pytest.raises(UsageError, match="ningún Pod en marcha"):
            measure_reach(copy, ["trabajador"], ["api"])
