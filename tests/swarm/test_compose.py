"""Un Compose se entiende o se explica, y se convierte en lo que pide el motor. Sin motor."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from lab_tools.cli.root import run
from lab_tools.errors import ManifestError, UsageError
from lab_tools.swarm import asked, checks, compose, spec
from lab_tools.swarm.stack import Service, Task, settled

FULL = """
version: "3.8"
services:
  api:
    image: tienda-api:1.0
    command: ["api", "--ya"]
    environment: [NIVEL=alto, "VACÍA="]
    ports: ["8080:80", {target: 9, published: 9, protocol: udp, mode: host}]
    networks: {dentro: {aliases: [tienda]}}
    depends_on: [base]
    healthcheck: {test: "true", interval: 10s, timeout: 500ms, retries: 3}
    stop_grace_period: 1m30s
    volumes: ["datos:/datos:ro", {type: tmpfs, target: /tmp}]
    configs: [{source: ajustes, target: /etc/ajustes}]
    deploy:
      replicas: 3
      update_config: {parallelism: 0, delay: 5s, order: start-first}
      restart_policy: {condition: on-failure, max_attempts: 2}
      resources: {limits: {cpus: "0.25", memory: 64M}}
      placement: {constraints: ["node.role == worker"], preferences: [{spread: node.labels.zona}]}
  cada-nodo: {image: "x:1", deploy: {mode: global}}
