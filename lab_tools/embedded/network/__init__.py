"""La red del clúster: a dónde llega una petición, por dónde pasa y qué regla la deja seguir o la para.

Nada viaja de verdad. Se le pregunta (`Network.walk`) y contesta un `Walk`: los pasos que daría el paquete (nombre,
Service, política, Ingress…), el veredicto que vería quien llama y, si llega, qué Pod y qué puerto lo reciben. Atender
la petición ya no es cosa suya: para eso está el contenedor, y quien modele sus colas.

Lo que sabe lo lee de la API (Services, EndpointSlices, Pods, NetworkPolicies, Ingresses, rutas de Gateway), como lo
leerían kube-proxy, CoreDNS, la CNI y un controlador de Ingress; no escribe nada. Las averías que alguien provoca están
en `weather`. Aquí no hay sockets ni hilos, y el único tiempo es el del reloj del clúster.

El orden de lectura: `ask`, `walk`, `party`, `atlas`, `zone`, `resolver`, `balancer`, `policies`, `weather`, `route`.
"""

from lab_tools.embedded.network.ask import Ask
from lab_tools.embedded.network.network import Network
from lab_tools.embedded.network.walk import Backend, Reply, Step, Verdict, Walk
from lab_tools.embedded.network.weather import Weather

__all__ = ["Ask", "Backend", "Network", "Reply", "Step", "Verdict", "Walk", "Weather"]
