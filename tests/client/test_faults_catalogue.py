"""El catálogo de averías: cada una hace lo que dice, se pide bien o se explica, y la página publica lo que hay."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lab_tools import faults
from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.faults.kinds import KINDS
from lab_tools.errors import ClusterError, UsageError
from lab_tools.faults import by_api
from lab_tools.faults.catalogue import API, DOOR, MACHINE
from lab_tools.faults.page import page

SHOP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: tls}
type: kubernetes.io/tls
stringData: {tls.crt: x, tls.key: x}
---
apiVersion: v1
kind: Secret
metadata: {name: opaco}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
"""


@pytest.fixture
def cluster() -> EmbeddedCluster:
    found = EmbeddedCluster(nodes=3)
    client = Client(InProcessConnection(found))
    client.apply(SHOP)
    client.run_until("deployment web available")
    client.wait(10)
    return found


@pytest.fixture
def owner(cluster) -> Client:
    return Client(InProcessConnection(cluster, "owner"))


@pytest.fixture
def student(cluster) -> Client:
    return Client(InProcessConnection(cluster, "student"))


def test_the_page_says_what_the_code_says():
    found = (Path(__file__).parents[2] / "docs" / "averias.md").read_text(encoding="utf-8")
    assert found == page(), "escríbela otra vez: python -m lab_tools.faults > docs/averias.md"


def test_every_fault_is_done_by_somebody_and_says_why_elsewhere_it_is_not():
    assert {one.kind for one in faults.CATALOGUE.values() if one.how == API} == set(by_api.DO)
    doors = {one.kind: one for one in faults.CATALOGUE.values() if one.how == DOOR}
    assert set(doors) == set(KINDS)
    for kind, one in doors.items():
        assert one.elsewhere, kind
        assert one.lasting is KINDS[kind].lasting, kind
        needed = {option.name for option in one.options if option.needed}
        assert needed == set(KINDS[kind].needs), kind
        assert {option.name for option in one.options} - needed <= set(KINDS[kind].may), kind
        assert [one.on(driver) for driver in ("embedded", "kind", "kubeconfig")] == [True, one.machine, False]


def test_only_kind_reaches_the_machines_of_a_real_cluster():
    on_nodes = {one.kind for one in faults.CATALOGUE.values() if one.machine}
    assert on_nodes == {"node-off", "zone-off", "kubelet-stopped", "node-frozen", "node-unplugged"}
    only = [one for one in faults.CATALOGUE.values() if one.how == MACHINE]
    assert all(one.on("kind") and not one.on("embedded") and not one.on("kubeconfig") for one in only)
    assert {one.kind for one in only} == {"node-frozen", "node-unplugged"} and all(one.elsewhere for one in only)


def test_a_wrong_selector_leaves_a_service_without_pods(student):
    told = faults.inject(student, {"kind": "wrong-selector", "service": "web", "selector": {"tier": "web"}})
    assert told == "El Service web elige ahora los Pods con tier=web"
    assert student.get("services", "web")["spec"]["selector"] == {"tier": "web"}
    student.wait(5)
    assert not student.get("endpoints", "web").get("subsets")


def test_a_wrong_port_only_changes_where_it_sends(student):
    faults.inject(student, {"kind": "wrong-port", "service": "web", "port": 8081})
    port = student.get("services", "web")["spec"]["ports"][0]
    assert (port["port"], port["targetPort"]) == (80, 8081)


def test_a_bad_environment_rolls_out(student):
    faults.inject(student, {"kind": "bad-env", "deployment": "web", "env": {"MODO": "raro"}})
    container = student.get("deployments", "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "MODO", "value": "raro"}]


def test_a_missing_config_stops_the_new_pods(student):
    faults.inject(student, {"kind": "missing-config", "deployment": "web", "configmap": "no-existe"})
    student.wait(20)
    waiting = [one["status"]["containerStatuses"][0]["state"].get("waiting", {}).get("reason")
               for one in student.list("pods")]  # fmt: skip
    assert "CreateContainerConfigError" in waiting
    with pytest.raises(UsageError, match=r"«kube-root-ca\.crt» existe"):
        faults.inject(student, {"kind": "missing-config", "deployment": "web", "configmap": "kube-root-ca.crt"})


def test_an_expired_certificate_is_expired(student):
    import base64

    from cryptography import x509

    faults.inject(student, {"kind": "expired-certificate", "secret": "tls", "host": "tienda.example"})
    pem = base64.b64decode(student.get("secrets", "tls")["data"]["tls.crt"])
    found = x509.load_pem_x509_certificate(pem)
    assert found.not_valid_after_utc.year == 2024
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["tienda.example"]


def test_a_drained_node_is_left_without_pods_and_the_budget_is_kept(student):
    node = student.list("pods")[0]["spec"]["nodeName"]
    faults.inject(student, {"kind": "drain", "node": node})
    student.wait(60)
    assert node not in {one["spec"]["nodeName"] for one in student.list("pods")}
    assert student.get("deployments", "web")["status"]["availableReplicas"] == 3
    faults.inject(student, {"kind": "uncordon", "node": node})
    assert "unschedulable" not in student.get("nodes", node)["spec"]


def test_what_lasts_is_seen_and_healed_by_its_name(owner):
    told = faults.inject(owner, {"kind": "node-off", "node": "node-2"})
    assert told == "Apaga un nodo: en vigor con el nombre «node-off-1», hasta que se repare."
    faults.inject(owner, {"kind": "dns-down"})
    assert [(one["name"], one["kind"]) for one in faults.active(owner)] == [
        ("node-off-1", "node-off"), ("dns-down-1", "dns-down")]  # fmt: skip
    assert faults.heal(owner, "dns-down-1") == ["dns-down-1"]
    assert faults.heal(owner) == ["node-off-1"]
    assert faults.active(owner) == []
    with pytest.raises(UsageError, match="«node-off-1»"):
        faults.heal(owner, "node-off-1")


def test_a_fault_on_a_pod_falls_in_the_namespace_of_the_client(owner):
    owner.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "otra"}})
    owner.wait(2)
    inside = owner.within("otra")
    inside.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
                   "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}})  # fmt: skip
    assert inside.run_until("pod web ready")
    assert faults.inject(inside, {"kind": "kill-container", "pod": "web"}) == "Mata el proceso de un contenedor: hecho."
    inside.wait(10)
    assert inside.get("pods", "web")["status"]["containerStatuses"][0]["restartCount"] == 1


