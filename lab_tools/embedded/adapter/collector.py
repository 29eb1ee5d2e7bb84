"""Quien lee lo que cuentan los Pods, cada quince segundos, y recuerda lo bastante para decir a qué ritmo crece.

Se pregunta a los Pods en marcha por `/metrics` en cada puerto que declaran; `prometheus.io/port` y `prometheus.io/path`
dicen otra cosa si hace falta, como en la costumbre de Prometheus. El ritmo se calcula como su `rate`: lo que crece el
contador en el plazo, partido por el tiempo entre la primera y la última lectura; si baja, es que empezó de cero.
Fuente: https://prometheus.io/docs/prometheus/latest/querying/functions/#rate y
https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from lab_tools.embedded.adapter.config import Metric
from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, Timer
from lab_tools.objects import Object, kinds

# Segundos entre dos lecturas, y lo que vale la última si no llega otra.
PERIOD, STALE = 15.0, 60.0
_PORT, _PATH = "prometheus.io/port", "prometheus.io/path"
_LINE = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]*)(?:\{[^}]*\})?\s+(\S+)")

# Lo que contesta un Pod en un puerto y una ruta: (espacio, Pod, puerto, ruta) → texto, o `None` si nadie contesta.
Ask = Callable[[str, str, int, str], "str | None"]
# Una lectura: el instante y el valor.
Sample = tuple[float, float]


class Collector:
    """Las lecturas de unas métricas. `ask` pregunta a los Pods."""

    def __init__(self, api: Api, clock: Clock, ask: Ask) -> None:
        self._api, self._clock, self._ask = api, clock, ask
        self._metrics: Sequence[Metric] = ()
        self._samples: dict[tuple[str, str], deque[Sample]] = {}
        self._timer: Timer | None = None

    def watch(self, metrics: Sequence[Metric]) -> None:
        """Empieza a leer estas métricas, y ninguna otra; sin ninguna, descansa."""
        self._metrics = [one for one in metrics if one.series]
        self._samples.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._metrics:
            self._timer = self._clock.call_in(0.0, self._round)

    def value(self, metric: Metric, pod: Object) -> Sample | None:
        """Lo que un Pod cuenta de una métrica, y de cuándo es; `None` si no se sabe."""
        if not _chosen(metric, pod):
            return None
        found = self._samples.get((pod["metadata"]["uid"], metric.series))
        if not found or found[-1][0] < self._clock.now - STALE:
            return None
        return found[-1] if not metric.rate else _rate(found, self._clock.now - metric.rate)

    def _round(self) -> None:
        self._timer = self._clock.call_in(PERIOD, self._round)
        alive: set[str] = set()
        for pod in self._api.list(kinds.POD).items:
            wanted = {one.series for one in self._metrics if _chosen(one, pod)}
            if wanted and (pod.get("status") or {}).get("phase") == "Running":
                alive.add(pod["metadata"]["uid"])
                self._read(pod, wanted)
        for key in [key for key in self._samples if key[0] not in alive]:
            del self._samples[key]

    def _read(self, pod: Object, wanted: set[str]) -> None:
        meta, now = pod["metadata"], self._clock.now
        oldest = now - max((one.rate for one in self._metrics), default=0.0) - PERIOD
        for port, path in _places(pod):
            text = self._ask(meta["namespace"], meta["name"], port, path)
            for series, value in _totals(text or "", wanted).items():
                kept = self._samples.setdefault((meta["uid"], series), deque())
                kept.append((now, value))
                while kept[0][0] < oldest:
                    kept.popleft()


def _chosen(metric: Metric, pod: Object) -> bool:
    return (metric.selector or {}).items() <= (pod["metadata"].get("labels") or {}).items()


def _places(pod: Object) -> Iterator[tuple[int, str]]:
    """Los puertos y la ruta donde preguntar a un Pod."""
    notes = pod["metadata"].get("annotations") or {}
    path = str(notes.get(_PATH) or "/metrics")
    if str(notes.get(_PORT, "")).isdecimal():
        yield int(notes[_PORT]), path
        return
    declared = (port for one in pod["spec"]["containers"] for port in one.get("ports") or ())
    yield from dict.fromkeys((int(port["containerPort"]), path) for port in declared)


def _totals(text: str, wanted: set[str]) -> dict[str, float]:
    """De las series que se quieren, la suma de todas sus etiquetas."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is not None and match[1] in wanted:
            try:
                value = float(match[2])
            except ValueError:
                continue  # no es una línea de métricas: quien contesta ahí no las cuenta
            if math.isfinite(value):
                found[match[1]] = found.get(match[1], 0.0) + value
    return found


def _rate(samples: Sequence[Sample], since: float) -> Sample | None:
    """Lo que crece por segundo un contador desde un instante; `None` con menos de dos lecturas."""
    recent = [one for one in samples if one[0] >= since]
    if len(recent) < 2:
        return None
    grown = sum(after - before if after >= before else after for (_, before), (_, after) in pairwise(recent))
    return recent[-1][0], grown / (recent[-1][0] - recent[0][0])
