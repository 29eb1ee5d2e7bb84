"""Lo que una petición tiene de malo se dice entero, aunque se rechace por otra cosa, y con las palabras de Go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster

MAPS = "/api/v1/namespaces/default/configmaps"
TWICE = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}\ndata:\n  x: '1'\n  x: '2'\nnada: 1\n"
SAID = 'line 3: key "name" already set in map', 'line 6: key "x" already set in map'


@pytest.fixture
def connection() -> InProcessConnection:
    found = InProcessConnection(EmbeddedCluster(nodes=0))
    assert send(found, "POST", MAPS, {"metadata": {"name": "a"}, "data": {"x": "1"}}).status == 201
    return found


def send(connection: InProcessConnection, method: str, path: str, body: Any = None, media: str = "application/json",
         **query: str) -> Reply:  # fmt: skip
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    asked = {name: [value] for name, value in query.items()}
    return connection.send(method, path, asked, data, {"content-type": media})


def refused(reply: Reply) -> tuple[int, str]:
    assert isinstance(reply.body, bytes)
    return reply.status, str(json.loads(reply.body)["message"])


def test_a_warning_reaches_whom_is_refused_for_something_else(connection: InProcessConnection) -> None:
    reply = send(connection, "POST", MAPS, {"metadata": {"name": "a"}, "nada": 1})
    assert refused(reply) == (409, 'configmaps "a" already exists')
    assert reply.headers["warning"] == 'unknown field "nada"'


def test_a_key_that_a_yaml_repeats_is_refused_with_its_line(connection: InProcessConnection) -> None:
    reply = send(connection, "POST", MAPS, TWICE, "application/yaml", fieldValidation="Strict")
    assert refused(reply) == (400, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: '
                              f'yaml: unmarshal errors:\n  {SAID[0]}\n  {SAID[1]}, unknown field "nada"')  # fmt: skip


def test_without_rigour_each_repeated_key_of_a_yaml_is_a_warning(connection: InProcessConnection) -> None:
    reply = send(connection, "POST", MAPS, TWICE, "application/yaml")
    assert reply.status == 201
    for said in (*SAID, 'unknown field "nada"'):
        assert said in reply.headers["warning"]
    assert "warning" not in send(connection, "POST", MAPS, TWICE.replace(b"name: b", b"name: c"), "application/yaml",
                                 fieldValidation="Ignore").headers  # fmt: skip


def test_an_apply_that_repeats_a_key_is_a_bad_request(connection: InProcessConnection) -> None:
    body = b"apiVersion: v1\nkind: ConfigMap\ndata:\n  y: '1'\n  y: '2'\n"
    reply = send(connection, "PATCH", f"{MAPS}/a", body, "application/apply-patch+yaml", fieldManager="yo",
                 fieldValidation="Strict")  # fmt: skip
    assert refused(reply) == (400, "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:"
                              '\n  line 5: key "y" already set in map')  # fmt: skip


@pytest.mark.parametrize(("name", "why"), [
    ("a" * 129, "Too long: may not be more than 128 bytes"),
    ("ñ\x7f", 'Invalid value: "ñ\x7f": invalid character U+007F (at position 2)'),
])  # fmt: skip
def test_who_signs_has_a_name_that_can_be_written(connection: InProcessConnection, name: str, why: str) -> None:
    reply = send(connection, "POST", MAPS, {"metadata": {"name": "z"}}, fieldManager=name)
    assert refused(reply) == (422, f'CreateOptions.meta.k8s.io "" is invalid: fieldManager: {why}')


def test_a_name_with_half_a_character_is_not_an_error_of_the_server(connection: InProcessConnection) -> None:
    assert send(connection, "POST", MAPS, {"metadata": {"name": "z"}}, fieldManager="a\udc80").status == 201


def test_what_to_do_with_the_dependents_is_said_in_one_way(connection: InProcessConnection) -> None:
    both = {"orphanDependents": True, "propagationPolicy": "Background"}
    code, why = refused(send(connection, "DELETE", f"{MAPS}/a", both))
    assert (code, why) == (422, 'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: '
                           '"Background": orphanDependents and deletionPropagation cannot be both set')  # fmt: skip
    assert send(connection, "GET", f"{MAPS}/a").status == 200


@pytest.mark.parametrize(("token", "why"), [
    ("abc", "invalid character 'i' looking for beginning of value"), ("a*", "illegal base64 data at input byte 1"),
    ("abcde", "illegal base64 data at input byte 4"),
])  # fmt: skip
def test_a_continue_that_nobody_gave_is_explained(connection: InProcessConnection, token: str, why: str) -> None:
    reply = send(connection, "GET", MAPS, **{"continue": token})
    assert refused(reply) == (400, f"continue key is not valid: {why}")


def test_an_apply_does_not_bring_who_owns_what_not_even_empty(connection: InProcessConnection) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"managedFields": []}}
    reply = send(connection, "PATCH", f"{MAPS}/a", body, "application/apply-patch+yaml", fieldManager="yo")
    assert refused(reply) == (400, "metadata.managedFields must be nil")


def test_a_table_brings_of_each_object_what_there_is_to_bring(connection: InProcessConnection) -> None:
    headers = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    reply = connection.send("GET", MAPS, {"includeObject": ["todo"]}, b"", headers)
    assert refused(reply) == (400, 'Unable to convert to Table as requested: includeObject: Invalid value: "todo": '
                              "must be 'Metadata', 'Object', 'None', or empty")  # fmt: skip
    reply = connection.send("GET", MAPS, {"includeObject": [""]}, b"", headers)
    assert isinstance(reply.body, bytes)
    assert {row["object"]["kind"] for row in json.loads(reply.body)["rows"]} == {"PartialObjectMetadata"}


POD = "/api/v1/namespaces/default/pods/p"


@pytest.mark.parametrize(("subresource", "kind"), [
    ("eviction", {"apiVersion": "policy/v1", "kind": "Eviction"}), ("binding", {"apiVersion": "v1", "kind": "Binding"}),
])  # fmt: skip
def test_who_evicts_or_binds_a_pod_names_it_twice_alike(
    connection: InProcessConnection, subresource: str, kind: dict[str, str]
) -> None:
    body = {**kind, "metadata": {"name": "otro"}, "target": {"name": "n"}}
    why = f"name in URL does not match name in {kind['kind']} object"
    assert refused(send(connection, "POST", f"{POD}/{subresource}", body)) == (400, why)


@pytest.mark.parametrize(("query", "why"), [
    ({"tailLines": "-1"}, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
    ({"limitBytes": "0"}, "limitBytes: Invalid value: 0: must be greater than 0"),
    ({"sinceSeconds": "0", "tailLines": "-2"}, "[tailLines: Invalid value: -2: must be greater than or equal to 0, "
     "sinceSeconds: Invalid value: 0: must be greater than 0]"),
    ({"sinceSeconds": "1", "sinceTime": "2026-01-01T00:00:00Z"},
     ": Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"),
])  # fmt: skip
def test_how_much_log_is_asked_for_is_judged_at_once(
    connection: InProcessConnection, query: dict[str, str], why: str
) -> None:
    assert refused(send(connection, "GET", f"{POD}/log", **query)) == (422, f'PodLogOptions "p" is invalid: {why}')


@pytest.mark.parametrize(("kind", "spec", "why"), [
    ("subjectaccessreviews", {}, "[spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes "
     'or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be '
     "specified]"),
    ("selfsubjectaccessreviews", {"resourceAttributes": {}, "nonResourceAttributes": {"path": "/x", "verb": "get"}},
     'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with '
     "resourceAttributes"),
])  # fmt: skip
def test_a_question_about_access_is_refused_with_all_it_has_wrong(
    connection: InProcessConnection, kind: str, spec: dict[str, Any], why: str
) -> None:
    code, said = refused(send(connection, "POST", f"/apis/authorization.k8s.io/v1/{kind}", {"spec": spec}))
    assert (code, said.partition(" is invalid: ")[2]) == (422, why)


def test_a_local_question_is_not_about_paths(connection: InProcessConnection) -> None:
    path = "/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews"
    body = {"metadata": {"namespace": "default"}, "spec": {"user": "u", "nonResourceAttributes": {"path": "/x"}}}
    assert refused(send(connection, "POST", path, body))[1].endswith(
        'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: disallowed on this kind of request'
    )
