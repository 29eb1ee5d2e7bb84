"""Qué nodos tienen corriente, cuáles hablan con la API y a cuáles se les ha acabado el disco o les va despacio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lab_tools.embedded import status
from lab_tools.objects import kinds
from lab_tools.objects.quantity import bytes_

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.embedded.faults.board import Active

_ZONE = "topology.kubernetes.io/zone"
# Lo que se deja libre en un disco lleno, en tanto por uno: por debajo del umbral de desalojo del kubelet (10 %).
_LEFT = 0.05


def check_node(cluster: EmbeddedCluster, name: str) -> None:
    """Lanza 404 si ese nodo no existe o no es de los simulados."""
    cluster.api.get(kinds.NODE, None, name)
    if not cluster.kubelet.has(name):
        raise status.failure(404, "NotFound", f'node "{name}" has no simulated kubelet', {"name": name})


def in_zone(cluster: EmbeddedCluster, zone: str) -> list[str]:
    """Los nodos de una zona."""
    return [one["metadata"]["name"] for one in cluster.api.list(kinds.NODE).items
            if (one["metadata"].get("labels") or {}).get(_ZONE) == zone]  # fmt: skip


def dark(cluster: EmbeddedCluster, active: Sequence[Active]) -> dict[str, float]:
    """Los nodos apagados, y desde cuándo."""
    found: dict[str, float] = {}
    for one in active:
        if one.kind == "node-off":
            found.setdefault(one.options["node"], one.since)
        elif one.kind == "zone-off":
            for name in in_zone(cluster, one.options["zone"]):
                found.setdefault(name, one.since)
    return found


def severed(cluster: EmbeddedCluster, active: Sequence[Active]) -> set[str]:
    """Los nodos a los que un corte separa de todos: tampoco llegan a la API."""
    found: set[str] = set()
    for one in active:
        a, b = one.options["between"] if one.kind == "network-cut" else ("", "")
        for group in [group for group, other in ((a, b), (b, a)) if other == "*"]:
            kind, _, name = group.partition("/")
            found |= {name} if kind == "node" else set(in_zone(cluster, name)) if kind == "zone" else set()
            found |= set(cluster.kubelet.names()) if kind == "*" else set()
    return found


def deduce(cluster: EmbeddedCluster, active: Sequence[Active]) -> None:
    """Apaga, incomunica, llena o frena los nodos que toque, y devuelve a la normalidad los demás."""
    off = dark(cluster, active)
    mute = {one.options["node"] for one in active if one.kind == "kubelet-stopped"}
    deaf = any(one.kind == "api-down" for one in active)
    full = {one.options["node"] for one in active if one.kind == "disk-full"}
    alone = severed(cluster, active)
    slow = {one.options["node"]: float(one.options["factor"]) for one in active if one.kind == "disk-slow"}
    for name in cluster.kubelet.names():
        cluster.kubelet.halt(name, name in mute)
        cluster.kubelet.power(name, name not in off, off.get(name))
        if name not in off:
            cluster.kubelet.link(name, not deaf and name not in mute and name not in alone)
        cluster.kubelet.node(name).severed = name in alone
        _fill(cluster, name, name in full)
        cluster.kubelet.drag(name, slow.get(name, 1.0))


def _fill(cluster: EmbeddedCluster, name: str, full: bool) -> None:
    node = cluster.kubelet.node(name)
    used = int(bytes_(node.capacity["ephemeral-storage"]) * (1 - _LEFT)) if full else 0
    if node.usage.disk != used:
        cluster.kubelet.press(name, node.usage.outside, used)
