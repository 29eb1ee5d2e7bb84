"""kubectl, sin cambiarle nada, contra el clúster embebido: cada orden del curso, con cada versión que haya."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.kubectl.conftest import Kubectl

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kubectl")]

TIENDA = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, labels: {app: frontend}}
spec:
  replicas: 2
  selector: {matchLabels: {app: frontend}}
  template:
    metadata: {labels: {app: frontend}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: frontend
          image: nginx:1.27
          ports: [{containerPort: 80}]
          resources: {requests: {cpu: 50m, memory: 32Mi}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ajustes}
data: {color: azul}
"""


@pytest.fixture
def tienda(kubectl: Kubectl) -> Kubectl:
    kubectl("apply", "-f", "-", stdin=TIENDA)
    kubectl("rollout", "status", "deploy/frontend", "--timeout=50s")
    return kubectl


def test_apply_creates_then_changes_nothing_then_changes(kubectl: Kubectl):
    first = kubectl("apply", "-f", "-", stdin=TIENDA)
    assert first.split("\n")[:2] == ["deployment.apps/frontend created", "configmap/ajustes created"]
    assert "deployment.apps/frontend unchanged" in kubectl("apply", "-f", "-", stdin=TIENDA)
    changed = kubectl("apply", "-f", "-", stdin=TIENDA.replace("replicas: 2", "replicas: 3"))
    assert "deployment.apps/frontend configured" in changed
    assert "configmap/ajustes unchanged" in changed


