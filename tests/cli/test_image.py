"""`orquesta image`: qué se puede construir, y qué se dice cuando no se puede."""

from __future__ import annotations

import json

import pytest

from lab_tools.cli.root import run
from lab_tools.engine.told import told


def test_the_list_is_that_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pagos"] == ["1.0", "1.1", "2.0"] and "1.2-rota" in found["catalogo"]


@pytest.mark.parametrize("wanted", ["nadie", "api:9"])
def test_a_service_that_is_not_there_is_told_before_looking_for_an_engine(
    wanted: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/hay/motor.sock")
    assert run(["image", "build", wanted]) == 2
    assert f"no tiene «{wanted}»" in capsys.readouterr().err


def test_without_an_engine_it_says_how_to_start_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/hay/motor.sock")
    assert run(["image", "build", "api:1.0"]) == 1
    said = capsys.readouterr().err
    assert "El motor de contenedores no contesta" in said and "systemctl start docker" in said


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("('Connection aborted.', PermissionError(13, 'Permission denied'))", "no tiene permiso"),
        ("Error while fetching server API version: ('Connection aborted.', ConnectionRefusedError(111,", "no contesta"),
        ('Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host', "al registro"),
        ("toomanyrequests: You have reached your pull rate limit", "no te deja bajar"),
        ("pull access denied for x, repository does not exist or may require 'docker login'", "no está en el motor"),
        ("driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated",
         "ocupa ya un puerto"),
        ("This node is not a swarm manager. Use \"docker swarm init\"", "no dirige ningún Swarm"),
        ("write /var/lib/docker/tmp/x: no space left on device", "sin disco"),
        ('Get "https://192.0.2.7:5000/v2/": http: server gave HTTP response to HTTPS client', "HTTP sin cifrar"),
        ('Get "https://reg.local/v2/": x509: certificate signed by unknown authority', "no se fía del certificado"),
        ("no basic auth credentials", "no sabe quién eres"),
        ("unauthorized: authentication required", "no sabe quién eres"),
        ("denied: requested access to the resource is denied", "no te deja escribir"),
        ("name unknown: The repository with name 'x' does not exist in the registry", "no los crea al subir"),
        ("received unexpected HTTP status: 503 Service Unavailable", "a medias"),
        ("invalid reference format: repository name must be lowercase", "nombre de imagen no vale"),
        ("algo que nadie ha visto", "no ha podido: algo que nadie ha visto"),
    ],
)  # fmt: skip
def test_what_an_engine_answers_is_told_and_quoted(said: str, message: str) -> None:
    error = told(RuntimeError(said))
    assert message in error.message and said.split("\n")[0][-40:] in error.message and error.cure
