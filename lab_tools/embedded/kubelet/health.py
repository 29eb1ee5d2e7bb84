"""La salud de un contenedor: qué sondas tiene, en qué orden empiezan y qué pasa con cada veredicto.

La de arranque retiene a las otras dos; la de vida reinicia; la de disposición decide si recibe tráfico.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.probes import Probe
from lab_tools.embedded.kubelet.question import Question

if TYPE_CHECKING:
    from lab_tools.embedded.kubelet.worker import PodWorker

_NAMES = {"startupProbe": "Startup", "readinessProbe": "Readiness", "livenessProbe": "Liveness"}


class Health:
    """Las sondas de un contenedor en marcha."""

    __slots__ = ("_container", "_probes", "_watching", "_worker")

    def __init__(self, worker: PodWorker, container: Container) -> None:
        self._worker = worker
        self._container = container
        self._probes: list[Probe] = []
        self._watching = False

    def begin(self) -> None:
        """El contenedor arrancó: sin sondas que digan otra cosa, ya cuenta como arrancado y listo."""
        container = self._container
        container.started = "startupProbe" not in container.spec
        container.ready = container.started and "readinessProbe" not in container.spec and not container.ephemeral

    def watch(self) -> None:
        """El Pod ya se anunció en marcha: desde ahora se sondea. Repetirlo no hace nada."""
        if self._watching:
            return
        self._watching = True
        if self._container.started:
            self._watch_over()
        else:
            self._add("startupProbe", None)

    def stop(self) -> None:
        """Deja de sondear."""
        self._drop()
        self._watching = False

    def _drop(self) -> None:
        for probe in self._probes:
            probe.stop()
        self._probes.clear()

    def wake(self) -> None:
        """Algo cambió por fuera del programa: las sondas vuelven a preguntar."""
        for probe in self._probes:
            probe.wake()

    def _watch_over(self) -> None:
        if "readinessProbe" in self._container.spec:
            self._add("readinessProbe", self._container.ready)
        if "livenessProbe" in self._container.spec:
            self._add("livenessProbe", True)

    def _add(self, kind: str, verdict: bool | None) -> None:
        container, worker = self._container, self._worker
        if container.program is None:
            return
        decide = {"startupProbe": self._on_startup, "readinessProbe": self._on_readiness,
                  "livenessProbe": self._on_liveness}[kind]  # fmt: skip
        question = Question(container.spec[kind], container, worker.containers, worker.address)
        probe = Probe(worker.clock, question, verdict, decide, lambda why: self._complain(kind, why))
        self._probes.append(probe)
        probe.start()

    def _complain(self, kind: str, why: str) -> None:
        self._worker.tell(self._container, "Warning", "Unhealthy", f"{_NAMES[kind]} probe {why}")

    def _on_startup(self, good: bool) -> None:
        if not good:
            self._restart("startup")
            return
        self._drop()
        self._container.started = True
        self._container.ready = "readinessProbe" not in self._container.spec
        self._watch_over()
        self._worker.publish()
        self._worker.sync()

    def _on_readiness(self, good: bool) -> None:
        if self._container.ready is not good:
            self._container.ready = good
            self._worker.publish()

    def _on_liveness(self, good: bool) -> None:
        if not good:
            self._restart("liveness")

    def _restart(self, which: str) -> None:
        container = self._container
        probe = container.spec[f"{which}Probe"]
        self._worker.tell(container, "Normal", "Killing",
                          f"Container {container.name} failed {which} probe, will be restarted")  # fmt: skip
        grace = probe.get("terminationGracePeriodSeconds")
        self._worker.kill(container, float(grace) if grace is not None else None)
