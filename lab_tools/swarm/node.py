"""Empezar un Swarm de un solo nodo en este motor, dejarlo, y vaciar o reponer sus nodos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab_tools.errors import ClusterError, UsageError

ACTIVE, DRAIN, PAUSE = "active", "drain", "pause"


@dataclass(frozen=True)
class Node:
    """Un nodo. `availability`: «active», «pause» (no le llega nada nuevo) o «drain» (se vacía)."""

    id: str
    name: str
    role: str
    state: str
    availability: str


def in_swarm(client: Any) -> bool:
    """Si este motor dirige un Swarm."""
    swarm = client.info().get("Swarm") or {}
    return bool(swarm.get("LocalNodeState") == "active" and swarm.get("ControlAvailable"))


def init(client: Any, advertise: str = "127.0.0.1") -> bool:
    """Empieza un Swarm de un nodo, que solo escucha en esta máquina salvo que se diga otra cosa.

    Dice si lo ha empezado: en uno que ya dirige este motor, nada. Lanza ClusterError si el motor es de un Swarm ajeno.
    """
    if in_swarm(client):
        return False
    listen = f"{advertise}:2377" if advertise.startswith("127.") else "0.0.0.0:2377"
    client.swarm.init(advertise_addr=advertise, listen_addr=listen)
    return True


def leave(client: Any) -> None:
    """Sale del Swarm. Con este nodo se va todo lo que hubiera en él: servicios, redes, configs y secretos."""
    client.swarm.leave(force=True)


def nodes(client: Any) -> list[Node]:
    """Los nodos, por nombre. Lanza ClusterError si no hay Swarm."""
    return sorted((_node(one.attrs) for one in client.nodes.list()), key=lambda node: node.name)


def make(client: Any, name: str, availability: str) -> Node:
    """Cambia la disponibilidad de un nodo, por su nombre o su identificador. Lanza UsageError si no lo hay."""
    if availability not in (ACTIVE, DRAIN, PAUSE):
        raise UsageError(f"«{availability}» no es una disponibilidad.", f"Es {ACTIVE}, {PAUSE} o {DRAIN}.")
    found = [one for one in client.nodes.list() if name in (one.id, one.attrs["Description"]["Hostname"])]
    if len(found) != 1:
        names = ", ".join(node.name for node in nodes(client))
        raise UsageError(f"No hay un nodo «{name}» en este Swarm.", f"Los que hay: {names}.")
    spec = {**found[0].attrs["Spec"], "Availability": availability}
    if not found[0].update(spec):
        raise ClusterError(f"El motor no ha cambiado el nodo «{name}».", "Repite en unos segundos.")
    return next(node for node in nodes(client) if node.id == found[0].id)


def _node(attrs: dict[str, Any]) -> Node:
    spec = attrs["Spec"]
    return Node(attrs["ID"], attrs["Description"]["Hostname"], spec["Role"], attrs["Status"]["State"],
                spec["Availability"])  # fmt: skip
