"""Lo que vale para cualquier clúster: lo prohibido nunca llega, lo permitido llega siempre, y solo a quien puede."""

import random
from collections import Counter

import pytest

from lab_tools.objects import kinds

from . import reference

SPACES = {"uno": {"equipo": "a"}, "dos": {"equipo": "b"}}
PORTS = {"web": 80, "alto": 8080}
SEEDS = range(40)


@pytest.fixture(scope="module")
def populated():
    """Dos espacios con tres Pods cada uno, que escuchan en el 80: se puebla una vez y se copia para cada semilla."""
    from lab_tools.embedded.cluster import EmbeddedCluster

    from .conftest import Town

    town = Town(EmbeddedCluster(nodes=2, seed=3))
    for space, labels in SPACES.items():
        town.namespace(space, **labels)
        for number in range(3):
            labels = {"app": f"p{number}", "capa": ("alta", "baja")[number % 2]}
            town.pod(f"p{number}", space, labels=labels, ports=tuple(PORTS.items()))
    town.start()
    return town.cluster


def town_of(cluster):
    from .conftest import Town

    return Town(cluster.fork())


def random_selector(luck):
    return luck.choice([{}, {"matchLabels": {"app": f"p{luck.randrange(3)}"}},
                        {"matchLabels": {"capa": luck.choice(["alta", "baja"])}},
                        {"matchExpressions": [{"key": "app", "operator": luck.choice(["In", "NotIn"]),
                                               "values": ["p0", "p1"]}]},
                        {"matchExpressions": [{"key": "capa", "operator": luck.choice(["Exists", "DoesNotExist"])}]},
                        ])  # fmt: skip


def random_peer(luck):
    kind = luck.randrange(4)
    if kind == 0:
        block = {"cidr": luck.choice(["10.244.0.0/15", "10.244.1.0/24", "0.0.0.0/0", "198.51.100.0/24"])}
        if luck.random() < 0.4:
            base = {"10.244.0.0/15": "10.244.2.0/24", "10.244.1.0/24": "10.244.1.2/32", "0.0.0.0/0": "10.0.0.0/8",
                    "198.51.100.0/24": "198.51.100.0/25"}  # fmt: skip
            block["except"] = [base[block["cidr"]]]
        return {"ipBlock": block}
    peer = {}
    if kind in (1, 3):
        peer["podSelector"] = random_selector(luck)
    if kind in (2, 3):
        peer["namespaceSelector"] = luck.choice([{}, {"matchLabels": {"equipo": luck.choice("ab")}}])
    return peer


def random_port(luck):
    return luck.choice([{"port": 80}, {"port": 8080}, {"port": "web"}, {"port": "alto"}, {"port": 70, "endPort": 90},
                        {"port": 80, "protocol": "UDP"}, {"protocol": "TCP"}])  # fmt: skip


def random_policy(luck):
    spec = {"podSelector": random_selector(luck)}
    for way, side in (("ingress", "from"), ("egress", "to")):
        if luck.random() < 0.7:
            spec[way] = [{name: value for name, value in
                          ((side, [random_peer(luck) for _ in range(luck.randrange(3))]),
                           ("ports", [random_port(luck) for _ in range(luck.randrange(3))])) if value}
                         for _ in range(luck.randrange(3))]  # fmt: skip
    if luck.random() < 0.5:
        spec["policyTypes"] = luck.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"]])
    return spec


@pytest.mark.parametrize("seed", SEEDS)
def test_a_denied_packet_never_arrives_and_an_allowed_one_always_does(populated, seed):
    luck = random.Random(seed)
    town = town_of(populated)
    policies = []
    for number in range(luck.randrange(5)):
        home, spec = luck.choice(list(SPACES)), random_policy(luck)
        policies.append((home, spec))
        town.policy(f"n{number}", spec, home)
    pods = [(space, one["metadata"]["name"], one["metadata"]["labels"], one["status"]["podIP"])
            for space in SPACES for one in town.api.list(kinds.POD, space).items]  # fmt: skip
    for space, name, labels, address in pods:
        for other, twin, others_labels, its_address in pods:
            if (space, name) == (other, twin):
                continue
            expected = reference.allowed(policies, SPACES, (space, labels, address),
                                         (other, others_labels, its_address), 80, PORTS)  # fmt: skip
            walk = town.walk(f"http://{its_address}", f"{space}/{name}")
            assert (walk.verdict == "delivered") is expected, (policies, walk.steps)
            assert expected or walk.rule.stage == "policy"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_world_outside_obeys_the_same_rules(populated, seed):
    luck = random.Random(seed)
    town = town_of(populated)
    spec = random_policy(luck)
    town.policy("n", spec, "uno")
    address = town.network.resolve("example.com", source=("dos", "p0")).addresses[0]
    for one in town.api.list(kinds.POD, "uno").items:
        source = ("uno", one["metadata"]["labels"], one["status"]["podIP"])
        expected = reference.allowed([("uno", spec)], SPACES, source, (None, {}, address), 80, {})
        assert (town.verdict(f"http://{address}", f"uno/{one['metadata']['name']}") == "answered") is expected


