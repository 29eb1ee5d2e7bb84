"""Lo que la API contesta a una cuenta: se ve con una petición suya, y el clúster de quien estudia no se entera."""

from __future__ import annotations

import pytest

from lab_tools.checks.identity import ERRAND, Call, answers
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection, in_process

PODS = Call("/api/v1/namespaces/{namespace}/pods")
START = """
apiVersion: v1
kind: Namespace
metadata: {name: tienda, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: vigia, namespace: tienda}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: mirar, namespace: tienda}
rules: [{apiGroups: [""], resources: [pods], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: mirar, namespace: tienda}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: mirar}
subjects: [{kind: ServiceAccount, name: vigia, namespace: tienda}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: torre, namespace: tienda}
spec:
  selector: {matchLabels: {puesto: torre}}
  template:
    metadata: {labels: {puesto: torre}}
    spec:
      serviceAccountName: vigia
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: principal
          image: tienda-trabajador:1.0
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""


@pytest.fixture
def student() -> Client:
    """Un clúster con un vigilante que solo puede listar Pods, en un namespace exigente."""
    client = Client(in_process(1, role="student"), "tienda")
    client.apply(START)
    client.wait(20)
    return client


def snapshot(student: Client) -> Snapshot:
    cluster = student.connection.cluster  # type: ignore[attr-defined]
    return Snapshot(Client(InProcessConnection(cluster, "checker"), "tienda"))


def test_what_was_granted_is_answered_and_the_rest_is_refused_with_its_reason(student: Client) -> None:
    seen = snapshot(student)
    assert answers("vigia", "torre", PODS)(seen).met
    refused = answers("vigia", "torre", Call("/api/v1/namespaces/{namespace}/secrets"))(seen)
    assert not refused.met
    assert 'User "system:serviceaccount:tienda:vigia" cannot list resource "secrets"' in refused.found
    assert answers("vigia", "torre", Call("/api/v1/namespaces/{namespace}/secrets"), 403)(seen).met


def test_a_body_with_quotes_arrives_whole(student: Client) -> None:
    student.patch(
        "role", "mirar", {"rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}]}
    )
    path = "/apis/apps/v1/namespaces/{namespace}/deployments/torre"
    body = '{"metadata": {"annotations": {"nota": "la de \'ayer\' y $HOY"}}}'
    assert answers("vigia", "torre", Call(path, "PATCH", body, "application/merge-patch+json"))(snapshot(student)).met


def test_an_account_that_nobody_uses_is_not_enough(student: Client) -> None:
    student.patch("deployment", "torre", {"spec": {"template": {"spec": {"serviceAccountName": "default"}}}})
    student.wait(20)
    finding = answers("vigia", "torre", PODS)(snapshot(student))
    assert (finding.met, "se presentan como `default`" in finding.found) == (False, True)


def test_without_pods_or_without_the_deployment_it_says_so(student: Client) -> None:
    student.scale("deployment", "torre", 0)
    student.wait(10)
    assert "ningún Pod listo" in answers("vigia", "torre", PODS)(snapshot(student)).found
    student.delete("deployments", "torre")
    assert "ningún Pod listo" in answers("vigia", "torre", PODS)(snapshot(student)).found


def test_nothing_of_this_is_seen_in_the_cluster_of_who_studies(student: Client) -> None:
    before = [pod["metadata"]["resourceVersion"] for pod in student.list("pods", "*")]
    answers("vigia", "torre", PODS)(snapshot(student))
    assert student.find("pods", ERRAND) is None
    assert [pod["metadata"]["resourceVersion"] for pod in student.list("pods", "*")] == before
