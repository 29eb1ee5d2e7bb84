"""El tablero: las averías en vigor, guardadas con el clúster, y lo que se deduce de ellas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab_tools.embedded import status
from lab_tools.embedded.access.house import MASTERS, OWNER
from lab_tools.embedded.clock import Timer
from lab_tools.embedded.faults import control, nodes, pods
from lab_tools.embedded.faults.kinds import KINDS, checked
from lab_tools.embedded.network.weather import BadGroup
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster

# Donde se guardan: entre los demás objetos, en un recurso que la API no sirve.
RESOURCE = "faults.orquesta"
# A partir de aquí, quien espera a la API no espera más: lo mismo que un apiserver de verdad.
API_PATIENCE = 60.0


@dataclass(frozen=True)
class Active:
    """Una avería en vigor. `since` es el instante del clúster en que empezó."""

    name: str
    kind: str
    since: float
    options: dict[str, Any]


class Board:
    """Las averías de un clúster."""

    def __init__(self, cluster: EmbeddedCluster) -> None:
        self._cluster = cluster
        self._ticking: Timer | None = None
        self.api_down = False
        self.api_delay = 0.0
        """Segundos de quien espera que tarda cada respuesta."""

    def start(self) -> None:
        """Vuelve a poner en vigor lo guardado."""
        if self.active():
            self._deduce()

    def active(self) -> list[Active]:
        """Las que están en vigor, por orden de llegada."""
        stored = sorted(self._cluster.store.list(RESOURCE), key=lambda one: int(one["revision"]))
        return [Active(one["name"], one["kind"], one["since"], one["options"]) for one in stored]

    def inject(self, asked: Any) -> Active:
        """Provoca una avería. Lanza 400 si está mal pedida, 404 si aquello sobre lo que cae no existe."""
        kind, options = checked(asked)
        fault = Active(self._free_name(kind), kind, self._cluster.clock.now, options)
        self._check_target(fault)
        if kind == "kill-container":
            pods.kill_container(self._cluster, options)
        if KINDS[kind].lasting:
            store = self._cluster.store
            store.put((RESOURCE, "", fault.name), {"name": fault.name, "kind": kind, "since": fault.since,
                                                   "options": options, "revision": store.revision + 1})  # fmt: skip
            self._deduce()
        return fault

    def heal(self, name: str) -> Active:
        """Repara una avería. Lanza 404 si no está en vigor."""
        found = next((one for one in self.active() if one.name == name), None)
        if found is None:
            raise status.failure(404, "NotFound", f'fault "{name}" not found', {"name": name})
        stored = self._cluster.store.get((RESOURCE, "", name))
        assert stored is not None
        self._cluster.store.delete((RESOURCE, "", name), stored)
        self._deduce()
        return found

    def refusal(self, user: User) -> StatusError | None:
        """Lo que la API contesta a cualquiera cuando está caída; a la dueña la atiende siempre."""
        if _is_exempt(user):
            return None
        if self.api_down:
            why = "the server is currently unable to handle the request"
            return status.failure(503, "ServiceUnavailable", why, {})
        if self.api_delay >= API_PATIENCE:
            why = ("the server was unable to return a response in the time allotted, but may still be processing "
                   "the request")  # fmt: skip
            return status.failure(504, "Timeout", why, {})
        return None

    def delay(self, user: User) -> float:
        """Los segundos que ha de esperar su respuesta."""
        return 0.0 if _is_exempt(user) or self.api_down else min(self.api_delay, API_PATIENCE)

    def _check_target(self, fault: Active) -> None:
        options = fault.options
        if "node" in options:
            nodes.check_node(self._cluster, options["node"])
        if "zone" in options:
            self._check_zone(options["zone"])
        if "pod" in options:
            pods.containers(self._cluster, options, strict=True)
        if "controller" in options:
            control.check_controller(self._cluster, options["controller"])
        for group in options.get("between", ()):
            self._check_group(group)

    def _check_group(self, group: str) -> None:
        """Lanza 400 si el grupo no se entiende y 404 si habla de un nodo, una zona, un espacio o un Pod que no hay.

        Los Pods que elige un selector pueden no existir todavía.
        """
        try:
            self._cluster.network.weather.copy().cut(group)
        except BadGroup as fault_in_name:
            raise status.bad_request(str(fault_in_name)) from None
        kind, _, rest = group.partition("/")
        namespace, _, name = rest.partition("/")
        if kind == "zone":
            self._check_zone(rest)
        elif kind == "node":
            self._cluster.api.get(kinds.NODE, None, rest)
        elif kind == "pod":
            self._cluster.api.get(kinds.POD, namespace, name)
        elif kind in ("namespace", "pods"):
            self._cluster.api.get(kinds.NAMESPACE, None, namespace)

    def _check_zone(self, zone: str) -> None:
        if not nodes.in_zone(self._cluster, zone):
            raise status.failure(404, "NotFound", f'zone "{zone}" has no nodes', {"name": zone})

    def _free_name(self, kind: str) -> str:
        taken = {one.name for one in self.active()}
        number = 1
        while f"{kind}-{number}" in taken:
            number += 1
        return f"{kind}-{number}"

    def _deduce(self) -> None:
        active = self.active()
        self.api_down = any(one.kind == "api-down" for one in active)
        self.api_delay = max((float(one.options["seconds"]) for one in active if one.kind == "api-slow"), default=0.0)
        control.deduce(self._cluster, active)
        nodes.deduce(self._cluster, active)
        _weather(self._cluster, active)
        if self._ticking is None and any(one.kind in pods.TICKING for one in active):
            self._ticking = self._cluster.clock.call_soon(self._tick)

    def _tick(self) -> None:
        """Lo que crece con el tiempo se mira cada poco, mientras haya de qué."""
        active = [one for one in self.active() if one.kind in pods.TICKING]
        self._ticking = None
        for one in active:
            pods.tick(self._cluster, one)
        if active:
            self._ticking = self._cluster.clock.call_in(pods.PERIOD, self._tick)


def _weather(cluster: EmbeddedCluster, active: Sequence[Active]) -> None:
    weather = cluster.network.weather
    weather.clear()
    weather.dns_down(any(one.kind == "dns-down" for one in active))
    for one in active:
        if one.kind == "network-cut":
            weather.cut(*one.options["between"])
        elif one.kind == "network-slow":
            a, b = one.options["between"]
            weather.slow(a, b, float(one.options["seconds"]))
    for name in sorted(nodes.dark(cluster, active)):
        weather.cut(f"node/{name}", "*")


def _is_exempt(user: User) -> bool:
    return OWNER in user.groups or MASTERS in user.groups
