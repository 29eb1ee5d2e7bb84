"""Los APIService de los tipos propios: nacen con su definición y se van con ella."""

from __future__ import annotations

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import Object, kinds

NAME = "v1.tienda.ejemplo.es"


def definition(plural: str = "carritos", kind: str = "Carrito", versions: tuple[str, ...] = ("v1",)) -> Object:
    schema = {"openAPIV3Schema": {"type": "object"}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.tienda.ejemplo.es"},
        "spec": {"group": "tienda.ejemplo.es", "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                 "versions": [{"name": one, "served": True, "storage": at == 0, "schema": schema}
                              for at, one in enumerate(versions)]},
    }  # fmt: skip


def announced(cluster: EmbeddedCluster) -> dict[str, Object]:
    cluster.clock.advance(2)
    return {one["metadata"]["name"]: one for one in cluster.api.list(kinds.APISERVICE).items
            if one["spec"].get("group") == "tienda.ejemplo.es"}  # fmt: skip


def test_each_version_that_is_served_is_announced_as_local() -> None:
    cluster = EmbeddedCluster(nodes=1)
    cluster.api.create(kinds.CUSTOMRESOURCEDEFINITION, definition(versions=("v1", "v2")))
    found = announced(cluster)
    assert set(found) == {NAME, "v2.tienda.ejemplo.es"}
    one = found[NAME]
    assert one["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "true"}
    assert one["spec"] == {"group": "tienda.ejemplo.es", "version": "v1", "groupPriorityMinimum": 1000,
                           "versionPriority": 100}  # fmt: skip
    (condition,) = one["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Available", "True", "Local")


def test_it_goes_with_the_last_definition_of_its_group() -> None:
    cluster = EmbeddedCluster(nodes=1)
    for one in (definition(), definition("cajas", "Caja")):
        cluster.api.create(kinds.CUSTOMRESOURCEDEFINITION, one)
    assert set(announced(cluster)) == {NAME}
    cluster.api.delete(kinds.CUSTOMRESOURCEDEFINITION, None, "carritos.tienda.ejemplo.es")
    assert set(announced(cluster)) == {NAME}
    cluster.api.delete(kinds.CUSTOMRESOURCEDEFINITION, None, "cajas.tienda.ejemplo.es")
    assert announced(cluster) == {}


def test_a_version_that_stops_being_served_is_no_longer_announced() -> None:
    cluster = EmbeddedCluster(nodes=1)
    cluster.api.create(kinds.CUSTOMRESOURCEDEFINITION, definition(versions=("v1", "v2")))
    assert "v2.tienda.ejemplo.es" in announced(cluster)
    patch = [{"op": "replace", "path": "/spec/versions/1/served", "value": False}]
    name = "carritos.tienda.ejemplo.es"
    cluster.api.patch(kinds.CUSTOMRESOURCEDEFINITION, None, name, patch, "json")
    assert set(announced(cluster)) == {NAME}


def test_what_is_deleted_or_changed_by_hand_comes_back() -> None:
    cluster = EmbeddedCluster(nodes=1)
    cluster.api.create(kinds.CUSTOMRESOURCEDEFINITION, definition())
    before = announced(cluster)[NAME]
    cluster.api.patch(kinds.APISERVICE, None, NAME, {"spec": {"versionPriority": 7}})
    assert announced(cluster)[NAME]["spec"] == before["spec"]
    cluster.api.delete(kinds.APISERVICE, None, NAME)
    assert announced(cluster)[NAME]["metadata"]["uid"] != before["metadata"]["uid"]


def test_what_somebody_else_announces_is_left_alone() -> None:
    cluster = EmbeddedCluster(nodes=1)
    mine = {"metadata": {"name": NAME}, "spec": {"group": "tienda.ejemplo.es", "version": "v1",
                                                 "groupPriorityMinimum": 5, "versionPriority": 5}}  # fmt: skip
    cluster.api.create(kinds.APISERVICE, mine)
    cluster.api.create(kinds.CUSTOMRESOURCEDEFINITION, definition())
    assert announced(cluster)[NAME]["spec"]["versionPriority"] == 5
    cluster.api.delete(kinds.CUSTOMRESOURCEDEFINITION, None, "carritos.tienda.ejemplo.es")
    assert set(announced(cluster)) == {NAME}
