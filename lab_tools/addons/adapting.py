"""Lo que un manifiesto publicado no sabe del clúster donde se pone: se le cambia lo justo para que arranque ahí."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab_tools.client import Client
from lab_tools.objects import Object

_KIND_NODE = "kind://"
# La etiqueta del nodo de kind cuyos puertos llevan a los de la máquina (`cluster create --http-port`).
_READY = "ingress-ready"
_INSECURE = "--kubelet-insecure-tls"


def adapted(client: Client, name: str, objects: Sequence[Object]) -> list[Object]:
    """Los objetos del complemento `name`, como convienen a los nodos de este clúster."""
    change = _CHANGES.get(name)
    found = list(objects)
    if change is not None:
        nodes = client.list("nodes")
        for obj in found:
            if obj["kind"] == "Deployment":
                change(obj["spec"]["template"]["spec"], nodes)
    return found


def _accept_own_certificates(pod: Object, nodes: Sequence[Object]) -> None:
    """En kind, el kubelet firma su propio certificado: a metrics-server hay que decirle que lo acepte."""
    if any(str(node["spec"].get("providerID", "")).startswith(_KIND_NODE) for node in nodes):
        container = pod["containers"][0]
        container["args"] = [*(one for one in container.get("args") or () if one != _INSECURE), _INSECURE]


def _choose_entrance(pod: Object, nodes: Sequence[Object]) -> None:
    """El Ingress va al nodo por el que se entra; donde no lo hay, a cualquiera y sin ocupar puertos suyos.

    Lo publicado para kind lo exige siempre: en otro clúster, o en uno de kind sin puertos, se quedaría en Pending.
    """
    chosen = pod.setdefault("nodeSelector", {})
    if any((node["metadata"].get("labels") or {}).get(_READY) == "true" for node in nodes):
        chosen[_READY] = "true"
        return
    chosen.pop(_READY, None)
    for container in pod["containers"]:
        container["ports"] = [{key: value for key, value in port.items() if key != "hostPort"}
                              for port in container.get("ports") or ()]  # fmt: skip


_CHANGES: dict[str, Callable[[Object, Sequence[Object]], None]] = {
    "metrics-server": _accept_own_certificates,
    "ingress-nginx": _choose_entrance,
}
