"""Las sondas: preguntan a un programa, cuentan aciertos y fallos, y avisan cuando cambia el veredicto.

No se sondea lo que no puede cambiar: con el veredicto firme y un programa que dice no cambiar hasta cierta edad,
la sonda duerme hasta entonces. Por eso una hora de Pods sanos no cuesta nada.
Fuente: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lab_tools.embedded.clock import Clock, Timer
from lab_tools.embedded.kubelet.question import NotAsked, Question


class Probe:
    """Una sonda de un contenedor en marcha. `verdict` es True, False o `None` (todavía no se sabe)."""

    def __init__(self, clock: Clock, question: Question, verdict: bool | None, on_verdict: Callable[[bool], None],
                 on_failure: Callable[[str], None]) -> None:  # fmt: skip
        self._clock = clock
        self._question, self._spec = question, question.spec
        self._started_at = question.container.started_at
        self.verdict = verdict
        self._on_verdict = on_verdict
        self._on_failure = on_failure
        """A quién contar lo que falló, o lo que no se pudo preguntar."""
        self._period = max(int(self._spec.get("periodSeconds", 10)), 1)
        self._streak = 0
        self._last: bool | None = None
        self._looked: float | None = None
        self._timer: Timer | None = None

    def start(self) -> None:
        """Empieza: la primera vez, tras `initialDelaySeconds` desde que arrancó el contenedor."""
        first = self._started_at + int(self._spec.get("initialDelaySeconds", 0))
        self._timer = self._clock.call_at(max(first, self._clock.now), self._look)

    def stop(self) -> None:
        """Deja de sondear."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def wake(self) -> None:
        """Algo cambió por fuera del programa: si duerme, vuelve a preguntar cuando le habría tocado."""
        if self._looked is None:
            return
        beat = self._on_beat(self._clock.now, self._looked)
        if self._timer is None or beat < self._timer.at:
            self.stop()
            self._timer = self._clock.call_at(max(beat, self._looked + self._period), self._look)

    def _look(self) -> None:
        self._timer, self._looked = None, self._clock.now
        try:
            problem = self._question.ask(self._looked)
        except NotAsked as fault:
            # Ni bien ni mal: se tira, y se vuelve a intentar.
            self._timer = self._clock.call_at(self._looked + self._period, self._look)
            self._on_failure(f"errored and resulted in unknown state: {fault}")
            return
        good = problem is None
        self._streak = self._streak + 1 if good is self._last else 1
        self._last = good
        threshold = int(self._spec.get("successThreshold" if good else "failureThreshold", 1 if good else 3))
        decided = self._streak >= threshold
        self._schedule(decided and self.verdict is good)
        if problem is not None:
            self._on_failure(f"failed: {problem}")
        if decided and self.verdict is not good:
            self.verdict = good
            self._on_verdict(good)

    def _schedule(self, firm: bool) -> None:
        now = self._clock.now
        following = now + self._period
        if firm:
            change = self._question.next_change(now)
            if change is None:
                return
            following = max(following, self._on_beat(change, now))
        self._timer = self._clock.call_at(following, self._look)

    def _on_beat(self, instant: float, since: float) -> float:
        """El primer compás de la sonda, contado desde `since`, que no es anterior a `instant`."""
        return since + max(math.ceil((instant - since) / self._period - 1e-9), 0) * self._period
