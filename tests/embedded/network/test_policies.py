"""NetworkPolicy: lo que cierra, lo que abre y lo que siempre pasa."""

import random

import pytest

from lab_tools.embedded.network.ask import Ask
from lab_tools.objects import kinds

DENY_ALL = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
DNS = {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
               "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
       "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}  # fmt: skip


def app(name):
    return {"podSelector": {"matchLabels": {"app": name}}}


@pytest.fixture
def shop(town):
    """La tienda: frontend, api y bd en su espacio; un extraño en otro."""
    town.namespace("tienda", equipo="ventas")
    town.namespace("otro", equipo="compras")
    for name in ("frontend", "api", "bd"):
        town.pod(name, "tienda", ports=(("http", 80),))
        town.service(name, "tienda", target="http")
    town.pod("extra", "otro")
    town.start()
    return town


def matrix(town, pairs):
    """De cada par, si llega."""
    homes = {"extra": "otro"}
    return {
        f"{source}→{target}": town.verdict(f"http://{target}.tienda", f"{homes.get(source, 'tienda')}/{source}")
        == "delivered"
        for source, target in pairs
    }


ALL = [(source, target) for source in ("frontend", "api", "bd", "extra") for target in ("frontend", "api", "bd")
       if source != target]  # fmt: skip


def test_without_policies_everybody_talks_to_everybody(shop):
    assert all(matrix(shop, ALL).values())


def test_deny_all_closes_its_namespace_and_nothing_else(shop):
    shop.policy("cerrar", DENY_ALL, "tienda")
    assert not any(matrix(shop, ALL).values())
    assert shop.verdict("http://example.com", "otro/extra") == "answered"


def test_only_the_opened_way_is_open(shop):
    shop.policy("cerrar", DENY_ALL, "tienda")
    shop.policy("dns", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [DNS]}, "tienda")
    shop.policy("sale", {**app("frontend"), "policyTypes": ["Egress"], "egress": [{"to": [app("api")]}]}, "tienda")
    assert not any(matrix(shop, ALL).values()), "falta la otra mitad: la api aún no acepta"
    shop.policy("entra", {**app("api"), "policyTypes": ["Ingress"],
                          "ingress": [{"from": [app("frontend")], "ports": [{"port": "http"}]}]}, "tienda")  # fmt: skip
    assert [name for name, passes in matrix(shop, ALL).items() if passes] == ["frontend→api"]


def test_the_walk_names_the_rule_that_stopped_it_and_the_one_that_let_it_pass(shop):
    shop.policy("cerrar", {"podSelector": {}, "policyTypes": ["Ingress"]}, "tienda")
    walk = shop.walk("http://api.tienda", "tienda/frontend")
    assert (walk.verdict, walk.rule.about) == ("timeout", "NetworkPolicy tienda/cerrar")
    assert "Pod tienda/api está aislado para recibir" in walk.rule.text
    shop.policy("abrir", {**app("api"), "ingress": [{"from": [app("bd")]}, {"from": [app("frontend")]}]}, "tienda")
    walk = shop.walk("http://api.tienda", "tienda/frontend")
    assert walk.verdict == "delivered"
    assert walk.rule.about == "NetworkPolicy tienda/abrir" and "ingress[1]" in walk.rule.text


def test_policy_types_are_ingress_unless_there_are_egress_rules(shop):
    shop.policy("vacia", {**app("api")}, "tienda")
    assert matrix(shop, [("frontend", "api"), ("api", "bd")]) == {"frontend→api": False, "api→bd": True}
    shop.policy("salida", {**app("bd"), "egress": [{}]}, "tienda")
    assert matrix(shop, [("bd", "frontend"), ("frontend", "bd")]) == {"bd→frontend": True, "frontend→bd": False}


def test_a_namespace_selector_lets_in_whole_namespaces_and_both_selectors_only_their_meeting(shop):
    shop.pod("otro-mas", "otro")
    shop.start()
    space = {"namespaceSelector": {"matchLabels": {"equipo": "compras"}}}
    shop.policy("uno", {**app("api"), "ingress": [{"from": [space]}]}, "tienda")
    shop.policy("dos", {**app("bd"), "ingress": [{"from": [{**space, **app("extra")}]}]}, "tienda")
    assert matrix(shop, [("extra", "api"), ("extra", "bd"), ("frontend", "api")]) == {
        "extra→api": True, "extra→bd": True, "frontend→api": False}  # fmt: skip
    assert shop.verdict("http://bd.tienda", "otro/otro-mas") == "timeout"
    assert shop.verdict("http://api.tienda", "otro/otro-mas") == "delivered"


def test_an_ip_block_lets_in_its_range_but_not_its_exceptions(shop):
    extra = shop.address("extra", "otro")
    shop.policy("bloque", {**app("api"), "ingress": [{"from": [
        {"ipBlock": {"cidr": "10.244.0.0/15", "except": [f"{extra}/32"]}}]}]}, "tienda")  # fmt: skip
    assert matrix(shop, [("frontend", "api"), ("extra", "api")]) == {"frontend→api": True, "extra→api": False}


