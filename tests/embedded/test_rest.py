"""La puerta: rutas, formas de respuesta, opciones y errores, como los del servidor real."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import yaml

from lab_tools.embedded.clock import EPOCH, Clock
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.dates import Dates, Stretch
from lab_tools.embedded.rest import Request, Response, RestHandler, User
from lab_tools.embedded.rest.edge import InProcess
from lab_tools.embedded.rest.gojson import syntax_error
from lab_tools.embedded.rest.handler import VERBS

MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"


class Door:
    """Un clúster y cómo llamar a su puerta: devuelve código y cuerpo interpretado."""

    def __init__(self) -> None:
        self.cluster = EmbeddedCluster(nodes=1)
        self.handler = self.cluster.rest

    def raw(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None,
            **query: Any) -> Response:  # fmt: skip
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        asked = {name: [str(value)] for name, value in query.items()}
        return self.handler.handle(Request(method, path, asked, headers or {}, data))

    def __call__(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None,
                 **query: Any) -> tuple[int, Any]:  # fmt: skip
        response = self.raw(method, path, body, headers, **query)
        assert isinstance(response.body, bytes)
        return response.status, json.loads(response.body or b"null")

    def make(self, name: str, **more: Any) -> dict[str, Any]:
        code, found = self("POST", MAPS, {"metadata": {"name": name, **more}, "data": {"a": "b"}})
        assert code == 201
        made: dict[str, Any] = found
        return made


@pytest.fixture
def door() -> Door:
    return Door()


def test_an_object_goes_in_and_comes_out(door: Door) -> None:
    made = door.make("uno", labels={"app": "tienda"})
    code, found = door("GET", f"{MAPS}/uno")
    assert (code, found) == (200, made)
    assert list(found)[:2] == ["kind", "apiVersion"]


def test_items_of_a_list_do_not_repeat_their_kind(door: Door) -> None:
    door.make("uno")
    _, found = door("GET", MAPS, fieldSelector="metadata.name=uno")
    assert found["kind"] == "ConfigMapList"
    assert set(found["items"][0]) == {"metadata", "data"}


def test_a_long_list_comes_in_pieces(door: Door) -> None:
    for name in ("a", "b", "c"):
        door.make(name, labels={"trozo": "si"})
    code, first = door("GET", MAPS, limit=2, labelSelector="trozo=si")
    token = first["metadata"]["continue"]
    _, second = door("GET", MAPS, limit=2, labelSelector="trozo=si", **{"continue": token})
    names = [item["metadata"]["name"] for page in (first, second) for item in page["items"]]
    assert (code, names) == (200, ["a", "b", "c"])
    assert "continue" not in second["metadata"]


def test_a_table_has_columns_and_rows_with_metadata(door: Door) -> None:
    door.make("uno")
    _, found = door("GET", f"{MAPS}/uno", headers={"accept": TABLE})
    assert [column["name"] for column in found["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert found["rows"][0]["cells"][:2] == ["uno", 1]
    assert found["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


def test_only_metadata_is_sent_when_only_metadata_is_asked(door: Door) -> None:
    door.make("uno")
    _, found = door("GET", f"{MAPS}/uno", headers={"accept": PARTIAL})
    assert set(found) == {"kind", "apiVersion", "metadata"}


def test_yaml_goes_in_and_comes_out(door: Door) -> None:
    headers = {"content-type": "application/yaml", "accept": "application/yaml"}
    response = door.raw("POST", MAPS, b"metadata: {name: uno}\ndata: {a: 'no'}\n", headers)
    assert response.headers["content-type"] == "application/yaml"
    assert isinstance(response.body, bytes)
    assert yaml.safe_load(response.body)["data"] == {"a": "no"}


def test_a_body_without_content_type_is_json(door: Door) -> None:
    assert door("POST", MAPS, {"metadata": {"name": "uno"}})[0] == 201


def test_dry_run_answers_and_keeps_nothing(door: Door) -> None:
    assert door("POST", MAPS, {"metadata": {"name": "uno"}}, dryRun="All")[0] == 201
    assert door("GET", f"{MAPS}/uno")[0] == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [({"dryRun": "si"}, "dryRun"), ({"fieldValidation": "Mucho"}, "fieldValidation")],
)
def test_a_wrong_option_is_a_422_about_the_options(door: Door, query: dict[str, str], field: str) -> None:
    code, found = door("POST", MAPS, {"metadata": {"name": "uno"}}, **query)
    assert (code, found["details"]["kind"]) == (422, "CreateOptions")
    assert found["details"]["causes"][0]["field"] == field


def test_unknown_fields_warn_by_default_and_fail_when_strict(door: Door) -> None:
    body = {"metadata": {"name": "uno"}, "dato": {}}
    warned = door.raw("POST", MAPS, body)
    assert (warned.status, warned.headers["warning"]) == (201, '299 - "unknown field \\"dato\\""')
    code, found = door("POST", MAPS, body, fieldValidation="Strict")
    assert (code, "unknown field" in found["message"]) == (400, True)


def test_apply_creates_then_updates(door: Door) -> None:
    headers = {"content-type": "application/apply-patch+yaml"}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "uno"}, "data": {"a": "1"}}
    first = door("PATCH", f"{MAPS}/uno", body, headers, fieldManager="yo")
    second = door("PATCH", f"{MAPS}/uno", {**body, "data": {"a": "2"}}, headers, fieldManager="yo")
    assert [first[0], second[0], second[1]["data"]] == [201, 200, {"a": "2"}]
    assert door("PATCH", f"{MAPS}/uno", body, headers)[0] == 422


def test_scale_reads_and_writes_only_replicas(door: Door) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    door("POST", DEPLOYMENTS, {"metadata": {"name": "web"}, "spec": spec})
    _, found = door("GET", f"{DEPLOYMENTS}/web/scale")
    assert (found["kind"], found["spec"], found["status"]["selector"]) == ("Scale", {"replicas": 2}, "a=b")
    merge = {"content-type": "application/merge-patch+json"}
    assert door("PATCH", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 0}}, merge)[1]["spec"] == {}
    assert door("PUT", f"{DEPLOYMENTS}/web/scale", {"metadata": {"name": "web"}, "spec": {"replicas": 5}})[0] == 200
    assert door("GET", f"{DEPLOYMENTS}/web")[1]["spec"]["replicas"] == 5
    assert door("PATCH", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": -2}}, merge)[0] == 422


def test_a_scale_has_its_own_table_with_the_dates_its_reader_sees(door: Door) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    door("POST", DEPLOYMENTS, {"metadata": {"name": "web"}, "spec": spec})
    door.handler = RestHandler(door.cluster, Yesterday(door.cluster.clock))
    as_table = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
    _, found = door("GET", f"{DEPLOYMENTS}/web/scale", None, as_table)
    assert [one["name"] for one in found["columnDefinitions"]] == ["Name", "Desired", "Available", "Age"]
    (row,) = found["rows"]
    assert row["cells"][:2] == ["web", 2]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert row["object"]["metadata"]["creationTimestamp"] == "2026-01-01T01:00:00Z"


def test_an_evicted_pod_leaves_unless_its_budget_forbids_it(door: Door) -> None:
    pods, budgets = "/api/v1/namespaces/default/pods", "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    containers = [{"name": "c", "image": "nginx:1.27"}]
    pod = {"metadata": {"name": "p", "labels": {"a": "b"}}, "spec": {"containers": containers}}
    door.cluster.clock.advance(1)
    assert door("POST", pods, pod)[0] == 201
    door("POST", budgets, {"metadata": {"name": "b"}, "spec": {"minAvailable": 1,
                                                               "selector": {"matchLabels": {"a": "b"}}}})  # fmt: skip
    door.cluster.clock.advance(10)  # uno que aún no corre se puede desalojar siempre
    # Un Pod que aún no atiende no gasta presupuesto: hay que esperarlo.
    door.cluster.clock.advance(30)
    code, found = door("POST", f"{pods}/p/eviction", {"metadata": {"name": "p"}})
    assert (code, found["details"]["causes"][0]["reason"]) == (429, "DisruptionBudget")
    door("DELETE", f"{budgets}/b")
    assert door("POST", f"{pods}/p/eviction", {"metadata": {"name": "p"}})[0] == 201


@pytest.mark.parametrize(
    ("method", "path", "code", "plain"),
    [
        ("GET", "/nada", 404, True),
        ("GET", "/apis/nada.io/v1/cosas", 404, True),
        ("GET", "/apis/apps/v2", 404, False),
        ("GET", "/api/v1/cosas", 404, False),
        ("GET", f"{MAPS}/uno/scale", 404, False),
        ("PUT", MAPS, 405, False),
        ("POST", f"{MAPS}/uno", 405, False),
        ("POST", "/api/v1/configmaps", 405, False),
        ("DELETE", "/api/v1/namespaces", 405, False),
        ("OPTIONS", MAPS, 405, False),
        ("DELETE", "/api/v1/watch/namespaces/default/configmaps", 405, False),
        ("POST", "/version", 405, False),
    ],
)
def test_what_does_not_exist_is_said_as_the_real_server_says_it(
    door: Door, method: str, path: str, code: int, plain: bool
) -> None:
    response = door.raw(method, path)
    assert (response.status, response.headers["content-type"].startswith("text/plain")) == (code, plain)


def test_what_is_announced_and_nobody_attends_is_not_a_500(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    attended = {key: verb for key, verb in VERBS.items() if key[0] != "scale"}
    monkeypatch.setattr("lab_tools.embedded.rest.handler.VERBS", attended)
    assert door("GET", f"{DEPLOYMENTS}/web/scale")[0] == 405


def test_head_answers_without_a_body(door: Door) -> None:
    response = door.raw("HEAD", MAPS)
    assert (response.status, response.body) == (200, b"")


def test_an_unexpected_failure_is_a_status_and_a_line_in_the_log(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError("algo")

    monkeypatch.setattr(door.cluster.api, "list", broken)
    with caplog.at_level(logging.ERROR):
        code, found = door("GET", MAPS)
    assert (code, found["reason"]) == (500, "InternalError")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff\xfe", b"k8s\0\xff", b"[" * 100_000, b"NaN"])
@pytest.mark.parametrize("media", ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"])
def test_no_body_ends_in_a_500(door: Door, body: bytes, media: str) -> None:
    assert door.raw("POST", MAPS, body, {"content-type": media}).status == 400


def test_half_a_character_becomes_the_replacement_character(door: Door) -> None:
    door.raw("POST", MAPS, b'{"metadata": {"name": "uno"}, "data": {"a": "\\ud83d"}}')
    assert door("GET", f"{MAPS}/uno")[1]["data"]["a"].strip("\ufffd") == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": ', "unexpected end of JSON input"),
        ("{nope", "invalid character 'n' looking for beginning of object key string"),
        ("{'a'", "invalid character '\\'' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a": 1 "b"', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("tru1", "invalid character '1' in literal true (expecting 'e')"),
        ("{} {}", "invalid character '{' after top-level value"),
        ('"\\x"', "invalid character 'x' in string escape code"),
        ("1.a", "invalid character 'a' after decimal point in numeric literal"),
        ("[1, 2.5e3, -0, true, null]", ""),
    ],
)
def test_broken_json_is_explained_as_go_does(text: str, message: str) -> None:
    assert syntax_error(text) == message


class Yesterday(InProcess):
    """Un borde que ve el clúster una hora más tarde."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.dates = Dates([Stretch(EPOCH - 86400, EPOCH - 86400 + 3600, 1.0)])


