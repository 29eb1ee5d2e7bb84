"""Lo que el clúster dice de sí mismo sale de la tabla de tipos, en las dos formas."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request, Response
from lab_tools.objects import kinds

AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


@pytest.fixture(scope="module")
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=0)


def get(cluster: EmbeddedCluster, path: str, accept: str = "", **headers: str) -> Response:
    path, _, query = path.partition("?")
    asked = {name: [value] for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)}
    return cluster.handle(Request("GET", path, asked, {"accept": accept, **headers}))


def read(response: Response) -> Any:
    assert response.status == 200
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


def test_every_kind_is_announced_in_both_forms(cluster: EmbeddedCluster) -> None:
    answers = [read(get(cluster, path, AGGREGATED)) for path in ("/api", "/apis")]
    announced = {
        (item["metadata"].get("name", ""), version["version"], resource["resource"])
        for answer in answers
        for item in answer["items"]
        for version in item["versions"]
        for resource in version["resources"]
    }
    assert announced == {(kind.group, kind.version, kind.plural) for kind in kinds.ALL}
    for kind in kinds.ALL:
        rows = {row["name"]: row for row in read(get(cluster, kind.root + "/"))["resources"]}
        assert (rows[kind.plural]["kind"], rows[kind.plural]["verbs"]) == (kind.kind, list(kind.verbs))
        assert all(f"{kind.plural}/{subresource}" in rows for subresource in kind.subresources)


@pytest.mark.parametrize(("accept", "version"), [(AGGREGATED, "v2"), (AGGREGATED.partition(",")[2], "v2beta1")])
def test_the_aggregated_form_names_itself_in_its_content_type(
    cluster: EmbeddedCluster, accept: str, version: str
) -> None:
    response = get(cluster, "/apis", accept)
    assert response.headers["content-type"].endswith(f"g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList")
    assert response.headers["vary"].startswith("Accept")


def test_who_has_it_does_not_get_it_again(cluster: EmbeddedCluster) -> None:
    tag = get(cluster, "/apis", AGGREGATED).headers["etag"]
    again = get(cluster, "/apis", AGGREGATED, **{"if-none-match": tag})
    assert (again.status, again.body) == (304, b"")


def test_old_clients_get_the_old_form(cluster: EmbeddedCluster) -> None:
    assert read(get(cluster, "/api/"))["versions"] == ["v1"]
    groups = read(get(cluster, "/apis", "application/json"))["groups"]
    assert "apps" in [group["name"] for group in groups]
    assert read(get(cluster, "/apis/apps"))["preferredVersion"]["groupVersion"] == "apps/v1"


def test_openapi_is_an_index_with_one_document_per_group(cluster: EmbeddedCluster) -> None:
    index = read(get(cluster, "/openapi/v3"))["paths"]
    address = index["apis/apps/v1"]["serverRelativeURL"]
    response = get(cluster, address)
    assert "/apis/apps/v1/namespaces/{namespace}/deployments/{name}" in read(response)["paths"]
    assert "immutable" in response.headers["cache-control"]
    packed = get(cluster, address, **{"accept-encoding": "gzip"})
    assert isinstance(packed.body, bytes)
    assert gzip.decompress(packed.body) == response.body


def test_an_old_address_leads_to_the_current_one(cluster: EmbeddedCluster) -> None:
    current = read(get(cluster, "/openapi/v3"))["paths"]["api/v1"]["serverRelativeURL"]
    moved = get(cluster, "/openapi/v3/api/v1?hash=VIEJO")
    assert (moved.status, moved.headers["location"]) == (301, current)


def test_the_old_document_has_a_type_that_can_be_parsed(cluster: EmbeddedCluster) -> None:
    response = get(cluster, "/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
    assert "@" not in response.headers["content-type"]
    assert isinstance(response.body, bytes)
    assert response.body.startswith(b"\x0a\x032.0")


def test_health_and_version_answer(cluster: EmbeddedCluster) -> None:
    assert get(cluster, "/readyz").body == b"ok"
    assert read(get(cluster, "/version/"))["gitVersion"].startswith("v1.36.")


@pytest.mark.parametrize("name", ["healthz", "livez", "readyz"])
def test_each_check_of_its_health_can_be_asked_alone_or_left_out(cluster: EmbeddedCluster, name: str) -> None:
    assert get(cluster, f"/{name}/ping").body == b"ok"
    assert get(cluster, f"/{name}/nada").status == 404
    asked = Request("GET", f"/{name}", {"verbose": [""], "exclude": ["ping"]})
    assert cluster.rest.handle(asked).body == f"[+]ping excluded: ok\n{name} check passed\n".encode()
