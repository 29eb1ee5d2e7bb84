"""La cola y sus trabajadores: lo que se mete se hace una vez, al paso de quien lo hace, y no se pierde con él."""

from __future__ import annotations

import json

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.traffic.box import Box
from lab_tools.embedded.workloads.performance import Keeps
from lab_tools.traffic import load, request

from .conftest import Shop

QUEUE = "http://cola"
WORKER = {"image": "tienda-trabajador:1.0", "env": [{"name": "COLA_URL", "value": QUEUE}]}


def counts(shop: Shop) -> dict[str, int]:
    """Lo que la cola dice de sus mensajes, preguntado desde un Pod."""
    found: dict[str, int] = json.loads(request(shop.client, f"{QUEUE}/mensajes", from_="cliente").body)
    return found


def opened(shop: Shop, workers: int = 0, **container: object) -> Shop:
    """Una cola abierta, con sus trabajadores."""
    shop.deploy("cola", "tienda-cola:1.0", 1)
    if workers:
        shop.deploy("trabajador", replicas=workers, **{**WORKER, **container})  # type: ignore[arg-type]
    return shop.settle()


def put(shop: Shop, number: int) -> None:
    for _ in range(number):
        assert request(shop.client, f"{QUEUE}/poner?pedido", from_="cliente").status == 202


def test_a_message_waits_until_somebody_takes_it_and_leaves_when_it_is_done(shop: Shop) -> None:
    opened(shop)
    put(shop, 3)
    assert counts(shop) == {"esperan": 3, "tomados": 0, "hechos": 0}
    first = request(shop.client, f"{QUEUE}/tomar", from_="cliente")
    assert (first.status, first.body) == (200, "1 pedido\n")
    assert counts(shop) == {"esperan": 2, "tomados": 1, "hechos": 0}
    assert request(shop.client, f"{QUEUE}/hecho?1", from_="cliente").status == 200
    assert request(shop.client, f"{QUEUE}/hecho?1", from_="cliente").status == 404
    assert counts(shop) == {"esperan": 2, "tomados": 0, "hechos": 1}


def test_an_empty_queue_says_so(shop: Shop) -> None:
    opened(shop)
    found = request(shop.client, f"{QUEUE}/tomar", from_="cliente")
    assert (found.status, found.body) == (204, "")


@pytest.mark.slow
def test_workers_empty_the_queue_at_their_own_pace(shop: Shop) -> None:
    opened(shop, workers=2)
    sent = load(shop.client, f"{QUEUE}/poner", rps=20, seconds=60, from_="cliente")
    assert set(sent.statuses) == {202}
    # Dos trabajadores hacen unos 8 por segundo: entran 20, y la cola crece.
    behind = counts(shop)
    assert sum(behind.values()) == sent.sent
    assert 0.8 * 8 * 60 < behind["hechos"] < 1.2 * 8 * 60 and behind["esperan"] > 500
    shop.settle(150)
    assert counts(shop) == {"esperan": 0, "tomados": 0, "hechos": sent.sent}


@pytest.mark.slow
def test_twice_the_workers_do_twice_the_work(shop: Shop) -> None:
    opened(shop, workers=2)
    load(shop.client, f"{QUEUE}/poner", rps=100, seconds=30, from_="cliente")
    done = []
    for replicas in (2, 4):
        shop.client.patch("deployments", "trabajador", {"spec": {"replicas": replicas}}, how="merge")
        shop.settle(20)
        before = counts(shop)["hechos"]
        shop.settle(60)
        done.append(counts(shop)["hechos"] - before)
    assert 1.7 < done[1] / done[0] < 2.3


def test_what_a_worker_had_in_its_hands_when_it_died_goes_back(shop: Shop) -> None:
    opened(shop, workers=1)
    put(shop, 20)
    shop.settle(1)
    shop.client.patch("deployments", "trabajador", {"spec": {"replicas": 0}}, how="merge")
    shop.settle(3)
    left = counts(shop)
    assert left["tomados"] == 1 and sum(left.values()) == 20 and left["hechos"] < 20
    shop.settle(35)
    assert counts(shop) == {**left, "esperan": left["esperan"] + 1, "tomados": 0}
    shop.client.patch("deployments", "trabajador", {"spec": {"replicas": 1}}, how="merge")
    shop.settle(40)
    assert counts(shop) == {"esperan": 0, "tomados": 0, "hechos": 20}


def test_a_queue_that_dies_loses_what_it_had_in_memory(shop: Shop) -> None:
    opened(shop)
    put(shop, 5)
    shop.client.delete("pods", shop.client.list("pods", labels={"app": "cola"})[0]["metadata"]["name"])
    shop.settle()
    assert counts(shop) == {"esperan": 0, "tomados": 0, "hechos": 0}


