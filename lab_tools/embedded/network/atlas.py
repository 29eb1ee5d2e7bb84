"""El plano: quién tiene cada dirección, al día por vigilancia. Se dibuja la primera vez que alguien pregunta."""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.network import party
from lab_tools.embedded.network.party import Party
from lab_tools.embedded.reconciler import Cache
from lab_tools.errors import StatusError
from lab_tools.objects import Object, gateway_api, kinds

SERVICE_LABEL = "kubernetes.io/service-name"
_OVER = ("Succeeded", "Failed")


class Atlas:
    """Lo que la red lee de la API."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self.pods = Cache(api, kinds.POD, {"ip": _pod_address, "hostPort": _host_ports, "guest": _guest})
        self.services = Cache(
            api, kinds.SERVICE, {"ip": _service_addresses, "nodePort": _node_ports, "health": _health}
        )
        self.slices = Cache(api, kinds.ENDPOINTSLICE, {"service": _slice_service})
        self.nodes = Cache(api, kinds.NODE, {"ip": _node_address})
        self.namespaces = Cache(api, kinds.NAMESPACE)
        self.policies = Cache(api, kinds.NETWORKPOLICY, {"namespace": _namespace})
        self.ingresses = Cache(api, kinds.INGRESS)
        self.ingress_classes = Cache(api, kinds.INGRESSCLASS)
        self._own: dict[str, Cache] = {}

    def pod(self, namespace: str, name: str) -> Object | None:
        """Un Pod con dirección y sin terminar, o `None`."""
        found = self.pods.get(namespace, name)
        return found if found is not None and _alive(found) else None

    def pod_at(self, address: str) -> Object | None:
        """El Pod que tiene esa dirección, o `None`."""
        found = self.pods.by("ip", address)
        return found[-1] if found else None

    def node_at(self, address: str) -> Object | None:
        """El nodo que tiene esa dirección, o `None`."""
        found = self.nodes.by("ip", address)
        return found[0] if found else None

    def node_party(self, node: Object) -> Party:
        """Un nodo, como extremo de una conversación."""
        name = node["metadata"]["name"]
        return Party("node", next(iter(_node_address(node)), ""), name, "", name)

    def slices_of(self, namespace: str, service: str) -> list[Object]:
        """Los EndpointSlices de un Service que sirven en una red IPv4: los de IPv6 o de nombres no llevan a nadie."""
        found = self.slices.by("service", f"{namespace}/{service}")
        return [one for one in found if one.get("addressType") == "IPv4"]

    def zone_of(self, node: str) -> str:
        """La zona de un nodo, o «»."""
        found = self.nodes.get("", node)
        return str((found["metadata"].get("labels") or {}).get("topology.kubernetes.io/zone", "")) if found else ""

    def namespace_labels(self, name: str) -> dict[str, str]:
        """Las etiquetas de un espacio de nombres."""
        found = self.namespaces.get("", name)
        return (found["metadata"].get("labels") or {}) if found else {}

    def secret(self, namespace: str, name: str) -> Object | None:
        """Un Secret, o `None`. No se vigilan: se leen cuando alguien enseña un certificado."""
        try:
            return self._api.get(kinds.SECRET, namespace, name)
        except StatusError:
            return None

    def gateway_objects(self, plural: str) -> list[Object]:
        """Los objetos de un tipo de Gateway API; ninguno mientras nadie instale sus definiciones."""
        kind = next((one for one in self._api.kinds.own if (one.group, one.plural) == (gateway_api.GROUP, plural)
                     and one.hub is one), None)  # fmt: skip
        if kind is None:
            return []
        known = self._own.get(plural)
        if known is None or known.kind is not kind:
            known = self._own[plural] = Cache(self._api, kind)
        return known.all()

    def now(self) -> float:
        """La hora civil del clúster: en uno servido, la de pared."""
        return self._clock.now + self._clock.offset

    def endpoints_at(self, address: str) -> Party:
        """Quien recibe en una dirección de un EndpointSlice: un Pod, un nodo, algo del sistema o alguien de fuera."""
        pod = self.pod_at(address)
        if pod is not None:
            return party.of_pod(pod)
        if address in party.DNS_ADDRESSES:
            return party.dns_party(address)
        node = self.node_at(address)
        if node is not None:
            return self.node_party(node)
        return Party("node", address, "control-plane") if address == party.CONTROL_PLANE else Party("outside", address)


def _alive(pod: Object) -> bool:
    status = pod.get("status") or {}
    return bool(status.get("podIP")) and status.get("phase") not in _OVER


def _pod_address(pod: Object) -> Iterable[str]:
    return [pod["status"]["podIP"]] if _alive(pod) and not pod["spec"].get("hostNetwork") else []


def _host_ports(pod: Object) -> Iterable[str]:
    if not _alive(pod):
        return []
    node, whole = pod["spec"].get("nodeName", ""), bool(pod["spec"].get("hostNetwork"))
    numbers = {(port.get("hostPort") or (port["containerPort"] if whole else None), port.get("protocol", "TCP"))
               for port in party.ports_of(pod)}  # fmt: skip
    return [f"{node}:{number}/{protocol}" for number, protocol in numbers if number]


def _guest(pod: Object) -> Iterable[str]:
    return [pod["spec"].get("nodeName", "")] if _alive(pod) and pod["spec"].get("hostNetwork") else []


def _service_addresses(service: Object) -> Iterable[str]:
    spec = service["spec"]
    balancer = (service.get("status") or {}).get("loadBalancer") or {}
    found = {spec.get("clusterIP", ""), *(spec.get("clusterIPs") or ()), *(spec.get("externalIPs") or ()),
             *(one.get("ip", "") for one in balancer.get("ingress") or ())}  # fmt: skip
    return found - {"", "None"}


def _node_ports(service: Object) -> Iterable[str]:
    return [f"{port['nodePort']}/{port.get('protocol', 'TCP')}" for port in service["spec"].get("ports") or ()
            if port.get("nodePort")]  # fmt: skip


def _health(service: Object) -> Iterable[str]:
    return [str(service["spec"]["healthCheckNodePort"])] if service["spec"].get("healthCheckNodePort") else []


def _slice_service(one: Object) -> Iterable[str]:
    name = (one["metadata"].get("labels") or {}).get(SERVICE_LABEL)
    return [f"{one['metadata']['namespace']}/{name}"] if name else []


def _node_address(node: Object) -> Iterable[str]:
    return [one["address"] for one in (node.get("status") or {}).get("addresses") or ()
            if one["type"] == "InternalIP"]  # fmt: skip


def _namespace(one: Object) -> Iterable[str]:
    return [one["metadata"]["namespace"]]
