"""Peticiones y cargas como pruebas: llegan, no pasan, ninguna se pierde, y el clúster de quien estudia ni se entera."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from lab_tools.checks import actions
from lab_tools.checks.check import Check, Criterion
from lab_tools.checks.expect import Fact, log
from lab_tools.checks.permission import Deed, account, may, may_not
from lab_tools.checks.requests import Ask, denied, forbidden, request
from lab_tools.checks.rollout import runs_only
from lab_tools.checks.run import run
from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.under_load import no_failed_request, p95_under, served_by
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.traffic.result import ERRORS, SEEN

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: tienda}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: tienda}
spec:
  replicas: 3
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: web
          image: tienda-api:1.0
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /listo, port: 8080}, periodSeconds: 1}
          lifecycle: {preStop: {sleep: {seconds: 3}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, namespace: tienda}
spec:
  replicas: 1
  selector: {matchLabels: {app: frontend}}
  template:
    metadata: {labels: {app: frontend}}
    spec: {containers: [{name: web, image: "tienda-frontend:1.0"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: intruso, namespace: tienda}
spec:
  replicas: 1
  selector: {matchLabels: {app: intruso}}
  template:
    metadata: {labels: {app: intruso}}
    spec: {containers: [{name: web, image: "tienda-frontend:1.0"}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: tienda}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
"""
WALL = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: tienda}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{podSelector: {matchLabels: {app: frontend}}}]}]
"""
ROLE = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: tienda}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: lee, namespace: tienda}
rules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: lee, namespace: tienda}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: lee}
subjects: [{kind: ServiceAccount, name: robot, namespace: tienda}]
"""
FROM_FRONTEND = Ask("http://api/", "deployment/frontend")
FROM_INTRUDER = Ask("http://api/", "deployment/intruso")
ROBOT = account("robot")


@pytest.fixture
def cluster() -> EmbeddedCluster:
    made = EmbeddedCluster(nodes=3)
    owner = Client(InProcessConnection(made, "owner"), "tienda")
    owner.apply(SHOP)
    owner.wait(30)
    return made


def owner(cluster: EmbeddedCluster) -> Client:
    return Client(InProcessConnection(cluster, "owner"), "tienda")


def snapshot(cluster: EmbeddedCluster, role: str = "checker") -> Snapshot:
    return Snapshot(Client(InProcessConnection(cluster, role), "tienda"))


def test_a_request_says_who_asked_and_which_version_answered(cluster: EmbeddedCluster) -> None:
    here = snapshot(cluster)
    finding = request(FROM_FRONTEND, version="1.0", body="tienda-api")(here)
    assert finding.met, finding
    wanted = "que una petición de `frontend` a `http://api/` recibiera un 200 de la versión `1.0`"
    assert finding.expected == f"{wanted} que dijera «tienda-api»"
    assert request(FROM_FRONTEND, body="otra cosa")(here).found.endswith(", que dice «tienda-api»")
    assert not request(FROM_FRONTEND, version="1.1")(here).met
    assert not request(FROM_FRONTEND, status=404)(here).met


def test_a_request_that_does_not_arrive_says_where_it_stopped(cluster: EmbeddedCluster) -> None:
    here = snapshot(cluster)
    assert "nadie" in request(Ask("http://nadie/", "deployment/frontend"))(here).found
    assert "frontera" in request(Ask("http://api/", "deployment/frontera"))(here).found
    owner(cluster).scale("deploy", "frontend", 0)
    owner(cluster).wait(40)
    assert "no tiene ningún Pod en marcha" in request(FROM_FRONTEND)(snapshot(cluster)).found


def test_what_is_forbidden_counts_only_when_a_rule_forbids_it(cluster: EmbeddedCluster) -> None:
    fact = forbidden(FROM_INTRUDER, but=FROM_FRONTEND)
    assert not fact(snapshot(cluster)).met, "sin política pasa todo"
    owner(cluster).apply(WALL)
    finding = fact(snapshot(cluster))
    assert finding.met, finding
    assert request(FROM_FRONTEND)(snapshot(cluster)).met
    owner(cluster).scale("deploy", "api", 0)
    owner(cluster).wait(40)
    broken = fact(snapshot(cluster))
    assert not broken.met, "un servicio caído no prohíbe nada"
    assert "tampoco llega: " in broken.found and "llega: que " not in broken.found


@pytest.mark.parametrize(("strategy", "met"), [("RollingUpdate", True), ("Recreate", False)])
def test_a_rollout_is_watched_request_by_request(cluster: EmbeddedCluster, strategy: str, met: bool) -> None:
    owner(cluster).patch("deploy", "api", {"spec": {"strategy": {"type": strategy, "rollingUpdate": None}}})
    new = "tienda-api:1.1"
    fact = no_failed_request(FROM_FRONTEND, 20, actions.set_image("api", new), runs_only("api", new, 3))
    finding = fact(snapshot(cluster))
    assert finding.met == met, finding
    assert "peticiones" in finding.found


