"""Los Services: a quién mandan, por dónde se entra y qué ve quien llama cuando no hay a quién mandar."""

import json
from collections import Counter

import pytest

from lab_tools.embedded.network.ask import Ask
from lab_tools.objects import clone, kinds


@pytest.fixture
def shop(town):
    town.pod("yo")
    town.service("web")
    for number in (1, 2, 3):
        town.pod(f"web-{number}", labels={"app": "web"})
    town.start()
    return town


def backends(town, url, source="yo", times=60):
    return Counter(town.walk(url, source).backend.pod[1] for _ in range(times))


def node_of(town, name):
    return town.get("pod", name)["spec"]["nodeName"]


def address_of(town, node):
    return next(one["address"] for one in town.get("node", node)["status"]["addresses"] if one["type"] == "InternalIP")


def test_a_cluster_ip_spreads_the_connections(shop):
    assert set(backends(shop, "http://web")) == {"web-1", "web-2", "web-3"}


def test_the_port_of_the_service_is_not_the_one_of_the_pod(shop):
    shop.service("otro", app="web", ports=[{"name": "a", "port": 8080, "targetPort": "web"},
                                           {"name": "b", "port": 9090, "targetPort": 80}])  # fmt: skip
    shop.start(1)
    assert {shop.walk(f"http://otro:{port}", "yo").backend.port for port in (8080, 9090)} == {80}
    lost = shop.walk("http://otro:80", "yo")
    assert lost.verdict == "timeout"
    assert "8080/TCP, 9090/TCP" in lost.rule.text


def test_a_service_without_endpoints_refuses(shop):
    shop.service("vacio", app="nadie")
    shop.start(1)
    walk = shop.walk("http://vacio", "yo")
    assert (walk.verdict, walk.rule.about) == ("refused", "Service default/vacio")


def test_a_port_where_nobody_listens_refuses(shop):
    shop.service("mal", app="web", target=8080)
    shop.start(1)
    walk = shop.walk("http://mal", "yo")
    assert (walk.verdict, walk.rule.stage) == ("refused", "pod")


def test_only_ready_pods_receive(shop):
    shop.pod("web-4", labels={"app": "web"}, readinessGates=[{"conditionType": "example.com/ok"}])
    shop.start()
    assert "web-4" not in backends(shop, "http://web")


def test_a_gate_that_somebody_opens_later_lets_the_traffic_in(town):
    town.pod("yo")
    town.pod("web", readinessGates=[{"conditionType": "example.com/ok"}])
    town.service("web")
    town.start()
    for said, verdict in (("True", "delivered"), ("False", "refused")):
        conditions = [{"type": "example.com/ok", "status": said}]
        town.api.patch(kinds.POD, "default", "web", {"status": {"conditions": conditions}}, how="strategic",
                       subresource="status")  # fmt: skip
        town.start(3)
        assert town.verdict("http://web", "yo") == verdict


def test_the_ones_that_leave_are_used_only_when_nobody_else_is_ready(shop):
    for number in (1, 2):
        shop.delete("pod", f"web-{number}")
    shop.clock.advance(0.1)
    assert set(backends(shop, "http://web")) == {"web-3"}


def test_the_last_one_serves_while_it_leaves(town):
    town.pod("yo")
    town.pod("web", image="busybox:1.36", command=["sh", "-c", "nc -lk -p 80"])
    town.service("web")
    town.start()
    town.delete("pod", "web")
    town.clock.advance(0.5)
    walk = town.walk("http://web", "yo")
    assert walk.verdict == "delivered"
    assert any("se despiden" in step.text for step in walk.steps)


def test_a_cluster_ip_means_nothing_outside(shop):
    address = shop.get("service", "web")["spec"]["clusterIP"]
    assert shop.verdict(f"http://{address}") == "timeout"
    assert shop.verdict(f"http://{shop.address('web-1')}") == "timeout"


