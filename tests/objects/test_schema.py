"""El esquema de Kubernetes 1.36, sacado de los datos que viajan con el paquete."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import pytest

import lab_tools.objects as room
from lab_tools.objects import kinds, schema

DATA = Path(room.__file__).parent / "data"
PODSPEC = "io.k8s.api.core.v1.PodSpec"


def test_every_kind_of_the_table_has_a_definition_that_names_it() -> None:
    for kind in kinds.ALL:
        found = schema.of(kind)
        assert found is not None, kind
        assert (kind.group, kind.version, kind.kind) in found.gvks


def test_fields_carry_what_merging_needs() -> None:
    fields = schema.definition(PODSPEC).fields
    assert fields["containers"].patch_strategy == ("merge",)
    assert fields["containers"].merge_key == "name"
    assert fields["volumes"].patch_strategy == ("merge", "retainKeys")
    ports = schema.definition("io.k8s.api.core.v1.Container").fields["ports"]
    assert (ports.list_type, ports.map_keys, ports.merge_key) == ("map", ("containerPort", "protocol"), "containerPort")
    assert schema.definition(schema.LABEL_SELECTOR).map_type == "atomic"
    assert schema.definition(schema.OBJECT_META).fields["finalizers"].list_type == "set"


def test_a_field_leads_to_the_type_of_its_elements() -> None:
    fields = schema.definition(PODSPEC).fields
    assert fields["containers"].definition is schema.definition("io.k8s.api.core.v1.Container")
    assert fields["securityContext"].definition is schema.definition("io.k8s.api.core.v1.PodSecurityContext")
    assert fields["nodeSelector"].definition is None
    assert fields["nodeSelector"].is_map
    limits = schema.definition("io.k8s.api.core.v1.ResourceRequirements").fields["limits"]
    assert limits.definition is None


def test_time_fields_are_the_instants_of_every_kind() -> None:
    found = schema.time_fields()
    assert {"creationTimestamp", "lastTransitionTime", "startedAt", "renewTime"} <= found
    assert not {"name", "data", "additionalProperties"} & found


def test_an_unknown_type_is_not_invented() -> None:
    assert schema.find("io.example.v1.Car") is None
    with pytest.raises(KeyError):
        schema.definition("io.example.v1.Car")


@pytest.mark.skipif(not importlib.util.find_spec("kubernetes_validate"), reason="sin la fuente no hay con qué comparar")
def test_the_data_are_what_the_generator_makes_twice() -> None:
    path = DATA / "make_definitions.py"
    spec = importlib.util.spec_from_file_location("make_definitions", path)
    assert spec is not None and spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    made = generator.make()
    assert made == generator.make()
    for name, content in made.items():
        # Se compara el texto: otra versión de zlib puede comprimir lo mismo de otra manera.
        assert gzip.decompress((DATA / name).read_bytes()) == gzip.decompress(content), name
