"""Las imágenes construidas hacen lo que dice `workloads.yaml`, en el motor de Docker de esta máquina.

Parten del Python de aquí (`--base local`): no hace falta registro ni red.
"""

from __future__ import annotations

import io
import json
import random
import secrets
import statistics
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_tools.embedded.workloads.program import Program
from lab_tools.errors import ClusterError, UsageError
from lab_tools.images import archive
from lab_tools.images.build import LOCAL, Built, build
from lab_tools.images.context import NUMBERS, numbers

from .compared import CLOSE, REQUESTS, closest, same, simulated
from .conftest import SEED, STARTS, Caller

# En una máquina ocupada, construir y arrancar se lleva minutos; `timeout`, en segundos, los deja pasar.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("docker"), pytest.mark.timeout(900)]

HTTP = [("frontend", "2.1-brusca"), ("api", "1.0"), ("catalogo", "2.0"), ("carrito", "1.0"), ("pagos", "1.0")]
# Lo que puede tardar de más una máquina ocupada en arrancar o en recoger un contenedor, en segundos.
SLACK = 20.0
MEGABYTES_30 = 30_000_000

Make = Callable[[str, str], Built]


class Contained(Caller):
    """Un servicio en su contenedor, con un puerto de esta máquina."""

    def __init__(self, client: Any, image: str, numbers: dict[str, Any] | None = None, **options: Any) -> None:
        self.container = client.containers.create(
            image, environment={"TIENDA_SEMILLA": SEED}, ports={"8080/tcp": ("127.0.0.1", None)}, **options
        )
        if numbers is not None:
            self.container.put_archive("/tienda", packed(NUMBERS, json.dumps(numbers).encode()))
        self.began = time.monotonic()
        self.container.start()
        self.container.reload()
        published = self.container.attrs["NetworkSettings"]["Ports"].get("8080/tcp") or [{"HostPort": "0"}]
        self.port = int(published[0]["HostPort"])

    @property
    def output(self) -> list[str]:
        return self.container.logs().decode().splitlines()

    def ready(self) -> Contained:
        # Docker acepta la conexión antes de que dentro escuche nadie, y entonces la corta.
        deadline = time.monotonic() + STARTS
        while self.get("/salud").error:
            assert time.monotonic() < deadline, "\n".join(self.output)
            time.sleep(0.02)
        return self

    def code(self) -> int:
        return int(self.container.wait(timeout=60)["StatusCode"])

    def kill(self) -> None:
        self.container.remove(force=True)