def test_a_node_port_is_open_in_every_node_and_only_in_it(shop):
    shop.service("puerta", app="web", type="NodePort")
    shop.start(1)
    port = shop.get("service", "puerta")["spec"]["ports"][0]["nodePort"]
    assert [shop.verdict(f"http://{node}:{port}") for node in ("node-1", "node-2")] == ["delivered"] * 2
    assert shop.verdict("http://node-1:31999") == "refused"


def test_external_traffic_policy_local_drops_where_there_is_nobody(town):
    town.pod("web", nodeName="node-1")
    town.service("puerta", app="web", type="NodePort", externalTrafficPolicy="Local")
    town.start()
    port = town.get("service", "puerta")["spec"]["ports"][0]["nodePort"]
    assert town.verdict(f"http://node-1:{port}") == "delivered"
    walk = town.walk(f"http://node-2:{port}")
    assert walk.verdict == "timeout"
    assert "externalTrafficPolicy: Local" in walk.rule.text


def test_internal_traffic_policy_local_stays_at_home(town):
    for node in ("node-1", "node-2"):
        town.pod(f"yo-{node}", nodeName=node)
    town.pod("web", nodeName="node-1")
    town.service("web", internalTrafficPolicy="Local")
    town.start()
    assert town.verdict("http://web", "yo-node-1") == "delivered"
    assert town.verdict("http://web", "yo-node-2") == "timeout"


def test_traffic_distribution_prefers_the_near_ones_while_there_are(town):
    for number, zone in ((1, "a"), (2, "b")):
        town.api.patch(
            kinds.NODE, None, f"node-{number}", {"metadata": {"labels": {"topology.kubernetes.io/zone": zone}}}
        )
        town.pod(f"web-{number}", nodeName=f"node-{number}", labels={"app": "web"})
    town.pod("yo", nodeName="node-1")
    town.service("web", trafficDistribution="PreferSameZone")
    town.start()
    assert set(backends(town, "http://web")) == {"web-1"}
    town.delete("pod", "web-1", grace=0)
    town.start(2)
    assert set(backends(town, "http://web")) == {"web-2"}


def test_client_ip_affinity_keeps_the_pod_until_it_expires(shop):
    shop.service("fiel", app="web", sessionAffinity="ClientIP",
                 sessionAffinityConfig={"clientIP": {"timeoutSeconds": 60}})  # fmt: skip
    shop.start(1)
    first = backends(shop, "http://fiel", times=20)
    assert len(first) == 1
    after = set(first)
    for _ in range(20):
        shop.clock.advance(61)
        after |= set(backends(shop, "http://fiel", times=1))
    assert len(after) > 1


