"""A cuál de sus direcciones manda un Service cada conexión: lo que hace kube-proxy en cada nodo.

Fuente: https://kubernetes.io/docs/reference/networking/virtual-ips/ (políticas de tráfico, afinidad, terminación)
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from lab_tools.embedded.clock import Clock
from lab_tools.embedded.network.atlas import Atlas
from lab_tools.objects import Object

AFFINITY_SECONDS = 10800
NEAR_ZONE = ("PreferClose", "PreferSameZone")


@dataclass(frozen=True, slots=True)
class Target:
    """Una dirección de un Service para un puerto: `node` y `zone` donde está, y cómo está."""

    address: str
    port: int
    node: str
    zone: str
    ready: bool
    serving: bool
    terminating: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A dónde va la conexión. Sin `target`, `dropped` dice si se pierde en silencio o si alguien la rechaza.

    `why` es la frase que lo explica y `eligible`, entre cuántas se eligió.
    """

    target: Target | None
    eligible: int
    why: str
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """Cómo llega una conexión a un Service: de quién, a qué nodo (el que traduce) y por cuál de sus dos políticas.

    `policy` es internalTrafficPolicy, externalTrafficPolicy o «» (quien llama ya eligió bien el nodo). `public`, si
    entra por un NodePort o por una dirección que no es la ClusterIP: entonces kube-proxy puede cambiarle el origen.
    """

    client: str
    node: str
    policy: str = "internalTrafficPolicy"
    public: bool = False


class Balancer:
    """El kube-proxy de todos los nodos. `luck` elige; la afinidad se recuerda hasta que caduca."""

    def __init__(self, atlas: Atlas, clock: Clock, luck: random.Random) -> None:
        self._atlas = atlas
        self._clock = clock
        self.luck = luck
        self.sticky: dict[tuple[str, str, str, str], tuple[str, float]] = {}

    def targets(self, service: Object, port: Object) -> list[Target]:
        """Todas las direcciones de un puerto de un Service, de todos sus EndpointSlices."""
        meta, wanted = service["metadata"], port.get("name") or ""
        found: dict[tuple[str, int], Target] = {}
        for part in self._atlas.slices_of(meta["namespace"], meta["name"]):
            numbers = [one["port"] for one in part.get("ports") or ()
                       if (one.get("name") or "") == wanted and one.get("port")]  # fmt: skip
            for endpoint in part.get("endpoints") or () if numbers else ():
                state = endpoint.get("conditions") or {}
                ready = state.get("ready") is not False
                for address in endpoint["addresses"]:
                    found[address, numbers[0]] = Target(
                        address, numbers[0], endpoint.get("nodeName") or "", endpoint.get("zone") or "", ready,
                        state.get("serving", ready) is not False, bool(state.get("terminating")))  # fmt: skip
        return [found[key] for key in sorted(found)]

    def ready_at(self, service: Object, node: str) -> int:
        """Cuántos Pods listos de un Service hay en un nodo."""
        everyone = (one for port in service["spec"].get("ports") or () for one in self.targets(service, port))
        return len({one.address for one in everyone if one.ready and one.node == node})

    def choose(self, service: Object, port: Object, arrival: Arrival, *, rehearsal: bool = False) -> Choice:
        """Elige a dónde va una conexión. Un ensayo no gasta suerte ni deja recuerdo."""
        everyone = self.targets(service, port)
        usable = _usable(everyone)
        if not usable:
            return Choice(None, 0, _nobody(everyone))
        if arrival.policy and service["spec"].get(arrival.policy) == "Local":
            usable = _usable([one for one in everyone if one.node and one.node == arrival.node])
            if not usable:
                where = f"el nodo {arrival.node} no tiene ninguno" if arrival.node else "quien llama no está en un nodo"
                why = f"{arrival.policy}: Local solo deja usar los Pods del nodo al que se llega, y {where}"
                return Choice(None, 0, why, True)
        usable, near = self._near(service["spec"], usable, arrival)
        target, how = self._pick(service, port, usable, arrival, rehearsal)
        leaving = " (ninguno está listo: se usan los que se despiden y aún atienden)" if target.terminating else ""
        many = "el único que puede" if len(usable) == 1 else f"uno de los {len(usable)} que pueden"
        return Choice(target, len(usable), f"{many} recibir{near}{how}{leaving}")

    def _near(self, spec: Object, usable: list[Target], arrival: Arrival) -> tuple[list[Target], str]:
        """`trafficDistribution`: los del mismo nodo o zona, mientras los haya."""
        wish = spec.get("trafficDistribution")
        if not wish or not arrival.node:
            return usable, ""
        if wish == "PreferSameNode" and (same := [one for one in usable if one.node == arrival.node]):
            return same, f" en el mismo nodo (trafficDistribution: {wish})"
        zone = self._atlas.zone_of(arrival.node)
        if wish in (*NEAR_ZONE, "PreferSameNode") and zone and (same := [one for one in usable if one.zone == zone]):
            return same, f" en la misma zona (trafficDistribution: {wish})"
        return usable, ""

    def _pick(self, service: Object, port: Object, usable: Sequence[Target], arrival: Arrival,
              rehearsal: bool) -> tuple[Target, str]:  # fmt: skip
        spec = service["spec"]
        if spec.get("sessionAffinity") != "ClientIP":
            return self._any(usable, rehearsal), ""
        # Cada nodo recuerda lo suyo: quien entra por dos NodePorts puede acabar en dos Pods.
        uid, where = service["metadata"]["uid"], f"{port['port']}/{port.get('protocol', 'TCP')}"
        key = (uid, where, arrival.client, arrival.node)
        seconds = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get(
            "timeoutSeconds", AFFINITY_SECONDS
        )
        last, at = self.sticky.get(key, ("", 0.0))
        kept = next((one for one in usable if one.address == last and self._clock.now - at < seconds), None)
        target = kept or self._any(usable, rehearsal)
        if not rehearsal:
            self.sticky[key] = (target.address, self._clock.now)
        return target, " (sessionAffinity: ClientIP, el mismo de antes)" if kept else ""

    def _any(self, usable: Sequence[Target], rehearsal: bool) -> Target:
        if len(usable) == 1:
            return usable[0]
        luck = random.Random() if rehearsal else self.luck
        if rehearsal:
            luck.setstate(self.luck.getstate())
        return usable[luck.randrange(len(usable))]


def _usable(targets: Sequence[Target]) -> list[Target]:
    """Los listos; si no hay ninguno, los que se despiden pero aún atienden."""
    ready = [one for one in targets if one.ready]
    return ready or [one for one in targets if one.serving and one.terminating]


def _nobody(targets: Sequence[Target]) -> str:
    if not targets:
        return "no tiene ningún Pod detrás: su selector no elige a nadie con dirección, o a su puerto le falta nombre"
    return f"de sus {len(targets)} Pods ninguno está listo"
