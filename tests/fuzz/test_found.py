"""Lo que cayó con peticiones al azar, una por una: cada caso es la petición que lo tiró y lo que debe contestar."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request, Response
from lab_tools.objects import kinds
from tests.fuzz.moves import PATCHES, examples

JSON_PATCH, MERGE, STRATEGIC, APPLY = PATCHES
MAPS = "/api/v1/namespaces/default/configmaps"
SERVICES = "/api/v1/namespaces/default/services"


class Door:
    """Un clúster con un objeto válido de cada tipo, y su puerta."""

    def __init__(self) -> None:
        self.cluster = EmbeddedCluster(2)
        for one in examples():
            kind = self.cluster.api.kinds.find(one["apiVersion"], one["kind"])
            assert kind is not None
            if "get" in kind.verbs:
                found = self.ask("POST", kind.path("default"), one, fieldValidation="Strict")
                self.cluster.clock.settle()
                assert found.status == 201, found.body

    def ask(self, method: str, path: str, body: Any = None, media: str = "application/json", **query: str) -> Response:
        """Una petición; el cuerpo, en JSON si no son bytes."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.cluster.rest.handle(
            Request(method, path, {name: [value] for name, value in query.items()}, {"content-type": media}, data)
        )

    def status(self, *args: Any, **query: str) -> tuple[int, str]:
        """El código y el mensaje de una negativa."""
        response = self.ask(*args, **query)
        assert isinstance(response.body, bytes)
        return response.status, json.loads(response.body).get("message", "")


@pytest.fixture(scope="module")
def shared_door() -> Door:
    return Door()


@pytest.fixture
def door() -> Door:
    return Door()


_NO_KEY = "map: map[targetPort:[1 map[a:<nil>]]] does not contain declared merge key: port"
REFUSED = [
    ("un parche que borra el objeto entero", "PATCH", f"{MAPS}/a", {"$patch": "delete"}, STRATEGIC, 400,
     "the name of the object (a based on URL) was undeterminable: name must be provided"),
    ("unas precondiciones que no son un objeto", "DELETE", f"{MAPS}/a", {"preconditions": "x"}, "", 400,
     "json: cannot unmarshal string into Go struct field DeleteOptions.preconditions of type v1.Preconditions"),
    ("un orden de JSON Patch que no es un texto", "PATCH", f"{MAPS}/a", [{"op": {}, "path": "/a"}], JSON_PATCH, 422,
     "the server rejected our request due to an error in our request"),
    ("un elemento sin clave, contado como en Go", "PATCH", f"{SERVICES}/a",
     {"spec": {"ports": [{"targetPort": [1, {"a": None}]}]}}, STRATEGIC, 500, _NO_KEY),
    ("una lista donde van textos", "PATCH", "/api/v1/persistentvolumes/a", {"metadata": {"finalizers": [[[]]]}},
     STRATEGIC, 422, "the server rejected our request due to an error in our request"),
    ("unos bytes con acentos", "PATCH", f"{MAPS}/a", {"binaryData": {"b": "ñ"}}, MERGE, 422, "illegal base64 data"),
    ("un parche que cambia de nombre", "PATCH", f"{MAPS}/a", {"metadata": {"name": "b"}}, MERGE, 400,
     "the name of the object (b) does not match the name on the URL (a)"),
    ("aplicar metadatos que no lo son", "PATCH", f"{MAPS}/a",
     {"apiVersion": "v1", "kind": "ConfigMap", "metadata": 3}, APPLY, 400, "cannot unmarshal number"),
    ("aplicar otro nombre donde no había nada", "PATCH", f"{MAPS}/nada",
     {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "otro"}}, APPLY, 400,
     "the name of the object (otro) does not match the name on the URL (nada)"),
    ("aplicar el estado de lo que no existe", "PATCH", "/api/v1/namespaces/default/pods/nada/status",
     {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "nada"}}, APPLY, 404, 'pods "nada" not found'),
    ("aplicar un elemento sin su clave", "PATCH", "/apis/storage.k8s.io/v1/csinodes/a",
     {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": "a"},
      "spec": {"drivers": [{"nodeID": "a"}]}}, APPLY, 500,
     "failed to create typed patch object (/a; storage.k8s.io/v1, Kind=CSINode): .spec.drivers: element 0: associative "
     'list with keys has an element that omits key field "name" (and doesn\'t have default value)'),
    ("aplicar dos elementos con la misma clave", "PATCH", f"{SERVICES}/a",
     {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}, {"port": 1}]}},
     APPLY, 500, 'failed to create typed patch object (/a; /v1, Kind=Service): .spec.ports: duplicate entries for key '
     '[port=1,protocol="TCP"]'),
    ("aplicar un campo que no existe", "PATCH", f"{MAPS}/a",
     {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dato": 1}, APPLY, 500,
     "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .dato: field not declared in schema"),
    ("un APIService sin especificación", "POST", "/apis/apiregistration.k8s.io/v1/apiservices",
     {"metadata": {"name": "v1.x"}}, "", 422, "only v1 may have an empty group"),
    ("un APIService servido por nadie", "PATCH", "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io",
     {"spec": {"service": {"namespace": None}}}, MERGE, 422, "spec.service.namespace: Required value"),
    ("desalojar con opciones que no lo son", "POST", "/api/v1/namespaces/default/pods/a/eviction",
     {"deleteOptions": "x"}, "", 400, "cannot unmarshal string"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "media", "code", "words"), [one[1:] for one in REFUSED],
                         ids=[one[0] for one in REFUSED])  # fmt: skip
