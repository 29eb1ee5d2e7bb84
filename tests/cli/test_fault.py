"""Romper y reparar desde la terminal, con un clúster servido de verdad: se nota, se ve, sobrevive y se repara."""

from __future__ import annotations

import json

from tests.cli.conftest import House
from tests.cli.test_served import create, kubectl

_READY = ("get", "node", "node-2", "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}")


def test_a_node_is_switched_off_seen_lost_and_switched_on_again(house: House) -> None:
    create(house, "curso", "--nodes", "2")
    done = house.run("fault", "inject", "node-off", "node=node-2")
    assert "«node-off-1»" in done.stdout, done.stderr
    assert house.run("cluster", "run-until", "60s").returncode == 0
    assert kubectl(house, *_READY).stdout == "Unknown"
    # Ni parar el clúster ni levantarlo repara nada.
    assert house.run("cluster", "stop").returncode == house.run("cluster", "start").returncode == 0
    listed = json.loads(house.run("fault", "list", "--json").stdout)
    assert [(one["name"], one["node"]) for one in listed] == [("node-off-1", "node-2")]
    assert house.run("fault", "heal", "node-off-1").stdout == "Reparadas: node-off-1.\n"
    assert house.run("cluster", "run-until", "30s").returncode == 0
    assert kubectl(house, *_READY).stdout == "True"


def test_a_dead_api_is_told_by_kubectl_as_a_real_one(house: House) -> None:
    create(house, "curso", "--nodes", "1")
    assert house.run("fault", "inject", "api-down").returncode == 0
    refused = kubectl(house, "get", "pods")
    assert refused.returncode == 1
    assert "the server is currently unable to handle the request" in refused.stderr
    assert house.run("fault", "heal", "--all").stdout == "Reparadas: api-down-1.\n"
    assert kubectl(house, "get", "pods").returncode == 0


def test_what_is_badly_asked_is_told(house: House) -> None:
    create(house, "curso", "--nodes", "1")
    for args, said in ((("inject", "meteorito"), "meteorito"), (("inject", "node-off", "node"), "NOMBRE=VALOR"),
                       (("inject", "api-slow", "seconds=mucho"), "número"), (("heal",), "--all"),
                       (("heal", "nada-1"), "«nada-1»"),
                       (("inject", "node-off", "node=node-9"), "kubectl get nodes"),
                       (("inject", "node-off", "node=node-1", "node=node-2"), "dos veces"),
                       (("inject", "wrong-selector", "service=web", "selector=app"), "tier=front")):  # fmt: skip
        done = house.run("fault", *args)
        assert (done.returncode, done.stdout) == (2, ""), done.stdout
        assert said in done.stderr and "Traceback" not in done.stderr
    every = house.run("fault", "list", "--all")
    assert "network-cut" in every.stdout and "between=…" in every.stdout
