"""Mandar peticiones y cargas por la ventana: lo que se recibe, lo que se dice y cómo se para."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from lab_tools import traffic
from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import in_process
from lab_tools.errors import InfrastructureError, UsageError
from lab_tools.traffic.engine import DOOR, DoorEngine, Engine
from lab_tools.traffic.report import milliseconds
from lab_tools.traffic.result import Response


def deployment(name: str, image: str, replicas: int) -> list[dict[str, Any]]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
         "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
         "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}},
    ]  # fmt: skip


@pytest.fixture
def client() -> Client:
    found = Client(in_process(nodes=2, role="student"))
    found.apply([*deployment("api", "tienda-api:1.0", 2), *deployment("frontend", "tienda-frontend:1.0", 1)])
    found.wait(20)
    return found


def test_a_request_brings_its_answer_and_the_path_it_walked(client: Client) -> None:
    found = traffic.request(client, "http://frontend/", from_="deployment/api")
    assert (found.status, found.ok, found.error, found.body) == (200, True, "", "tienda-frontend")
    assert found.version == "1.0" and found.pod.startswith("frontend-") and found.headers["x-version"] == "1.0"
    assert 0 < found.latency < 0.2
    assert found.steps[0].stage == "source" and found.steps[-1].passed and found.pod in found.steps[-1].text
    assert repr(found).startswith("200 en ") and "versión 1.0" in repr(found)


def test_a_request_without_answer_tells_why(client: Client) -> None:
    found = traffic.request(client, "http://frontend:81/", from_="deployment/api", timeout=2)
    assert (found.status, found.error, found.latency) == (0, "timeout", 2.0)
    assert repr(found).startswith("sin respuesta a tiempo a los 2,00 s\n") and "no tiene el puerto 81" in repr(found)


def test_the_caller_is_named_in_several_ways(client: Client) -> None:
    [pod] = client.list("pods", labels={"app": "frontend"})
    name = pod["metadata"]["name"]
    for source in (name, f"default/{name}", pod, "deployment/frontend"):
        assert traffic.request(client, "http://api/", source).status == 200
    assert traffic.request(client, "http://api/", timeout=1).error == "dns"  # desde fuera, ese nombre no existe


def test_steps_of_a_load_are_told_apart_from_a_rate(client: Client) -> None:
    found = traffic.load(client, "http://api/", rps=[(10, 5), (10, 50)], from_="deployment/frontend")
    first, second = (sum(slot.sent for slot in found.timeline if low <= slot.second < low + 10) for low in (0, 10))
    assert second > 5 * first and found.seconds == 20
    for rps, seconds, what in ((5, None, "cuánto dura"), ([(1, 1)], 3, "sobra `seconds`"), ([3], None, "No entiendo")):
        with pytest.raises(UsageError, match=what):
            traffic.load(client, "http://api/", rps, seconds)  # type: ignore[arg-type]


def test_a_load_tells_itself(client: Client) -> None:
    found = traffic.load(client, "http://api/pedidos", rps=40, seconds=30, from_="deployment/frontend", seed=3)
    text = repr(found)
    assert "40 por segundo durante 30 s · terminada, semilla 3" in text
    assert "0 con fallo (0,00 %)" in text and "P95" in text and "llegan" in text and "fallan" not in text
    page = found._repr_html_()
    assert page.count("<table>") == 3 and 'role="img"' in page and "aria-label" in page
    assert found.failure_rate == 0.0 and found.throughput == pytest.approx(40, rel=0.15)


def test_what_a_page_shows_is_escaped(client: Client) -> None:
    found = traffic.load(client, "http://api/?x=<b>", rps=5, seconds=3, from_="deployment/frontend")
    assert "<b>" not in found._repr_html_().replace("<p><b>", "") and "&lt;b&gt;" in found._repr_html_()


def test_several_loads_run_at_once(client: Client) -> None:
    running = [traffic.start(client, f"http://{name}/", 10, 20, "deployment/frontend") for name in ("api", "frontend")]
    before = client.elapsed()
    found = [one.wait() for one in running]
    assert client.elapsed() - before < 25 and all(one.completed > 100 and not one.running for one in found)


def test_a_load_goes_on_while_something_else_is_done(client: Client) -> None:
    with traffic.during(client, "http://api/", rps=20, from_="deployment/frontend") as found:
        client.wait(5)
        assert found.refresh().running and found.sent > 50
    assert found.state == "stopped" and found.completed == found.sent and found.elapsed == pytest.approx(5, abs=1)


def test_a_heavy_load_also_fits_while_something_else_is_done(client: Client) -> None:
    with traffic.during(client, "http://api/", rps=5000, from_="deployment/frontend") as found:
        client.wait(1)
    assert found.sent > 4000


def test_what_fails_inside_stops_the_load(client: Client) -> None:
    with pytest.raises(ZeroDivisionError), traffic.during(client, "http://api/", 20, "deployment/frontend") as found:
        client.wait(2)
        1 / 0  # noqa: B018
    client.wait(15)
    assert found.refresh().state == "stopped"


def test_an_interruption_stops_the_load_before_leaving(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found = traffic.start(client, "http://api/", 20, 600, "deployment/frontend")

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(client, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            found.wait()
    client.wait(15)
    assert found.refresh().state == "stopped"


@pytest.mark.parametrize("watched", [True, False])
def test_a_long_wait_says_how_it_goes_to_whoever_looks(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], watched: bool
) -> None:
    monkeypatch.setattr("lab_tools.traffic.result._PATIENCE", 0.0)
    monkeypatch.setattr("sys.stdout.isatty", lambda: watched)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    traffic.load(client, "http://api/", rps=20, seconds=90, from_="deployment/frontend")
    shown = capsys.readouterr()
    assert shown.err == ""
    assert ("de 90 s" in shown.out and shown.out.endswith("\r")) if watched else shown.out == ""


class Real:
    """Un clúster de verdad: no tiene nuestra puerta."""

    name = "kind"
    kubeconfig = "/dev/null"

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message

    def send(self, method: str, path: str, *_: Any, **__: Any) -> Reply:
        body = {"kind": "Status", "message": self.message, "code": self.code}
        return Reply(self.code, {}, json.dumps(body).encode() if path.startswith(DOOR) else b"{}")

    def wait(self, seconds: float) -> None:
        raise AssertionError("no había nada que esperar")


def test_a_door_that_is_not_there_says_so_kindly() -> None:
    there = Client(Real(404, "the server could not find the requested resource"))
    with pytest.raises(UsageError, match="no sabe mandar tráfico") as told:
        DoorEngine(there).request({"url": "http://api/"})
    assert "orquesta cluster create" in told.value.cure


def test_a_load_that_the_cluster_forgot_is_an_infrastructure_matter(client: Client) -> None:
    found = traffic.start(client, "http://api/", 20, 5, "deployment/frontend")
    found.id = "carga-99"
    with pytest.raises(InfrastructureError, match="ya no recuerda «carga-99»"):
        found.refresh()


@pytest.mark.parametrize(("how", "what"), [
    ({"url": "http://api/", "from_": "nadie"}, "default/nadie"),
    ({"url": "ftp://api/"}, "ftp"),
    ({"url": "http://api/", "timeout": -1}, "timeout"),
])  # fmt: skip
def test_what_makes_no_sense_is_said_in_words(client: Client, how: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        traffic.request(client, **how)


def test_another_engine_gives_the_same_types(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """La costura por la que entrarán los clústeres de verdad: quien cumpla `Engine` da los mismos resultados."""

    class Recorded(Engine):
        sip = 1.0

        def start(self, asked: Any) -> dict[str, Any]:
            return {"id": "x", "state": "done", "url": asked["url"], "from": asked["from"], "seed": 0, "seconds": 1.0,
                    "timeout": 1.0, "steps": asked["steps"], "elapsed": 1.0, "sent": 2, "completed": 2,
                    "failed": 1, "errors": {"HTTP 500": 1}, "statuses": {"200": 1, "500": 1}}  # fmt: skip

        request = start

        def read(self, name: str, *, whole: bool) -> dict[str, Any]:
            return self.start({"url": "http://api/", "from": None, "steps": [[1, 2]]})

        def stop(self, name: str) -> dict[str, Any]:
            return self.read(name, whole=True)

    monkeypatch.setattr("lab_tools.traffic.sending.engine_for", lambda _: Recorded())
    found = traffic.load(client, "http://api/", rps=2, seconds=1)
    assert (found.ok, found.failure_rate, found.statuses) == (1, 0.5, {200: 1, 500: 1})
    assert "1 de HTTP 500" in repr(found) and "<table>" in found._repr_html_()


def test_times_are_written_as_a_person_reads_them() -> None:
    assert [milliseconds(one) for one in (0.01234, 1.254, None)] == ["12,3 ms", "1,25 s", "—"]
    assert repr(Response(0, 0.0004, error="refused")) == "conexión rechazada a los 0,4 ms"