def test_a_queue_that_nobody_empties_fills_its_memory(shop: Shop) -> None:
    shop.deploy("cola", "tienda-cola:1.0", 1, resources={"limits": {"memory": "32Mi"}})
    shop.settle()
    load(shop.client, f"{QUEUE}/poner", rps=100, seconds=30, from_="cliente")
    assert shop.settle(20).restarts("cola") >= 1


def test_a_worker_with_little_cpu_is_slower(shop: Shop) -> None:
    opened(shop, workers=1, resources={"limits": {"cpu": "100m"}})
    put(shop, 60)
    shop.settle(20)
    # Sin límite haría unos 80 en veinte segundos; con 0,1 núcleos y 0,1 s de CPU cada uno, uno por segundo.
    assert 10 < counts(shop)["hechos"] < 35


def test_working_is_seen_in_what_is_spent_and_in_what_is_written(shop: Shop) -> None:
    opened(shop, workers=1)
    put(shop, 200)
    shop.settle(40)
    (pod,) = shop.client.list("pods", labels={"app": "trabajador"})
    name = pod["metadata"]["name"]
    (used,) = [one for one in shop.cluster.metrics.pods("default") if one["metadata"]["name"] == name]
    assert used["containers"][0]["usage"]["cpu"] > "2"
    lines = [text for _, text in shop.cluster.logs("default", name, "trabajador")]
    assert "trabajador: mensaje 1 pedido, hecho" in lines


def test_a_worker_that_finds_no_queue_says_it_once_and_keeps_trying(shop: Shop) -> None:
    shop.deploy("trabajador", replicas=1, **WORKER)
    shop.settle(20)
    (pod,) = shop.client.list("pods", labels={"app": "trabajador"})
    lines = [text for _, text in shop.cluster.logs("default", pod["metadata"]["name"], "trabajador")]
    assert len([one for one in lines if "no contesta" in one]) == 1
    shop.deploy("cola", "tienda-cola:1.0", 1)
    shop.settle(10)
    put(shop, 3)
    shop.settle(10)
    assert counts(shop)["hechos"] == 3


def test_a_paid_order_enters_the_queue_by_itself(shop: Shop) -> None:
    opened(shop)
    shop.deploy("api", "tienda-api:1.0", 1, env=[{"name": "COLA_URL", "value": QUEUE}])
    shop.settle()
    sent = load(shop.client, "http://api/pagar", rps=5, seconds=20, from_="cliente")
    assert set(sent.statuses) == {200}
    shop.settle(2)
    assert counts(shop)["esperan"] == sent.sent
    pod = ["wget", "-q", "-O-", "http://api/pagar"]
    assert shop.cluster.execute("default", "cliente", "c", pod, False, False) is not None
    assert counts(shop)["esperan"] == sent.sent + 1


def test_the_depth_is_told_to_prometheus(shop: Shop) -> None:
    opened(shop)
    put(shop, 4)
    (pod,) = shop.client.list("pods", labels={"app": "cola"})
    ask = shop.cluster.connect("default", pod["metadata"]["name"], 8080)
    assert ask is not None
    assert "queue_messages_ready 4\n" in ask("/metrics").body


def test_a_port_forward_moves_messages_too(shop: Shop) -> None:
    opened(shop)
    (pod,) = shop.client.list("pods", labels={"app": "cola"})
    ask = shop.cluster.connect("default", pod["metadata"]["name"], 8080)
    assert ask is not None and ask("/poner").status == 202
    assert counts(shop)["esperan"] == 1


def test_a_copy_has_its_own_messages(shop: Shop) -> None:
    opened(shop, workers=1)
    put(shop, 40)
    copy = shop.cluster.fork()
    copy.clock.advance(60)
    shop.settle(1)
    assert counts(shop)["esperan"] > 20


def test_the_same_seed_does_the_same_messages_at_the_same_time() -> None:
    def history() -> tuple[object, ...]:
        shop = opened(Shop(EmbeddedCluster(nodes=3, seed=3)), workers=3)
        load(shop.client, f"{QUEUE}/poner", rps=30, seconds=10, from_="cliente")
        shop.settle(5)
        pods = shop.client.list("pods", labels={"app": "trabajador"})
        return counts(shop), [shop.cluster.logs("default", one["metadata"]["name"], "trabajador") for one in pods]

    assert history() == history()


def test_a_message_is_never_in_two_hands_nor_lost() -> None:
    box = Box(Keeps(lease=10))
    for _ in range(5):
        box.ask("/poner", 0.0)
    taken = [box.ask("/tomar", 1.0)[1].strip() for _ in range(5)]
    assert taken == ["1", "2", "3", "4", "5"] and box.ask("/tomar", 10.9) == (204, "")
    box.ask("/hecho?2", 5.0)
    again = [box.ask("/tomar", 11.0)[1].strip() for _ in range(4)]
    assert again == ["1", "3", "4", "5"] and box.ask("/tomar", 11.0) == (204, "")
    assert (box.waiting(12.0), box.taken(12.0), box.finished) == (0, 4, 1)