@pytest.mark.parametrize("seed", range(15))
def test_a_service_sends_only_to_whom_may_receive_and_to_all_of_them(populated, seed):
    luck = random.Random(seed)
    town = town_of(populated)
    gone = luck.sample(["p0", "p1", "p2"], luck.randrange(3))
    for name in gone:
        town.delete("pod", name, "dos", grace=luck.choice([None, 0]))
    policy = luck.choice(["Cluster", "Local"])
    body = {"selector": luck.choice([{"capa": "alta"}, {"app": "p1"}]), "ports": [{"port": 80}],
            "internalTrafficPolicy": policy}  # fmt: skip
    town.api.create(kinds.SERVICE, {"metadata": {"name": "s"}, "spec": body}, "dos")
    town.clock.advance(0.3)
    chosen = [one for one in town.api.list(kinds.POD, "dos").items
              if reference.selects({"matchLabels": body["selector"]}, one["metadata"]["labels"])]  # fmt: skip
    living = [one for one in chosen if not one["metadata"].get("deletionTimestamp")]
    here = town.get("pod", "p0", "uno")["spec"]["nodeName"]
    may = {one["metadata"]["name"] for one in living if policy == "Cluster" or one["spec"]["nodeName"] == here}
    walks = [town.walk("http://s.dos", "uno/p0") for _ in range(60)]
    assert {walk.backend.pod[1] for walk in walks if walk.backend} == may
    assert {str(walk.verdict) for walk in walks} == {"delivered" if may else "timeout" if living else "refused"}


def test_the_shares_of_a_service_are_even(populated):
    town = town_of(populated)
    spec = {"selector": {"capa": "alta"}, "ports": [{"port": 80}]}
    town.api.create(kinds.SERVICE, {"metadata": {"name": "s"}, "spec": spec}, "dos")
    town.clock.advance(1)
    counts = Counter(town.walk("http://s.dos", "uno/p0").backend.pod[1] for _ in range(1000))
    assert all(abs(count - 500) < 80 for count in counts.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_an_ingress_chooses_as_the_specification_says(town, seed):
    luck = random.Random(seed)
    hosts, paths = ["a.example.com", "*.example.com", ""], ["/", "/api", "/api/", "/api/v1", "/apis", "/x"]
    rules = [(luck.choice(hosts), luck.choice(["Exact", "Prefix"]), luck.choice(paths), f"s{number}")
             for number in range(luck.randrange(1, 7))]  # fmt: skip
    spec = {"ingressClassName": "orquesta", "rules": [
        {**({"host": host} if host else {}), "http": {"paths": [
            {"path": path, "pathType": kind, "backend": {"service": {"name": backend, "port": {"number": 80}}}}]}}
        for host, kind, path, backend in rules]}  # fmt: skip
    town.api.create(kinds.INGRESS, {"metadata": {"name": "i"}, "spec": spec}, "default")
    for host in ("a.example.com", "b.example.com", "a.b.example.com", "otro.example.org"):
        for path in ("/", "/api", "/api/", "/api/v1", "/api/v1/z", "/apis", "/x/y", "/nada"):
            walk = town.walk(f"http://172.18.255.1{path}", headers={"host": host})
            expected = reference.ingress_backend(rules, host, path)
            # Ningún Service existe: lo que cuenta es por cuál se pregunta.
            found = walk.rule.about.removeprefix("Service default/") if walk.rule.stage == "service" else None
            assert found == expected, (rules, host, path, walk.steps)
