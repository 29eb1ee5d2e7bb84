"""Un histograma que olvida: cada muestra pesa la mitad que otra igual tomada `half_life` segundos después.

Los tramos crecen un 5 % cada uno, así que un percentil se conoce con ese error a cualquier escala.
Fuente: https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler/pkg/recommender (util/histogram) y
https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/components.md#recommender
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lab_tools.embedded.clock import parse, timestamp
from lab_tools.objects import Object

DAY = 86400.0
GROWTH = 1.05
# Por debajo de este peso un tramo no cuenta.
EPSILON = 1e-4
# Al guardarlo, el tramo que más pesa vale esto, y los demás en proporción.
_SAVED_WHOLE = 10_000
# Más olvidos que estos de golpe, y los pesos dejarían de caber: se cuenta desde otro instante.
_MOST_HALVES = 100.0


@dataclass(frozen=True)
class Buckets:
    """Los tramos: dónde acaba el primero y hasta dónde llegan."""

    first: float
    most: float

    @property
    def count(self) -> int:
        """Cuántos hay."""
        return math.ceil(math.log(self.most * (GROWTH - 1) / self.first + 1, GROWTH)) + 1

    def find(self, value: float) -> int:
        """El tramo de un valor."""
        if value < self.first:
            return 0
        return min(int(math.log(value * (GROWTH - 1) / self.first + 1, GROWTH)), self.count - 1)

    def start(self, bucket: int) -> float:
        """Dónde empieza un tramo."""
        return self.first * (GROWTH**bucket - 1) / (GROWTH - 1) if bucket else 0.0


# Núcleos, hasta mil; bytes, hasta un billón.
CPU, MEMORY = Buckets(0.01, 1000.0), Buckets(1e7, 1e12)


class Histogram:
    """Lo gastado, con lo reciente por delante. Los instantes, en segundos."""

    def __init__(self, buckets: Buckets, half_life: float = DAY) -> None:
        self._buckets = buckets
        self._half_life = half_life
        self._since = 0.0
        self._weights: dict[int, float] = {}

    def add(self, value: float, weight: float, at: float) -> None:
        """Una muestra. Con peso negativo, deshace otra igual."""
        if not self._since:
            self._since = at
        elif (at - self._since) / self._half_life > _MOST_HALVES:
            self._shift(at)
        bucket = self._buckets.find(value)
        left = self._weights.get(bucket, 0.0) + weight * 2.0 ** ((at - self._since) / self._half_life)
        if left > EPSILON:
            self._weights[bucket] = left
        else:
            self._weights.pop(bucket, None)

    def percentile(self, share: float) -> float:
        """El valor bajo el que queda esa parte del peso (de 0 a 1): el final de su tramo. Cero si está vacío."""
        total, piled = sum(self._weights.values()), 0.0
        for bucket in sorted(self._weights):
            piled += self._weights[bucket]
            if piled >= share * total - 1e-12:
                return self._buckets.start(min(bucket + 1, self._buckets.count - 1))
        return 0.0

    @property
    def empty(self) -> bool:
        """Si no hay nada."""
        return not self._weights

    def saved(self) -> Object:
        """Como se guarda en un VerticalPodAutoscalerCheckpoint."""
        most = max(self._weights.values(), default=0.0)
        weights = {str(bucket): round(weight / most * _SAVED_WHOLE) for bucket, weight in sorted(self._weights.items())}
        return {"referenceTimestamp": timestamp(self._since) if self._since else None,
                "bucketWeights": {bucket: weight for bucket, weight in weights.items() if weight},
                "totalWeight": sum(self._weights.values())}  # fmt: skip

    def load(self, saved: Object) -> None:
        """Recuerda lo guardado."""
        weights = {int(bucket): float(weight) for bucket, weight in (saved.get("bucketWeights") or {}).items()}
        whole = sum(weights.values())
        if whole and saved.get("referenceTimestamp"):
            scale = float(saved.get("totalWeight") or 0.0) / whole
            self._since = parse(saved["referenceTimestamp"])
            self._weights = {bucket: weight * scale for bucket, weight in weights.items()}

    def _shift(self, at: float) -> None:
        factor = 2.0 ** ((self._since - at) / self._half_life)
        self._weights = {bucket: weight * factor for bucket, weight in self._weights.items() if weight * factor > 0}
        self._since = at
