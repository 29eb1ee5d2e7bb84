"""La carpeta de quien imparte el curso: el secreto y las semillas, las reservadas de verdad y los plazos."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab_tools import labs
from lab_tools.errors import LabError
from lab_tools.labs import shelf
from lab_tools.labs.deadline import parse, told
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.private import Private, given
from lab_tools.labs.variant import assigned, due

FOLDER = shelf.folder("06-deployments")


@pytest.fixture
def private(tmp_path: Path) -> Private:
    made = Private.create(tmp_path / "privado")
    (made.folder / "secreto").write_text("ab" * 32, encoding="ascii")
    return made


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = Private.create(tmp_path / "p").folder / "secreto"
    first = path.read_text(encoding="ascii")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Private.create(tmp_path / "p")
    assert path.read_text(encoding="ascii") == first
    assert Private.create(tmp_path / "q").seed("L06", "ana") != Private(tmp_path / "p").seed("L06", "ana")


def test_each_student_has_a_seed_that_is_theirs_and_always_the_same(private: Private) -> None:
    assert private.seed("L06", "ana") == "1fab5e10f7fd396a941cb2eff615bb5d"  # openssl dgst -sha256 -mac HMAC
    seeds = {private.seed(lab, student) for lab in ("L06", "L07") for student in ("ana", "bruno", "carla")}
    assert len(seeds) == 6


@pytest.mark.parametrize("content", ["", "corto", "zz" * 32, "ab" * 31])
def test_a_secret_that_is_not_one_is_refused(private: Private, content: str) -> None:
    (private.folder / "secreto").write_text(content, encoding="ascii")
    with pytest.raises(LabError, match="64 cifras"):
        private.seed("L06", "ana")
    (private.folder / "secreto").unlink()
    with pytest.raises(LabError, match="secreto"):
        private.seed("L06", "ana")


def test_a_student_without_an_id_has_no_variant(private: Private) -> None:
    with pytest.raises(LabError, match="sin id"):
        private.seed("L06", " ")


def test_what_the_student_gets_says_a_seed_and_never_the_fault(private: Private, tmp_path: Path) -> None:
    path = private.write_variant(FOLDER, "ana", tmp_path)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found == {"lab": "L06", "seed": private.seed("L06", "ana")}
    assert assigned(tmp_path) == private.seed("L06", "ana")
    values = labs.load(FOLDER, assigned(tmp_path)).variant
    assert str(values.fault) not in path.read_text(encoding="utf-8")


def test_the_real_hidden_checks_take_the_place_of_the_sample(private: Private, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = FOLDER / "hidden"
    theirs = private.folder / FOLDER.name
    shutil.copytree(sample, theirs)
    text = (theirs / "checks.yaml").read_text(encoding="utf-8")
    (theirs / "checks.yaml").write_text(text.replace("L06-1x", "L06-1secreta"), encoding="utf-8")

    def hidden(lab: LabDefinition) -> list[str]:
        return [check.id for check in lab.checks if check.hidden]

    assert hidden(labs.load(FOLDER, private=private)) == ["L06-1secreta", "L06-6x"]
    assert hidden(labs.load(FOLDER)) == ["L06-1x", "L06-6x"]
    assert hidden(labs.load(FOLDER, hidden=False, private=private)) == []
    monkeypatch.setenv("ORQUESTA_PRIVATE", str(private.folder))
    assert hidden(labs.load(FOLDER)) == ["L06-1secreta", "L06-6x"]


def test_the_real_ones_are_judged_like_any_other(private: Private) -> None:
    theirs = private.folder / FOLDER.name
    shutil.copytree(FOLDER / "hidden", theirs)
    text = (theirs / "checks.yaml").read_text(encoding="utf-8")
    (theirs / "checks.yaml").write_text(text.replace("fact: selector_is_own", "fact: nada"), encoding="utf-8")
    with pytest.raises(LabError, match=r"checks\.yaml:\d+: .*no define el hecho «nada»"):
        labs.load(FOLDER, private=private)
    (theirs / "checks.yaml").write_text(text.replace("points: 1", "points: uno", 1), encoding="utf-8")
    with pytest.raises(LabError, match=r"checks\.yaml:\d+: .*se esperaba un número"):
        labs.load(FOLDER, private=private)


def test_a_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ORQUESTA_PRIVATE", raising=False)
    assert given() is None
    monkeypatch.setenv("ORQUESTA_PRIVATE", str(tmp_path / "nada"))
    with pytest.raises(LabError, match="ORQUESTA_PRIVATE"):
        given()


def test_a_deadline_travels_to_the_student_and_is_told(private: Private, tmp_path: Path) -> None:
    (private.folder / "plazos.yaml").write_text("06-deployments: 2026-03-01T23:59:00+01:00\n", encoding="utf-8")
    private.write_variant(FOLDER, "ana", tmp_path)
    found = due(tmp_path)
    assert found is not None and found == private.due("06-deployments")
    now = datetime(2026, 2, 27, 12, tzinfo=UTC)
    assert told(found, now) == "El plazo termina el 01/03/2026 a las 23:59 (UTC+01): te quedan 2 días."
    assert told(found, found.astimezone(UTC)).endswith("hace menos de un minuto.")
    assert private.due("07-sondas") is None


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("06-deployments: mañana", r"plazos\.yaml:1: «mañana» no es un plazo"),
        ("otro: 1\n06-deployments: 2026-03-01T23:59:00", r"plazos\.yaml:2: .*zona horaria"),
        ("- a", r"plazos\.yaml:1: no trae plazos"),
        ("06-deployments: [", r"plazos\.yaml:"),
    ],
)
def test_a_deadline_badly_written_says_its_line(private: Private, written: str, message: str) -> None:
    (private.folder / "plazos.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(LabError, match=message):
        private.due("06-deployments")


def test_one_is_said_as_one() -> None:
    moment = parse("2026-03-01T10:00:00Z")
    assert "te queda 1 hora." in told(moment, parse("2026-03-01T08:59:00Z"))
    assert "te quedan 59 minutos." in told(moment, parse("2026-03-01T09:00:30Z"))
