"""Lo que cuesta seguir una petición por la red, con pocos objetos y con muchos."""

from __future__ import annotations

from bench.figure import Figure, median_ms
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.network import Ask, Verdict
from lab_tools.objects import kinds

SERVICES, POLICIES = 1_000, 100
SMALL_SERVICES, SMALL_POLICIES = 10, 1
RUNS = 300
# Un camino es una decisión, no una petición a la API: muchas más caben en un segundo.
LIMIT = 1.0


def measure() -> list[Figure]:
    """Un camino de Pod a Pod por un Service, por nombre y con políticas; y otro por un Ingress."""
    small, large = _town(SMALL_SERVICES, SMALL_POLICIES), _town(SERVICES, POLICIES)
    figures = []
    for title, ask in (("Camino por un Service", Ask.url("http://s-7", ("default", "yo"))),
                       ("Camino por un Ingress", Ask.url("http://s-7.example.com/x/y"))):  # fmt: skip
        few, many = (median_ms(lambda one=one, ask=ask: _arrive(one, ask), RUNS) for one in (small, large))
        figures.append(Figure(f"{title}, {SERVICES} Services y {POLICIES} políticas", many, "ms", LIMIT, few,
                              f"con {SMALL_SERVICES} y {SMALL_POLICIES}"))  # fmt: skip
    return figures


def _arrive(cluster: EmbeddedCluster, ask: Ask) -> None:
    walk = cluster.network.walk(ask)
    if walk.verdict is not Verdict.DELIVERED:
        raise RuntimeError(f"{ask.host}: {walk.verdict}. {walk.rule.text}")


def _town(services: int, policies: int) -> EmbeddedCluster:
    """Un Pod que llama, otro que responde a todos los Services, y políticas que eligen a los dos."""
    cluster = EmbeddedCluster(2)
    for name in ("yo", "web"):
        spec = {"containers": [{"name": "c", "image": "nginx:1.27"}]}
        cluster.api.create(kinds.POD, {"metadata": {"name": name, "labels": {"app": name}}, "spec": spec}, "default")
    for number in range(services):
        name = f"s-{number}"
        body = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
        cluster.api.create(kinds.SERVICE, {"metadata": {"name": name}, "spec": body}, "default")
        backend = {"service": {"name": name, "port": {"number": 80}}}
        rule = {"host": f"{name}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix",
                                                                   "backend": backend}]}}  # fmt: skip
        ingress = {"ingressClassName": "orquesta", "rules": [rule]}
        cluster.api.create(kinds.INGRESS, {"metadata": {"name": name}, "spec": ingress}, "default")
    for number in range(policies):
        # Casi todas permiten a otros; la última, a todos: hay que mirarlas enteras para llegar a ella.
        peer = [] if number == policies - 1 else [{"podSelector": {"matchLabels": {"app": f"otro-{number}"}}}]
        spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": peer}] if peer else [{}],
                "egress": [{"to": peer}] if peer else [{}]}  # fmt: skip
        cluster.api.create(kinds.NETWORKPOLICY, {"metadata": {"name": f"n-{number:03}"}, "spec": spec}, "default")
    cluster.clock.advance(60)
    return cluster
