"""De una dirección y un puerto a quien los atiende: Services, nodos, Pods y el mundo de fuera, con sus políticas.

Es el camino de un paquete (capa 4): aquí nadie lee HTTP.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from lab_tools.embedded.network import outside, party, timing
from lab_tools.embedded.network.atlas import Atlas
from lab_tools.embedded.network.balancer import Arrival, Balancer
from lab_tools.embedded.network.party import Party
from lab_tools.embedded.network.policies import Policies, Ruling, in_block
from lab_tools.embedded.network.proxy import Proxies
from lab_tools.embedded.network.walk import Reply, Step, Verdict
from lab_tools.embedded.network.weather import Weather
from lab_tools.objects import Object

POD_RANGES = tuple(ipaddress.ip_network(text) for text in ("10.244.0.0/15", "10.250.0.0/15"))
SERVICE_RANGE = ipaddress.ip_network("10.96.0.0/16")
BALANCER_RANGE = ipaddress.ip_network("172.18.255.0/24")


class Listens(Protocol):
    """Si en un puerto de un Pod escucha alguien ahora."""

    def __call__(self, namespace: str, pod: str, port: int) -> bool:
        """Si una conexión a ese puerto se abriría."""


@dataclass
class Landing:
    """A dónde llegó una conexión. Con `verdict` DELIVERED o ANSWERED, `end` y `port` dicen quién la atiende.

    Con `reply`, ya se sabe qué contestará por HTTP.
    """

    verdict: Verdict
    end: Party | None = None
    port: int = 0
    latency: float = 0.0
    steps: list[Step] = field(default_factory=list)
    reply: Reply | None = None


class Connections:
    """Quien abre conexiones: kube-proxy, la CNI y los cables."""

    def __init__(self, atlas: Atlas, balancer: Balancer, policies: Policies, proxies: Proxies,
                 weather: Weather, listens: Listens) -> None:  # fmt: skip
        self.atlas = atlas
        self.balancer = balancer
        self.policies = policies
        self.proxies = proxies
        self.weather = weather
        self._listens = listens

    def to_endpoint(self, source: Party, service: Object, port: Object, *, rehearsal: bool = False) -> Landing:
        """Abre una conexión con uno de los Pods de un Service, sin pasar por su IP, como hace un proxy."""
        arrival = Arrival(source.address, source.node, "")
        return self._balance(
            source, service, port, arrival, port.get("protocol", "TCP"), rehearsal, f"El puerto {port['port']}"
        )

    def admits(self, source: Party, address: str, port: int) -> bool:
        """Si a una conexión TCP de `source` con esa dirección le contesta alguien."""
        return self.open(source, address, port, "TCP", rehearsal=True).verdict is Verdict.DELIVERED

    def open(self, source: Party, address: str, port: int, protocol: str, *, rehearsal: bool = False) -> Landing:
        """Abre una conexión de `source` a una dirección."""
        if address.startswith("127."):
            own = party.of_pod(source.pod) if source.pod is not None else source
            return self._arrive(own, own, port, protocol, [])
        if self.proxies.owns(address):
            return self._arrive(source, party.proxy_party(address), port, protocol, [])
        for service in self.atlas.services.by("ip", address):
            return self._to_service(source, service, address, port, protocol, rehearsal)
        if (pod := self.atlas.pod_at(address)) is not None:
            if source.what == "outside":
                return _lost(f"La dirección {address} es de un Pod: fuera del clúster no hay camino hasta ella.")
            return self._arrive(source, party.of_pod(pod), port, protocol, [])
        if address in party.DNS_ADDRESSES and source.what != "outside":
            return self._arrive(source, party.dns_party(address), port, protocol, [])
        node = self.atlas.node_at(address)
        if node is not None or address == party.CONTROL_PLANE:
            end = self.atlas.node_party(node) if node is not None else Party("node", address, "control-plane")
            return self._to_node(source, end, port, protocol, rehearsal)
        return self._elsewhere(source, address, port, protocol)

    # Services

    def _to_service(self, source: Party, service: Object, address: str, port: int, protocol: str,
                    rehearsal: bool) -> Landing:  # fmt: skip
        spec, name = service["spec"], _name(service)
        cluster = address in (spec.get("clusterIPs") or [spec.get("clusterIP")])
        if cluster and source.what == "outside":
            return _lost(f"{address} es la ClusterIP de {name}: solo existe dentro del clúster.", f"Service {name}")
        found = next((one for one in spec.get("ports") or ()
                      if one["port"] == port and one.get("protocol", "TCP") == protocol), None)  # fmt: skip
        if found is None:
            listed = ", ".join(f"{one['port']}/{one.get('protocol', 'TCP')}" for one in spec.get("ports") or ())
            return _lost(f"El Service {name} no tiene el puerto {port}/{protocol}: tiene {listed}.", f"Service {name}")
        if cluster:
            arrival = Arrival(source.address, source.node)
        else:
            ranges = spec.get("loadBalancerSourceRanges") or []
            admitted = not ranges or any(in_block(source.address, {"cidr": one}) for one in ranges)
            if not admitted:
                why = f"El balanceador de {name} solo admite a {', '.join(ranges)} (loadBalancerSourceRanges)."
                return _lost(why, f"Service {name}")
            # El balanceador solo manda a nodos que tengan a quién dárselo, y un Pod no sale del clúster para llegar.
            arrival = Arrival(source.address, source.node, "", True)
        return self._balance(source, service, found, arrival, protocol, rehearsal, f"{address}:{port}")

    def _balance(self, source: Party, service: Object, port: Object, arrival: Arrival, protocol: str, rehearsal: bool,
                 where: str, through: Party | None = None) -> Landing:  # fmt: skip
        name = _name(service)
        about = f"Service {name}"
        choice = self.balancer.choose(service, port, arrival, rehearsal=rehearsal)
        if choice.target is None:
            verdict = Verdict.TIMEOUT if choice.dropped else Verdict.REFUSED
            latency = timing.CONNECT_PATIENCE if choice.dropped else timing.LOCAL
            text = f"{where} es del Service {name}, pero {choice.why}."
            return Landing(verdict, latency=latency, steps=[Step("service", text, False, about)])
        target = choice.target
        text = f"{where} es del Service {name}, que elige {target.address}:{target.port}: {choice.why}."
        steps = [Step("service", text, True, about)]
        end = self.atlas.endpoints_at(target.address)
        seen = source
        if arrival.public and service["spec"].get("externalTrafficPolicy", "Cluster") == "Cluster":
            # El nodo pone su propia dirección: el Pod ya no sabe quién llamaba de verdad.
            mask = arrival.node if source.what != "outside" else ""
            seen = Party("outside", self._node_address(arrival.node), source.name, node=mask)
        if seen is not source and source.address != end.address:
            text = f"Por externalTrafficPolicy: Cluster, el nodo pone en el origen su dirección ({seen.address})."
            steps.append(Step("service", text, True, about))
        left = through is not None and through.node != source.node
        return self._arrive(source, end, target.port, protocol, steps, through=through, seen=seen, left=left)

    def _node_address(self, node: str) -> str:
        found = self.atlas.nodes.get("", node) if node else None
        return self.atlas.node_party(found).address if found is not None else party.CONTROL_PLANE

    # Nodos

    def _to_node(self, source: Party, node: Party, port: int, protocol: str, rehearsal: bool) -> Landing:
        cut = self._cut(source, node)
        if cut is not None:
            return Landing(Verdict.TIMEOUT, latency=timing.CONNECT_PATIENCE, steps=[cut])
        if source.node == node.node:
            return self._at_node(source, node, port, protocol, rehearsal)
        # A otro nodo el paquete sale con esa dirección: es la que ven las políticas de quien llama.
        ruling = self.policies.leaving(source, node, port, protocol)
        steps = [Step("policy", ruling.text, ruling.allowed, ruling.about)] if ruling is not None else []
        if ruling is not None and not ruling.allowed:
            return Landing(Verdict.TIMEOUT, latency=timing.CONNECT_PATIENCE, steps=steps)
        landing = self._at_node(source, node, port, protocol, rehearsal)
        landing.steps[:0] = steps
        return landing

    def _at_node(self, source: Party, node: Party, port: int, protocol: str, rehearsal: bool) -> Landing:
        """Lo que hace un nodo con lo que le llega: un NodePort, un Pod que ocupa ese puerto, o nadie."""
        for service in self.atlas.services.by("nodePort", f"{port}/{protocol}"):
            found = next(one for one in service["spec"]["ports"]
                         if one.get("nodePort") == port and one.get("protocol", "TCP") == protocol)  # fmt: skip
            # Lo que llega de un Pod, o del propio nodo, kube-proxy lo reparte como si fuera para la ClusterIP.
            inner = source.what == "pod" or source.address == node.address
            arrival = Arrival(source.address, node.node, "" if inner else "externalTrafficPolicy", True)
            return self._balance(source, service, found, arrival, protocol, rehearsal, f"{node.address}:{port}", node)
        for service in self.atlas.services.by("health", str(port)) if protocol == "TCP" else ():
            return self._health(source, node, service, port)
        pod = self._host_pod(node, port, protocol)
        if pod is not None:
            return self._to_host_port(source, node, pod, port, protocol)
        if node.name == "control-plane" and port == 6443:
            return self._arrive(source, node, port, protocol, [], left=True)
        text = f"En el nodo {node.name} nadie escucha en el puerto {port}/{protocol}: no es de ningún Service ni Pod."
        return Landing(Verdict.REFUSED, latency=_distance(source, node), steps=[Step("node", text, False)])

    def _health(self, source: Party, node: Party, service: Object, port: int) -> Landing:
        """Lo que kube-proxy cuenta al balanceador de un Service: si en este nodo tiene Pods listos."""
        name, count = _name(service), self.balancer.ready_at(service, node.node)
        text = f"kube-proxy dice en {node.address}:{port} cuántos Pods listos de {name} hay en ese nodo: {count}."
        body = {"service": {"namespace": service["metadata"]["namespace"], "name": service["metadata"]["name"]},
                "localEndpoints": count, "serviceProxyHealthy": True}  # fmt: skip
        headers = {"content-type": "application/json", "x-load-balancing-endpoint-weight": str(count)}
        reply = Reply(200 if count else 503, json.dumps(body, indent="\t"), headers)
        return Landing(Verdict.ANSWERED, node, port, _distance(source, node),
                       [Step("node", text, True, f"Service {name}")], reply)  # fmt: skip

    def _host_pod(self, node: Party, port: int, protocol: str) -> Object | None:
        """El Pod que recibe en un puerto de un nodo: por su `hostPort`, o porque usa la red del nodo y escucha ahí."""
        found = self.atlas.pods.by("hostPort", f"{node.name}:{port}/{protocol}")
        if found:
            return found[0]
        guests = self.atlas.pods.by("guest", node.name)
        return next((one for one in guests if self._answers(party.of_pod(one), port, protocol)), None)

    def _to_host_port(self, source: Party, node: Party, pod: Object, port: int, protocol: str) -> Landing:
        end = party.of_pod(pod)
        inner = next((one["containerPort"] for one in party.ports_of(pod) if one.get("hostPort") == port
                      and one.get("protocol", "TCP") == protocol), port)  # fmt: skip
        meta = pod["metadata"]
        what = "lo atiende, con la red del nodo," if pod["spec"].get("hostNetwork") else "es un hostPort de"
        text = f"El puerto {port} del nodo {end.node} {what} el Pod {meta['namespace']}/{meta['name']}."
        return self._arrive(source, end, inner, protocol, [Step("node", text)], left=source.node != node.node)

    # El último tramo

    def _arrive(self, source: Party, end: Party, port: int, protocol: str, steps: list[Step], *,
                through: Party | None = None, seen: Party | None = None, left: bool = False) -> Landing:  # fmt: skip
        """Del último salto a quien atiende: políticas, cables y si escucha alguien.

        `through` es el nodo que reenvía; `seen`, quien `end` cree que llama, si no es `source`; y con `left`, ya se
        miró si `source` podía salir.
        """
        himself = source.address == end.address
        for ruling in () if himself else self._rulings(source, seen or source, end, port, protocol, left):
            steps.append(Step("policy", ruling.text, ruling.allowed, ruling.about))
            if not ruling.allowed:
                return Landing(Verdict.TIMEOUT, latency=timing.CONNECT_PATIENCE, steps=steps)
        hops = [source, end] if through is None else [source, through, end]
        latency = _distance(source, end)
        for one, other in pairwise(hops):
            if (cut := self._cut(one, other)) is not None:
                return Landing(Verdict.TIMEOUT, latency=timing.CONNECT_PATIENCE, steps=[*steps, cut])
            latency += self.weather.delay_between(one, other, self.atlas.zone_of)
        if end.what == "outside":
            return self._leave(source, end.address, port, protocol, steps, latency)
        if not self._answers(end, port, protocol):
            text = f"En {end.title} ({end.address}) nadie escucha en el puerto {port}/{protocol}."
            return Landing(Verdict.REFUSED, latency=latency, steps=[*steps, Step("pod", text, False)])
        return Landing(Verdict.DELIVERED, end, port, latency, steps)

    def _answers(self, end: Party, port: int, protocol: str) -> bool:
        if end.pod is not None:
            meta = end.pod["metadata"]
            # De un programa se sabe en qué puertos escucha, no por qué transporte: salvo TCP, lo dice su contenedor.
            spoken = protocol == "TCP" or any((one["containerPort"], one.get("protocol", "TCP")) == (port, protocol)
                                              for one in party.ports_of(end.pod))  # fmt: skip
            return spoken and self._listens(meta["namespace"], meta["name"], port)
        if end.address in party.DNS_ADDRESSES:
            return port == 53
        if self.proxies.owns(end.address):
            return port in self.proxies.ports(end.address)
        return port == 6443

    def _rulings(self, source: Party, seen: Party, end: Party, port: int, protocol: str, left: bool) -> list[Ruling]:
        both = [None if left else self.policies.leaving(source, end, port, protocol)]
        if both[0] is None or both[0].allowed:
            both.append(self.policies.entering(seen, end, port, protocol))
        return [one for one in both if one is not None]

    def _cut(self, source: Party, end: Party) -> Step | None:
        cut = self.weather.cut_between(source, end, self.atlas.zone_of)
        if cut is None:
            return None
        return Step("weather", f"El camino entre {source.title} y {end.title} está cortado ({cut.a} ↔ {cut.b}).", False)

    # Fuera del clúster

    def _elsewhere(self, source: Party, address: str, port: int, protocol: str) -> Landing:
        where = ipaddress.ip_address(address)
        if where in SERVICE_RANGE:
            return _lost(f"{address} está en el rango de los Services, pero no es de ninguno.")
        if source.what == "outside" and any(where in one for one in POD_RANGES):
            return _lost(f"{address} está en el rango de los Pods: fuera del clúster no hay camino hasta ella.")
        if any(where in one for one in POD_RANGES):
            step = Step("pod", f"{address} está en el rango de los Pods, pero ningún Pod la tiene: ¿ya se fue?", False)
            return Landing(Verdict.NO_ROUTE, latency=timing.NEIGHBOUR_PATIENCE, steps=[step])
        return self._arrive(source, Party("outside", address, "fuera"), port, protocol, [])

    def _leave(self, source: Party, address: str, port: int, protocol: str, steps: list[Step],
               latency: float) -> Landing:  # fmt: skip
        if ipaddress.ip_address(address) in BALANCER_RANGE or not outside.inhabited(address):
            text = f"Nadie contesta en {address}: esa dirección no es de nada que el clúster conozca."
            steps.append(Step("outside", text, False))
            return Landing(Verdict.TIMEOUT, latency=timing.CONNECT_PATIENCE, steps=steps)
        if port not in outside.PORTS:
            text = f"{address}, fuera del clúster, no escucha en el puerto {port}/{protocol}."
            return Landing(Verdict.REFUSED, latency=latency, steps=[*steps, Step("outside", text, False)])
        steps.append(Step("outside", f"{address} está fuera del clúster, y contesta."))
        return Landing(Verdict.ANSWERED, Party("outside", address, "fuera"), port, latency, steps)


def _distance(source: Party, end: Party) -> float:
    if source.address == end.address:
        return timing.LOCAL
    if "outside" in (source.what, end.what):
        return timing.INTERNET if end.what == "outside" else timing.FROM_OUTSIDE
    return timing.SAME_NODE if source.node and source.node == end.node else timing.OTHER_NODE


def _name(one: Object) -> str:
    return f"{one['metadata']['namespace']}/{one['metadata']['name']}"


def _lost(text: str, about: str = "") -> Landing:
    return Landing(Verdict.TIMEOUT, latency=timing.CONNECT_PATIENCE, steps=[Step("service", text, False, about)])