networks: {dentro: {}}
volumes: {datos: {}}
configs: {ajustes: {content: "a=1"}}
"""
IDS = {("networks", "dentro"): "red", ("networks", "default"): "otra", ("configs", "ajustes"): "cfg"}


def made(name: str = "api", text: str = FULL) -> dict[str, Any]:
    return spec.service("t", name, compose.parse(text), IDS)


def test_every_field_becomes_what_the_engine_asks_for() -> None:
    found = made()
    container = found["TaskTemplate"]["ContainerSpec"]
    assert found["Name"] == "t_api" and found["Labels"]["com.docker.stack.namespace"] == "t"
    assert found["Mode"] == {"Replicated": {"Replicas": 3}} and made("cada-nodo")["Mode"] == {"Global": {}}
    assert container["Args"] == ["api", "--ya"] and container["Env"] == ["NIVEL=alto", "VACÍA="]
    assert container["Healthcheck"] == {
        "Test": ["CMD-SHELL", "true"],
        "Interval": 10**10,
        "Timeout": 5 * 10**8,
        "Retries": 3,
    }
    assert container["StopGracePeriod"] == 90 * 10**9
    assert container["Mounts"] == [{"Type": "volume", "Source": "t_datos", "Target": "/datos", "ReadOnly": True},
                                   {"Type": "tmpfs", "Target": "/tmp"}]  # fmt: skip
    assert (
        container["Configs"][0]["ConfigName"] == "t_ajustes"
        and container["Configs"][0]["File"]["Name"] == "/etc/ajustes"
    )
    assert found["TaskTemplate"]["Networks"] == [{"Target": "red", "Aliases": ["api", "tienda"]}]
    assert found["TaskTemplate"]["Resources"] == {"Limits": {"NanoCPUs": 250_000_000, "MemoryBytes": 64 * 2**20}}
    assert found["TaskTemplate"]["RestartPolicy"] == {"Condition": "on-failure", "MaxAttempts": 2}
    spread = {"Spread": {"SpreadDescriptor": "node.labels.zona"}}
    assert found["TaskTemplate"]["Placement"] == {"Constraints": ["node.role == worker"], "Preferences": [spread]}
    assert found["UpdateConfig"]["Parallelism"] == 0 and found["UpdateConfig"]["Delay"] == 5 * 10**9
    assert found["EndpointSpec"]["Ports"] == [
        {"Protocol": "tcp", "TargetPort": 80, "PublishMode": "ingress", "PublishedPort": 8080},
        {"Protocol": "udp", "TargetPort": 9, "PublishMode": "host", "PublishedPort": 9},
    ]
    assert json.dumps(found)


def test_what_a_swarm_does_not_heed_is_told() -> None:
    assert compose.parse(FULL).ignored == ("services.api.depends_on: un Swarm no le hace caso",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("services: [", "no es YAML"),
        ("kind: Pod", "no hay «services»"),
        ("services: {a: {command: x}}", "«a» no dice su imagen"),
        ("services: {a: {image: x, imagen: y}}", "no conoce «imagen» en services.a"),
        ("services: {a: {image: x, deploy: {replica: 2}}}", "no conoce «replica» en services.a.deploy"),
        ("services: {a: {image: x}}\nnetworks: [b]", "«networks» no es un mapa"),
    ],
)
def test_what_is_badly_written_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ManifestError, match=told) as refused:
        compose.parse(text, "c.yaml")
    assert refused.value.cure and "c.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ports": ["a:b"]}, "no es un puerto"),
        ({"stop_grace_period": "10"}, "no es una duración"),
        ({"deploy": {"resources": {"limits": {"memory": "mucha"}}}}, "no es un tamaño"),
        ({"deploy": {"resources": {"limits": {"cpus": "media"}}}}, "no son núcleos"),
        ({"deploy": {"mode": "suelto"}}, "no es un modo"),
        ({"volumes": ["nada:/x"]}, "no está en «volumes»"),
        ({"configs": ["nada"]}, "no está en «configs»"),
    ],
)
def test_a_value_that_is_not_valid_says_what_it_is(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ManifestError, match=told):
        made("a", json.dumps({"services": {"a": {"image": "x:1", **given}}}))


def test_a_stack_is_compared_with_what_its_file_asks() -> None:
    file = compose.parse(json.dumps({"services": {
        "web": {"image": "tienda-api:1.1", "deploy": {"replicas": 2}}, "agente": {"image": "a:1",
        "deploy": {"mode": "global"}}, "falta": {"image": "b:1"}}}))  # fmt: skip

    def tasks(image: str, states: str) -> tuple[Task, ...]:
        return tuple(Task(str(n), n, "nodo", image, state, "running") for n, state in enumerate(states.split()))

    web = Service("1", "t_web", "tienda-api:1.1", 2, "", tasks("tienda-api:1.1", "running running"))
    agent = Service("2", "t_agente", "a:1", None, "", tasks("a:1", "running preparing"))
    found = asked.asked("t", file, [web, agent])
    assert [one.met for one in found] == [True, True, False, True, False]
    assert found[2].found == "corren 1 de 2" and found[4].expected == "un servicio `t_falta`"
    old = dataclasses.replace(web, tasks=tasks("tienda-api:1.0", "running"))
    assert [one.met for one in asked.asked("t", file, [old, agent])] == [False, False, False, True, False]


def test_a_file_that_is_not_there_is_told_without_an_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/hay/motor.sock")
    with pytest.raises(UsageError, match="No puedo leer"):
        compose.read(tmp_path / "nada.yaml")
    assert run(["swarm", "deploy", "t", str(tmp_path / "nada.yaml")]) == 2
    assert "No puedo leer" in capsys.readouterr().err
    assert run(["swarm", "status"]) == 1
    assert "no contesta" in capsys.readouterr().err


def service(*tasks: Task, replicas: int | None = 2, update: str = "") -> Service:
    return Service("id", "t_api", "x:2", replicas, update, tasks)


def task(slot: int, image: str = "x:2", state: str = "running", wanted: str = "running", error: str = "") -> Task:
    return Task(f"{slot}{image}{state}", slot, "nodo", image, state, wanted, error)


def test_a_service_is_settled_when_what_runs_is_what_was_asked() -> None:
    assert settled(service(task(1), task(2)))
    assert settled(service(task(1), task(1, state="shutdown", wanted="shutdown"), task(2), update="completed"))
    assert not settled(service(task(1)))
    assert not settled(service(task(1), task(2, "x:1")))
    assert not settled(service(task(1), task(2), task(2, "x:1", wanted="shutdown")))
    assert not settled(service(task(1), task(2), update="updating"))
    assert settled(service(task(0), replicas=None))


def test_checks_say_what_they_expected_and_what_they_found() -> None:
    found = service(task(1), task(2, "x:1"), task(1, state="failed", wanted="shutdown"), update="paused")
    for fact, met in (
        (checks.running(found, 2), True), (checks.running(found, 3), False), (checks.image(found, "x:2"), False),
        (checks.updated(found, "paused"), True), (checks.updated(found), False),
        (checks.away_from(found, "nodo"), False), (checks.away_from(found, "otro"), True),
        (checks.replaced(found, 1), True), (checks.replaced(found, 2), False),
    ):  # fmt: skip
        assert fact.met is met and fact.expected.startswith("que ") and fact.found
