"""Con kubectl: cambiar de tamaño un Pod, visitar un nodo, preguntar a través de la API y dar con una política."""

from __future__ import annotations

import json

import pytest

from tests.kubectl.conftest import Kubectl

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kubectl-cambios")]

SIZED = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}


def pod(kubectl: Kubectl, name: str, **container: object) -> None:
    spec = {"containers": [{"name": name, "image": "nginx:1.27", **container}]}
    meta = {"name": name, "labels": {"app": name}}
    kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}))
    kubectl("wait", "--for=condition=Ready", f"pod/{name}")


def test_a_pod_changes_size_in_place(kubectl: Kubectl) -> None:
    pod(kubectl, "web", resources=SIZED)
    change = {"spec": {"containers": [{"name": "web", "resources": {"limits": {"cpu": "300m"}}}]}}
    said = kubectl("patch", "pod", "web", "--subresource", "resize", "-p", json.dumps(change))
    assert said == "pod/web patched\n"
    kubectl("wait", "pod/web", "--for=jsonpath={.status.containerStatuses[0].resources.limits.cpu}=300m")
    assert kubectl("get", "pod", "web", "-o", "jsonpath={.status.containerStatuses[0].restartCount}") == "0"


def test_a_node_is_looked_at_from_inside(kubectl: Kubectl) -> None:
    order = ("debug", "node/node-1", "--image=busybox:1.36", "--attach=false", "--", "sleep", "60")
    assert "Creating debugging pod node-debugger-node-1-" in kubectl(*order)
    name = kubectl("get", "pods", "-o", "name").strip()
    kubectl("wait", "--for=condition=Ready", name)
    found = json.loads(kubectl("get", name, "-o", "json"))["spec"]
    assert (found["nodeName"], found["hostNetwork"]) == ("node-1", True)


def test_a_service_is_asked_through_the_api(kubectl: Kubectl) -> None:
    pod(kubectl, "web")
    kubectl("expose", "pod", "web", "--port=80")
    path = f"/api/v1/namespaces/{kubectl.namespace}/services/web:80/proxy/"
    ready = "--for=jsonpath={.endpoints[0].conditions.ready}=true"
    kubectl("wait", "endpointslices", "-l", "kubernetes.io/service-name=web", ready)
    assert "Welcome to nginx" in kubectl("get", "--raw", path)


def test_a_policy_is_told_to_whoever_meets_it(kubectl: Kubectl) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    name = f"short-{kubectl.namespace}"
    space = {"matchLabels": {"kubernetes.io/metadata.name": kubectl.namespace}}
    match = {"resourceRules": [rule], "namespaceSelector": space}
    api = "admissionregistration.k8s.io/v1"
    spec = {"matchConstraints": match, "validations": [{"expression": "size(object.data) <= 1"}]}
    policy = {"apiVersion": api, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec}
    binding = {"apiVersion": api, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
               "spec": {"policyName": name, "validationActions": ["Deny"]}}  # fmt: skip
    both = json.dumps({"apiVersion": "v1", "kind": "List", "items": [policy, binding]})
    kubectl("apply", "-f", "-", stdin=both)
    refused = kubectl.run("create", "configmap", "c", "--from-literal=a=b", "--from-literal=c=d")
    assert refused.returncode == 1
    assert (
        f"ValidatingAdmissionPolicy '{name}' with binding '{name}' denied request: failed expression" in refused.stderr
    )
    kubectl("delete", "-f", "-", stdin=both)
