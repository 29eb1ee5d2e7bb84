"""El techo de memoria de un Pod: si sus contenedores pasan, entre todos, de `spec.resources.limits.memory`, uno muere.

Es lo que hace el núcleo con el cgroup del Pod: elige al que más gasta, contando a favor o en contra su nota
(`oom_score_adj`). Nadie mira de continuo: se calcula cuándo se llenará, y se vuelve a calcular si algo cambia.
Fuente: https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/ y
https://docs.kernel.org/filesystems/proc.html#proc-pid-oom-adj-proc-pid-oom-score-adj-adjust-the-oom-killer-score
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lab_tools.embedded.clock import Timer
from lab_tools.embedded.kubelet import oom, timing
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.workloads.program import KILLED, Ending, ServerProgram
from lab_tools.objects.quantity import bytes_

if TYPE_CHECKING:
    from lab_tools.embedded.kubelet.worker import PodWorker


class Ceiling:
    """El techo de un Pod; no cuesta nada si no lo tiene."""

    __slots__ = ("_timer", "_worker")

    def __init__(self, worker: PodWorker) -> None:
        self._worker = worker
        self._timer: Timer | None = None

    def review(self) -> None:
        """Algo cambió en lo que gastan: se vuelve a calcular cuándo se llega al techo."""
        self.forget()
        limit = self.limit
        if limit is not None and (at := self._full_at(limit)) < math.inf:
            self._timer = self._worker.clock.call_at(at, self._look)

    def forget(self) -> None:
        """El Pod se va."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def limit(self) -> int | None:
        """Bytes; `None` si el Pod no dice el suyo."""
        text = (self._worker.actual.get("limits") or {}).get("memory")
        return bytes_(text) if text else None

    def _look(self) -> None:
        self._timer = None
        worker, limit = self._worker, self.limit
        now = worker.clock.now
        loaded = {one: self._spent(one, now) for one in self._running() if _loaded_at(one) <= now}
        if limit is not None and sum(loaded.values()) > limit:
            victim = max(loaded, key=lambda one: loaded[one] + self._grade(one) * limit // 1000)
            worker.finish(victim, Ending(victim.age(now), KILLED, "OOMKilled"))
        if not worker.over:
            self.review()

    def _full_at(self, limit: int) -> float:
        """El próximo instante en que puede no caber: al cargar uno su memoria, o cuando se llene con lo que pierden."""
        now, usage = self._worker.clock.now, self._worker.agent.usage
        total, slope, ahead = 0, 0.0, math.inf
        for one in self._running():
            if (loaded := _loaded_at(one)) > now:
                ahead = min(ahead, loaded)
            else:
                total += self._spent(one, now)
                slope += usage.slope(self._key(one))
        if total > limit:
            return now
        # Cada uno redondea lo suyo hacia abajo: con un byte de más por cabeza, ya no cabe.
        spare = limit - total + len(self._worker.containers)
        return min(ahead, now + spare / slope if slope else math.inf)

    def _running(self) -> Iterator[Container]:
        return (one for one in self._worker.containers if one.running)

    def _spent(self, container: Container, now: float) -> int:
        return self._worker.agent.usage.of(self._key(container), now)

    def _key(self, container: Container) -> tuple[str, str]:
        return self._worker.pod["metadata"]["uid"], container.name

    def _grade(self, container: Container) -> int:
        return oom.score(self._worker.pod, container.spec, self._worker.agent.capacity["memory"])


def _loaded_at(container: Container) -> float:
    """Cuándo tiene ya en memoria lo suyo: al atender o, como pronto, cuando el kubelet lo ha visto correr."""
    after = container.program.opens_at if isinstance(container.program, ServerProgram) else 0.0
    return container.started_at + max(after, timing.EXIT_NOTICE)