def test_a_percentile_is_held_or_not(cluster: EmbeddedCluster) -> None:
    here = snapshot(cluster)
    assert p95_under(FROM_FRONTEND, 10, 20, limit=5)(here).met
    finding = p95_under(FROM_FRONTEND, 10, 20, limit=0.001)(here)
    assert not finding.met and "P95 de" in finding.found
    assert "un P95 de 170 ms o menos" in p95_under(FROM_FRONTEND, 10, 20, limit=0.17)(here).expected, "sin redondear"


def test_who_answers_is_counted(cluster: EmbeddedCluster) -> None:
    whole = served_by(FROM_FRONTEND, "1.0", 1, 1)(snapshot(cluster))
    assert whole.met and whole.expected.endswith("contestara todas las peticiones")
    assert whole.found == "la `1.0` un 100 %"
    finding = served_by(FROM_FRONTEND, "1.1", 0.05, 0.15)(snapshot(cluster))
    assert (finding.met, finding.found) == (False, "la `1.0` un 100 %")


def test_the_cluster_of_the_student_notices_no_request(cluster: EmbeddedCluster) -> None:
    facts: list[Fact] = [
        request(FROM_FRONTEND),
        p95_under(FROM_FRONTEND, 20, 30, limit=5),
        no_failed_request(FROM_FRONTEND, 20, actions.restart("api"), runs_only("api", "tienda-api:1.0", 3)),
    ]
    before, time = cluster.snapshot(), cluster.clock.now
    logs = owner(cluster).logs(owner(cluster).list("pods", labels="app=api")[0]["metadata"]["name"])
    for role in ("checker", "student"):
        checks = [Check("X", "¿?", "w", "r", (Criterion(1, fact),), ("a", "b", "c")) for fact in facts]
        results = run(checks, snapshot(cluster, role))
        assert [result.state for result in results] == ["bien"] * 3, [result.found for result in results]
    assert cluster.snapshot() == before and cluster.clock.now == time
    assert owner(cluster).logs(owner(cluster).list("pods", labels="app=api")[0]["metadata"]["name"]) == logs


def test_a_log_counts_the_lines_that_say_it(cluster: EmbeddedCluster) -> None:
    here = snapshot(cluster)
    assert log("app=api", "escuchando", at_least=3)(here).met
    assert log("app=api", "escuchando", at_least=4)(here).found == "3 líneas en 3 Pods"
    assert "ningún Pod lleva `app=nadie`" in log("app=nadie", "x")(here).found


def test_a_permission_is_asked_both_ways(cluster: EmbeddedCluster) -> None:
    read, see = Deed("list", "pods"), Deed("get", "pods/log")
    secrets, everywhere = Deed("get", "secrets"), Deed("list", "pods", namespace="*")
    facts = may(ROBOT, read, see), may_not(ROBOT, secrets, everywhere, having=(read, see))
    assert [fact(snapshot(cluster)).met for fact in facts] == [False, False], "una cuenta sin nada no prohíbe nada"
    owner(cluster).apply(ROLE)
    assert [fact(snapshot(cluster)).met for fact in facts] == [True, True]
    more = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    owner(cluster).patch("roles", "lee", {"rules": [more]})
    finding = facts[1](snapshot(cluster))
    told = "que puede hacer `get secrets`; míralo con `kubectl auth can-i --list -n tienda --as="
    assert not finding.met and finding.found.startswith(told)


def test_the_resource_of_a_deed_may_be_of_a_group_or_a_part(cluster: EmbeddedCluster) -> None:
    scale = Deed("patch", "apps/deployments/scale", "api").attributes("n")
    assert (scale["group"], scale["resource"], scale["subresource"]) == ("apps", "deployments", "scale")
    assert (scale["namespace"], scale["name"]) == ("n", "api")
    assert Deed("get", "apps/deployments").attributes("n")["group"] == "apps"
    assert Deed("get", "pods/log").attributes("n") == {
        "verb": "get", "resource": "pods", "subresource": "log", "namespace": "n",
    }  # fmt: skip


def test_a_photograph_asks_each_question_once(cluster: EmbeddedCluster) -> None:
    sent: list[str] = []

    class Counts(InProcessConnection):
        def fork(self) -> AbstractContextManager[InProcessConnection]:
            sent.append("fork")
            return super().fork()

    here = Snapshot(Client(Counts(cluster, "checker"), "tienda"))
    fact = denied(FROM_INTRUDER, "api")
    first = fact(here)
    assert fact(here) == first and request(FROM_FRONTEND)(here).met and request(FROM_FRONTEND)(here).met
    assert len(sent) == 2
    assert not fact(here.again()).met and len(sent) == 3


def test_every_way_of_not_answering_has_both_wordings() -> None:
    assert set(SEEN) == set(ERRORS)
