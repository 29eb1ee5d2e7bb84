"""Un Prometheus de verdad (el de Debian) vigila un clúster servido, por TLS y con su credencial, y contesta PromQL."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.servers import Served, served
from tests.embedded.observe.reading import PAGES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("prometheus") is None or shutil.which("promtool") is None,
                       reason="hace falta Prometheus (en Debian: apt-get install prometheus)"),
]  # fmt: skip
PATIENCE = 60.0
SHOP = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "api"}}, "template": {
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [{"name": "c", "image": "tienda-api:1.0", "ports": [{"containerPort": 8080}],
                                 "resources": {"limits": {"cpu": "100m", "memory": "128Mi"}}}]}}},
}  # fmt: skip
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"},
           "spec": {"selector": {"app": "api"}, "ports": [{"port": 8080}]}}  # fmt: skip
PODS = "/api/v1/namespaces/default/pods"


class Prometheus:
    """Un Prometheus en marcha. `log` es lo que va escribiendo."""

    def __init__(self, port: int, log: Path, process: subprocess.Popen[bytes]) -> None:
        self.base, self.log, self.process = f"http://127.0.0.1:{port}", log, process

    def get(self, path: str, **query: str) -> Any:
        """Lo que contesta su API."""
        address = f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=10) as reply:
            return json.load(reply)["data"]

    def ask(self, promql: str) -> list[tuple[dict[str, str], float]]:
        """Las series que contestan a una pregunta."""
        return [(one["metric"], float(one["value"][1])) for one in self.get("query", query=promql)["result"]]

    def until(self, what: str, met: Any) -> Any:
        """Espera a que algo sea cierto, y lo devuelve."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if found := met():
                    return found
            except OSError as fault:
                if self.process.poll() is not None:
                    pytest.fail(f"Prometheus se fue ({fault}): {self.log.read_text()[-2000:]}")
            if time.monotonic() > deadline:
                pytest.fail(f"{what} no llegó en {PATIENCE:g} s: {self.log.read_text()[-2000:]}")
            time.sleep(0.2)

    def value(self, promql: str) -> float:
        """El número de la única serie que contesta a una pregunta; espera a que la haya."""
        [(_, found)] = self.until(promql, lambda: self.ask(promql))
        return float(found)


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(nodes=1, speed=10) as found:
        assert found.request("POST", "/apis/apps/v1/namespaces/default/deployments", body=SHOP)[0] == 201
        assert found.request("POST", "/api/v1/namespaces/default/services", body=SERVICE)[0] == 201
        found.sleep(20)
        yield found


@pytest.fixture(scope="module")
def prometheus(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with running(tmp_path_factory.mktemp("prometheus"), server) as found:
        yield found


@contextmanager
def running(folder: Path, server: Served) -> Iterator[Prometheus]:
    """Arranca uno que recoge cada segundo todas las páginas, y las de los Pods de la tienda."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(configuration(folder, server)), encoding="utf-8")
    checked = subprocess.run(["promtool", "check", "config", str(config)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=out, stderr=subprocess.STDOUT)  # fmt: skip
    try:
        found = Prometheus(port, log, process)
        found.until("Prometheus", lambda: found.get("targets"))
        yield found
    finally:
        process.terminate()
        process.wait(20)


def configuration(folder: Path, server: Served) -> dict[str, Any]:
    """La configuración: como la de cualquier clúster, con su autoridad y su credencial."""
    kubeconfig = json.loads(server.kubeconfig.read_text(encoding="utf-8"))
    authority = folder / "ca.pem"
    authority.write_bytes(base64.b64decode(kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]))
    address = f"127.0.0.1:{server.port}"
    access = {"scheme": "https", "tls_config": {"ca_file": str(authority)},
              "authorization": {"credentials": server.token("student").removeprefix("Bearer ")}}  # fmt: skip
    # El Prometheus de Debian no trae el descubrimiento de Kubernetes: los Pods se le dicen.
    pods = [f"{PODS}/{one['metadata']['name']}:8080/proxy/metrics" for one in server.request("GET", PODS)[1]["items"]]
    jobs = [{**access, "job_name": path, "metrics_path": path, "static_configs": [{"targets": [address]}]}
            for path in (*PAGES, *pods)]  # fmt: skip
    return {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs}


def test_it_finds_every_page_and_the_pods_and_scrapes_them_without_complaint(prometheus: Prometheus) -> None:
    def all_up() -> Any:
        targets = prometheus.get("targets")["activeTargets"]
        whole = len(targets) == len(PAGES) + 2
        return targets if whole and all(one["health"] != "unknown" for one in targets) else None

    for one in prometheus.until("las dianas", all_up):
        assert (one["health"], one["lastError"]) == ("up", ""), one["scrapeUrl"]
    assert sorted(found for _, found in prometheus.ask("up")) == [1.0] * (len(PAGES) + 2)
    said = [line for line in prometheus.log.read_text().splitlines() if "level=warn" in line or "level=error" in line]
    assert said == []


def test_it_answers_promql(prometheus: Prometheus, server: Served) -> None:
    for _ in range(30):
        server.request("GET", PODS)
    asked = 'sum(apiserver_request_total{resource="pods",verb="LIST",code="200"})'
    prometheus.until("las peticiones", lambda: prometheus.value(asked) >= 30)
    rate = 'sum(rate(apiserver_request_total{resource="pods"}[1m]))'
    prometheus.until("su ritmo", lambda: prometheus.ask(rate) and prometheus.value(rate) > 0)
    assert prometheus.value('kube_deployment_status_replicas_available{deployment="api"}') == 2
    assert prometheus.value('sum(kube_pod_status_phase{phase="Running",namespace="default"})') == 2
    assert prometheus.value('kube_node_status_condition{condition="Ready",status="true"}') == 1
    assert prometheus.value("kubelet_running_pods") >= 2
    quick = 'histogram_quantile(0.99, sum by (le) (apiserver_request_duration_seconds_bucket{verb="LIST"}))'
    assert prometheus.value(quick) <= 0.005


def test_it_sees_the_golden_signals_of_a_load(prometheus: Prometheus, server: Served) -> None:
    [pod, *_] = server.request("GET", PODS)[1]["items"]
    load = {"url": "http://api:8080/pedidos", "from": f"default/{pod['metadata']['name']}", "rps": 60, "seconds": 120}
    assert server.request("POST", "/orquesta/v1/traffic/loads", body=load)[0] == 201
    # Una décima de núcleo por réplica no da para treinta peticiones de diez milisegundos de CPU.
    for promql in (
        'sum(rate(http_requests_total{route="/pedidos"}[30s]))',
        "sum(rate(container_cpu_usage_seconds_total{cpu='total',container='c'}[30s]))",
        "sum(rate(container_cpu_cfs_throttled_seconds_total[30s]))",
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[30s]))) > 0.05",
    ):
        prometheus.until(promql, lambda promql=promql: prometheus.ask(promql) and prometheus.value(promql) > 0)


@pytest.mark.parametrize("path", PAGES)
def test_promtool_finds_nothing_to_correct(server: Served, path: str) -> None:
    code, body = server.request("GET", path)
    assert code == 200
    checked = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_dates_are_those_of_the_wall(prometheus: Prometheus) -> None:
    assert 0 <= prometheus.value('max(time() - kube_pod_created{pod=~"api-.*"})') < 600
