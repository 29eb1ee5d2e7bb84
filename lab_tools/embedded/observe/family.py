"""El vocabulario de las métricas: familias con sus muestras. Una muestra es un número con etiquetas.

Fuente: https://prometheus.io/docs/concepts/metric_types/
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
INFINITY = "+Inf"

Labels = Mapping[str, str]


class Sample(NamedTuple):
    """Un número. `suffix` es lo que se añade al nombre de su familia: `_bucket`, `_sum`, `_count` o nada."""

    labels: Labels
    value: float
    suffix: str = ""


@dataclass
class Family:
    """Todo lo que se cuenta bajo un nombre. `kind` es counter, gauge o histogram; `help`, qué es, en inglés."""

    name: str
    kind: str
    help: str
    samples: list[Sample] = field(default_factory=list)

    def add(self, value: float, /, **labels: str) -> None:
        """Añade una muestra."""
        self.samples.append(Sample(labels, value))

    def spread(self, found: Histogram, /, **labels: str) -> None:
        """Añade un histograma entero."""
        below = list(accumulate(found.counts))
        edges = [*map(edge_text, found.bounds), INFINITY]
        self.samples += [Sample({**labels, "le": edge}, count, "_bucket")
                         for edge, count in zip(edges, below, strict=True)]  # fmt: skip
        self.samples += [Sample(labels, found.total, "_sum"), Sample(labels, below[-1], "_count")]


class Histogram:
    """Cuántas veces se midió cada cosa. `bounds` son los topes de los tramos, incluidos, de menor a mayor."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Apunta una medida, o varias iguales."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times


def edge_text(edge: float) -> str:
    """El tope de un tramo como lo escriben los programas en Go: sin ceros que sobren."""
    return f"{edge:g}"


def counter(name: str, help_: str) -> Family:
    """Una cuenta que solo crece. Su nombre acaba en `_total`."""
    return Family(name, COUNTER, help_)


def gauge(name: str, help_: str) -> Family:
    """Una medida que sube y baja."""
    return Family(name, GAUGE, help_)


def histogram(name: str, help_: str) -> Family:
    """Un reparto por tramos."""
    return Family(name, HISTOGRAM, help_)
