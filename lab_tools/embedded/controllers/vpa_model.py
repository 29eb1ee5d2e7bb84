"""Lo que el recomendador sabe de un contenedor, y lo que recomienda con ello.

Objetivo, percentil 90; los márgenes de confianza, entre el 50 y el 95, y tanto más anchos cuanto menos se ha visto.
Fuente: https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/components.md#recommender
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lab_tools.embedded.clock import parse, timestamp
from lab_tools.embedded.controllers.vpa_histogram import CPU, DAY, MEMORY, Histogram
from lab_tools.objects import Object
from lab_tools.objects.quantity import canonical
from lab_tools.objects.quantity import parse as quantity

TARGET, LOWER, UPPER = 0.9, 0.5, 0.95
# Lo que se recomienda de más, por si acaso.
MARGIN = 0.15
# Lo menos que se recomienda a un Pod entero; se reparte entre sus contenedores.
LEAST_CPU, LEAST_MEMORY = 25, 250 * 2**20
# Lo menos que pesa una muestra de CPU, en núcleos: quien no pide nada también cuenta.
LEAST_WEIGHT = 0.1
# Quien muere por memoria necesitaba al menos un 20 % o 100 MB más.
OOM_RATIO, OOM_BYTES = 1.2, 100 * 2**20
MOST = 100_000_000_000_000
MINUTES_A_DAY = 1440.0


@dataclass
class Window:
    """La memoria de un contenedor se resume en su máximo de cada día."""

    ends: float = 0.0
    peak: float = 0.0


@dataclass
class Seen:
    """Lo visto de los contenedores con un nombre, en todos los Pods de un VerticalPodAutoscaler."""

    cpu: Histogram = field(default_factory=lambda: Histogram(CPU))
    memory: Histogram = field(default_factory=lambda: Histogram(MEMORY))
    first: float = 0.0
    last: float = 0.0
    samples: int = 0
    windows: dict[str, Window] = field(default_factory=dict)
    """Por Pod (uid)."""
    told: dict[str, float] = field(default_factory=dict)
    """De cada Pod, hasta cuándo se le ha contado lo suyo: muestras y muertes."""

    def sample(self, pod: str, at: float, cores: float, asked: float, memory: float) -> None:
        """Una medida de un contenedor: núcleos gastados y pedidos, y bytes."""
        self.cpu.add(cores, max(asked, LEAST_WEIGHT), at)
        self.first = min(self.first or at, at)
        self.last = max(self.last, at)
        self.samples += 1
        self._peak(pod, at, memory)

    def died(self, pod: str, at: float, asked: float) -> None:
        """Un contenedor murió por memoria con `asked` bytes pedidos."""
        used = max(asked, self.windows.setdefault(pod, Window()).peak)
        self._peak(pod, at, max(used + OOM_BYTES, used * OOM_RATIO))

    def _peak(self, pod: str, at: float, memory: float) -> None:
        window = self.windows.setdefault(pod, Window())
        window.ends = window.ends or at
        if at >= window.ends:
            window.ends += ((at - window.ends) // DAY + 1) * DAY
            window.peak = 0.0
        elif memory <= window.peak:
            return
        if window.peak:
            self.memory.add(window.peak, -1.0, window.ends)
        self.memory.add(memory, 1.0, window.ends)
        window.peak = memory

    @property
    def confidence(self) -> float:
        """Días de historia, o de muestras si hay menos."""
        return min((self.last - self.first) / DAY, self.samples / MINUTES_A_DAY)

    def estimate(self, share: float, multiplier: float, exponent: float, containers: int) -> dict[str, int]:
        """Milésimas de núcleo y bytes en un percentil, con su margen y su confianza."""
        faith = self.confidence
        wide = (1 + multiplier / faith) ** exponent if faith > 0 else (float("inf") if exponent > 0 else 0.0)
        wide = wide if multiplier else 1.0
        cpu = self.cpu.percentile(share) * (1 + MARGIN) * 1000 * wide
        memory = self.memory.percentile(share) * (1 + MARGIN) * wide
        return {"cpu": _bounded(cpu, LEAST_CPU / containers), "memory": _bounded(memory, LEAST_MEMORY / containers)}

    def saved(self, now: float) -> Object:
        """El estado de un VerticalPodAutoscalerCheckpoint."""
        return {"lastUpdateTime": timestamp(now), "version": "v3", "cpuHistogram": self.cpu.saved(),
                "memoryHistogram": self.memory.saved(), "firstSampleStart": timestamp(self.first),
                "lastSampleStart": timestamp(self.last), "totalSamplesCount": self.samples}  # fmt: skip

    def load(self, saved: Object) -> None:
        """Recuerda lo guardado."""
        self.cpu.load(saved.get("cpuHistogram") or {})
        self.memory.load(saved.get("memoryHistogram") or {})
        self.first, self.last = (parse(saved[key]) if saved.get(key) else 0.0
                                 for key in ("firstSampleStart", "lastSampleStart"))  # fmt: skip
        self.samples = int(saved.get("totalSamplesCount") or 0)


def _bounded(amount: float, least: float) -> int:
    return int(max(min(amount, MOST), least))


def recommend(name: str, seen: Seen, containers: int, policy: Object) -> Object:
    """La recomendación de un contenedor, dentro de lo que su política permite. `containers`, cuántos tiene el Pod."""
    target = seen.estimate(TARGET, 0.0, 1.0, containers)
    bounds = {"lowerBound": seen.estimate(LOWER, 0.001, -2.0, containers), "target": target,
              "upperBound": seen.estimate(UPPER, 1.0, 1.0, containers)}  # fmt: skip
    resources = policy.get("controlledResources") or ["cpu", "memory"]
    return {"containerName": name,
            **{key: _capped(amounts, resources, policy) for key, amounts in bounds.items()},
            "uncappedTarget": _capped(target, resources, {})}  # fmt: skip


def _capped(amounts: dict[str, int], resources: list[str], policy: Object) -> Object:
    found = {}
    for name in resources:
        if name in amounts:
            text = _text(name, amounts[name])
            least, most = ((policy.get(key) or {}).get(name) for key in ("minAllowed", "maxAllowed"))
            if least is not None and quantity(str(least)) > quantity(text):
                text = str(least)
            if most is not None and quantity(str(most)) < quantity(text):
                text = str(most)
            found[name] = canonical(text)
    return found


def _text(name: str, amount: int) -> str:
    return f"{amount}m" if name == "cpu" else str(amount)


def asked(container: Object, name: str) -> float:
    """Lo que pide un contenedor: núcleos o bytes."""
    return float(quantity(((container.get("resources") or {}).get("requests") or {}).get(name, "0")))
