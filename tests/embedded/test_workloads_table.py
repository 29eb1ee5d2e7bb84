"""La tabla de imágenes como datos: lo que una profesora puede escribir en ella, y qué se le dice si se equivoca."""

from __future__ import annotations

import random
import re
from importlib.resources import files
from pathlib import Path

import pytest

from lab_tools.embedded.workloads import performance, schema
from lab_tools.embedded.workloads.disk import Disk
from lab_tools.embedded.workloads.table import Launch, Reference, Workloads
from lab_tools.errors import ManifestError

OWN = """\
images:
  - image: registro.example/equipo/buscador
    tags: {"1.0":, "1.1": {serves: {time: 0.2}}}
    entrypoint: buscador
    listens: [9000]
    after: 0.5
    paths: {/: {status: 200, body: "buscador {version}"}}
    term: {after: 0.1, code: 0, drain: false}
    memory: 10Mi
    leak: 1Mi
    serves:
      {time: 0.03, shape: constant, cpu: 0.01, workers: 2, queue: 5, memory: 1Mi,
       calls: {/: [{env: BD_URL, path: /x}]}}
"""


def started(table: Workloads, image: str, memory: int | None = None, **env: str):
    found = table.image(Reference.parse(image))
    assert found is not None
    return table.program(found, Launch([], [], env, Disk(), "h", 0.0, memory))


def refused(text: str) -> str:
    with pytest.raises(ManifestError) as told:
        Workloads.parse(text, "mia.yaml")
    return str(told.value)


def test_the_tables_of_the_course_say_nothing_wrong() -> None:
    text = (files("lab_tools.embedded.workloads") / "workloads.yaml").read_text(encoding="utf-8")
    assert len(schema.check(text, "workloads.yaml")) >= 12


def test_a_teacher_adds_images_to_those_of_the_course() -> None:
    table = Workloads.load().extend(OWN, "mia.yaml")
    program = started(table, "registro.example/equipo/buscador:1.1", BD_URL="http://bd:80/")
    assert (program.version, program.performance.time, program.performance.cpu) == ("1.1", 0.2, 0.01)
    assert program.answer("/", 1.0).body == "buscador 1.1"
    assert program.calls("/") == [("http://bd:80/x", 2.0)] and program.calls("/otra") == []
    assert program.farewell.drain is False
    assert table.image(Reference.parse("nginx:1.27")) is not None


