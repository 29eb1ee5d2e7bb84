"""Cambiar con kubectl: crear, aplicar de varias maneras, parchear, sustituir, escalar y borrar."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kubectl.conftest import Kubectl

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kubectl-cambios")]


def config(name: str = "c", **data: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def data(kubectl: Kubectl, name: str = "c") -> dict[str, str]:
    found: dict[str, str] = json.loads(kubectl("get", "cm", name, "-o", "jsonpath={.data}"))
    return found


@pytest.fixture
def web(kubectl: Kubectl) -> Kubectl:
    """Un Deployment «web» sin réplicas y un ConfigMap «c» aplicado."""
    assert (
        kubectl("create", "deployment", "web", "--image=nginx:1.27", "--replicas=0") == "deployment.apps/web created\n"
    )
    kubectl("apply", "-f", "-", stdin=config(color="azul"))
    return kubectl


def test_a_rehearsal_on_either_side_changes_nothing(web: Kubectl):
    other = config(color="rojo")
    assert web("apply", "--dry-run=server", "-f", "-", stdin=other) == "configmap/c configured (server dry run)\n"
    assert web("apply", "--dry-run=client", "-f", "-", stdin=other) == "configmap/c configured (dry run)\n"
    assert data(web) == {"color": "azul"}


def test_a_difference_is_shown_before_it_is_applied(web: Kubectl):
    assert web("diff", "-f", "-", stdin=config(color="azul")) == ""
    shown = web.run("diff", "-f", "-", stdin=config(color="rojo"))
    assert shown.returncode == 1
    assert {"-  color: azul", "+  color: rojo"} <= set(shown.stdout.splitlines())


def test_pruning_removes_what_the_manifests_no_longer_hold(web: Kubectl):
    marked = config("viejo").replace('"metadata": {', '"metadata": {"labels": {"de": "estos"}, ')
    web("apply", "-f", "-", stdin=marked)
    kept = marked.replace("viejo", "nuevo")
    told = web("apply", "--prune", "-l", "de=estos", "--prune-allowlist=core/v1/ConfigMap", "-f", "-", stdin=kept)
    assert told == "configmap/nuevo created\nconfigmap/viejo pruned\n"
    assert data(web) == {"color": "azul"}


def test_a_folder_of_kustomize_is_applied(kubectl: Kubectl, tmp_path: Path):
    (tmp_path / "kustomization.yaml").write_text("configMapGenerator: [{name: ajustes, literals: [color=azul]}]\n")
    made = kubectl("apply", "-k", str(tmp_path))
    assert made.startswith("configmap/ajustes-") and made.endswith(" created\n")


def test_an_object_is_patched_in_three_ways(web: Kubectl):
    label = '{"metadata": {"labels": {"q": "1"}}}'
    assert web("patch", "deployment", "web", "-p", label) == "deployment.apps/web patched\n"
    web("patch", "cm", "c", "--type=merge", "-p", '{"data": {"m": "1", "color": null}}')
    web("patch", "cm", "c", "--type=json", "-p", '[{"op": "add", "path": "/data/z", "value": "2"}]')
    assert data(web) == {"m": "1", "z": "2"}
    assert web("get", "deployment", "web", "-o", "jsonpath={.metadata.labels}") == '{"app":"web","q":"1"}'


def test_an_object_is_replaced_whole(web: Kubectl):
    assert web("replace", "-f", "-", stdin=config(otro="1")) == "configmap/c replaced\n"
    assert data(web) == {"otro": "1"}
    refused = web.run("replace", "-f", "-", stdin=config("nadie"))
    assert 'configmaps "nadie" not found' in refused.stderr


def test_an_object_is_edited(web: Kubectl, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KUBE_EDITOR", "sed -i s/azul/rojo/")
    assert web("edit", "cm", "c") == "configmap/c edited\n"
    assert data(web) == {"color": "rojo"}


def test_the_template_of_a_deployment_is_set_by_parts(web: Kubectl):
    assert web("set", "image", "deploy/web", "nginx=nginx:1.28") == "deployment.apps/web image updated\n"
    assert web("set", "env", "deploy/web", "A=b") == "deployment.apps/web env updated\n"
    changed = web("set", "resources", "deploy/web", "--limits=cpu=100m")
    assert changed == "deployment.apps/web resource requirements updated\n"
    [container] = json.loads(web("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers}"))
    assert container["image"] == "nginx:1.28"
    assert container["env"] == [{"name": "A", "value": "b"}]
    assert container["resources"] == {"limits": {"cpu": "100m"}}


def test_scaling_can_ask_how_many_there_were(web: Kubectl):
    refused = web.run("scale", "deploy/web", "--current-replicas=3", "--replicas=2")
    assert "Expected replicas to be 3, was 0" in refused.stderr
    assert web("scale", "deploy/web", "--current-replicas=0", "--replicas=1") == "deployment.apps/web scaled\n"
    assert web("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "1"


def test_a_deployment_is_scaled_by_itself(web: Kubectl):
    made = web("autoscale", "deploy", "web", "--max=5", "--cpu-percent=50")
    assert made == "horizontalpodautoscaler.autoscaling/web autoscaled\n"
    spec = json.loads(web("get", "hpa", "web", "-o", "jsonpath={.spec}"))
    assert (spec["maxReplicas"], spec["scaleTargetRef"]["name"]) == (5, "web")
    assert spec["metrics"][0]["resource"]["target"] == {"averageUtilization": 50, "type": "Utilization"}


def test_each_generator_makes_its_object(kubectl: Kubectl):
    assert kubectl("create", "job", "j", "--image=busybox:1.36", "--", "true") == "job.batch/j created\n"
    kubectl("wait", "--for=condition=complete", "job/j", "--timeout=50s")
    assert kubectl("create", "cm", "c2", "--from-literal=a=b") == "configmap/c2 created\n"
    assert kubectl("create", "secret", "generic", "s2", "--from-literal=a=b") == "secret/s2 created\n"
    assert kubectl("get", "secret", "s2", "-o", "jsonpath={.data.a}") == "Yg=="
    role = "role.rbac.authorization.k8s.io/r created\n"
    assert kubectl("create", "role", "r", "--verb=get", "--resource=pods") == role
    account = f"--serviceaccount={kubectl.namespace}:default"
    assert kubectl("create", "rolebinding", "rb", "--role=r", account).startswith("rolebinding.")
    assert kubectl("auth", "can-i", "get", "pods", f"--as=system:serviceaccount:{kubectl.namespace}:default") == "yes\n"
    assert kubectl("create", "token", "default").count(".") == 2


def test_waiting_for_a_value_ends_when_it_is_there(web: Kubectl):
    assert web("wait", "--for=jsonpath={.data.color}=azul", "cm/c", "--timeout=5s") == "configmap/c condition met\n"
    late = web.run("wait", "--for=jsonpath={.data.color}=rojo", "cm/c", "--timeout=1s")
    assert (late.returncode, "timed out waiting for the condition on configmaps/c" in late.stderr) == (1, True)


def test_deleting_by_each_road(kubectl: Kubectl):
    for name in ("uno", "dos", "tres", "cuatro"):
        kubectl("create", "cm", name)
    assert kubectl("delete", "cm", "uno", "--wait=false").startswith('configmap "uno" deleted')
    raw = json.loads(kubectl("delete", "--raw", f"/api/v1/namespaces/{kubectl.namespace}/configmaps/dos"))
    assert (raw["status"], raw["details"]["name"]) == ("Success", "dos")
    assert kubectl("delete", "-f", "-", stdin=config("tres")).startswith('configmap "tres" deleted')
    kubectl("label", "cm", "cuatro", "app=zzz")
    assert kubectl("delete", "pods", "-l", "app=zzz") == "No resources found\n"
    assert kubectl("delete", "cm", "--all").count(" deleted") == 2
    # El de la autoridad vuelve solo.
    assert kubectl("wait", "--for=create", "cm/kube-root-ca.crt", "--timeout=20s")


def test_orphans_outlive_their_owner(web: Kubectl):
    web("wait", "--for=jsonpath={.status.observedGeneration}=1", "deploy/web", "--timeout=20s")
    web("delete", "deploy", "web", "--cascade=orphan")
    assert web("get", "rs", "-l", "app=web", "-o", "name").startswith("replicaset.apps/web-")


def test_a_pod_is_deleted_and_waited_for(kubectl: Kubectl):
    kubectl("run", "solo", "--image=nginx:1.27")
    kubectl("wait", "--for=condition=Ready", "pod/solo", "--timeout=30s")
    assert kubectl("delete", "pod", "solo").startswith('pod "solo" deleted')
    assert "not found" in kubectl.run("get", "pod", "solo").stderr


def test_a_namespace_goes_with_what_it_holds(kubectl: Kubectl):
    kubectl("create", "cm", "dentro")
    assert (
        kubectl("delete", "namespace", kubectl.namespace, "--timeout=50s")
        == f'namespace "{kubectl.namespace}" deleted\n'
    )
    assert "not found" in kubectl.run("get", "namespace", kubectl.namespace).stderr


def test_a_node_is_marked_emptied_and_given_back(kubectl: Kubectl):
    assert kubectl("taint", "node", "node-3", "k=v:PreferNoSchedule") == "node/node-3 tainted\n"
    assert kubectl("taint", "node", "node-3", "k:PreferNoSchedule-") == "node/node-3 untainted\n"
    assert kubectl("cordon", "node-3") == "node/node-3 cordoned\n"
    assert "SchedulingDisabled" in kubectl("get", "node", "node-3")
    assert kubectl("uncordon", "node-3") == "node/node-3 uncordoned\n"
    tried = kubectl("drain", "node-3", "--dry-run=server", "--force", "--ignore-daemonsets", "--pod-selector=run=nadie")
    assert "node/node-3 drained (server dry run)" in tried
    assert "SchedulingDisabled" not in kubectl("get", "node", "node-3")


def test_a_running_pod_gets_a_container_to_look_inside(kubectl: Kubectl):
    kubectl("run", "solo", "--image=nginx:1.27")
    kubectl("wait", "--for=condition=Ready", "pod/solo", "--timeout=30s")
    kubectl("debug", "solo", "--image=busybox:1.36", "--attach=false", "--container=lupa", "--", "sleep", "1000")
    kubectl("wait", "--for=jsonpath={.status.ephemeralContainerStatuses[0].state.running}", "pod/solo", "--timeout=30s")
    assert kubectl("exec", "solo", "-c", "lupa", "--", "hostname") == "solo\n"
