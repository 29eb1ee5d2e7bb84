"""Los programas de verdad hacen lo que dice la simulación: versiones, códigos, señales y latencias."""

from __future__ import annotations

import random
import resource
import signal
import threading
import time
from pathlib import Path

import pytest

from lab_tools.embedded.workloads.performance import QUICK
from lab_tools.errors import UsageError
from lab_tools.images.context import available, context, numbers

from .compared import CLOSE, REQUESTS, TABLE, closest, same, simulated
from .conftest import SEED, STARTS, Answer, Launch, Running

SERVICES = [(service, version) for service, version in available(TABLE) if numbers(service, version).get("listens")]
# Lo que puede tardar de más una máquina ocupada en arrancar o en recoger un proceso, en segundos.
SLACK = 2.0


# Lo que se espera a que una versión abra su puerto, en segundos: las hay que tardan medio minuto, o no abren nunca.
SOON = 5.0


def lasts(service: str, version: str) -> bool:
    return not numbers(service, version).get("exits")


def opens_soon(service: str, version: str) -> bool:
    return numbers(service, version).get("after", 0.0) <= SOON


def stateless(service: str, version: str) -> list[str]:
    """Las rutas que contestan siempre lo mismo: lo que guarda una cola se compara en `test_queue.py`."""
    found = numbers(service, version)
    kept = found.get("serves", {}).get("keeps", {}).values()
    return [path for path in found["paths"] if path not in kept]


@pytest.mark.slow
@pytest.mark.parametrize(("service", "version"), [one for one in SERVICES if lasts(*one) and not opens_soon(*one)])
def test_a_version_that_takes_long_to_open_is_there_and_refuses(launch: Launch, service: str, version: str) -> None:
    running, wanted = (
        launch(service, version),
        [text for at, text in simulated(service, version).lines(60.0) if at < SOON],
    )
    deadline = time.monotonic() + STARTS
    while len(running.output) < len(wanted) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running.output == wanted
    assert running.get().error == "refused" and running.process.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize(("service", "version"), [one for one in SERVICES if lasts(*one) and opens_soon(*one)])
def test_every_version_says_and_answers_what_was_simulated(launch: Launch, service: str, version: str) -> None:
    running, program = launch(service, version, serves={"failures": 0.0}).ready(), simulated(service, version)
    for path in (*stateless(service, version), "/no-existe"):
        same(running.get(path), program, path, time.monotonic() - running.began)
    wanted = program.lines(60.0)
    # Lo último lo dice a su hora, contada desde que el intérprete acabó de arrancar.
    deadline = running.began + wanted[-1][0] + STARTS
    while len(running.output) < len(wanted) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running.output == [text for _, text in wanted]


def test_one_service_says_and_answers_what_was_simulated(launch: Launch) -> None:
    running, program = launch("carrito", "2.0").ready(), simulated("carrito", "2.0")
    for path in ("/", "/carrito", "/salud", "/no-existe"):
        same(running.get(path), program, path, 5.0)


@pytest.mark.slow
@pytest.mark.parametrize(("service", "version"), [
    ("frontend", "1.2-rota"), ("catalogo", "1.2-rota"), ("etl", "1.1-rota"),
])  # fmt: skip
def test_what_ends_by_itself_ends_the_same_way(launch: Launch, service: str, version: str) -> None:
    running, ending = launch(service, version), simulated(service, version).ending(600)
    assert ending is not None
    assert running.code() == ending.code
    assert ending.at * 0.9 < time.monotonic() - running.began < ending.at + SLACK
    assert running.output == [text for _, text in simulated(service, version).lines(60.0)]


@pytest.mark.slow
def test_who_does_not_heed_sigterm_has_to_be_killed(launch: Launch) -> None:
    assert simulated("etl", "1.0").farewell is None
    running = launch("etl")
    spoken(running)
    running.terminate()
    time.sleep(0.5)
    assert running.process.poll() is None
    running.kill()
    assert running.code() == -signal.SIGKILL


@pytest.mark.slow
def test_nobody_listens_before_its_time(launch: Launch) -> None:
    running = launch("carrito", after=1.0)
    assert running.get().error == "refused"
    running.ready()
    assert time.monotonic() - running.began >= 1.0


def spoken(running: Running) -> None:
    """Espera a que diga algo: ya atiende señales."""
    deadline = time.monotonic() + STARTS
    while not running.output:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def parting(running: Running, seconds: float) -> tuple[Answer, Answer, int, float]:
    """SIGTERM con una petición a medias: cómo acaba ella, cómo le va a la siguiente, el código y lo que tardó."""
    found: list[Answer] = []
    caller = threading.Thread(target=lambda: found.append(running.get("/")))
    caller.start()
    time.sleep(seconds / 2)
    running.terminate()
    began = time.monotonic()
    time.sleep(0.05)
    late = running.get("/")
    code, took = running.code(), time.monotonic() - began
    caller.join()
    return found[0], late, code, took


@pytest.mark.parametrize(("version", "ends"), [("2.0", (200, "")), ("2.1-brusca", (0, "reset"))])
def test_sigterm_is_taken_as_simulated(launch: Launch, version: str, ends: tuple[int, str]) -> None:
    farewell = simulated("frontend", version).farewell
    assert farewell is not None and farewell.drain is (ends == (200, ""))
    term = {"after": 0.6, "code": farewell.code, "drain": farewell.drain}
    running = launch("frontend", version, serves={"time": 0.4, "shape": "constant", "cpu": 0.0}, term=term).ready()
    flying, late, code, took = parting(running, 0.4)
    assert (flying.status, flying.error) == ends
    assert late.error == "refused"
    assert code == farewell.code and 0.55 <= took < 0.6 + SLACK