def test_it_is_refused_with_words(shared_door: Door, method: str, path: str, body: Any, media: str, code: int,
                                  words: str) -> None:  # fmt: skip
    query = {"fieldManager": "yo"} if media == APPLY else {}
    found, message = shared_door.status(method, path, body, media or "application/json", **query)
    assert (found, words in message) == (code, True), message


@pytest.mark.parametrize("name", ["limitBytes", "sinceSeconds", "tailLines"])
@pytest.mark.parametrize("text", ["x", "٣", "9" * 30])
def test_a_log_option_that_is_no_number_is_refused(door: Door, name: str, text: str) -> None:
    door.cluster.clock.advance(30)
    log = "/api/v1/namespaces/default/pods/a/log"
    assert door.ask("GET", log, container="c").status == 200
    assert door.status("GET", log, container="c", **{name: text})[0] == 400


@pytest.mark.parametrize("raw", [b"\xed\xa0\xbd", b"\xc3"])
def test_what_is_no_text_is_read_as_go_reads_it(door: Door, raw: bytes) -> None:
    response = door.ask("POST", MAPS, b'{"metadata":{"name":"bytes"},"data":{"a":"' + raw + b'"}}')
    assert isinstance(response.body, bytes)
    assert (response.status, set(json.loads(response.body)["data"]["a"])) == (201, {"\ufffd"})


def test_a_warning_that_fits_in_no_header_is_not_given(door: Door) -> None:
    response = door.ask("POST", MAPS, {"metadata": {"name": "aviso"}, "\0": 1, "dato": 1}, fieldValidation="Warn")
    assert response.headers["warning"] == '299 - "unknown field \\"dato\\""'


