"""Los proxies que leen HTTP: el controlador de Ingress, en su dirección, y el de Gateway API, en las de los suyos."""

from __future__ import annotations

from lab_tools.embedded.network import ingress
from lab_tools.embedded.network.ask import Ask
from lab_tools.embedded.network.gateway import Gateways
from lab_tools.embedded.network.http import Decision
from lab_tools.embedded.network.ingress import Ingresses
from lab_tools.objects import entrances
from lab_tools.objects.hostname import covers


class Proxies:
    """Todos ellos, por la dirección por la que se llega."""

    def __init__(self, ingresses: Ingresses, gateways: Gateways) -> None:
        self._ingresses = ingresses
        self._gateways = gateways

    def ports(self, address: str) -> frozenset[int]:
        """Los puertos en que escucha un proxy en esa dirección; ninguno si no es de un proxy."""
        if address == entrances.INGRESS_ADDRESS:
            return ingress.PORTS
        return self._gateways.ports(address) if address.startswith(entrances.POOL) else frozenset()

    def owns(self, address: str) -> bool:
        """Si esa dirección es de un proxy, aunque no escuche en ningún puerto."""
        if not address.startswith(entrances.POOL):
            return False
        return address == entrances.INGRESS_ADDRESS or self._gateways.at(address) is not None

    def secure(self, address: str, port: int) -> bool:
        """Si el proxy de esa dirección habla TLS en ese puerto."""
        return (
            port == ingress.TLS_PORT if address == entrances.INGRESS_ADDRESS else self._gateways.secure(address, port)
        )

    def decide(self, ask: Ask, address: str, *, rehearsal: bool = False) -> Decision:
        """Qué se hace con una petición que llega a esa dirección."""
        if address == entrances.INGRESS_ADDRESS:
            return self._ingresses.decide(ask)
        return self._gateways.decide(ask, address, rehearsal=rehearsal)

    def published(self, name: str) -> str:
        """La dirección de un nombre que alguien publica con un Ingress o una HTTPRoute; «» si nadie."""
        if self._ingresses.publishes(name):
            return entrances.INGRESS_ADDRESS
        return next((address for host, address in self._gateways.published() if covers(host, name)), "")