def test_ports_are_those_of_the_pod_by_number_name_or_range(shop):
    shop.service("aparte", "tienda", app="api", port=8080, target="http")
    shop.start(1)
    shop.policy("rango", {**app("api"), "ingress": [{"ports": [{"port": 79, "endPort": 81}]}]}, "tienda")
    assert shop.verdict("http://aparte.tienda:8080", "tienda/frontend") == "delivered"
    shop.delete("networkpolicy", "rango", "tienda")
    shop.policy("del-service", {**app("api"), "ingress": [{"ports": [{"port": 8080}]}]}, "tienda")
    assert shop.verdict("http://aparte.tienda:8080", "tienda/frontend") == "timeout"
    shop.policy("por-nombre", {**app("api"), "ingress": [{"ports": [{"port": "http"}]}]}, "tienda")
    assert shop.verdict("http://aparte.tienda:8080", "tienda/frontend") == "delivered"
    shop.delete("networkpolicy", "por-nombre", "tienda")
    shop.policy("udp", {**app("api"), "ingress": [{"ports": [{"port": 80, "protocol": "UDP"}]}]}, "tienda")
    assert shop.verdict("http://aparte.tienda:8080", "tienda/frontend") == "timeout"


def test_egress_to_the_world_can_be_closed_and_opened(shop):
    shop.policy("casa", {**app("api"), "policyTypes": ["Egress"], "egress": [DNS]}, "tienda")
    assert shop.verdict("http://example.com", "tienda/api") == "timeout"
    shop.policy("mundo", {**app("api"), "policyTypes": ["Egress"], "egress": [
        {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}]}, "tienda")  # fmt: skip
    assert shop.verdict("http://example.com", "tienda/api") == "answered"
    assert shop.verdict("http://bd.tienda", "tienda/api") == "timeout"


def test_forgetting_the_dns_closes_every_name_but_no_address(shop):
    shop.policy("sin-dns", {**app("frontend"), "policyTypes": ["Egress"], "egress": [{"to": [app("api")]}]}, "tienda")
    assert shop.verdict("http://api", "tienda/frontend") == "dns_timeout"
    address = shop.get("service", "api", "tienda")["spec"]["clusterIP"]
    assert shop.verdict(f"http://{address}", "tienda/frontend") == "delivered"


def test_a_pod_always_reaches_itself_and_its_node_always_reaches_it(shop):
    shop.policy("cerrar", DENY_ALL, "tienda")
    own = shop.address("api", "tienda")
    assert shop.verdict(f"http://{own}", "tienda/api") == "delivered"
    assert shop.verdict("http://localhost", "tienda/api") == "delivered"
    shop.pod("vecino", "otro", hostNetwork=True, ports=(("x", 9999),),
             nodeName=shop.get("pod", "api", "tienda")["spec"]["nodeName"])  # fmt: skip
    shop.start()
    assert shop.verdict(f"http://{own}", "otro/vecino") == "delivered"


def test_probes_go_on_under_deny_all(shop):
    shop.policy("cerrar", DENY_ALL, "tienda")
    shop.apply("""
apiVersion: v1
kind: Pod
metadata: {name: sondeado, namespace: tienda}
spec:
  containers: [{name: c, image: "nginx:1.27", readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}}]
""")
    shop.start(30)
    conditions = {one["type"]: one["status"] for one in shop.get("pod", "sondeado", "tienda")["status"]["conditions"]}
    assert conditions["Ready"] == "True"


def test_a_node_port_hides_the_caller_unless_its_policy_is_local(shop):
    for name, policy in (("tapado", "Cluster"), ("visto", "Local")):
        shop.service(name, "tienda", app="api", target="http", type="NodePort", externalTrafficPolicy=policy)
    shop.start(1)
    shop.policy("cliente", {**app("api"), "ingress": [{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]}, "tienda")
    ports = {name: shop.get("service", name, "tienda")["spec"]["ports"][0]["nodePort"] for name in ("tapado", "visto")}
    node = shop.get("pod", "api", "tienda")["spec"]["nodeName"]
    assert shop.verdict(f"http://{node}:{ports['visto']}") == "delivered"
    assert shop.verdict(f"http://{node}:{ports['tapado']}") == "timeout"


def test_a_shadow_leaves_no_trace(shop):
    before = len(shop.network.route.atlas.policies._listeners), len(shop.network.route.atlas.ingresses._listeners)
    shop.network.walk(Ask.url("http://api.tienda", ("tienda", "frontend")))
    used = len(shop.network.route.atlas.policies._listeners), len(shop.network.route.atlas.ingresses._listeners)
    for seed in range(5):
        shop.network.shadow(random.Random(seed), lambda *_: True).walk(Ask.url("http://api.tienda", ("tienda", "bd")))
    after = len(shop.network.route.atlas.policies._listeners), len(shop.network.route.atlas.ingresses._listeners)
    assert (before <= used, after) == (True, used)


def test_a_policy_that_changes_or_goes_is_noticed_at_once(shop):
    shop.policy("cerrar", {"podSelector": {}}, "tienda")
    assert shop.verdict("http://api.tienda", "tienda/frontend") == "timeout"
    shop.api.patch(kinds.NETWORKPOLICY, "tienda", "cerrar", {"spec": {"ingress": [{}]}})
    assert shop.verdict("http://api.tienda", "tienda/frontend") == "delivered"
    shop.api.patch(kinds.NETWORKPOLICY, "tienda", "cerrar", {"spec": {"ingress": None}})
    assert shop.verdict("http://api.tienda", "tienda/frontend") == "timeout"
    shop.delete("networkpolicy", "cerrar", "tienda")
    assert shop.verdict("http://api.tienda", "tienda/frontend") == "delivered"
