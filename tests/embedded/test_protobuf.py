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
