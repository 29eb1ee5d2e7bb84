"""La precedencia de HTTPRoute, comparada con otra manera de escribirla."""

import random

import pytest

from lab_tools import addons

from . import reference
from .conftest import Town

PATHS = ("/", "/api", "/api/", "/api/v1", "/apis", "/x")
HEADERS = ({}, {"x-v": "1"}, {"x-v": "2"}, {"x-v": "1", "x-w": "1"})
QUERIES = ({}, {"a": "1"}, {"a": "1", "b": "2"})


@pytest.fixture(scope="module")
def ready():
    """Un clúster con una puerta abierta, que se copia para cada semilla."""
    from lab_tools.embedded.cluster import EmbeddedCluster

    town = Town(EmbeddedCluster(nodes=1, seed=5))
    town.apply(addons.path("gateway-api").read_text(encoding="utf-8"))
    town.start(5)
    put(town, "Gateway", "g", {"gatewayClassName": "orquesta",
                               "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]})  # fmt: skip
    town.start(5)
    return town.cluster


def put(town, kind, name, spec):
    found = town.api.kinds.find("gateway.networking.k8s.io/v1", kind)
    body = {"apiVersion": found.api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}
    town.api.create(found, body, "default")


def written(condition):
    """Una condición como se escribe en una HTTPRoute."""
    kind, path, method, headers, query = condition
    found = {"path": {"type": "Exact" if kind == "Exact" else "PathPrefix", "value": path}}
    if method:
        found["method"] = method
    if headers:
        found["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
    if query:
        found["queryParams"] = [{"name": name, "value": value} for name, value in query.items()]
    return found


@pytest.mark.parametrize("seed", range(25))
def test_the_most_precise_rule_wins_whatever_their_order(ready, seed):
    luck = random.Random(seed)
    town = Town(ready.fork())
    rules = [[(luck.choice(["Exact", "Prefix"]), luck.choice(PATHS), luck.choice([None, None, "GET", "POST"]),
               luck.choice(HEADERS), luck.choice(QUERIES)) for _ in range(luck.randrange(1, 3))]
             for _ in range(luck.randrange(1, 6))]  # fmt: skip
    put(town, "HTTPRoute", "r", {"parentRefs": [{"name": "g"}], "rules": [
        {"matches": [written(one) for one in conditions], "backendRefs": [{"name": f"s{number}", "port": 80}]}
        for number, conditions in enumerate(rules)]})  # fmt: skip
    for _ in range(60):
        method, path = luck.choice(["GET", "POST"]), luck.choice((*PATHS, "/api/v1/z", "/nada"))
        headers, query = luck.choice(HEADERS), luck.choice(QUERIES)
        text = "&".join(f"{name}={value}" for name, value in query.items())
        walk = town.walk(f"http://172.18.255.2{path}?{text}", method=method, headers=headers)
        expected = reference.route_rule(rules, method, path, headers, query)
        won = [step.text for step in walk.steps if step.about == "HTTPRoute default/r"]
        found = int(won[0].split()[3]) if won else None
        assert found == expected, (rules, method, path, headers, query, walk.steps)