def test_the_table_that_the_guide_shows_a_teacher_is_one_that_works() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guia-docente.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(images:.*?)```", guide, re.DOTALL)
    table = Workloads.load().extend(example, "mis-imagenes.yaml")
    good, slow, broken = (started(table, f"registro.escuela.example/buscador:{tag}")
                          for tag in ("1.0", "1.1-lenta", "1.2-rota"))  # fmt: skip
    assert good.answer("/", 2.0).body == "buscador 1.0"
    assert slow.performance.time > 10 * good.performance.time
    assert (broken.ending(60).code, good.ending(60)) == (1, None)


def test_a_call_to_nobody_known_is_not_made() -> None:
    assert started(Workloads.parse(OWN), "registro.example/equipo/buscador:1.0").calls("/") == []


def test_memory_that_leaks_by_itself_fills_the_limit_at_a_known_age() -> None:
    program = started(Workloads.parse(OWN), "registro.example/equipo/buscador:1.0", memory=70 * 2**20)
    ending = program.ending(600)
    assert (ending.at, ending.reason) == (60.0, "OOMKilled")


def test_all_the_mistakes_are_told_at_once_by_line() -> None:
    told = refused("images:\n- image: x\n  tags: {'1': {entrypoint: x}}\n  pul: 3\n  listens: [80]\n"
                   "  serves:\n    time: -1\n    shpe: constant\n  paths: {/a: 20}\n")  # fmt: skip
    assert [line.split(": ")[0] for line in told.splitlines() if line.startswith("mia.yaml:")] == [
        "mia.yaml:4", "mia.yaml:7", "mia.yaml:8", "mia.yaml:9"]  # fmt: skip
    assert "¿Querías decir `pull`?" in told and "¿Querías decir `shape`?" in told
    assert "`time` es «-1».\nSe esperaba segundos por petición, más de cero." in told


@pytest.mark.parametrize(("text", "what"), [
    ("images: 3", "una lista `images`"),
    ("images: []\nextra: 1", "`extra` no es un campo de la tabla"),
    ("images:\n- image: X/Y\n  tags: {'1':}", "`image` es «X/Y»"),
    ("images:\n- image: x", "Falta `tags`"),
    ("images:\n- image: x\n  tags: {'1': {memory: mucha}}", "`memory` es «mucha»"),
    ("images:\n- image: x\n  tags: {'1':}\n  listens: [80]\n  entrypoint: x\n  serves: {time: 0.1, cpu: 0.2}",
     "solo dura 0.1 s"),
    ("images:\n- image: x\n  tags: {'1':}\n  serves: {time: 0.1}", "no abre ningún puerto"),
    ("images:\n- image: x\n  tags: {'1':}\n  term: {after: 1}", "Falta `code`"),
    ("images:\n- image: x\n  tags: {'1':}\n  listens: [99999]", "Se esperaba un puerto"),
    ("images:\n- image: x\n  tags: {'1':}\n  listens: [80]\n  serves: {shape: normal}", "lognormal, constant"),
    ("images:\n- image: x\n  tags: {'1':}\n  listens: [80]", "no dice qué programa"),
    ("images:\n- image: x\n  tags: {'1':}\n  listens: [80]\n  serves: {calls: {/: [{path: /a}]}}", "Falta `env`"),
    ("images:\n- image: x\n  tags: {'uno dos':}", "`uno dos` no puede ser una etiqueta.\nSe esperaba letras, cifras"),
    ("images:\n- image: x:1.0\n  tags: {'1':}", "`image` es «x:1.0»"),
    ("images:\n- image: x\n  tags: {'1': {paths: {/: {status: 200, from: 10, until: 5}}}}",
     "Vale desde el segundo 10 hasta el 5: nunca."),
    ("images:\n- image: x\n  tags: {'1':}\n  grpc: {'': SIRVE}", "Se esperaba un estado de salud gRPC: SERVING"),
    ("images:\n- image: x\n  tags: {'1':}\n  grpc: {a: {estado: SERVING}}", "Falta `status`"),
    ("images:\n- image: x\n  tags: {'1':}\n  log: [[1]]", "Se esperaba un texto, o [segundos, texto]"),
    ("images:\n- image: x\n  tags: {'1':}\n  entrypoint: x\n  listens: [80]\n  tls: [443]",
     "Ponlo también en `listens`"),
    ("images: [", "mia.yaml"),
])  # fmt: skip
def test_each_mistake_has_its_words(text: str, what: str) -> None:
    assert what in refused(text)


def test_a_tag_is_read_as_it_is_written() -> None:
    assert Workloads.parse("images:\n- image: x\n  tags: {1.10:}").image(Reference.parse("x:1.10")) is not None


def test_what_is_wrong_in_an_image_is_told_once_however_many_tags_it_has() -> None:
    told = refused("images:\n- image: x\n  tags: {'1':, '2':, '3':}\n  listens: [80]")
    assert told.count("no dice qué programa") == 1


def test_a_bad_file_adds_nothing() -> None:
    table = Workloads.load()
    with pytest.raises(ManifestError):
        table.extend(OWN + "  - image: otra\n    tags: {'1': {pul: 2}}\n", "mia.yaml")
    assert table.image(Reference.parse("registro.example/equipo/buscador:1.0")) is None


@pytest.mark.parametrize(("shape", "deviation"), [("exponential", 1.0), ("lognormal", 0.6), ("constant", 0.0)])
def test_service_times_have_the_mean_and_the_shape_that_they_say(shape: str, deviation: float) -> None:
    draw = performance.Performance(time=0.02, shape=shape, spread=0.6).draws(random.Random(7))
    found = [draw() for _ in range(40_000)]
    mean = sum(found) / len(found)
    spread = (sum((one - mean) ** 2 for one in found) / len(found)) ** 0.5
    assert mean == pytest.approx(0.02, rel=0.02)
    assert spread / mean == pytest.approx(deviation, abs=0.03)
