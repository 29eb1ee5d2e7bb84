"""Un contenedor visto por el kubelet: en qué estado está, en qué estado estuvo y cuántas veces ha vuelto.

Los tres estados (waiting, running, terminated) se guardan ya con la forma en que se publican.
Fuente: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from lab_tools.embedded.clock import Timer, parse, timestamp
from lab_tools.embedded.kubelet import timing
from lab_tools.embedded.workloads.execution import Execution
from lab_tools.embedded.workloads.program import Ending, Program
from lab_tools.objects import Object

MESSAGE_LIMIT = 4096


def _nobody() -> None:
    """Nadie está mirando."""


@dataclass(slots=True, eq=False)
class Container:
    """Un contenedor de un Pod. Los instantes son del reloj del clúster."""

    # Su especificación y sus estados se sustituyen enteros: por dentro no cambian.
    fork_held: ClassVar[Mapping[str, int]] = MappingProxyType({"spec": 0, "state": 0, "last_state": 0})

    spec: Object
    field_path: str
    pod_uid: str
    init: bool = False
    sidecar: bool = False
    ephemeral: bool = False
    """Si está de visita: lo metió `kubectl debug`, y no cuenta para la salud ni para la vida del Pod."""
    state: Object = field(default_factory=dict)
    last_state: Object = field(default_factory=dict)
    restarts: int = 0
    ready: bool = False
    started: bool = False
    image: str = ""
    image_id: str = ""
    program: Program | None = None
    started_at: float = 0.0
    busy: bool = False
    retry_at: float = 0.0
    crashes: int = 0
    pull_failures: int = 0
    fault: tuple[str, str] | None = None
    """Por qué esperará cuando termine de parar (motivo y mensaje), si no es por su propio final."""
    allocated: Object = field(default_factory=dict)
    """Los recursos que el nodo le ha concedido, y los que ya rigen mientras corre."""
    actual: Object = field(default_factory=dict)
    forced: bool = False
    """Si se le paró para volver a arrancarlo, diga lo que diga su política."""
    timers: list[Timer] = field(default_factory=list)
    guests: list[Execution] = field(default_factory=list)
    """Las órdenes que otros ejecutan dentro: mueren con él."""
    closes_at: float = math.inf
    """Cuándo deja de aceptar conexiones: al recibir SIGTERM, si le hace caso, o al morir."""
    gone_at: float = math.inf
    """Cuándo murió; infinito si vive o aún no ha vivido."""
    hogged: tuple[float, float] = (0.0, -math.inf)
    """Núcleos que le quita algo que corre dentro con él, y hasta qué instante."""
    changing: Callable[[], None] = _nobody
    """A quién avisar justo antes de que arranque, cierre o muera."""
    previous_log: list[tuple[float, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Nombre del contenedor en el Pod."""
        return str(self.spec["name"])

    @property
    def running(self) -> bool:
        """Si su programa está en marcha."""
        return "running" in self.state

    @property
    def terminated(self) -> Object | None:
        """Cómo acabó, si está parado."""
        return self.state.get("terminated")

    @property
    def succeeded(self) -> bool:
        """Si acabó bien."""
        ended = self.terminated
        return ended is not None and ended["exitCode"] == 0

    @property
    def last_end(self) -> Object | None:
        """El final más reciente, aunque ya esté esperando otra vez."""
        return self.terminated or self.last_state.get("terminated")

    def age(self, now: float) -> float:
        """Segundos desde que arrancó."""
        return now - self.started_at

    def wait(self, reason: str, message: str = "") -> None:
        """Queda esperando. Si venía de terminar, ese final pasa a ser el estado anterior."""
        if self.terminated is not None:
            self.last_state = {"terminated": self.terminated}
        self.state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
        self.ready = self.started = False

    def run(self, program: Program, now: float) -> None:
        """Empieza a correr; si ya había corrido, cuenta un reinicio."""
        self.changing()
        self.closes_at = self.gone_at = math.inf
        if self.last_end is not None:
            self.previous_log = self.log(now)
            self.restarts += 1
            self.last_state = {"terminated": self.last_end}
        self.program, self.started_at, self.busy = program, now, False
        self.pull_failures = 0
        self.actual, self.forced = self.allocated, False
        self.state = {"running": {"startedAt": timestamp(now)}}

    def close(self, at: float) -> None:
        """Desde el instante `at`, quien llame encuentra cerrado."""
        self.changing()
        self.closes_at = min(self.closes_at, at)

    def vanish(self, now: float) -> None:
        """Desaparece sin final: se fue su Pod, o se apagó su nodo."""
        self.changing()
        self.gone_at, self.closes_at = min(self.gone_at, now), min(self.closes_at, now)

    def end(self, ending: Ending, now: float, message: str = "") -> None:
        """Deja de correr. Calcula la pausa del próximo intento: el primero es inmediato."""
        self.changing()
        self.gone_at, self.closes_at = now, min(self.closes_at, now)
        began = timestamp(self.started_at) if self.started_at else None
        self.state = {"terminated": {
            "exitCode": ending.code, "reason": ending.why,
            **({"message": message[-MESSAGE_LIMIT:]} if message else {}),
            "startedAt": began, "finishedAt": timestamp(now), "containerID": self.container_id,
        }}  # fmt: skip
        self.started = self.busy = False
        for guest in list(self.guests):
            guest.die()
        self.ready = self.init and not self.sidecar and ending.code == 0
        self.crashes = 1 if now - self.started_at > timing.HEALTHY_AFTER else self.crashes + 1
        self.retry_at = now + self.pause
        self.forget_timers()

    @property
    def pause(self) -> float:
        """Segundos de espera tras el último final: 0, 10, 20, 40…"""
        return 0.0 if self.crashes <= 1 else timing.backoff(self.crashes - 1)

    @property
    def container_id(self) -> str:
        """Identificador estable: el mismo Pod, contenedor y reinicio dan el mismo."""
        text = f"{self.pod_uid}/{self.name}/{self.restarts}"
        return "containerd://" + hashlib.sha256(text.encode()).hexdigest()

    def log(self, now: float) -> list[tuple[float, str]]:
        """Lo que ha escrito desde que arrancó: (instante, línea)."""
        if self.program is None:
            return []
        ended = self.last_end if not self.running else None
        until = parse(ended["finishedAt"]) + 1 if ended else now
        return [(self.started_at + age, line) for age, line in self.program.lines(until - self.started_at)]

    def forget_timers(self) -> None:
        """Cancela sus citas."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def status(self) -> Object:
        """Su entrada en `containerStatuses`."""
        lived = not self.state.get("waiting") or self.last_state
        return {
            "name": self.name, "state": self.state, "lastState": self.last_state, "ready": self.ready,
            "restartCount": self.restarts, "image": self.image or self.spec["image"], "imageID": self.image_id,
            **({"containerID": self.container_id} if lived else {}),
            **({} if self.ephemeral else {"started": self.started}), **(self._sizes() if lived else {}),
        }  # fmt: skip

    def _sizes(self) -> Object:
        asked = self.allocated.get("requests")
        resources = self.actual if self.running else self.allocated
        return {**({"allocatedResources": asked} if asked else {}), "resources": resources}

    def restore(self, status: Object) -> None:
        """Continúa desde un estado publicado, sin el programa."""
        self.state, self.last_state = status["state"], status.get("lastState") or {}
        self.restarts, self.ready = status["restartCount"], status["ready"]
        self.started, self.image, self.image_id = (
            bool(status.get("started")),
            status["image"],
            status.get("imageID", ""),
        )
        self.actual = status.get("resources", self.actual)
        self.allocated = {**self.actual, **({"requests": asked} if (asked := status.get("allocatedResources")) else {})}
        self.crashes = self.restarts + (self.terminated is not None)
        if self.running:
            self.started_at = parse(self.state["running"]["startedAt"])
            self.crashes = self.restarts
        elif self.last_end is not None:
            if self.last_end.get("startedAt"):
                self.started_at = parse(self.last_end["startedAt"])
            self.crashes = self.restarts + 1
            self.retry_at = parse(self.last_end["finishedAt"]) + self.pause