def test_a_load_balancer_stays_pending_unless_somebody_turns_it_on(shop):
    shop.service("lb", app="web", type="LoadBalancer")
    shop.service("pedido", app="web", type="LoadBalancer", loadBalancerClass="orquesta.dev/balanceador")
    shop.start(10)
    assert shop.get("service", "lb")["status"] == {"loadBalancer": {}}
    assert shop.get("service", "pedido")["status"]["loadBalancer"] == {
        "ingress": [{"ip": "172.18.255.100", "ipMode": "VIP"}]}  # fmt: skip
    shop.api.create(kinds.CONFIGMAP, {"metadata": {"name": "orquesta-balanceador"},
                                      "data": {"rango": "172.18.255.150-172.18.255.151"}}, "kube-system")  # fmt: skip
    shop.start(10)
    address = shop.get("service", "lb")["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert address == "172.18.255.150"
    assert shop.verdict(f"http://{address}") == "delivered"


def test_a_balancer_gives_each_address_once_and_says_when_none_is_left(shop):
    shop.api.create(kinds.CONFIGMAP, {"metadata": {"name": "orquesta-balanceador"},
                                      "data": {"rango": "172.18.255.150-172.18.255.151"}}, "kube-system")  # fmt: skip
    for name in ("uno", "dos", "tres"):
        shop.service(name, app="web", type="LoadBalancer")
    shop.start(10)
    given = [shop.get("service", name)["status"]["loadBalancer"] for name in ("uno", "dos", "tres")]
    assert [one.get("ingress", [{}])[0].get("ip") for one in given] == ["172.18.255.150", "172.18.255.151", None]
    reasons = [one["reason"] for one in shop.api.list(kinds.EVENT, "default").items
               if one["involvedObject"]["name"] == "tres"]  # fmt: skip
    assert reasons == ["SyncLoadBalancerFailed"]


def test_a_service_that_stops_being_a_balancer_gives_its_address_back(shop):
    shop.service("lb", app="web", type="LoadBalancer", loadBalancerClass="orquesta.dev/balanceador")
    shop.start(10)
    shop.api.patch(kinds.SERVICE, "default", "lb", {"spec": {"type": "ClusterIP", "loadBalancerClass": None}})
    shop.start(10)
    assert shop.get("service", "lb")["status"] == {"loadBalancer": {}}


def test_source_ranges_close_the_balancer_to_the_rest(shop):
    shop.service("lb", app="web", type="LoadBalancer", loadBalancerClass="orquesta.dev/balanceador",
                 loadBalancerSourceRanges=["192.0.2.0/24"])  # fmt: skip
    shop.start(10)
    assert shop.verdict("http://172.18.255.100") == "timeout"


def test_the_nodes_tell_a_local_balancer_who_of_them_has_pods(town):
    town.pod("web", nodeName="node-1")
    town.service("lb", app="web", type="LoadBalancer", externalTrafficPolicy="Local")
    town.start()
    port = town.get("service", "lb")["spec"]["healthCheckNodePort"]
    here, there = (town.walk(f"http://{node}:{port}/healthz").reply for node in ("node-1", "node-2"))
    assert (here.status, json.loads(here.body)["localEndpoints"]) == (200, 1)
    assert (there.status, json.loads(there.body)["service"]) == (503, {"namespace": "default", "name": "lb"})
    town.api.patch(kinds.SERVICE, "default", "lb", {"spec": {"externalTrafficPolicy": "Cluster"}})
    town.start(1)
    assert "healthCheckNodePort" not in town.get("service", "lb")["spec"]
    assert town.verdict(f"http://node-1:{port}") == "refused"


def test_the_ports_of_a_node_are_given_as_the_server_gives_them(shop):
    both = [{"name": name, "port": 53, "protocol": name.upper()} for name in ("udp", "tcp")]
    shop.service("dns", app="web", type="NodePort", ports=both)
    given = {one["nodePort"] for one in shop.get("service", "dns")["spec"]["ports"]}
    assert len(given) == 1, "los dos transportes de un puerto comparten el del nodo"
    fresh = clone(shop.get("service", "dns"))
    fresh["spec"]["ports"] = both
    shop.api.update(kinds.SERVICE, fresh)
    assert {one["nodePort"] for one in shop.get("service", "dns")["spec"]["ports"]} == given, "y no cambia al sustituir"
    shop.service("lb", app="web", type="LoadBalancer", allocateLoadBalancerNodePorts=False)
    assert "nodePort" not in shop.get("service", "lb")["spec"]["ports"][0]


def test_source_ranges_close_it_to_the_pods_too(shop):
    shop.service("lb", app="web", type="LoadBalancer", loadBalancerClass="orquesta.dev/balanceador",
                 loadBalancerSourceRanges=["203.0.113.0/24"])  # fmt: skip
    shop.start(10)
    assert shop.verdict("http://172.18.255.100") == "delivered"
    assert shop.verdict("http://172.18.255.100", "yo") == "timeout"


@pytest.fixture
def doors(town):
    """Un NodePort de cada política, con un Pod en el node-1, y quien llama en cada nodo."""
    for node in ("node-1", "node-2"):
        town.pod(f"yo-{node}", nodeName=node)
    town.pod("web", nodeName="node-1")
    for name, policy in (("ancha", "Cluster"), ("justa", "Local")):
        town.service(name, app="web", type="NodePort", externalTrafficPolicy=policy)
    town.start()
    return town


def door(town, name, node):
    return f"http://{node}:{town.get('service', name)['spec']['ports'][0]['nodePort']}"


def from_block(block):
    return {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"ipBlock": {"cidr": block}}]}]}


