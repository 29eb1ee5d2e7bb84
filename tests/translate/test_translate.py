"""La tienda se dice en cuatro idiomas; cada uno es válido, y lo que se pierde se cuenta."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lab_tools.cli.root import run
from lab_tools.errors import ClusterError, UsageError
from lab_tools.objects import manifest
from lab_tools.swarm import compose
from lab_tools.translate import TARGETS, translate
from lab_tools.translate import losses as table
from lab_tools.translate.send import send

from .conftest import FILES, HERE, translated

ROOT = HERE.parents[1]
SCHEMAS = ROOT / "lab_tools" / "translate" / "schemas"
AWS = ROOT / "build" / "aws"


def schema(target: str) -> dict[str, Any]:
    file = HERE / "compose_spec.json" if target == "swarm" else SCHEMAS / f"{target}.json"
    return dict(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("target", ["swarm", "nomad", "marathon"])
def test_what_is_written_is_valid_for_its_schema(target: str, file: str) -> None:
    found = schema(target)
    # El de Compose nombra su borrador con «https», que nadie reconoce: es el 7.
    judge = jsonschema.Draft7Validator if target == "swarm" else jsonschema.validators.validator_for(found)
    judge(found).validate(translated(target, file).document)


@pytest.mark.parametrize("target", ["nomad", "marathon"])
def test_the_schema_refuses_what_does_not_exist(target: str) -> None:
    document = json.loads(translated(target).text)
    one = document["Job"]["TaskGroups"][0] if target == "nomad" else document["apps"][0]
    for wrong in ({"Replicas": 3}, {"count": "tres"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, **wrong}, schema(target))
    one["instancias"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema(target))


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_ecs_is_valid_for_the_model_of_botocore_and_is_taken_by_moto(file: str) -> None:
    if not (AWS / "boto3").is_dir():
        pytest.skip("faltan boto3 y moto, que no conviven con el resto del entorno: «make build/aws/moto» los trae")
    found = translated("ecs", file)
    path = os.pathsep.join([str(AWS), str(ROOT)])
    done = subprocess.run(
        [sys.executable, str(HERE / "aws_says.py")], input=found.text, capture_output=True, text=True, timeout=200,
        env={**os.environ, "PYTHONPATH": path}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["errors"] == []
    wanted = {one["serviceName"]: one.get("desiredCount", 0) for one in found.document["services"]}
    assert {name: count or 0 for name, count in said["deployed"]["services"].items()} == wanted
    assert said["deployed"]["tasks"] == len(found.document["taskDefinitions"])
    assert said["deployed"]["told"][0] == [f"servicio {name}" for name in wanted] == said["deployed"]["told"][1]


def test_everyone_says_the_same_shop() -> None:
    swarm, nomad = translated("swarm").document["services"], translated("nomad").document["Job"]["TaskGroups"]
    marathon, ecs = translated("marathon").document["apps"], translated("ecs").document
    copies = {"frontend": 4, "api": 2, "pagos": 1}
    assert {name: one["deploy"]["replicas"] for name, one in swarm.items()} == copies
    assert {one["Name"]: one["Count"] for one in nomad} == copies
    assert {one["id"].rpartition("/")[2]: one["instances"] for one in marathon} == copies
    assert {one["serviceName"]: one["desiredCount"] for one in ecs["services"]} == copies
    tasks = {one["containerDefinitions"][0]["name"]: one["containerDefinitions"][0] for one in ecs["taskDefinitions"]}
    images = [swarm["api"]["image"], nomad[1]["Tasks"][0]["Config"]["image"], tasks["api"]["image"],
              marathon[1]["container"]["docker"]["image"]]  # fmt: skip
    assert set(images) == {"tienda-api:1.0"}
    assert tasks["frontend"]["portMappings"] == [
        {"containerPort": 8080, "hostPort": 30080, "protocol": "tcp", "name": "http"}]  # fmt: skip
    assert swarm["frontend"]["ports"][0]["published"] == 30080
    assert nomad[0]["Networks"][0]["ReservedPorts"] == [{"Label": "http", "Value": 30080, "To": 8080}]
    assert marathon[0]["container"]["portMappings"][0]["labels"] == {"VIP_0": "/frontend:80"}
    reached = ecs["services"][0]["serviceConnectConfiguration"]["services"][0]
    assert reached["clientAliases"] == [{"port": 80, "dnsName": "frontend"}]


def test_resources_times_and_the_pace_of_a_change_keep_their_meaning() -> None:
    swarm, nomad = translated("swarm").document["services"], translated("nomad").document["Job"]["TaskGroups"]
    marathon, ecs = translated("marathon").document["apps"], translated("ecs").document
    assert swarm["frontend"]["deploy"]["resources"] == {
        "limits": {"cpus": "0.25", "memory": "128M"}, "reservations": {"cpus": "0.05", "memory": "64M"}}  # fmt: skip
    assert nomad[0]["Tasks"][0]["Resources"] == {"CPU": 50, "MemoryMB": 64, "MemoryMaxMB": 128}
    assert (marathon[0]["cpus"], marathon[0]["mem"]) == (0.05, 128)
    task = ecs["taskDefinitions"][0]["containerDefinitions"][0]
    assert (task["cpu"], task["memoryReservation"], task["memory"], task["stopTimeout"]) == (51, 64, 128, 20)
    assert swarm["frontend"]["deploy"]["update_config"]["order"] == "start-first"
    assert marathon[0]["upgradeStrategy"] == {"minimumHealthCapacity": 1.0, "maximumOverCapacity": 0.25}
    pace = ecs["services"][0]["deploymentConfiguration"]
    assert (pace["minimumHealthyPercent"], pace["maximumPercent"]) == (100, 125)
    assert swarm["pagos"]["deploy"]["update_config"]["order"] == "stop-first"
    assert marathon[2]["upgradeStrategy"]["minimumHealthCapacity"] == 0
    assert nomad[0]["Services"][0]["Checks"][0]["Path"] == "/listo"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("file", FILES)
def test_no_secret_is_ever_written(target: str, file: str) -> None:
    assert "mandarina" not in translated(target, file).text


def test_texts_survive_the_templates_of_others() -> None:
    swarm = translated("swarm")
    assert swarm.files == {"frontend-1.txt": "abierto $siempre {{ y mañana }}"}
    assert swarm.document["configs"] == {"frontend-1": {"file": "./frontend-1.txt"}}
    assert swarm.document["services"]["frontend"]["configs"] == [
        {"source": "frontend-1", "target": "/etc/tienda/aviso"}
    ]
    [text] = translated("nomad").document["Job"]["TaskGroups"][0]["Tasks"][0]["Templates"]
    assert text["EmbeddedTmpl"] == 'abierto $siempre {{ "{{" }} y mañana }}'


def test_a_dollar_goes_to_compose_and_comes_back() -> None:
    order = ["sh", "-c", "echo $HOME ${PATH:-x}"]
    container = {"image": "x:1", "command": order, "env": [{"name": "P", "value": "$1"}]}
    spec = {"template": {"spec": {"containers": [container]}}}
    found = translate([{"kind": "Deployment", "metadata": {"name": "a"}, "spec": spec}], "swarm")
    back = compose.parse(found.text).services["a"]
    assert back["entrypoint"] == order and back["environment"] == {"P": "$1"}


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_lost_is_said_once_by_name_and_in_spanish(target: str) -> None:
    told = translated(target).lost
    assert len(set(told)) == len(told)
    for who in ("«puerta»", "HorizontalPodAutoscaler «frontend»", "«frontend»: no hay `preStop`"):
        assert sum(who in line for line in told) == 1, (who, told)
    assert any("secretos de «pagos»" in line for line in told)
    others = " ".join(translated(target, "otros.yaml").lost)
    assert "«bd»: se pierden la identidad" in others and "«vigia»: las tolerancias" in others


def test_what_has_a_home_is_not_said_to_be_lost() -> None:
    assert not any("maxSurge" in line for line in (*translated("marathon").lost, *translated("ecs").lost))
    nomad = translated("nomad", "otros.yaml")
    assert [one["Job"]["Type"] for one in nomad.document] == ["service", "system", "batch", "batch"]
    assert nomad.document[3]["Job"]["Periodic"]["Spec"] == "0 3 * * *"
    assert not any("«noche»" in line or "«vigia»: Marathon" in line for line in nomad.lost)
    assert translated("swarm", "otros.yaml").document["services"]["vigia"]["deploy"]["mode"] == "global"
    assert "noche" not in translated("swarm", "otros.yaml").document["services"]


def test_every_sentence_of_the_table_names_who_it_speaks_of() -> None:
    for trait, told in table.LOSSES.items():
        assert told and set(told) <= set(TARGETS), trait
        assert all("{who}" in text or trait == "rollout" for text in told.values()), trait


def test_what_nobody_runs_is_refused() -> None:
    with pytest.raises(UsageError, match="nada que ejecutar"):
        translate(manifest.loads("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}"), "nomad")
    with pytest.raises(UsageError, match="No sé traducir a «k3s»"):
        translate([], "k3s")


def test_the_command_writes_tells_and_saves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["translate", str(HERE / "tienda.yaml"), "--to", "swarm"]) == 0
    out, err = capsys.readouterr()
    assert yaml.safe_load(out)["version"] == "3.8"
    assert "Lo que se pierde" in err and "--output (frontend-1.txt)" in err
    assert run(["translate", str(HERE / "tienda.yaml"), "--to", "swarm", "--output", str(tmp_path / "c.yaml")]) == 0
    assert (tmp_path / "frontend-1.txt").read_text(encoding="utf-8").startswith("abierto")
    assert compose.read(tmp_path / "c.yaml").configs == {"frontend-1": {"file": "./frontend-1.txt"}}
    assert run(["translate", str(HERE / "tienda.yaml"), "--to", "ecs", "--json"]) == 0
    capsys.readouterr()
    assert run(["translate", str(tmp_path / "nada.yaml"), "--to", "ecs"]) == 2
    assert "No existe" in capsys.readouterr().err


@pytest.fixture
def agent() -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    """Un agente que guarda lo que recibe, y rechaza lo que no cumple el esquema."""
    received: list[tuple[str, str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def take(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.command, self.path, body))
            target = "nomad" if self.path == "/v1/jobs" else "marathon"
            good = jsonschema.Draft202012Validator(schema(target)).is_valid(body)
            self.send_response(200 if good else 400)
            self.end_headers()
            self.wfile.write(b"{}" if good else b"no cumple")

        do_POST = do_PUT = take

        def log_message(self, *_args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", received
    server.shutdown()
    server.server_close()


def test_it_is_handed_to_who_will_run_it(
    agent: tuple[str, list[tuple[str, str, Any]]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    url, received = agent
    order = ["translate", str(HERE / "tienda.yaml"), "--deploy", "--endpoint", url]
    assert run([*order, "--to", "nomad"]) == 0
    assert run([*order, "--to", "marathon"]) == 0
    assert [(method, path) for method, path, _ in received] == [("POST", "/v1/jobs"), ("PUT", "/v2/groups/tienda")]
    assert "Puesto: trabajo tienda" in capsys.readouterr().err
    with pytest.raises(ClusterError, match=r"no lo acepta \(400\): no cumple"):
        send("nomad", {"Job": {"ID": "x"}}, url)
    with pytest.raises(UsageError, match="no es una dirección"):
        send("nomad", {}, "nomad.local")
    with pytest.raises(UsageError, match="Falta la dirección"):
        send("marathon", {})


def test_an_agent_that_is_not_there_is_told() -> None:
    with pytest.raises(ClusterError, match="no contesta"):
        send("nomad", {"Job": {"ID": "x"}}, "http://127.0.0.1:9")