def packed(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        one = tarfile.TarInfo(name)
        one.size = len(content)
        archive.addfile(one, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def made(docker_engine: Any) -> Iterator[Make]:
    """Construye una imagen la primera vez que se pide, con un nombre que nadie más usa, y las borra al acabar."""
    found: dict[tuple[str, str], Built] = {}
    prefix = f"prueba-{secrets.token_hex(4)}"

    def make(service: str, version: str) -> Built:
        if (service, version) not in found:
            found[service, version] = build(docker_engine, [(service, version)], LOCAL, prefix)[0]
        return found[service, version]

    yield make
    for one in found.values():
        docker_engine.images.remove(one.name, force=True)


@pytest.fixture
def launch(docker_engine: Any, made: Make) -> Iterator[Callable[..., Contained]]:
    alive: list[Contained] = []

    def start(service: str, version: str = "1.0", serves: dict[str, Any] | None = None, **options: Any) -> Contained:
        found = numbers(service, version)
        changed = {**found, "serves": {**found["serves"], **serves}} if serves else None
        alive.append(Contained(docker_engine, made(service, version).name, changed, **options))
        return alive[-1]

    yield start
    for one in alive:
        try:
            one.kill()
        except Exception as error:
            assert "No such container" in str(error)


@pytest.mark.parametrize(("service", "version"), HTTP)
def test_a_built_service_says_answers_and_leaves_as_simulated(
    launch: Callable[..., Contained], service: str, version: str
) -> None:
    running, program = launch(service, version).ready(), simulated(service, version)
    for path in (*numbers(service, version)["paths"], "/no-existe"):
        same(running.get(path), program, path, time.monotonic() - running.began)
    said(running, program)
    farewell = program.farewell
    assert farewell is not None
    began = time.monotonic()
    running.container.kill("SIGTERM")
    assert running.code() == farewell.code
    assert farewell.after * 0.9 < time.monotonic() - began < farewell.after + SLACK


def said(running: Contained, program: Program) -> None:
    """Que diga lo que debe: la línea de «escuchando» y la primera respuesta salen de hilos distintos."""
    wanted, deadline = [text for _, text in program.lines(60.0)], time.monotonic() + SLACK
    while running.output != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running.output == wanted


def test_what_ends_by_itself_ends_with_the_simulated_code(launch: Callable[..., Contained]) -> None:
    running, ending = launch("catalogo", "1.2-rota"), simulated("catalogo", "1.2-rota").ending(600)
    assert ending is not None
    assert running.code() == ending.code
    assert ending.at * 0.9 < time.monotonic() - running.began < ending.at + SLACK
    assert running.output == [text for _, text in simulated("catalogo", "1.2-rota").lines(60.0)]


@pytest.mark.parametrize("service", ["api", "pagos"])
def test_a_built_service_takes_as_long_as_simulated(launch: Callable[..., Contained], service: str) -> None:
    # Sin gastar procesador, que una máquina ocupada reparte entre muchos; lo que gasta se mira aparte.
    assert closest(launch, service, statistics.median, cpu=0.0) == pytest.approx(1.0, abs=CLOSE)


def test_a_built_service_spends_the_cpu_that_was_simulated(launch: Callable[..., Contained]) -> None:
    performance, luck = simulated("api", "1.0").performance, random.Random(SEED)
    luck.random()  # el programa sortea antes la suerte de sus fallos
    draw = performance.draws(luck)
    wanted = sum(draw() for _ in range(REQUESTS)) * performance.cpu_share
    running = launch("api").ready()
    idle, busy = spent(running, "/salud"), spent(running, "/")
    assert (busy - idle) / wanted == pytest.approx(1.0, abs=CLOSE)


def spent(running: Contained, path: str) -> float:
    """Segundos de CPU del contenedor en `REQUESTS` peticiones a una ruta, según el motor."""
    marks = []
    for requests in (0, REQUESTS):
        for _ in range(requests):
            assert running.get(path, timeout=30.0).status == 200
        marks.append(running.container.stats(stream=False)["cpu_stats"]["cpu_usage"]["total_usage"])
    return float(marks[1] - marks[0]) / 1e9


def test_a_service_runs_as_nobody_on_a_disk_it_cannot_write(launch: Callable[..., Contained]) -> None:
    running = launch("carrito", read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges"]).ready()
    assert running.get("/").status == 200
    who = running.container.exec_run(["python", "-c", "import os; print(os.getuid(), os.getgid())"]).output
    assert who.split() == [b"10001", b"10001"]


def test_an_image_adds_less_than_thirty_megabytes_to_its_base(made: Make) -> None:
    found = made("api", "1.0")
    assert 0 < found.own < MEGABYTES_30 < found.size


def test_saved_images_come_back_with_their_names(docker_engine: Any, made: Make, tmp_path: Path) -> None:
    images = [made("api", "1.0"), made("carrito", "1.0")]
    together = archive.save(docker_engine, [one.name for one in images], tmp_path / "dos.tar")
    alone = archive.save(docker_engine, [images[0].name], tmp_path / "una.tar")
    assert together < 1.5 * alone  # la base, una sola vez
    docker_engine.images.remove(images[1].name, force=True)
    assert archive.load(docker_engine, tmp_path / "dos.tar") == sorted(one.name for one in images)
    assert docker_engine.images.get(images[1].name).id == images[1].id
    assert sorted(one.name for one in tmp_path.iterdir()) == ["dos.tar", "una.tar"]


def test_what_cannot_be_built_saved_or_loaded_is_told_and_leaves_nothing(docker_engine: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tiene «api:9»"):
        build(docker_engine, [("api", "9")], LOCAL)
    with pytest.raises(ClusterError, match="No se ha podido construir «no-estoy/tienda-api") as told:
        build(docker_engine, [("api", "1.0")], "127.0.0.1:9/no-existe:1", "no-estoy")
    assert "--base local" in told.value.cure
    with pytest.raises(UsageError, match="El motor no tiene: no-estoy:1"):
        archive.save(docker_engine, ["no-estoy:1"], tmp_path / "x.tar")
    with pytest.raises(UsageError, match="No existe el archivo"):
        archive.load(docker_engine, tmp_path / "x.tar")
    assert not list(tmp_path.iterdir())