def test_a_pod_that_enters_by_a_node_port_shows_the_address_of_the_node(doors):
    doors.policy("nodos", from_block(address_of(doors, "node-2") + "/32"))
    walk = doors.walk(door(doors, "ancha", "node-2"), "yo-node-1")
    assert walk.verdict == "delivered"
    assert any("externalTrafficPolicy: Cluster" in step.text for step in walk.steps)
    stopped = doors.walk(door(doors, "ancha", "node-1"), "yo-node-1")
    assert (stopped.verdict, stopped.rule.about) == ("timeout", "NetworkPolicy default/nodos")
    assert "la dirección del nodo node-1" in stopped.rule.text


def test_with_the_local_policy_it_keeps_its_own(doors):
    spec = {"podSelector": {"matchLabels": {"app": "web"}},
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "yo-node-1"}}}]}]}  # fmt: skip
    doors.policy("uno", spec)
    assert doors.verdict(door(doors, "justa", "node-2"), "yo-node-1") == "delivered"
    assert doors.verdict(door(doors, "justa", "node-2"), "yo-node-2") == "timeout"
    assert doors.verdict(door(doors, "ancha", "node-2"), "yo-node-1") == "timeout"


def test_a_pod_that_calls_a_balancer_shows_the_address_of_its_node(doors):
    doors.service("lb", app="web", type="LoadBalancer", loadBalancerClass="orquesta.dev/balanceador")
    doors.start(10)
    doors.policy("nodos", from_block(address_of(doors, "node-2") + "/32"))
    assert doors.verdict("http://172.18.255.100", "yo-node-2") == "delivered"
    assert doors.verdict("http://172.18.255.100", "yo-node-1") == "timeout"
    assert doors.verdict("http://lb", "yo-node-2") == "timeout", "por la ClusterIP se ve al Pod"


def test_who_leaves_for_the_port_of_another_node_is_judged_by_that_address(doors):
    to_web = {"podSelector": {}, "policyTypes": ["Egress"],
              "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}  # fmt: skip
    doors.policy("salida", to_web)
    near, far = (doors.walk(door(doors, "ancha", node), "yo-node-1", via=address_of(doors, node))
                 for node in ("node-1", "node-2"))  # fmt: skip
    assert (near.verdict, far.verdict) == ("delivered", "timeout")
    assert "el nodo node-2" in far.rule.text
    shut = doors.walk("http://node-2:31999", "yo-node-1", via=address_of(doors, "node-2"))
    assert shut.verdict == "timeout", "lo que no puede salir no llega a que lo rechacen"


def test_another_node_asks_a_local_door_only_for_the_pods_of_the_door(doors):
    doors.pod("vecino", nodeName="node-2", hostNetwork=True, ports=(), command=["sleep", "1d"], image="busybox:1.36")
    doors.start()
    assert doors.verdict(door(doors, "justa", "node-1"), "vecino") == "delivered"
    assert doors.verdict(door(doors, "justa", "node-2"), "vecino") == "delivered", "desde el propio nodo, a cualquiera"
    doors.pod("otro", nodeName="node-1", hostNetwork=True, ports=(), command=["sleep", "1d"], image="busybox:1.36")
    doors.start()
    assert doors.verdict(door(doors, "justa", "node-2"), "otro") == "timeout"


def test_each_node_remembers_its_own_faithful_clients(town):
    for number in range(1, 5):
        town.pod(f"web-{number}", labels={"app": "web"})
    town.service("fiel", app="web", type="NodePort", sessionAffinity="ClientIP")
    town.start()
    by_node = [set(backends(town, door(town, "fiel", node), None, 20)) for node in ("node-1", "node-2")]
    assert [len(one) for one in by_node] == [1, 1]
    assert len(town.network.route.balancer.sticky) == 2


def test_a_guest_of_the_node_receives_in_its_ports_even_if_it_does_not_tell_them(town):
    town.pod("web", nodeName="node-1", hostNetwork=True, ports=())
    town.start()
    assert town.walk("http://node-1").backend.pod == ("default", "web")
    assert town.verdict("http://node-2") == "refused"


def test_a_host_port_is_of_one_transport(town):
    ports = [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 53, "hostPort": 8080, "protocol": "UDP"}]
    spec = {"containers": [{"name": "c", "image": "nginx:1.27", "ports": ports}], "nodeName": "node-1"}
    town.api.create(kinds.POD, {"metadata": {"name": "fijo"}, "spec": spec}, "default")
    town.start()
    assert town.walk("http://node-1:8080").backend.port == 80
    assert town.walk("udp://node-1:8080").rule.text.endswith("53/UDP.")


