"""El DNS del clúster: qué nombres existen, quién los ve y qué dice cuando no."""

import pytest

from lab_tools.embedded.network.walk import Verdict
from lab_tools.objects import kinds, pod_names


@pytest.fixture
def named(town):
    town.namespace("tienda")
    town.pod("yo", labels={"app": "web"})
    town.pod("api", "tienda")
    town.service("web")
    town.service("api", "tienda", ports=[{"name": "http", "port": 8080, "targetPort": "web"}])
    town.start()
    return town


def resolve(town, name, source="yo"):
    return town.network.resolve(name, source=("default", source))


def lookup(town, name, kind="A"):
    return town.network.query(("default", "yo"), name, kind).lookups[-1]


@pytest.mark.parametrize("name", ["api.tienda", "api.tienda.svc", "api.tienda.svc.cluster.local",
                                  "api.tienda.svc.cluster.local.", "API.Tienda"])  # fmt: skip
def test_a_service_answers_to_every_form_of_its_name(named, name):
    address = named.get("service", "api", "tienda")["spec"]["clusterIP"]
    assert resolve(named, name).addresses == (address,)


def test_a_short_name_is_looked_for_at_home_only(named):
    assert resolve(named, "web").addresses == (named.get("service", "web")["spec"]["clusterIP"],)
    assert resolve(named, "api").verdict is Verdict.NXDOMAIN
    assert [one.name for one in resolve(named, "api").lookups] == [
        "api.default.svc.cluster.local", "api.svc.cluster.local", "api.cluster.local", "api"]  # fmt: skip


def test_a_name_without_service_does_not_exist_and_says_what_was_tried(named):
    walk = named.walk("http://nada", "yo")
    assert walk.verdict is Verdict.NXDOMAIN
    assert "nada.default.svc.cluster.local" in walk.rule.text


def test_a_headless_service_gives_the_addresses_of_its_ready_pods(town):
    for name in ("a", "b"):
        town.pod(name, labels={"app": "bd"})
    town.pod("late", labels={"app": "bd"}, readinessGates=[{"conditionType": "example.com/ok"}])
    town.pod("yo", labels={"app": "web"})
    town.service("bd", clusterIP="None")
    town.service("all", app="bd", clusterIP="None", publishNotReadyAddresses=True)
    town.start()
    assert set(resolve(town, "bd").addresses) == {town.address("a"), town.address("b")}
    assert set(resolve(town, "all").addresses) == {town.address(name) for name in ("a", "b", "late")}


def test_a_headless_service_without_ready_pods_has_no_name(town):
    town.pod("yo", labels={"app": "web"})
    town.service("bd", clusterIP="None")
    town.start()
    assert resolve(town, "bd").verdict is Verdict.NXDOMAIN


def test_each_pod_of_a_statefulset_has_its_own_name(town):
    town.pod("yo", labels={"app": "web"})
    town.service("bd", clusterIP="None")
    town.apply("""
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: bd}
spec:
  serviceName: bd
  replicas: 2
  selector: {matchLabels: {app: bd}}
  template:
    metadata: {labels: {app: bd}}
    spec: {containers: [{name: c, image: "nginx:1.27", ports: [{containerPort: 80, name: web}]}]}
""")
    town.start(40)
    assert resolve(town, "bd-1.bd").addresses == (town.address("bd-1"),)
    assert resolve(town, "bd-7.bd").verdict is Verdict.NXDOMAIN
    dashed = town.address("bd-0").replace(".", "-")
    assert resolve(town, f"{dashed}.default.pod.cluster.local").addresses == (town.address("bd-0"),)
    assert {one.value for one in lookup(town, "bd.default.svc.cluster.local", "SRV").records} == {
        "0 50 80 bd-0.bd.default.svc.cluster.local", "0 50 80 bd-1.bd.default.svc.cluster.local"}  # fmt: skip


def test_a_hostname_counts_only_under_the_service_it_names(town):
    town.pod("yo", labels={"app": "web"})
    town.pod("one", labels={"app": "bd"}, hostname="uno", subdomain="otro")
    town.service("bd", clusterIP="None")
    town.service("otro", app="bd", clusterIP="None")
    town.start()
    assert resolve(town, "uno.otro").addresses == (town.address("one"),)
    assert resolve(town, "uno.bd").verdict is Verdict.NXDOMAIN


def test_the_pods_of_a_service_have_a_name_by_their_address_with_a_head_too(named):
    town = named
    town.pod("uno", labels={"app": "bd"})
    town.service("bd")
    town.start()
    dashed = town.address("uno").replace(".", "-")
    assert lookup(town, f"{dashed}.bd.default.svc.cluster.local").addresses == (town.address("uno"),)
    assert lookup(town, f"{dashed}.web.default.svc.cluster.local").code == "NXDOMAIN"


def test_a_pod_has_a_name_back_only_if_the_service_it_names_is_there(town):
    town.pod("yo", hostname="uno", subdomain="bd")
    town.start()
    reverse = ".".join(reversed(town.address("yo").split("."))) + ".in-addr.arpa"
    assert lookup(town, reverse, "PTR").code == "NXDOMAIN"
    town.service("bd", app="yo", clusterIP="None")
    town.start()
    assert [one.value for one in lookup(town, reverse, "PTR").records] == ["uno.bd.default.svc.cluster.local"]


