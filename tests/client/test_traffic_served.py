"""Las mismas medidas sobre un clúster servido: el tiempo corre solo y la ventana pregunta cómo va."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_tools import traffic
from lab_tools.client import Client
from lab_tools.drivers.base import Request
from lab_tools.drivers.embedded import EmbeddedDriver
from lab_tools.traffic.result import Load

from .test_traffic_sending import deployment

pytestmark = pytest.mark.slow
SPEED = 20


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    for name in ("KUBECONFIG", "ORQUESTA_CLUSTER", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    driver = EmbeddedDriver()
    driver.create(Request("prueba", nodes=2, speed=SPEED))
    found = Client(driver.connect("prueba", "student"))
    found.apply([*deployment("api", "tienda-api:1.0", 2), *deployment("frontend", "tienda-frontend:1.0", 1)])
    found.wait(30)
    yield found
    driver.delete("prueba")


def measured(found: Load) -> None:
    assert found.state != "running" and found.failed == 0 and found.completed == found.sent
    assert found.latency.mean is not None and 0.018 < found.latency.mean < 0.025


def test_a_request_a_load_and_something_meanwhile(client: Client) -> None:
    assert traffic.request(client, "http://api/pedidos", "deployment/frontend").status == 200
    found = traffic.load(client, "http://api/pedidos", rps=60, seconds=60, from_="deployment/frontend")
    measured(found)
    assert found.completed == pytest.approx(3600, rel=0.1)
    with traffic.during(client, "http://api/pedidos", 60, "deployment/frontend") as meanwhile:
        client.wait(20)
    measured(meanwhile)
    assert meanwhile.state == "stopped" and meanwhile.completed > 500
