"""Las averías que se hacen en las máquinas mismas, donde el driver llega hasta ellas (los nodos de kind)."""

from __future__ import annotations

from lab_tools.client import Client
from lab_tools.drivers.machines import NODE_OFF, Machines
from lab_tools.errors import UsageError

_ZONE = "topology.kubernetes.io/zone"


def inject(client: Client, machines: Machines, kind: str, title: str, **options: str) -> str:
    """Provoca la avería en su nodo, o en todos los de su zona, y cuenta qué ha hecho."""
    if "zone" in options:
        zone = options["zone"]
        found = [node["metadata"]["name"] for node in client.list("nodes")
                 if (node["metadata"].get("labels") or {}).get(_ZONE) == zone]  # fmt: skip
        if not found:
            raise UsageError(f"Ningún nodo es de la zona «{zone}».",
                             f"Etiquétalos: kubectl label node NODO {_ZONE}={zone}")  # fmt: skip
        made = [machines.inject(NODE_OFF, node) for node in found]
    else:
        made = [machines.inject(kind, options["node"])]
    named = " y ".join(f"«{name}»" for name in made)
    return f"{title}: en vigor con el nombre {named}, hasta que se repare."
