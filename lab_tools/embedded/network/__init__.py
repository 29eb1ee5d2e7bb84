"""La red del clúster: a dónde llega una petición, por dónde pasa y qué regla la deja seguir o la para.

Nada viaja de verdad. Se le pregunta (`Network.walk`) y contesta un `Walk`: los pasos que daría el paquete (nombre,
Service, política, Ingress…), el veredicto que vería quien llama y, si llega, qué Pod y qué puerto lo reciben. Atender
la petición ya no es cosa suya: para eso está el contenedor, y quien modele sus colas.

Lo que sabe lo lee de la API (Services, EndpointSlices, Pods, NetworkPolicies, Ingresses, rutas de Gateway), como lo
leerían kube-proxy, CoreDNS, la CNI y un controlador de Ingress; no escribe nada. Las averías que alguien provoca están
en `weather`. Aquí no hay sockets ni hilos, y el único tiempo es el del reloj del clúster.

El orden de lectura: `ask`, `walk`, `party`, `atlas`, `zone`, `names`, `balancer`, `policies`, `weather`, `connection`,
`ingress`, `filters`, `gateway`, `route`, `network`. Los nombres de abajo se cargan al pedirlos: arrancar no los usa.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab_tools.embedded.network.ask import Ask
    from lab_tools.embedded.network.network import Network
    from lab_tools.embedded.network.walk import Backend, Reply, Step, Verdict, Walk
    from lab_tools.embedded.network.weather import Weather

__all__ = ["Ask", "Backend", "Network", "Reply", "Step", "Verdict", "Walk", "Weather"]

_PLACES = {"Ask": "ask", "Network": "network", "Weather": "weather"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'walk')}"), name)
