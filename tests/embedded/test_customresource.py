"""Un tipo propio se comporta como los de Kubernetes desde que se define hasta que se borra."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.access.house import OWNER
from lab_tools.embedded.api.protocol import Options
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request, Response
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError, UsageError
from lab_tools.objects import kinds

CRD = kinds.CUSTOMRESOURCEDEFINITION
ME = User("ada", (OWNER,))
DOORS = {"type": "integer", "minimum": 2, "default": 4}


def version(name: str = "v1", storage: bool = True, **fields: Any) -> dict[str, Any]:
    spec = {"type": "object", "properties": {"doors": DOORS, "color": {"type": "string"}, **fields}}
    status = {"type": "object", "properties": {"doors": {"type": "integer"}, "selector": {"type": "string"}}}
    scale = {"specReplicasPath": ".spec.doors", "statusReplicasPath": ".status.doors"}
    scale["labelSelectorPath"] = ".status.selector"
    return {
        "name": name,
        "served": True,
        "storage": storage,
        "subresources": {"status": {}, "scale": scale},
        "schema": {"openAPIV3Schema": {"type": "object", "description": "Un coche.",
                                       "properties": {"spec": spec, "status": status}}},
    }  # fmt: skip


def definition(
    plural: str = "cars", *versions: dict[str, Any], scope: str = "Namespaced", **names: Any
) -> dict[str, Any]:
    kind = plural.removesuffix("s").capitalize()
    return {
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {
            "group": "example.com",
            "scope": scope,
            "names": {"plural": plural, "kind": kind, **names},
            "versions": list(versions or (version(),)),
        },
    }


def define(cluster: EmbeddedCluster, *args: Any, **names: Any) -> None:
    cluster.api.create(CRD, definition(*args, **names))
    cluster.clock.settle()


@pytest.fixture
def cluster() -> EmbeddedCluster:
    found = EmbeddedCluster(nodes=0)
    define(found)
    return found


def car(cluster: EmbeddedCluster, name: str = "mine", **spec: Any) -> dict[str, Any]:
    return cluster.api.create(cluster.api.kinds.named("car"), {"metadata": {"name": name}, "spec": spec}, "default")


def ask(cluster: EmbeddedCluster, method: str, path: str, body: Any = None, **headers: str) -> Response:
    path, _, query = path.partition("?")
    asked = {name: [value] for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)}
    names = {key.replace("_", "-"): value for key, value in headers.items()}
    data = json.dumps(body).encode() if body is not None else b""
    return cluster.handle(Request(method, path, asked, names, data, ME))


def read(response: Response) -> Any:
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


CARS = "/apis/example.com/v1/namespaces/default/cars"


def test_a_definition_is_established_and_says_what_it_accepted(cluster: EmbeddedCluster) -> None:
    status = cluster.api.get(CRD, None, "cars.example.com")["status"]
    assert {one["type"]: one["status"] for one in status["conditions"]} == {
        "NamesAccepted": "True",
        "Established": "True",
    }
    assert status["acceptedNames"] == {"plural": "cars", "singular": "car", "kind": "Car", "listKind": "CarList"}
    assert status["storedVersions"] == ["v1"]


def test_a_name_already_taken_is_not_accepted_until_it_is_free(cluster: EmbeddedCluster) -> None:
    define(cluster, "autos", singular="car")
    late = cluster.api.get(CRD, None, "autos.example.com")["status"]["conditions"]
    assert {one["type"]: (one["status"], one["reason"]) for one in late} == {
        "NamesAccepted": ("False", "SingularConflict"), "Established": ("False", "NotAccepted"),
    }  # fmt: skip
    assert ask(cluster, "GET", "/apis/example.com/v1/autos").status == 404
    cluster.api.delete(CRD, None, "cars.example.com")
    cluster.clock.advance(1)
    assert ask(cluster, "GET", "/apis/example.com/v1/autos").status == 200


def test_an_object_is_pruned_completed_and_versioned(cluster: EmbeddedCluster) -> None:
    body: dict[str, Any] = {"apiVersion": "example.com/v1", "kind": "Car", "metadata": {"name": "a"}}
    body |= {"spec": {"color": "red", "wings": 2}, "status": {"doors": 1}}
    response = ask(cluster, "POST", CARS, body)
    made = read(response)
    assert (response.status, made["spec"], made["metadata"]["generation"]) == (201, {"color": "red", "doors": 4}, 1)
    assert "status" not in made
    assert response.warnings == ('unknown field "spec.wings"',)
    strict = ask(cluster, "POST", CARS + "?fieldValidation=Strict", {**body, "metadata": {"name": "b"}})
    assert read(strict)["message"] == (
        'Car in version "v1" cannot be handled as a Car: strict decoding error: unknown field "spec.wings"'
    )


def test_status_has_its_own_door(cluster: EmbeddedCluster) -> None:
    kind = cluster.api.kinds.named("cars")
    made = car(cluster)
    changed = cluster.api.patch(
        kind, "default", "mine", {"spec": {"doors": 5}, "status": {"doors": 3}}, subresource="status"
    )
    assert (changed["spec"]["doors"], changed["status"]) == (4, {"doors": 3})
    assert changed["metadata"]["generation"] == made["metadata"]["generation"]
    with pytest.raises(StatusError, match="must be of type integer"):
        cluster.api.patch(kind, "default", "mine", {"status": {"doors": "x"}}, subresource="status")


def test_scale_reads_and_writes_where_the_definition_says(cluster: EmbeddedCluster) -> None:
    kind = cluster.api.kinds.named("cars")
    car(cluster)
    cluster.api.patch(kind, "default", "mine", {"status": {"doors": 3, "selector": "app=x"}}, subresource="status")
    found = read(ask(cluster, "GET", f"{CARS}/mine/scale"))
    assert (found["spec"], found["status"]) == ({"replicas": 4}, {"replicas": 3, "selector": "app=x"})
    patched = ask(cluster, "PATCH", f"{CARS}/mine/scale", {"spec": {"replicas": 7}},
                  content_type="application/merge-patch+json")  # fmt: skip
    assert patched.status == 200
    assert cluster.api.get(kind, "default", "mine")["spec"]["doors"] == 7


def test_scale_survives_an_object_that_has_something_else_there() -> None:
    cluster = EmbeddedCluster(nodes=0)
    loose = version()
    loose["schema"] = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    define(cluster, "cars", loose)
    cluster.api.create(cluster.api.kinds.named("car"), {"metadata": {"name": "mine"}, "spec": ["x"]}, "default")
    assert read(ask(cluster, "GET", f"{CARS}/mine/scale"))["spec"] == {}
    patched = ask(cluster, "PATCH", f"{CARS}/mine/scale", {"spec": {"replicas": 7}},
                  content_type="application/merge-patch+json")  # fmt: skip
    assert read(patched)["message"].endswith('unable to set the replicas at ".spec.doors": it is not an object')


def test_a_strategic_patch_is_not_for_own_kinds(cluster: EmbeddedCluster) -> None:
    car(cluster)
    response = ask(cluster, "PATCH", f"{CARS}/mine", {}, content_type="application/strategic-merge-patch+json")
    assert (response.status, read(response)["reason"]) == (415, "UnsupportedMediaType")


def test_the_document_of_an_own_kind_does_not_promise_a_strategic_patch(cluster: EmbeddedCluster) -> None:
    """De ahí lo lee `kubectl apply`: si lo ve, lo manda la segunda vez que aplica y se encuentra un 415."""
    car(cluster)
    paths = read(ask(cluster, "GET", "/openapi/v3/apis/example.com/v1"))["paths"]
    bodies = paths["/apis/example.com/v1/namespaces/{namespace}/cars/{name}"]["patch"]["requestBody"]["content"]
    assert set(bodies) == {f"application/{one}" for one in ("apply-patch+yaml", "json-patch+json", "merge-patch+json")}
    paths = read(ask(cluster, "GET", "/openapi/v3/apis/apps/v1"))["paths"]
    bodies = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]["requestBody"]["content"]
    assert "application/strategic-merge-patch+json" in bodies


def test_apply_owns_fields_of_an_own_kind(cluster: EmbeddedCluster) -> None:
    kind = cluster.api.kinds.named("cars")
    wanted = {"apiVersion": "example.com/v1", "kind": "Car", "metadata": {"name": "mine"}, "spec": {"color": "red"}}
    cluster.api.patch(kind, "default", "mine", wanted, "apply", options=Options(manager="ada"))
    with pytest.raises(StatusError, match=r'conflict with "ada": \.spec\.color'):
        cluster.api.patch(kind, "default", "mine", {**wanted, "spec": {"color": "blue"}}, "apply",
                          options=Options(manager="bob"))  # fmt: skip
    gone = cluster.api.patch(kind, "default", "mine", {**wanted, "spec": {}}, "apply", options=Options(manager="ada"))
    assert gone["spec"] == {"doors": 4}


def test_one_object_is_seen_in_each_version_with_its_defaults() -> None:
    cluster = EmbeddedCluster(nodes=0)
    define(cluster, "cars", version("v1beta1", storage=False), version("v1", fuel={"type": "string", "default": "gas"}))
    old, new = (cluster.api.kinds.by_plural("example.com", name, "cars") for name in ("v1beta1", "v1"))
    assert cluster.api.kinds.groups["example.com"] == ("v1", "v1beta1")
    assert old is not None and new is not None
    made = cluster.api.create(old, {"metadata": {"name": "a"}, "spec": {"color": "red"}}, "default")
    assert (made["apiVersion"], made["spec"]) == ("example.com/v1beta1", {"color": "red", "doors": 4})
    assert cluster.api.get(new, "default", "a")["spec"] == {"color": "red", "doors": 4, "fuel": "gas"}
    assert [one["apiVersion"] for one in cluster.api.list(old).items] == ["example.com/v1beta1"]


def test_who_watches_hears_of_own_objects(cluster: EmbeddedCluster) -> None:
    stream = ask(cluster, "GET", "/apis/example.com/v1/cars?watch=true").body
    assert not isinstance(stream, bytes)
    car(cluster)
    assert json.loads(stream.read()[0])["object"]["kind"] == "Car"


def test_deleting_the_definition_takes_its_objects_along(cluster: EmbeddedCluster) -> None:
    kind = cluster.api.kinds.named("cars")
    car(cluster)
    gone: list[str] = []
    cluster.api.watch(kind, lambda event: gone.append(event.type))
    answer = cluster.api.delete(CRD, None, "cars.example.com")
    assert answer["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    cluster.clock.advance(1)
    assert gone == ["DELETED"]
    assert ask(cluster, "GET", CARS).status == 404
    assert cluster.api.kinds.find("example.com/v1", "Car") is None


def test_own_objects_follow_their_owner_and_their_namespace(cluster: EmbeddedCluster) -> None:
    owner = cluster.api.create(kinds.CONFIGMAP, {"metadata": {"name": "o"}}, "default")["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": owner["uid"]}
    kind = cluster.api.kinds.named("cars")
    cluster.api.create(kind, {"metadata": {"name": "owned", "ownerReferences": [reference]}}, "default")
    cluster.api.create(kinds.NAMESPACE, {"metadata": {"name": "x"}})
    cluster.api.create(kind, {"metadata": {"name": "inside"}}, "x")
    cluster.api.delete(kinds.CONFIGMAP, "default", "o")
    cluster.api.delete(kinds.NAMESPACE, None, "x")
    cluster.clock.advance(5)
    assert cluster.api.list(kind).items == []


def test_own_kinds_are_still_there_when_the_cluster_continues(cluster: EmbeddedCluster) -> None:
    car(cluster, color="red")
    again = EmbeddedCluster(saved=cluster.snapshot())
    kind = again.api.kinds.named("car")
    assert again.api.get(kind, "default", "mine")["spec"] == {"color": "red", "doors": 4}
    with pytest.raises(StatusError, match="greater than or equal to 2"):
        again.api.patch(kind, "default", "mine", {"spec": {"doors": 1}})


def test_discovery_and_openapi_change_with_the_definitions(cluster: EmbeddedCluster) -> None:
    index = read(ask(cluster, "GET", "/openapi/v3"))["paths"]
    address = index["apis/example.com/v1"]["serverRelativeURL"]
    schema = read(ask(cluster, "GET", address))["components"]["schemas"]["com.example.v1.Car"]
    assert schema["description"] == "Un coche."
    assert schema["x-kubernetes-group-version-kind"] == [{"group": "example.com", "version": "v1", "kind": "Car"}]
    crd = cluster.api.get(CRD, None, "cars.example.com")
    versions = [version(fuel={"type": "string"})]
    cluster.api.patch(CRD, None, crd["metadata"]["name"], {"spec": {"versions": versions}})
    cluster.clock.settle()
    moved = read(ask(cluster, "GET", "/openapi/v3"))["paths"]["apis/example.com/v1"]["serverRelativeURL"]
    assert moved != address
    assert car(cluster, fuel="gas")["spec"]["fuel"] == "gas"


def test_a_bad_definition_is_told_all_its_problems(cluster: EmbeddedCluster) -> None:
    bad = definition("boats", version(size={"type": "integer", "default": "x"}), scope="Galaxy")
    bad["metadata"]["name"] = "boats"
    del bad["spec"]["names"]["kind"]
    with pytest.raises(StatusError) as refused:
        cluster.api.create(CRD, bad)
    fields = {cause["field"] for cause in refused.value.details["causes"]}
    assert {"metadata.name", "spec.scope", "spec.names.kind"} <= fields
    assert any(field.endswith("properties[size].default") for field in fields)


def test_the_plural_and_the_scope_of_a_definition_cannot_change(cluster: EmbeddedCluster) -> None:
    with pytest.raises(StatusError, match=r'spec\.scope: Invalid value: "Cluster": field is immutable'):
        cluster.api.patch(CRD, None, "cars.example.com", {"spec": {"scope": "Cluster"}})


def test_a_client_learns_the_kinds_that_the_cluster_announces() -> None:
    connection = InProcessConnection(EmbeddedCluster(nodes=0))
    client = Client(connection)
    with pytest.raises(UsageError, match="No conozco ningún tipo"):
        client.list("cars")
    client.create({**definition(), "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"})
    connection.wait(0.1)
    client.apply({"apiVersion": "example.com/v1", "kind": "Car", "metadata": {"name": "mine"}, "spec": {}})
    assert client.get("car", "mine")["spec"] == {"doors": 4}
    assert client.scale("cars.example.com", "mine", 3)["spec"] == {"replicas": 3}


def test_a_group_of_the_community_needs_a_word_about_its_approval(cluster: EmbeddedCluster) -> None:
    ours = definition("boats")
    ours["metadata"]["name"], ours["spec"]["group"] = "boats.example.k8s.io", "example.k8s.io"
    with pytest.raises(StatusError, match="protected groups must have approval annotation"):
        cluster.api.create(CRD, ours)
    ours["metadata"]["annotations"] = {"api-approved.kubernetes.io": "porque sí"}
    with pytest.raises(StatusError, match="with either a URL or a reason starting with"):
        cluster.api.create(CRD, ours)
    ours["metadata"]["annotations"] = {"api-approved.kubernetes.io": "unapproved, de prueba"}
    cluster.api.create(CRD, ours)
    cluster.clock.settle()
    found = cluster.api.get(CRD, None, "boats.example.k8s.io")["status"]["conditions"]
    assert {one["type"]: one["reason"] for one in found} == {
        "KubernetesAPIApprovalPolicyConformant": "UnapprovedAnnotation",
        "NamesAccepted": "NoConflicts", "Established": "InitialNamesAccepted",
    }  # fmt: skip
