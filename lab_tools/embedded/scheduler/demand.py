"""Un Pod por colocar: lo que pide, y lo que ya se sabe del mundo en que se coloca."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab_tools.embedded.scheduler import volumes
from lab_tools.embedded.scheduler.matching import Spaces, nobody_knows
from lab_tools.embedded.scheduler.nodes import Amounts, NodeInfo, owner_uids, requests
from lab_tools.objects import Object
from lab_tools.objects.placement import HostPort, host_ports


@dataclass(slots=True)
class Demand:
    """Un Pod por colocar y lo que ya se ha calculado de él. `world` son todos los nodos; `claims`, sus volúmenes."""

    pod: Object
    world: Sequence[NodeInfo]
    claims: volumes.Needs | None = None
    imagined: bool = False
    """Si el mundo es supuesto y puede cambiar: entonces no se recuerda nada."""
    spaces: Spaces = nobody_knows
    """Las etiquetas de cada Namespace."""
    requests: Amounts = field(init=False)
    ports: set[HostPort] = field(init=False)
    tolerations: list[Object] = field(init=False)
    owners: list[str] = field(init=False)
    memory: dict[object, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.requests, self.ports = requests(self.pod), host_ports(self.pod)
        self.owners = owner_uids(self.pod)
        self.tolerations = self.pod["spec"].get("tolerations") or []

    def with_node(self, node: NodeInfo, imagined: NodeInfo) -> Demand:
        """La misma demanda en un mundo en que `node` fuera como `imagined`."""
        return Demand(self.pod, [imagined if one is node else one for one in self.world], self.claims, True,
                      self.spaces)  # fmt: skip

    def recall(self, what: object, work_out: Callable[[], Any]) -> Any:
        """Lo que ya se calculó del mundo entero, o lo que diga `work_out` la primera vez."""
        if self.imagined:
            return work_out()
        if what not in self.memory:
            self.memory[what] = work_out()
        return self.memory[what]
