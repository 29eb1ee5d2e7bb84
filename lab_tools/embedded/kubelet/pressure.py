"""Vigilar un nodo: si se queda sin memoria o sin disco lo dice y echa Pods, y a quien se pasa de su disco también.

Se mira en cada latido. La condición dura cinco minutos más que la escasez, para que el nodo no parpadee.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
"""

from __future__ import annotations

import functools
from functools import cached_property
from typing import TYPE_CHECKING

from lab_tools.embedded.clock import Clock
from lab_tools.embedded.kubelet import eviction
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.eviction import Shortage, Victim
from lab_tools.embedded.kubelet.rejection import is_critical
from lab_tools.embedded.reconciler import Recorder
from lab_tools.embedded.workloads.disk import Folder
from lab_tools.objects import Object
from lab_tools.objects.quantity import bytes_

if TYPE_CHECKING:
    from lab_tools.embedded.kubelet.node import NodeAgent
    from lab_tools.embedded.kubelet.worker import PodWorker

# Umbrales del kubelet por omisión: bytes de memoria, y parte del disco.
LEAST_MEMORY, LEAST_DISK = 100 * 2**20, 0.10
# Lo que dura una condición después de que deje de faltar, en segundos.
TRANSITION = 300.0

_WORDS = {"MemoryPressure": ("memory", "InsufficientMemory", "SufficientMemory"),
          "DiskPressure": ("ephemeral-storage", "DiskPressure", "NoDiskPressure")}  # fmt: skip


class Watchman:
    """El vigilante de un nodo."""

    def __init__(self, clock: Clock, agent: NodeAgent, recorder: Recorder) -> None:
        self._clock = clock
        self._agent = agent
        self._recorder = recorder
        self._met: dict[str, float] = {}

    def look(self, node: Object) -> None:
        """Mira cómo va el nodo. Deja sus condiciones en `agent.pressures`."""
        agent = self._agent
        if not (agent.pressures or agent.measured or agent.usage.disk) and self._has_memory():
            return  # lo normal: sobra de todo
        shortages = {"MemoryPressure": self._memory(), "DiskPressure": self._disk()}
        for condition, shortage in shortages.items():
            self._judge(node, condition, shortage is not None)
        short = next((one for one in shortages.values() if one is not None), None)
        if short is not None:
            self._relieve(node, short)
        self._weigh()

    def _has_memory(self) -> bool:
        return self._agent.usage.total(self._clock.now) + LEAST_MEMORY <= self._whole

    @cached_property
    def _whole(self) -> int:
        return bytes_(self._agent.capacity["memory"])

    def _memory(self) -> Shortage | None:
        available = self._whole - self._agent.usage.total(self._clock.now)
        return Shortage("memory", LEAST_MEMORY, max(available, 0)) if available < LEAST_MEMORY else None

    def _disk(self) -> Shortage | None:
        agent = self._agent
        if not agent.usage.disk:
            return None
        whole = bytes_(agent.capacity["ephemeral-storage"])
        images = sum(image.size for image in agent.images.values())
        available, threshold = whole - agent.usage.disk - images, int(whole * LEAST_DISK)
        return Shortage("ephemeral-storage", threshold, max(available, 0)) if available < threshold else None

    def _judge(self, node: Object, condition: str, met: bool) -> None:
        now, agent = self._clock.now, self._agent
        _, bad, good = _WORDS[condition]
        name = node["metadata"]["name"]
        if met:
            self._met[condition] = now
            if condition not in agent.pressures:
                agent.pressures.add(condition)
                self._recorder.event(node, "Normal", f"NodeHas{bad}", f"Node {name} status is now: NodeHas{bad}")
        elif condition in agent.pressures and now - self._met.get(condition, 0.0) >= TRANSITION:
            agent.pressures.discard(condition)
            self._recorder.event(node, "Normal", f"NodeHas{good}", f"Node {name} status is now: NodeHas{good}")

    def _relieve(self, node: Object, short: Shortage) -> None:
        self._recorder.event(node, "Warning", "EvictionThresholdMet", f"Attempting to reclaim {short.resource}")
        measure = self._memory_of if short.resource == "memory" else self._disk_of
        running = [one for one in self._agent.workers.values() if one.evictable and not is_critical(one.pod)]
        ranked = short.order(running, measure)
        if ranked:
            victim = self._agent.workers[ranked[0].pod["metadata"]["uid"]]
            victim.evict("Evicted", short.message(victim, measure))

    def _weigh(self) -> None:
        """Quien pasa de un límite de disco suyo se va."""
        for uid in sorted(self._agent.measured):
            worker = self._agent.workers.get(uid)
            if worker is not None and worker.evictable:
                why = eviction.overgrown(worker, self._written, functools.partial(self._volume, worker))
                if why:
                    worker.evict("Evicted", why)

    def _memory_of(self, victim: Victim, container: Container) -> int:
        return self._agent.usage.of((victim.pod["metadata"]["uid"], container.name), self._clock.now)

    def _disk_of(self, victim: Victim, container: Container) -> int:
        return self._written(container)

    def _volume(self, worker: PodWorker, name: str) -> int:
        return self._size(worker.mounts.folders.get(name))

    def _written(self, container: Container) -> int:
        """Lo que un contenedor tiene escrito fuera de sus volúmenes, y su registro."""
        now = self._clock.now
        logged = sum(len(line) + 1 for _, line in container.log(now))
        inside = container.program.inside(container.age(now)) if container.running and container.program else None
        return logged + (self._size(inside.disk.own) if inside is not None else 0)

    def _size(self, folder: Folder | None) -> int:
        if folder is None:
            return 0
        now = self._clock.now
        return sum(folder.size(name, now) for name in folder.names(now) if name not in folder.living)
