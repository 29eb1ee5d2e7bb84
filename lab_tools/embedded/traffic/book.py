"""El libro de una carga: una línea por petición, y las cuentas que salen de él.

Tres columnas (llegada, latencia y cómo acabó); «cómo acabó» es un número que apunta a una lista corta de finales.
Los percentiles son los de rango más cercano: el P95 es la menor latencia que no supera el 95 % de las respuestas.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

# Las maneras de acabar que no son una respuesta HTTP.
REFUSED, RESET, TIMEOUT, DNS, UNREACHABLE = "refused", "reset", "timeout", "dns", "unreachable"
# El Pod que llamaba ya no existe.
SOURCE = "source"
BAD_GATEWAY = 502
# Cuántas filas tiene, como mucho, la historia que se cuenta.
_ROWS = 240


class Outcome(NamedTuple):
    """Cómo acabó una petición: un código HTTP, o un error de conexión (y entonces `status` es 0)."""

    status: int
    error: str = ""
    version: str = ""
    pod: str = ""

    @property
    def failed(self) -> bool:
        """Si quien llamaba se quedó sin lo que pedía por culpa de la tienda: sin respuesta, o con un 5xx."""
        return bool(self.error) or self.status >= 500

    @property
    def label(self) -> str:
        """El nombre con que se cuenta: «timeout», «HTTP 503»."""
        return self.error or f"HTTP {self.status}"


class Book:
    """Las peticiones de una carga, por orden de llegada."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.proxied = False
        self.times: list[float] = []
        self.latencies: list[float] = []
        self.marks: list[int] = []
        self.outcomes: list[Outcome] = []
        self._known: dict[Outcome, int] = {}
        self._sure = self._failed = 0
        self._timeouts: dict[int, int] = {}

    def mark(self, outcome: Outcome) -> int:
        """El número de un final."""
        found = self._known.get(outcome)
        if found is None:
            found = self._known[outcome] = len(self.outcomes)
            self.outcomes.append(outcome)
        return found

    def add(self, at: float, latency: float, mark: int) -> int:
        """Apunta una petición; devuelve su línea. Quien tarda más que `timeout` acaba en «timeout»."""
        if latency > self.timeout:
            latency, mark = self.timeout, self._late(mark)
        self.times.append(at)
        self.latencies.append(latency)
        self.marks.append(mark)
        return len(self.marks) - 1

    def settle(self, row: int, latency: float, mark: int) -> None:
        """Corrige una línea cuyo final no se sabía al llegar."""
        if latency > self.timeout:
            latency, mark = self.timeout, self._late(mark)
        self.latencies[row], self.marks[row] = latency, mark

    def cut(self, row: int, at: float) -> None:
        """La conexión se cortó en `at`; si quien llamaba ya se había cansado, no se entera.

        Tras un proxy, lo que se corta es su conexión: quien llamaba recibe un 502.
        """
        latency = at - self.times[row]
        if latency < self.latencies[row]:
            old = self.outcomes[self.marks[row]]
            ends = (BAD_GATEWAY, "") if self.proxied else (0, RESET)
            self.settle(row, latency, self.mark(Outcome(*ends, old.version, old.pod)))

    def _late(self, mark: int) -> int:
        found = self._timeouts.get(mark)
        if found is None:
            old = self.outcomes[mark]
            found = self._timeouts[mark] = self.mark(Outcome(0, TIMEOUT, old.version, old.pod))
        return found

    def finished(self, now: float) -> bool:
        """Si ya se sabe cómo acabaron todas."""
        recent = range(len(self.times) - 1, -1, -1)
        for row in recent:
            if self.times[row] + self.latencies[row] > now:
                return False
            if self.times[row] + self.timeout <= now:
                return True
        return True

    def counts(self, now: float) -> dict[str, int]:
        """Cuántas salieron, cuántas acabaron y cuántas fallaron, hasta `now`, que no puede retroceder."""
        times, latencies, marks, outcomes = self.times, self.latencies, self.marks, self.outcomes
        while self._sure < len(times) and times[self._sure] + self.timeout <= now:
            # De aquí para atrás ya no cambia nada: se cuenta una vez.
            self._failed += outcomes[marks[self._sure]].failed
            self._sure += 1
        recent = [marks[row] for row in range(self._sure, len(times)) if times[row] + latencies[row] <= now]
        failed = sum(outcomes[mark].failed for mark in recent)
        return {"sent": len(times), "completed": self._sure + len(recent), "failed": self._failed + failed}

    def summary(self, now: float, start: float) -> dict[str, Any]:
        """Todas las cuentas de lo que ya acabó. Los instantes se cuentan desde `start`; los tiempos, en segundos."""
        last = self.times[-1] - start if self.times else 0.0
        step = max(1, math.ceil((last + 1) / _ROWS))
        slots: list[dict[int, list[float]]] = [{} for _ in range(int(last // step) + 1)]
        for at, took, mark in zip(self.times, self.latencies, self.marks, strict=True):
            if at + took <= now:
                slot = slots[int((at - start) // step)]
                if mark in slot:
                    slot[mark].append(took)
                else:
                    slot[mark] = [took]
        whole: dict[int, list[float]] = {}
        for slot in slots:
            for mark, found in slot.items():
                whole.setdefault(mark, []).extend(found)
        return {
            "sent": len(self.times), **self._tally(whole), "latency": spread(self._answered(whole)),
            "errors": self._count(whole, lambda one: one.label if one.failed else ""),
            "statuses": self._count(whole, lambda one: str(one.status) if one.status else ""),
            "versions": self._split(whole, "version"), "pods": self._split(whole, "pod"),
            "timeline": self._timeline(slots, step),
        }  # fmt: skip

    def _tally(self, found: dict[int, list[float]]) -> dict[str, int]:
        """Cuántas acabaron y cuántas fallaron."""
        failed = sum(len(took) for mark, took in found.items() if self.outcomes[mark].failed)
        return {"completed": sum(map(len, found.values())), "failed": failed}

    def _answered(self, found: dict[int, list[float]]) -> list[float]:
        """Las latencias de las que tuvieron respuesta, fuera cual fuera."""
        return [one for mark, took in found.items() if self.outcomes[mark].status for one in took]

    def _count(self, found: dict[int, list[float]], label: Callable[[Outcome], str]) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for mark, took in found.items():
            if name := label(self.outcomes[mark]):
                counted[name] += len(took)
        return dict(sorted(counted.items()))

    def _split(self, found: dict[int, list[float]], field: str) -> dict[str, Any]:
        """Las mismas cuentas, por versión o por Pod."""
        parts: dict[str, dict[int, list[float]]] = {}
        for mark, took in found.items():
            if name := getattr(self.outcomes[mark], field):
                parts.setdefault(name, {})[mark] = took
        return {name: {**self._tally(part), "p95": quantile(sorted(self._answered(part)), 0.95)}
                for name, part in sorted(parts.items())}  # fmt: skip

    def _timeline(self, slots: list[dict[int, list[float]]], step: int) -> dict[str, Any]:
        """Qué pasó con las que llegaron en cada tramo de `step` segundos: cuántas, cuántas fallaron, y el P95."""
        tallies = [self._tally(slot) for slot in slots]
        slow = [quantile(sorted(self._answered(slot)), 0.95) for slot in slots]
        return {"step": step, "sent": [one["completed"] for one in tallies],
                "failed": [one["failed"] for one in tallies], "p95": slow}  # fmt: skip


def spread(latencies: list[float]) -> dict[str, float | None]:
    """Media, P50, P95, P99 y máximo, en segundos; `None` sin respuestas."""
    found = sorted(latencies)
    mean = round(math.fsum(found) / len(found), 6) if found else None
    return {"mean": mean, "p50": quantile(found, 0.5), "p95": quantile(found, 0.95), "p99": quantile(found, 0.99),
            "max": round(found[-1], 6) if found else None}  # fmt: skip


def quantile(found: list[float], part: float) -> float | None:
    """El percentil de rango más cercano de una lista ordenada; `None` si está vacía."""
    return round(found[max(math.ceil(part * len(found)) - 1, 0)], 6) if found else None
