"""Lo que un Pod en marcha necesita de su kubelet, y lo que los pasos de un arranque necesitan de su Pod."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.kubelet.attachments import Attachments
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.node import NodeAgent
from lab_tools.embedded.kubelet.service_links import ServiceLinks
from lab_tools.embedded.kubelet.timing import Spread
from lab_tools.embedded.kubelet.volumes import Mint
from lab_tools.embedded.reconciler import Recorder
from lab_tools.embedded.workloads.disk import Folder
from lab_tools.embedded.workloads.table import Workloads
from lab_tools.objects import Object

if TYPE_CHECKING:
    from lab_tools.embedded.kubelet.mounts import Mounts
    from lab_tools.embedded.workloads.wire import Wire

# Enchufa un Pod a la red: recibe el Pod y da su cable, o `None` si no hay red.
Plug = Callable[[Object], "Wire | None"]


@dataclass(slots=True)
class Surroundings:
    """El nodo visto desde un Pod."""

    api: Api
    clock: Clock
    workloads: Workloads
    agent: NodeAgent
    recorder: Recorder
    spread: Spread
    # Los discos que sobreviven a los Pods, por el nombre de su PersistentVolume.
    disks: dict[str, Folder]
    mint: Mint
    links: ServiceLinks
    plug: Plug
    attachments: Attachments


class PodContext(Protocol):
    """Un Pod visto desde los pasos que arrancan sus contenedores."""

    api: Api
    clock: Clock
    workloads: Workloads
    agent: NodeAgent
    pod: Object
    allocated: Object
    """Los recursos que el nodo ha concedido al Pod entero, si dice los suyos."""
    address: str
    mounts: Mounts
    links: ServiceLinks
    plug: Plug
    over: bool

    @property
    def containers(self) -> list[Container]:
        """Todos sus contenedores."""

    def tell(self, container: Container, type_: str, reason: str, message: str) -> None:
        """Anota un Event de un contenedor."""

    def later(self, container: Container, seconds: float, callback: Callable[[], None]) -> None:
        """Llama a `callback` más tarde, salvo que el contenedor o el Pod dejen de existir."""

    def publish(self) -> None:
        """Escribe el estado, si cambió."""

    def sync(self) -> None:
        """Mira qué falta y lo empieza."""

    def started(self, container: Container) -> None:
        """Un contenedor acaba de arrancar."""

    def post_start(self, container: Container) -> None:
        """Un contenedor acaba de arrancar y tiene un gancho postStart."""

    def ended(self, container: Container) -> None:
        """Un contenedor acaba de terminar."""

    def node_object(self) -> Object | None:
        """El Node donde corre."""