def test_the_ports_of_a_name_share_their_weight(town):
    town.pod("yo")
    ports = [{"name": name, "port": number, "targetPort": 80} for name, number in (("a", 80), ("b", 81))]
    town.service("yo", ports=ports)
    town.service("bd", app="yo", clusterIP="None", ports=ports)
    town.start()
    for name in ("yo", "bd"):
        found = lookup(town, f"{name}.default.svc.cluster.local", "SRV").records
        assert [one.value.split()[1] for one in found] == ["50", "50"]


def test_slices_of_another_family_lead_nowhere(town):
    town.pod("yo")
    town.service("bd", clusterIP="None", selector=None)
    town.service("ip", selector=None)
    for service in ("bd", "ip"):
        for family, address in (("IPv6", "fd00::1"), ("FQDN", "example.com")):
            town.apply(f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {service}-{family.lower()}, labels: {{kubernetes.io/service-name: {service}}}}}
addressType: {family}
ports: [{{port: 80}}]
endpoints: [{{addresses: ["{address}"]}}]
""")
    town.start(1)
    assert lookup(town, "bd.default.svc.cluster.local").code == "NXDOMAIN"
    assert town.verdict("http://ip", "yo") == "refused"


def test_an_external_name_is_another_name(named):
    named.service("bd", type="ExternalName", externalName="db.example.com", ports=[{"port": 5432}])
    found = lookup(named, "bd.default.svc.cluster.local")
    assert [one.type for one in found.records] == ["CNAME", "A"]
    assert found.records[0].value == "db.example.com"
    assert named.verdict("tcp://bd:5432", "yo") == "answered"


def test_a_named_port_has_a_service_record(named):
    found = lookup(named, "_http._tcp.api.tienda.svc.cluster.local", "SRV")
    assert [one.value for one in found.records] == ["0 100 8080 api.tienda.svc.cluster.local"]
    assert lookup(named, "_nada._tcp.api.tienda.svc.cluster.local", "SRV").code == "NXDOMAIN"


def test_an_address_has_a_name_back(named):
    address = named.get("service", "web")["spec"]["clusterIP"]
    reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    assert [one.value for one in lookup(named, reverse, "PTR").records] == ["web.default.svc.cluster.local"]


def test_dns_policy_default_knows_nothing_of_the_cluster(named):
    named.pod("ajeno", dnsPolicy="Default")
    named.start()
    assert resolve(named, "web.default.svc.cluster.local", "ajeno").verdict is Verdict.NXDOMAIN
    assert resolve(named, "example.com", "ajeno").addresses


def test_dns_policy_none_asks_whom_it_is_told_and_as_it_is_told(named):
    named.pod("propio", dnsPolicy="None", dnsConfig={
        "nameservers": ["10.96.0.10"], "searches": ["tienda.svc.cluster.local"],
        "options": [{"name": "ndots", "value": "1"}],
    })  # fmt: skip
    named.start()
    assert resolve(named, "api", "propio").addresses == (named.get("service", "api", "tienda")["spec"]["clusterIP"],)
    pod = named.get("pod", "propio")
    assert pod_names.resolver(pod).text() == (
        "search tienda.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:1\n"
    )


def test_host_aliases_are_known_without_asking(named):
    named.network.weather.dns_down()
    named.pod("sabio", hostAliases=[{"ip": named.address("yo"), "hostnames": ["tienda.local"]}])
    named.start()
    assert named.verdict("http://tienda.local", "sabio") == "delivered"
    assert named.verdict("http://web", "sabio") == "dns_timeout"


def test_names_of_the_cluster_do_not_exist_outside(named):
    assert named.verdict("http://web.default.svc.cluster.local") == "nxdomain"


def test_dns_needs_its_service_and_its_road(named):
    assert named.verdict("http://web", "yo") == "delivered"
    named.policy("callado", {"podSelector": {}, "policyTypes": ["Egress"]})
    walk = named.walk("http://api.tienda:8080", "yo")
    assert walk.verdict is Verdict.DNS_TIMEOUT
    assert walk.rule.about == "NetworkPolicy default/callado"


def test_a_cluster_whose_dns_service_is_deleted_resolves_nothing(named):
    named.api.delete(kinds.SERVICE, "kube-system", "kube-dns")
    assert named.verdict("http://api.tienda:8080", "yo") == "dns_timeout"


def test_the_files_of_a_pod_say_the_same(named):
    code, text, _ = named.run("yo", "cat", "/etc/resolv.conf", "/etc/hosts")
    assert code == 0
    assert (
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5"
        in text
    )
    assert f"{named.address('yo')}\tyo" in text


@pytest.mark.parametrize("host", ["300.1.1.1", "1.2.3", "a..b", "-", "_x", "ñandú", "a" * 300, "0.0.0.0"])
def test_a_strange_name_is_a_name_that_does_not_exist_or_an_address_nobody_has(named, host):
    assert named.verdict(f"http://{host}", "yo") in ("nxdomain", "timeout")


def test_a_pod_on_the_network_of_its_node_takes_its_name_and_its_dns(named):
    named.pod("nodo", hostNetwork=True, nodeName="node-2", ports=(("x", 9999),))
    named.pod("mixto", hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet", ports=(("x", 9998),))
    named.start()
    assert named.run("nodo", "hostname")[1] == "node-2\n"
    assert resolve(named, "web.default.svc.cluster.local", "nodo").verdict is Verdict.NXDOMAIN
    assert resolve(named, "web", "mixto").addresses