@pytest.mark.parametrize("fields", ["x", {"f:data": "x"}, {"k:x": {}}, {"z": {}}])
def test_managed_fields_that_nobody_understands_are_ignored(door: Door, fields: Any) -> None:
    odd = [{"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields}]
    body = {"metadata": {"name": "a", "managedFields": odd}, "data": {"otro": "b"}}
    response = door.ask("PUT", f"{MAPS}/a", body)
    assert isinstance(response.body, bytes)
    assert response.status == 200
    assert all(one["fieldsV1"] != fields for one in json.loads(response.body)["metadata"]["managedFields"])


def test_an_object_never_leaves_its_namespace(door: Door) -> None:
    body = {"metadata": {"namespace": None}, "data": {"otro": "b"}}
    assert door.ask("PATCH", f"{MAPS}/a", body, MERGE).status == 200
    assert door.ask("GET", f"{MAPS}/a").status == 200
    assert door.cluster.api.within(kinds.CONFIGMAP, "") == []


def test_applying_a_pod_again_keeps_what_the_cluster_added(door: Door) -> None:
    pod = next(one for one in examples() if one["kind"] == "Pod")
    body = {**pod, "metadata": {"name": "otra"}}
    path = "/api/v1/namespaces/default/pods/otra"
    assert [door.ask("PATCH", path, body, APPLY, fieldManager="yo").status for _ in range(2)] == [201, 200]


@pytest.mark.parametrize(("path", "patch"), [
    ("/api/v1/persistentvolumes/a", {"spec": {"claimRef": {"uid": "x"}}}),
    ("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1", {"spec": None}),
    ("/api/v1/nodes/node-1/status", {"status": None}),
    ("/apis/policy/v1/namespaces/default/poddisruptionbudgets/a/status", {"status": {"conditions": [{}]}}),
    ("/apis/batch/v1/namespaces/default/cronjobs/a/status", {"status": {"active": [{}]}}),
    ("/apis/apps/v1/namespaces/default/deployments/a/status",
     {"status": {"conditions": [{"type": "Progressing", "status": "True"}]}}),
    ("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/a/status", {"status": {"conditions": [{}]}}),
], ids=lambda one: one if isinstance(one, str) else "")  # fmt: skip
def test_the_controllers_stand_what_anybody_may_write(door: Door, path: str, patch: Any) -> None:
    door.cluster.clock.advance(5)
    assert door.ask("PATCH", path, patch, MERGE).status == 200
    door.cluster.clock.advance(120)
    resumed = EmbeddedCluster(saved=door.cluster.snapshot())
    resumed.clock.advance(30)


def test_a_revision_without_its_label_is_still_known_by_its_name(door: Door) -> None:
    door.cluster.clock.advance(5)
    revisions = door.cluster.api.list(kinds.CONTROLLERREVISION, "default").items
    mine = next(
        one["metadata"]["name"]
        for one in revisions
        if one["metadata"].get("ownerReferences", [{}])[0].get("kind") == "DaemonSet"
    )
    path = f"/apis/apps/v1/namespaces/default/controllerrevisions/{mine}"
    assert door.ask("PATCH", path, {"metadata": {"labels": {"controller-revision-hash": None}}}, MERGE).status == 200
    pods = [one["metadata"]["uid"] for one in door.cluster.api.list(kinds.POD, "default").items
            if one["metadata"]["name"] in ("a", mine) or one["metadata"].get("labels",
                {}).get("app") == "ds"]  # fmt: skip
    door.cluster.clock.advance(60)
    left = {one["metadata"]["uid"] for one in door.cluster.api.list(kinds.POD, "default").items}
    assert set(pods) <= left


@pytest.mark.parametrize(
    "text", ["[1]", '[{"type":5}]', '[{"type":"Resource","resource":{"name":5}}]', "[" * 5000, "x"]
)
def test_an_annotation_of_the_old_autoscaler_may_say_anything(door: Door, text: str) -> None:
    body = {"metadata": {"name": "raro", "annotations": {"autoscaling.alpha.kubernetes.io/metrics": text}},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
                     "maxReplicas": 3}}  # fmt: skip
    path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
    assert door.ask("POST", path, body).status in (201, 422)
    door.cluster.clock.advance(60)


def test_a_replica_set_that_exceeds_its_quota_rests_between_attempts(door: Door) -> None:
    cluster = EmbeddedCluster(1)
    cluster.api.create(kinds.RESOURCEQUOTA, {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}, "default")
    cluster.clock.advance(1)
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
    spec = {"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    cluster.api.create(kinds.REPLICASET, {"metadata": {"name": "a"}, "spec": spec}, "default")
    before = cluster.store.revision
    cluster.clock.advance(3600)
    failures = [one for one in cluster.api.list(kinds.EVENT, "default").items if one["reason"] == "FailedCreate"]
    assert 5 < len(failures) < 30
    assert cluster.store.revision - before < 500


def test_a_true_that_becomes_a_one_is_a_change(door: Door) -> None:
    path = "/apis/curso.example/v1/namespaces/default/tiendas/a"
    for value in (True, 1, 1.5):
        response = door.ask("PATCH", path, {"spec": {"libre": {"v": value}}}, MERGE)
        assert isinstance(response.body, bytes)
        assert json.dumps(json.loads(response.body)["spec"]["libre"]["v"]) == json.dumps(value)


def test_two_equal_replica_sets_of_one_deployment_do_not_take_turns(door: Door) -> None:
    """La que adopta un ReplicaSet huérfano idéntico al suyo, nacido en el mismo segundo."""
    cluster = EmbeddedCluster(1)
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    for name in ("suma", "a"):
        cluster.api.create(kinds.DEPLOYMENT, {"metadata": {"name": name}, "spec": spec}, "default")
    cluster.clock.advance(20)
    cluster.api.delete(kinds.DEPLOYMENT, "default", "a", propagation="Orphan")
    cluster.clock.advance(20)
    before = cluster.store.revision
    cluster.clock.advance(600)
    sets = cluster.api.list(kinds.REPLICASET, "default").items
    assert {one["metadata"]["ownerReferences"][0]["name"] for one in sets} == {"suma"}
    assert cluster.store.revision - before < 300


@pytest.mark.parametrize("image", [{}, {"names": None}, {"names": ["docker.io/library/nginx:1.27"]}])
def test_a_node_may_tell_less_about_its_images(door: Door, image: Any) -> None:
    path = "/api/v1/nodes/node-1/status"
    assert door.ask("PATCH", path, {"status": {"images": [image]}}, MERGE).status == 200
    door.cluster.clock.advance(60)
    resumed = EmbeddedCluster(saved=door.cluster.snapshot())
    resumed.clock.advance(30)