@pytest.mark.slow
@pytest.mark.parametrize("service", ["frontend", "api", "catalogo", "carrito", "pagos", "cola", "trabajador"])
def test_every_service_leaves_when_and_as_simulated(launch: Launch, service: str) -> None:
    running, farewell = launch(service), simulated(service, "1.0").farewell
    assert farewell is not None
    if running.numbers.get("listens"):
        running.ready()
    else:
        spoken(running)
    running.terminate()
    began = time.monotonic()
    assert running.code() == farewell.code
    assert farewell.after * 0.9 < time.monotonic() - began < farewell.after + SLACK


def test_who_does_not_fit_in_the_queue_gets_a_503(launch: Launch) -> None:
    running = launch("carrito", serves={"time": 0.3, "shape": "constant", "cpu": 0.0, "workers": 1, "queue": 1}).ready()
    found: list[Answer] = []
    callers = [threading.Thread(target=lambda: found.append(running.get("/"))) for _ in range(4)]
    for caller in callers:
        caller.start()
        time.sleep(0.03)
    for caller in callers:
        caller.join()
    assert sorted(one.status for one in found) == [200, 200, 503, 503]
    assert sorted(one.seconds for one in found)[-1] == pytest.approx(0.57, abs=0.25)


@pytest.mark.slow
def test_some_requests_fail_as_often_as_they_should(launch: Launch) -> None:
    quick = {"time": 0.001, "cpu": 0.0, "shape": "constant"}
    running = launch("api", "2.1-fallos", serves=quick).ready()
    found = [running.get("/").status for _ in range(300)]
    assert set(found) == {200, 500} and 0.03 < found.count(500) / 300 < 0.15


@pytest.mark.slow
def test_a_call_that_fails_or_is_late_is_told_as_simulated(launch: Launch) -> None:
    slow = launch("api", serves={"time": 1.5, "shape": "constant", "cpu": 0.0, "calls": {}})
    calls = {"/": [{"env": "API_URL", "path": "/pedidos", "timeout": 0.3}]}
    good, nobody = launch("api"), "http://127.0.0.1:9"
    fronts = [launch("frontend", env={"API_URL": url}, serves={"calls": calls})
              for url in (good.url, slow.url, nobody)]  # fmt: skip
    for one in (good, slow, *fronts):
        one.ready()
    assert [one.get("/").status for one in fronts] == [200, 504, 502]
    # Sin saber dónde está, no llama a nadie.
    assert simulated("frontend", "1.0").calls("/") == []


def test_one_service_takes_as_long_as_simulated(launch: Launch) -> None:
    # Sin gastar procesador, para que valga también en una máquina que lo reparte entre muchos.
    assert closest(launch, "api", cpu=0.0) == pytest.approx(1.0, abs=CLOSE)


def test_one_service_spends_the_cpu_that_was_simulated(launch: Launch) -> None:
    performance = simulated("api", "1.0").performance
    luck = random.Random(SEED)
    luck.random()
    draw = performance.draws(luck)
    wanted = sum(draw() for _ in range(REQUESTS)) * performance.cpu_share
    spent = [cpu_of(launch("api").ready(), path) for path in ("/salud", "/")]
    assert (spent[1] - spent[0]) / wanted == pytest.approx(1.0, abs=CLOSE)


def cpu_of(running: Running, path: str) -> float:
    """Segundos de CPU de un proceso en toda su vida, con `REQUESTS` peticiones a una ruta."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(REQUESTS):
        running.get(path)
    running.terminate()
    running.code()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.slow
@pytest.mark.parametrize("service", ["frontend", "api", "catalogo", "carrito", "pagos"])
def test_every_service_takes_as_long_as_simulated(launch: Launch, service: str) -> None:
    assert closest(launch, service) == pytest.approx(1.0, abs=CLOSE)


@pytest.mark.slow
def test_a_queue_takes_as_long_as_simulated(launch: Launch) -> None:
    # Sus dos milésimas se confunden con el ruido: se comparan, en los dos lados, veinte.
    assert closest(launch, "cola", time=0.02, cpu=0.0) == pytest.approx(1.0, abs=CLOSE)


@pytest.mark.slow
def test_a_health_path_is_almost_free(launch: Launch) -> None:
    running = launch("pagos").ready()
    found = sorted(running.get("/salud").seconds for _ in range(20))
    assert found[10] < 20 * QUICK < simulated("pagos", "1.0").performance.time


def test_a_context_has_what_docker_needs_and_nothing_else(tmp_path: Path) -> None:
    folder = context(tmp_path / "api", "api", "1.1")
    assert sorted(one.name for one in folder.iterdir()) == ["Dockerfile", "numeros.json", "tienda.py"]
    lines = (folder / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "ARG BASE=python:3.13-slim" in lines and sum(line.startswith("FROM ${BASE}") for line in lines) == 2
    assert "USER 10001:10001" in lines
    copied = {
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    assert copied == {"tienda.py", "numeros.json"}


def test_an_image_that_is_not_in_the_table_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tiene «api:9»") as told:
        context(tmp_path / "x", "api", "9")
    assert "api:1.0" in told.value.cure and not (tmp_path / "x").exists()
