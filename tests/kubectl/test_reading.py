"""Mirar con kubectl: listar, describir, explicar y preguntar por el clúster mismo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.kubectl.conftest import ROOT, Kubectl

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kubectl")]

# kubectl juzga una lista por su cuenta, con lo que el documento de antes dice de cada tipo.
LIST = """
apiVersion: v1
kind: List
items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, dato: {}}]
"""


@pytest.fixture
def solo(kubectl: Kubectl) -> Kubectl:
    """Un Pod «solo» en marcha y un Deployment «web» sin réplicas."""
    kubectl("create", "deployment", "web", "--image=nginx:1.27", "--replicas=0")
    assert kubectl("run", "solo", "--image=nginx:1.27") == "pod/solo created\n"
    kubectl("wait", "--for=condition=Ready", "pod/solo", "--timeout=30s")
    return kubectl


def test_the_versions_of_both_ends_are_told(kubectl: Kubectl):
    told = json.loads(kubectl("version", "-o", "json"))
    assert told["serverVersion"]["gitVersion"].startswith("v1.36.")
    assert kubectl("version").splitlines()[-1].startswith("Server Version: v1.36.")


def test_a_list_comes_whole_however_it_is_cut(solo: Kubectl):
    for name in ("uno", "dos", "tres"):
        solo("run", name, "--image=nginx:1.27")
    whole = solo("get", "pods", "-o", "name")
    assert solo("get", "pods", "-o", "name", "--chunk-size=1") == whole
    assert whole.split() == ["pod/dos", "pod/solo", "pod/tres", "pod/uno"]


def test_a_list_can_be_wide_and_chosen_by_label(solo: Kubectl):
    head, row = solo("get", "pods", "-o", "wide", "-l", "run=solo").splitlines()
    assert head.split()[-4:] == ["NOMINATED", "NODE", "READINESS", "GATES"]
    assert row.split()[:3] == ["solo", "1/1", "Running"]
    assert row.split()[-3].startswith("node-")


def test_one_object_comes_as_json_and_as_yaml(solo: Kubectl):
    listed = json.loads(solo("get", "pods", "-o", "json"))
    assert (listed["kind"], [one["metadata"]["name"] for one in listed["items"]]) == ("List", ["solo"])
    assert yaml.safe_load(solo("get", "pod", "solo", "-o", "yaml"))["status"]["phase"] == "Running"


def test_everything_is_what_the_category_all_says(solo: Kubectl):
    kinds = {line.split("/")[0] for line in solo("get", "all", "-o", "name").splitlines()}
    assert kinds == {"pod", "deployment.apps", "replicaset.apps"}


def test_a_subresource_is_shown_with_its_own_columns(solo: Kubectl):
    assert solo("get", "deployment", "web", "--subresource=status").splitlines()[1].split()[:2] == ["web", "0/0"]
    scale = json.loads(solo("get", "deployment", "web", "--subresource=scale", "-o", "json"))
    assert (scale["kind"], scale["spec"]) == ("Scale", {})


def test_a_raw_path_answers_as_it_is(kubectl: Kubectl):
    assert kubectl("get", "--raw", "/readyz") == "ok"
    assert kubectl("get", "namespaces", "-o", "name").count(f"namespace/{kubectl.namespace}\n") == 1


def test_the_health_of_the_parts_is_an_old_list(kubectl: Kubectl):
    rows = kubectl("get", "componentstatuses", "--no-headers").splitlines()
    assert [row.split()[:2] for row in rows] == [
        ["controller-manager", "Healthy"], ["etcd-0", "Healthy"], ["scheduler", "Healthy"],
    ]  # fmt: skip


def test_only_what_changes_is_watched(solo: Kubectl):
    seen = solo.run("get", "pods", "--watch-only", "-o", "json", "--request-timeout=2s")
    assert (seen.returncode, seen.stdout) == (0, "")


def test_events_are_told_twice_with_their_columns(solo: Kubectl):
    assert "Successfully assigned" in solo("get", "events")
    told = solo("events").splitlines()
    assert told[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert any(line.split()[2:4] == ["Scheduled", "Pod/solo"] for line in told)


def test_a_pod_and_a_service_are_described(solo: Kubectl):
    told = solo("describe", "pod", "solo")
    assert "Image:          nginx:1.27" in told and "Started" in told
    solo("expose", "pod", "solo", "--port=80")
    solo("wait", "--for=jsonpath={.endpoints[0].conditions.ready}=true", "endpointslice", "-l",
         "kubernetes.io/service-name=solo", "--timeout=30s")  # fmt: skip
    described = {
        line.partition(":")[0]: line.partition(":")[2].strip() for line in solo("describe", "svc", "solo").splitlines()
    }
    assert (described["Selector"], described["Type"]) == ("run=solo", "ClusterIP")
    assert described["Endpoints"].endswith(":80")


def test_a_namespace_is_described_with_its_quotas(kubectl: Kubectl):
    assert kubectl("create", "quota", "q", "--hard=pods=100") == "resourcequota/q created\n"
    told = kubectl("describe", "namespace", kubectl.namespace)
    assert "No LimitRange resource." in told
    assert ["pods", "0", "100"] in [line.split() for line in told.splitlines()]


def test_kinds_and_fields_are_explained(kubectl: Kubectl):
    assert kubectl("explain", "pod").startswith("KIND:       Pod\nVERSION:    v1\n")
    tree = kubectl("explain", "deployment.spec", "--recursive").splitlines()
    assert any(line.split()[:2] == ["maxSurge", "<IntOrString>"] for line in tree)
    assert "enum: Always, OnFailure" not in "".join(tree)


def test_a_kind_is_explained_as_before(kubectl: Kubectl):
    told = kubectl("explain", "pod.spec", "--output=plaintext-openapiv2").splitlines()
    assert "RESOURCE: spec <Object>" in told
    assert "   restartPolicy\t<string>" in told
    refused = kubectl.run("create", "-f", "-", stdin=LIST)
    assert 'unknown field "dato" in io.k8s.api.core.v1.ConfigMap' in refused.stderr


def test_what_the_cluster_offers_is_listed(kubectl: Kubectl):
    rows = {line.split()[0]: line.split()[1:] for line in kubectl("api-resources", "--no-headers").splitlines()}
    assert rows["deployments"] == ["deploy", "apps/v1", "true", "Deployment"]
    assert {"v1", "apps/v1", "networking.k8s.io/v1"} <= set(kubectl("api-versions").split())


def test_the_address_of_the_cluster_is_told(kubectl: Kubectl):
    assert "Kubernetes control plane" in kubectl("cluster-info")


def test_a_dump_has_a_folder_for_each_namespace(solo: Kubectl, tmp_path: Path):
    solo("cluster-info", "dump", f"--output-directory={tmp_path}", f"--namespaces={solo.namespace}")
    pods = json.loads((tmp_path / solo.namespace / "pods.json").read_text(encoding="utf-8"))
    assert [one["metadata"]["name"] for one in pods["items"]] == ["solo"]


def test_logs_are_chosen_by_label_and_by_time(solo: Kubectl):
    lines = solo("logs", "-l", "run=solo", "--prefix").splitlines()
    assert lines and all(line.startswith("[pod/solo/solo] ") for line in lines)
    stamped = solo("logs", "solo", "-c", "solo", "--since=24h", "--timestamps").splitlines()
    assert stamped and all(line[:4].isdigit() and line[10] == "T" for line in stamped)
    refused = solo.run("logs", "solo", "-p", "-c", "solo", "--since=5m", "--timestamps")
    assert 'previous terminated container "solo" in pod "solo" not found' in refused.stderr


def test_a_log_is_followed_until_its_container_ends(kubectl: Kubectl):
    talk = "for i in 1 2 3; do echo paso $i; sleep 10; done"
    kubectl("create", "job", "habla", "--image=busybox:1.36", "--", "sh", "-c", talk)
    kubectl("wait", "--for=jsonpath={.status.ready}=1", "job/habla", "--timeout=30s")
    assert kubectl("logs", "-f", "job/habla", "--tail=5").splitlines() == ["paso 1", "paso 2", "paso 3"]


@pytest.fixture
def measured(solo: Kubectl) -> Iterator[Kubectl]:
    """Con un metrics-server mientras dure la prueba."""
    manifest = str(ROOT / "manifests/17-autoescalado/metrics-server.yaml")
    solo("apply", "-n", "kube-system", "-f", manifest)
    solo("wait", "--for=condition=Available", "apiservice/v1beta1.metrics.k8s.io", "--timeout=50s")
    yield solo
    solo("delete", "-n", "kube-system", "-f", manifest)


def test_what_is_used_is_measured(measured: Kubectl):
    measured("exec", "solo", "--", "sleep", "60")
    assert measured("top", "pods").splitlines()[0].split() == ["NAME", "CPU(cores)", "MEMORY(bytes)"]
    rows = measured("top", "nodes", "--no-headers").splitlines()
    assert sorted(row.split()[0] for row in rows) == ["node-1", "node-2", "node-3"]