def test_each_transport_has_its_own_ports(town):
    town.pod("yo")
    ports = [{"containerPort": 80, "name": name.lower(), "protocol": name} for name in ("TCP", "UDP", "SCTP")]
    spec = {"containers": [{"name": "c", "image": "nginx:1.27", "ports": ports}]}
    town.api.create(kinds.POD, {"metadata": {"name": "web", "labels": {"app": "web"}}, "spec": spec}, "default")
    town.service("web", ports=[{"name": "a", "port": 80, "protocol": "UDP"}, {"name": "b", "port": 81, "targetPort": 80,
                                                                               "protocol": "SCTP"}])  # fmt: skip
    town.start()
    asked = ("udp://web:80", "sctp://web:81", "sctp://web:80", "tcp://web:80")
    assert [town.verdict(url, "yo") for url in asked] == ["delivered", "delivered", "timeout", "timeout"]
    town.policy("udp", {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"ports": [{"protocol": "UDP"}]}]})
    assert [town.verdict(url, "yo") for url in asked[:2]] == ["delivered", "timeout"]


def test_who_listens_to_tcp_does_not_answer_to_udp(shop):
    assert shop.verdict(f"tcp://{shop.address('web-1')}:80", "yo") == "delivered"
    assert shop.verdict(f"udp://{shop.address('web-1')}:80", "yo") == "refused"


def test_a_host_port_belongs_to_the_node_of_its_pod(town):
    town.pod("web", nodeName="node-1", ports=())
    spec = {"containers": [{"name": "c", "image": "nginx:1.27", "ports": [{"containerPort": 80, "hostPort": 8080}]}],
            "nodeName": "node-2"}  # fmt: skip
    town.api.create(kinds.POD, {"metadata": {"name": "fijo"}, "spec": spec}, "default")
    town.start()
    assert town.walk("http://node-2:8080").backend.pod == ("default", "fijo")
    assert town.verdict("http://node-1:8080") == "refused"


def test_a_pod_that_left_leaves_an_address_with_no_road(shop):
    address = shop.address("web-1")
    shop.delete("pod", "web-1", grace=0)
    shop.start(5)
    walk = shop.walk(f"http://{address}", "yo")
    assert (walk.verdict, walk.latency >= 3) == ("no_route", True)


def test_the_api_server_is_a_service_like_any_other(shop):
    assert shop.verdict("https://kubernetes.default", "yo") == "answered"
    assert shop.verdict("http://kubernetes.default", "yo") == "timeout"


def test_neighbours_are_nearer_than_strangers(town):
    for name, node in (("yo", "node-1"), ("cerca", "node-1"), ("lejos", "node-2")):
        town.pod(name, nodeName=node)
    town.start()
    near, far = (town.walk(f"http://{town.address(name)}", "yo").latency for name in ("cerca", "lejos"))
    assert 0 < near < far < 0.01


def test_an_explanation_spends_no_luck_and_leaves_no_memory(shop):
    shop.service("fiel", app="web", sessionAffinity="ClientIP")
    shop.start(1)
    ask = Ask.url("http://fiel", ("default", "yo"))
    other = shop.cluster.fork()
    for _ in range(5):
        shop.network.walk(ask, rehearsal=True)
    assert [shop.network.walk(Ask.url("http://web", ("default", "yo"))).backend for _ in range(20)] == [
        other.network.walk(Ask.url("http://web", ("default", "yo"))).backend for _ in range(20)]  # fmt: skip
