"""Las averías de la red: qué corta cada una, qué deja pasar y que todo se puede reparar."""

import pytest

from lab_tools.embedded.network.weather import BadGroup
from lab_tools.objects import kinds


@pytest.fixture
def shop(town):
    for name, node in (("yo", "node-1"), ("cerca", "node-1"), ("lejos", "node-2")):
        town.pod(name, nodeName=node)
        town.service(name, type="NodePort")
    town.start()
    return town


def reached(town, source="yo"):
    return {name: town.verdict(f"http://{town.address(name)}", source) == "delivered" for name in ("cerca", "lejos")}


@pytest.mark.parametrize(("a", "b", "expected"), [
    ("node/node-2", "*", {"cerca": True, "lejos": False}),
    ("node/node-1", "node/node-2", {"cerca": True, "lejos": False}),
    ("pod/default/cerca", "pod/default/yo", {"cerca": False, "lejos": True}),
    ("pods/default/app=lejos", "namespace/default", {"cerca": True, "lejos": False}),
    ("namespace/default", "namespace/default", {"cerca": False, "lejos": False}),
    ("namespace/otro", "*", {"cerca": True, "lejos": True}),
    ("outside", "*", {"cerca": True, "lejos": True}),
])  # fmt: skip
def test_a_cut_stops_what_goes_between_its_groups_and_nothing_else(shop, a, b, expected):
    shop.network.weather.cut(a, b)
    assert reached(shop) == expected
    shop.network.weather.mend(b, a)
    assert reached(shop) == {"cerca": True, "lejos": True}


def test_a_zone_is_the_nodes_that_say_so(shop):
    shop.api.patch(kinds.NODE, None, "node-2", {"metadata": {"labels": {"topology.kubernetes.io/zone": "b"}}})
    shop.network.weather.cut("zone/b")
    assert reached(shop) == {"cerca": True, "lejos": False}


def test_a_node_without_network_also_loses_the_dns_and_its_doors(shop):
    shop.network.weather.cut("node/node-1")
    assert shop.verdict("http://lejos", "yo") == "dns_timeout"
    assert shop.verdict("http://localhost", "yo") == "delivered"
    port = shop.get("service", "lejos")["spec"]["ports"][0]["nodePort"]
    assert shop.verdict(f"http://node-1:{port}") == "timeout"
    assert shop.verdict(f"http://node-2:{port}") == "delivered"


def test_a_node_forwards_only_over_roads_that_are_whole(shop):
    port = shop.get("service", "lejos")["spec"]["ports"][0]["nodePort"]
    shop.network.weather.cut("node/node-1", "node/node-2")
    assert shop.verdict(f"http://node-1:{port}") == "timeout"
    assert shop.verdict(f"http://node-2:{port}") == "delivered"


def test_the_cut_is_the_rule_that_stopped_it(shop):
    shop.network.weather.cut("node/node-2")
    step = shop.walk(f"http://{shop.address('lejos')}", "yo").rule
    assert (step.stage, step.passed) == ("weather", False)
    assert "node/node-2" in step.text


def test_a_slow_road_costs_what_it_says(shop):
    url = f"http://{shop.address('lejos')}"
    before = shop.walk(url, "yo").latency
    shop.network.weather.slow("node/node-1", "node/node-2", 0.25)
    assert shop.walk(url, "yo").latency == pytest.approx(before + 0.25)
    shop.network.weather.slow("node/node-1", "node/node-2", 0.5)
    assert shop.walk(url, "yo").latency == pytest.approx(before + 0.5)
    shop.network.weather.clear()
    assert shop.walk(url, "yo").latency == pytest.approx(before)


def test_a_dns_that_is_down_answers_nobody_but_addresses_work(shop):
    shop.network.weather.dns_down()
    assert shop.verdict("http://lejos", "yo") == "dns_timeout"
    assert shop.verdict(f"http://{shop.address('lejos')}", "yo") == "delivered"
    shop.network.weather.dns_down(False)
    assert shop.verdict("http://lejos", "yo") == "delivered"


@pytest.mark.parametrize("group", ["nodo/1", "node/", "pod/solo", "pods", "*/x", "pods/default/a in ("])
def test_a_group_badly_written_says_how_they_are_written(shop, group):
    with pytest.raises(BadGroup, match=r"no se entiende"):
        shop.network.weather.cut(group)


def test_a_delay_is_a_number_of_seconds(shop):
    with pytest.raises(BadGroup, match="-1"):
        shop.network.weather.slow("*", "*", -1)


def test_a_fork_has_its_own_weather(shop):
    other = shop.cluster.fork()
    other.network.weather.cut("node/node-2")
    assert reached(shop) == {"cerca": True, "lejos": True}
    assert other.network.weather.cuts