def test_get_prints_the_real_columns(tienda: Kubectl):
    table = tienda("get", "deployments").splitlines()
    assert table[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert table[1].split()[:4] == ["frontend", "2/2", "2", "2"]
    wide = tienda("get", "pods", "-o", "wide").splitlines()
    assert wide[0].split()[:7] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    assert all(row.split()[1:4] == ["1/1", "Running", "0"] for row in wide[1:])
    assert [row.split()[1] for row in tienda("get", "nodes").splitlines()[1:]] == ["Ready"] * 3


def test_get_speaks_every_output_format(tienda: Kubectl):
    assert json.loads(tienda("get", "deploy", "frontend", "-o", "json"))["spec"]["replicas"] == 2
    assert yaml.safe_load(tienda("get", "deploy", "frontend", "-o", "yaml"))["kind"] == "Deployment"
    assert tienda("get", "deploy", "-o", "name") == "deployment.apps/frontend\n"
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert tienda("get", "deploy", "frontend", "-o", image) == "nginx:1.27"
    assert tienda("get", "pods", "-l", "app=nadie").strip() == ""


def test_watching_shows_what_changes_and_ends(tienda: Kubectl):
    seen = tienda.run("get", "pods", "-w", "--request-timeout=2s")
    assert seen.stdout.count("Running") >= 2


def test_describe_tells_the_story(tienda: Kubectl):
    text = tienda("describe", "deployment", "frontend")
    assert "2 desired | 2 updated | 2 total | 2 available | 0 unavailable" in text
    assert "ScalingReplicaSet" in text
    pod = tienda("get", "pods", "-o", "name").split()[0]
    text = tienda("describe", pod)
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        assert reason in text
    assert "Allocated resources" in tienda("describe", "node", "node-1")


def test_create_scale_and_wait(kubectl: Kubectl):
    assert kubectl("create", "deployment", "web", "--image=nginx:1.27") == "deployment.apps/web created\n"
    assert kubectl("scale", "deploy/web", "--replicas=3") == "deployment.apps/web scaled\n"
    kubectl("wait", "--for=jsonpath={.status.availableReplicas}=3", "deploy/web", "--timeout=50s")
    assert "condition met" in kubectl("wait", "--for=condition=Available", "deploy/web", "--timeout=50s")


def test_a_rollout_its_history_and_the_way_back(tienda: Kubectl):
    tienda("set", "image", "deploy/frontend", "frontend=nginx:1.28")
    assert "successfully rolled out" in tienda("rollout", "status", "deploy/frontend", "--timeout=50s")
    rows = tienda("rollout", "history", "deploy/frontend").splitlines()[2:]
    assert [row.split()[0] for row in rows if row] == ["1", "2"]
    assert "nginx:1.28" in tienda("rollout", "history", "deploy/frontend", "--revision=2")
    assert tienda("rollout", "undo", "deploy/frontend") == "deployment.apps/frontend rolled back\n"
    tienda("rollout", "status", "deploy/frontend", "--timeout=50s")
    assert tienda("get", "deploy", "frontend", "-o", "jsonpath={..image}") == "nginx:1.27"


def test_pausing_restarting_and_resuming(tienda: Kubectl):
    assert tienda("rollout", "restart", "deploy/frontend") == "deployment.apps/frontend restarted\n"
    tienda("rollout", "status", "deploy/frontend", "--timeout=50s")
    assert tienda("rollout", "pause", "deploy/frontend") == "deployment.apps/frontend paused\n"
    tienda("set", "image", "deploy/frontend", "frontend=nginx:1.28")
    assert tienda("rollout", "resume", "deploy/frontend") == "deployment.apps/frontend resumed\n"
    assert "successfully rolled out" in tienda("rollout", "status", "deploy/frontend", "--timeout=50s")


def test_logs_of_a_pod_and_of_a_deployment(tienda: Kubectl):
    pod = tienda("get", "pods", "-o", "name").split()[0]
    assert tienda("logs", pod).strip()
    assert len(tienda("logs", "deploy/frontend", "--tail=1").splitlines()) == 1


def test_a_bad_image_is_told_as_the_real_one_tells_it(kubectl: Kubectl):
    kubectl("create", "deployment", "rota", "--image=no-existe:9.9")
    kubectl("wait", "--for=jsonpath={.status.unavailableReplicas}=1", "deploy/rota", "--timeout=50s")
    kubectl("wait", "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff", "pod",
            "-l", "app=rota", "--timeout=50s")  # fmt: skip
    shown = kubectl("get", "pods")
    assert "ErrImagePull" in shown or "ImagePullBackOff" in shown


def test_labels_and_annotations(tienda: Kubectl):
    assert tienda("label", "cm", "ajustes", "capa=web") == "configmap/ajustes labeled\n"
    assert tienda("annotate", "cm", "ajustes", "nota=hola") == "configmap/ajustes annotated\n"
    assert "capa=web" in tienda("get", "cm", "ajustes", "--show-labels")
    assert tienda("label", "cm", "ajustes", "capa-") == "configmap/ajustes unlabeled\n"


def test_expose_gives_endpoints(tienda: Kubectl):
    assert tienda("expose", "deploy/frontend", "--port=80") == "service/frontend exposed\n"
    tienda("wait", "--for=jsonpath={.endpoints[1].conditions.ready}=true", "endpointslice", "-l",
           "kubernetes.io/service-name=frontend", "--timeout=50s")  # fmt: skip
    assert "10.96." in tienda("get", "svc", "frontend")


def test_the_catalogue_and_its_explanations(kubectl: Kubectl):
    assert "deployments" in kubectl("api-resources", "--api-group=apps", "-o", "name")
    assert "FIELD: replicas <integer>" in kubectl("explain", "deployment.spec.replicas")
    assert "maxSurge" in kubectl("explain", "deployment.spec.strategy", "--recursive")


def test_server_side_apply_says_who_owns_a_field(tienda: Kubectl):
    other = TIENDA.split("---")[0].replace("replicas: 2", "replicas: 4")
    refused = tienda.run("apply", "--server-side", "--field-manager=otra", "-f", "-", stdin=other)
    assert refused.returncode == 1
    assert "conflict" in refused.stderr and ".spec.replicas" in refused.stderr
    forced = tienda("apply", "--server-side", "--field-manager=otra", "--force-conflicts", "-f", "-", stdin=other)
    assert forced == "deployment.apps/frontend serverside-applied\n"


def test_deleting_waits_until_it_is_gone(tienda: Kubectl):
    assert tienda("delete", "deploy", "frontend").startswith('deployment.apps "frontend" deleted')
    assert tienda.run("get", "deploy", "frontend").returncode == 1
    tienda("wait", "--for=delete", "pod", "-l", "app=frontend", "--timeout=50s")
    pods = tienda.run("get", "pods")
    assert "No resources found" in pods.stderr


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        (TIENDA.replace("replicas: 2", "replicaz: 2"), 'unknown field "spec.replicaz"'),
        (TIENDA.replace("replicas: 2", "replicas: dos"), "cannot unmarshal string"),
        (TIENDA.replace("kind: Deployment", "kind: Deploiment"), 'no matches for kind "Deploiment"'),
        (TIENDA.replace("  template:", " template:"), "error converting YAML to JSON"),
    ],
    ids=["campo", "tipo", "kind", "yaml"],
)
def test_a_wrong_manifest_is_refused_with_its_reason(kubectl: Kubectl, manifest: str, complaint: str):
    refused = kubectl.run("apply", "-f", "-", stdin=manifest)
    assert refused.returncode == 1
    assert complaint in refused.stderr
