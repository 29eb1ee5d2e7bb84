"""Un extremo de una conversación: un Pod, un nodo o alguien de fuera, con lo que las reglas miran de él."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lab_tools.objects import Object

# Lo que corre en el plano de control y nadie ve como Pod: el DNS, el adaptador de métricas y el proxy que atiende
# Ingress y Gateway.
SYSTEM_NAMESPACE = "kube-system"
CONTROL_PLANE = "172.18.0.2"
DNS_SERVICE = "10.96.0.10"
DNS_LABELS = {"k8s-app": "kube-dns"}
DNS_ADDRESSES = ("10.244.0.2", "10.244.0.3")
PROXY_LABELS = {"app.kubernetes.io/name": "orquesta-ingress"}
PROXY_ADDRESS = "10.244.0.10"
ADAPTER = ("10.244.0.4", "metrics-adapter", {"k8s-app": "metrics-adapter"})


@dataclass(frozen=True, slots=True)
class Party:
    """Quién habla. `what` es pod, node u outside; a un Pod con la red de su nodo se le trata como al nodo.

    `node` es el nodo en que está («» si fuera o en el plano de control). Sin `pod`, no hay objeto que leer.
    """

    what: str
    address: str
    name: str = ""
    namespace: str = ""
    node: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    pod: Object | None = None

    @property
    def title(self) -> str:
        """Cómo se le nombra en una frase."""
        if self.what == "pod":
            return f"el Pod {self.namespace}/{self.name}"
        if self.what == "node":
            return f"el nodo {self.name}"
        # De un Pod que entra por un nodo que esconde su origen solo queda la dirección del nodo.
        return f"alguien con la dirección del nodo {self.node}" if self.node else "alguien de fuera del clúster"

    def port_named(self, name: str, protocol: str) -> int | None:
        """El puerto que sus contenedores llaman así, o `None`."""
        for port in ports_of(self.pod) if self.pod is not None else ():
            if port.get("name") == name and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
        return None


def ports_of(pod: Object) -> Iterator[Object]:
    """Los puertos que dicen los contenedores de un Pod."""
    for container in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())):
        yield from container.get("ports") or ()


def to(who: Party) -> str:
    """«al Pod…», «al nodo…», «a alguien…»."""
    return "al" + who.title[2:] if who.title.startswith("el ") else f"a {who.title}"


def capital(text: str) -> str:
    """La misma frase, con mayúscula al empezar."""
    return text[:1].upper() + text[1:]


OUTSIDE = Party("outside", "203.0.113.7", "fuera")


def proxy_party(address: str = PROXY_ADDRESS) -> Party:
    """El proxy que atiende Ingress y Gateway, por la dirección por la que se llega a él."""
    return Party("pod", address, "orquesta-ingress", SYSTEM_NAMESPACE, "", PROXY_LABELS)


def adapter_party() -> Party:
    """Quien recoge las métricas de los Pods para servirlas: un Pod de `kube-system` más."""
    address, name, labels = ADAPTER
    return Party("pod", address, name, SYSTEM_NAMESPACE, "", labels)


def dns_party(address: str) -> Party:
    """El servidor de nombres que vive en esa dirección."""
    return Party("pod", address, "coredns", SYSTEM_NAMESPACE, "", DNS_LABELS)


def of_pod(pod: Object) -> Party:
    """Un Pod que ya tiene dirección."""
    meta, spec = pod["metadata"], pod["spec"]
    address, node = str(pod["status"]["podIP"]), str(spec.get("nodeName", ""))
    if spec.get("hostNetwork"):
        return Party("node", address, node, "", node, {}, pod)
    return Party("pod", address, meta["name"], meta["namespace"], node, meta.get("labels") or {}, pod)
