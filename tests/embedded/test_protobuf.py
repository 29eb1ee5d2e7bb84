"""Lo que kubectl manda en Protobuf se lee igual que lo que manda en JSON."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from lab_tools.embedded.rest.protobuf import MAGIC, ProtobufError, decode

# Cuerpos de kubectl 1.36 con marcas en cada campo, y su «-o json»: los deja `learn_protobuf`.
BODIES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "conformance" / "protobuf_bodies.json").read_text(encoding="utf-8")
)


def wire(sample: dict[str, Any]) -> bytes:
    return base64.b64decode(sample["protobuf"])


def filled(value: Any) -> Any:
    """Sin los ceros y los huecos que Go escribe en JSON y no dicen nada: ninguna marca lo es."""
    if isinstance(value, dict):
        found = {key: filled(inner) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner not in ({}, None, "", 0)}
    return [filled(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("sample", BODIES, ids=lambda one: f"{one['json']['kind']}-{one['json']['metadata']['name']}")
def test_each_generator_is_read_as_its_json(sample: dict[str, Any]) -> None:
    assert filled(decode(wire(sample))) == filled(sample["json"])


def test_zero_replicas_are_not_no_replicas() -> None:
    sample = next(one for one in BODIES if one["json"]["kind"] == "Deployment")
    seventeen = wire(sample)
    spec = bytes((0x08, 17))
    assert seventeen.count(spec) == 1
    assert decode(seventeen.replace(spec, bytes((0x08, 0))))["spec"]["replicas"] == 0


@pytest.mark.parametrize("body", [b"", b"{}", MAGIC + b"\xff", MAGIC + b"\x0a\x7f", MAGIC + b"\x0b", MAGIC])
def test_what_is_not_protobuf_is_refused(body: bytes) -> None:
    with pytest.raises(ProtobufError):
        decode(body)


def test_a_body_cut_anywhere_never_ends_in_a_traceback() -> None:
    whole = wire(BODIES[1])
    for size in range(len(whole)):
        try:
            decode(whole[:size])
        except ProtobufError:
            continue


def test_a_field_nobody_taught_us_is_refused_and_not_lost() -> None:
    name, extra = b"\x0a\x03uno", b"\x9a\x06\x01x"
    namespace = b"\x0a" + bytes((len(name),)) + name + extra
    unknown = b"\x0a\x0f\x0a\x02v1\x12\x09Namespace" + b"\x12" + bytes((len(namespace),)) + namespace
    with pytest.raises(ProtobufError, match="unknown field 99 of Namespace"):
        decode(MAGIC + unknown)


def message(*fields: tuple[int, bytes | int]) -> bytes:
    """Un mensaje corto: cada campo, un número o unos bytes."""
    parts = [bytes((number << 3, value)) if isinstance(value, int) else bytes((number << 3 | 2, len(value))) + value
             for number, value in fields]  # fmt: skip
    return b"".join(parts)


def enveloped(version: bytes, kind: bytes, body: bytes) -> bytes:
    return MAGIC + message((1, message((1, version), (2, kind)))) + b"\x12" + bytes((len(body),)) + body


def test_an_old_autoscaler_is_read() -> None:
    target = message((1, b"Deployment"), (2, b"web"), (3, b"apps/v1"))
    body = message((1, message((1, b"web"))), (2, message((1, target), (2, 2), (3, 5), (4, 50))), (3, b"\x18\x00"))
    assert decode(enveloped(b"autoscaling/v1", b"HorizontalPodAutoscaler", body))["spec"] == {
        "scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"},
        "minReplicas": 2, "maxReplicas": 5, "targetCPUUtilizationPercentage": 50,
    }  # fmt: skip


def test_a_verdict_on_a_certificate_is_read_with_who_asked() -> None:
    extra = message((1, b"a.b/c"), (2, message((1, b"x"), (1, b"y"))))
    condition = message((1, b"Approved"), (2, b"Yes"), (6, b"True"))
    spec = message((1, b"pem"), (2, b"eva"), (4, b"g"), (5, b"client auth"), (6, extra), (7, b"a.b/firma"))
    body = message((1, message((1, b"uno"))), (2, spec), (3, message((1, condition))))
    found = decode(enveloped(b"certificates.k8s.io/v1", b"CertificateSigningRequest", body))
    assert found["status"] == {"conditions": [{"type": "Approved", "reason": "Yes", "status": "True"}]}
    assert found["spec"] == {
        "request": base64.b64encode(b"pem").decode(), "username": "eva", "groups": ["g"], "usages": ["client auth"],
        "extra": {"a.b/c": ["x", "y"]}, "signerName": "a.b/firma",
    }  # fmt: skip


def test_what_the_server_defaulted_in_a_cronjob_comes_back_in_its_job() -> None:
    """`kubectl create job --from` copia el molde con el `status` que el servidor puso en la condición."""

    def part(number: int, data: bytes) -> bytes:
        return bytes((number << 3 | 2, len(data))) + data

    condition = part(1, b"DisruptionTarget") + part(2, b"True")
    policy = part(1, part(1, b"Ignore") + part(3, condition))
    kind = part(1, b"batch/v1") + part(2, b"Job")
    job = decode(MAGIC + part(1, kind) + part(2, part(2, part(11, policy))))
    (rule,) = job["spec"]["podFailurePolicy"]["rules"]
    assert rule == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