def test_in_a_fork_whoever_opened_it_breaks_what_they_like(student, cluster):
    with student.fork() as copy:
        faults.inject(copy, {"kind": "node-off", "node": "node-1"})
        copy.wait(60)
        assert copy.get("nodes", "node-1")["status"]["conditions"][-1]["status"] == "Unknown"
    assert cluster.faults.active() == []


def test_a_student_is_told_which_credential_does_it(student):
    with pytest.raises(ClusterError, match="credencial"):
        faults.inject(student, {"kind": "node-off", "node": "node-1"})


@pytest.mark.parametrize(("fault", "said"), [
    ({"kind": "node-off"}, "le falta «node»"), ({"kind": "node-off", "node": 3}, "se esperaba un texto"),
    ({"kind": "node-off", "node": "node-1", "prisa": 1}, "le sobra: prisa"),
    ({"kind": "network-cut", "between": "node-1"}, "se esperaba dos grupos"),
    ({"kind": "api-slow", "seconds": -3}, "se esperaba un número mayor que 0"), ({"kind": ""}, "No conozco la avería"),
    ({"kind": "disk-slow", "node": "node-1", "factor": 0.5}, "se esperaba un número mayor que 1"),
    ({"kind": "kill-pods", "selector": "app=web", "count": 0}, "se esperaba un entero mayor que 0"),
    ({"kind": "nodo-off", "node": "node-1"}, "No conozco la avería «nodo-off».*¿Querías decir «node-off»?"),
    ({"kind": "node-off", "node": "luna"}, 'nodes "luna" not found.*kubectl get nodes'),
    ({"kind": "zone-off", "zone": "luna"}, 'zone "luna" has no nodes.*kubectl get nodes -L topology'),
    ({"kind": "kill-container", "pod": "luna"}, 'pods "luna" not found.*kubectl get pods -n default'),
    ({"kind": "network-cut", "between": ["node/luna", "*"]}, 'nodes "luna" not found'),
    ({"kind": "greedy-requests", "deployment": "web", "cpu": "mucha"}, "«mucha» no es una cantidad de CPU"),
    ({"kind": "expired-certificate", "secret": "opaco", "host": "a"}, "tipo Opaque, y se esperaba kubernetes.io/tls"),
])  # fmt: skip
def test_what_is_badly_asked_is_explained(owner, fault, said):
    with pytest.raises(UsageError) as refused:
        faults.inject(owner, fault)
    assert re.search(said, str(refused.value), re.DOTALL), refused.value


def test_a_real_cluster_says_what_it_cannot_do_and_why():
    class Real:
        name, kubeconfig = "escuela", None

        def send(self, *_, **__) -> Reply:
            return Reply(404, {}, b"404 page not found")

    for kind, options in (("node-off", {"node": "n"}), ("dns-down", {})):
        with pytest.raises(ClusterError, match=f"«escuela» no puede con «{kind}»") as refused:
            faults.inject(Client(Real()), {"kind": kind, **options})
        assert refused.value.cure == faults.CATALOGUE[kind].elsewhere
    with pytest.raises(ClusterError, match="puerta propia"):
        faults.active(Client(Real()))


def test_a_real_cluster_that_forbids_what_it_does_not_have_is_not_taken_for_ours():
    message = 'forbidden: User "ana" cannot post path "/orquesta/v1/faults"'
    forbidden = {"kind": "Status", "reason": "Forbidden", "code": 403, "message": message}

    class Real:
        name, kubeconfig = "escuela", None

        def send(self, *_, **__) -> Reply:
            return Reply(403, {}, json.dumps(forbidden).encode())

    with pytest.raises(ClusterError, match="«escuela» no puede con «dns-down»"):
        faults.inject(Client(Real()), {"kind": "dns-down"})