def test_instants_are_shifted_by_schema_and_never_in_free_text(door: Door) -> None:
    text = "2026-01-01T00:00:00Z"
    body = {"metadata": {"name": "uno", "annotations": {"creationTimestamp": text}}, "data": {"time": text}}
    door("POST", MAPS, body)
    door.handler = RestHandler(door.cluster, Yesterday(door.cluster.clock))
    _, found = door("GET", f"{MAPS}/uno")
    assert found["metadata"]["creationTimestamp"] == "2026-01-01T01:00:00Z"
    assert found["metadata"]["managedFields"][0]["time"] == "2026-01-01T01:00:00Z"
    assert (found["metadata"]["annotations"]["creationTimestamp"], found["data"]["time"]) == (text, text)
    assert door("GET", MAPS, fieldSelector="metadata.name=uno")[1]["items"][0]["metadata"] == found["metadata"]


def test_an_object_is_written_in_the_order_a_person_reads_it(door: Door) -> None:
    pods = "/api/v1/namespaces/default/pods"
    door("POST", pods, {"spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}, "metadata": {"name": "p"}})
    _, found = door("GET", f"{pods}/p")
    assert list(found) == ["kind", "apiVersion", "metadata", "spec", "status"]
    assert list(found["metadata"])[:5] == ["name", "namespace", "uid", "resourceVersion", "generation"]
    assert list(found["metadata"])[-1] == "managedFields"
    assert list(door("GET", pods)[1]["items"][0]) == ["metadata", "spec", "status"]


def test_what_nobody_wrote_in_has_no_owners(door: Door) -> None:
    _, made = door("POST", MAPS, {"metadata": {"name": "vacio"}})
    assert "managedFields" not in made["metadata"]


@pytest.mark.parametrize("patch, word", [("[]", "array"), ('"a"', "string"), ("7", "number"), ("true", "bool")])
def test_a_merge_patch_that_is_not_an_object_is_refused_by_what_it_is(door: Door, patch: str, word: str) -> None:
    door.make("uno")
    response = door.raw("PATCH", f"{MAPS}/uno", patch.encode(), {"content-type": "application/merge-patch+json"})
    assert isinstance(response.body, bytes)
    told = f"error decoding patch: json: cannot unmarshal {word} into Go value of type map[string]interface {{}}"
    assert (response.status, json.loads(response.body)["message"]) == (400, told)


def test_a_refused_patch_quotes_the_object_with_the_dates_its_reader_sees(door: Door) -> None:
    text = "2026-01-01T00:00:00Z"
    door("POST", MAPS, {"metadata": {"name": "uno", "annotations": {"cuando": text}}})
    door.handler = RestHandler(door.cluster, Yesterday(door.cluster.clock))
    asked = Request("PATCH", f"{MAPS}/uno", {}, {"content-type": "application/merge-patch+json"}, b'{"data": 7}')
    response = door.handler.handle(asked)
    assert isinstance(response.body, bytes)
    told = json.loads(response.body)
    assert told["code"] == 422
    quoted = json.loads(json.JSONDecoder().raw_decode(told["message"].partition("Invalid value: ")[2])[0])
    assert quoted["metadata"]["creationTimestamp"] == "2026-01-01T01:00:00Z"
    assert {one["time"] for one in quoted["metadata"]["managedFields"]} == {"2026-01-01T01:00:00Z"}
    assert quoted["metadata"]["annotations"] == {"cuando": text}


def test_instants_that_come_in_are_brought_to_the_epoch_of_the_cluster(door: Door) -> None:
    door.handler = RestHandler(door.cluster, Yesterday(door.cluster.clock))
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    lease = {"metadata": {"name": "l"}, "spec": {"renewTime": "2026-01-01T01:00:05.000000Z"}}
    _, seen = door("POST", leases, lease)
    stored = door.cluster.rest.handle(Request("GET", f"{leases}/l"))
    assert isinstance(stored.body, bytes)
    assert json.loads(stored.body)["spec"]["renewTime"] == "2026-01-01T00:00:05.000000Z"
    assert seen["spec"]["renewTime"] == lease["spec"]["renewTime"]


def test_the_door_of_the_cluster_moves_the_clock_for_its_owner(door: Door) -> None:
    before = door("GET", "/orquesta/v1/clock")[1]
    code, after = door("POST", "/orquesta/v1/clock", {"advance": 90})
    assert (code, after["elapsed"] - before["elapsed"]) == (200, 90)
    assert door("GET", "/orquesta/v1/state")[1]["nodes"] == ["node-1"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"advance": -1}', b'{"advance": "mucho"}', b'{"salto": 1}',
                                  b'{"advance": 1e300}', b'{"advance": NaN}'])  # fmt: skip
def test_the_door_refuses_what_it_does_not_understand(door: Door, body: bytes) -> None:
    assert door.raw("POST", "/orquesta/v1/clock", body).status == 400


def test_a_student_cannot_move_the_clock(door: Door) -> None:
    request = Request("POST", "/orquesta/v1/clock", body=b'{"advance": 1}', user=User("student", ("orquesta:student",)))
    assert door.handler.handle(request).status == 403
