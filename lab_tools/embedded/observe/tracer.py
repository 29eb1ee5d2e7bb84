"""Las trazas: quién llamó a quién, cuándo y cuánto tardó, tramo a tramo. Se guardan solo si alguien lo pide.

Un tramo se apunta al acabar, en un anillo que olvida los más viejos. Nadie cambia de camino porque lo miren: con trazas
y sin ellas la historia es la misma.
Fuente: https://opentelemetry.io/docs/specs/otel/trace/api/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from lab_tools.embedded.clock import Clock

T = TypeVar("T")
Attributes = dict[str, str | int | float | bool]

# Las clases de tramo, con los números de OpenTelemetry.
INTERNAL, SERVER, CLIENT = 1, 2, 3
# Cuántos se recuerdan.
SPANS = 5000
API, MANAGER = "kube-apiserver", "kube-controller-manager"


@dataclass(slots=True)
class Event:
    """Algo que pasó durante un tramo, en un instante."""

    at: float
    name: str
    attributes: Attributes


@dataclass(slots=True)
class Span:
    """Un tramo. `trace`, `number` y `parent` (0 si no tiene) son números de orden; los instantes, segundos del clúster.

    `error` vacío es que fue bien.
    """

    trace: int
    number: int
    parent: int
    service: str
    name: str
    kind: int
    start: float
    end: float
    attributes: Attributes
    error: str = ""
    events: list[Event] = field(default_factory=list)


class Tracer:
    """Quien apunta. Los tramos abiertos en el mismo instante forman una pila: cada uno es hijo del anterior."""

    def __init__(self, clock: Clock, seed: int, limit: int = SPANS) -> None:
        self._clock = clock
        self.seed = seed
        self.on = False
        self.spans: deque[Span] = deque(maxlen=limit)
        self.made = 0
        """Cuántos tramos se han empezado en total."""
        self.forgotten = 0
        """Cuántos tramos acabados ya no se recuerdan."""
        self._stack: list[Span] = []

    def begin(self, service: str, name: str, kind: int, attributes: Attributes, parent: Span | None = None,
              at: float | None = None) -> Span:  # fmt: skip
        """Empieza un tramo, hijo de `parent` o, sin él, primero de una traza."""
        self.made += 1
        start = self._clock.now if at is None else at
        trace, above = (parent.trace, parent.number) if parent is not None else (self.made, 0)
        return Span(trace, self.made, above, service, name, kind, start, start, attributes)

    def end(self, span: Span, at: float | None = None, error: str = "") -> None:
        """Lo acaba y lo apunta."""
        span.end = max(self._clock.now if at is None else at, span.start)
        span.error = error
        self.forgotten += len(self.spans) == self.spans.maxlen
        self.spans.append(span)

    # La API

    def request(self, name: str, attributes: Attributes) -> Span:
        """Empieza a atenderse una petición a la puerta."""
        span = self.begin(API, name, SERVER, attributes, self._stack[-1] if self._stack else None)
        self._stack.append(span)
        return span

    def answered(self, span: Span, code: int, delay: float) -> None:
        """Se contestó, y quien espera ha de esperar `delay` segundos."""
        self._stack.remove(span)
        span.attributes["http.response.status_code"] = code
        self.end(span, span.start + delay, f"HTTP {code}" if code >= 500 else "")

    def step(self, name: str) -> None:
        """La petición o la reconciliación en curso da un paso."""
        if self.on and self._stack:
            self.end(self.begin(API, name, INTERNAL, {}, self._stack[-1]))

    def stored(self, type_: str, key: tuple[str, str, str], revision: int) -> None:
        """El almacén guardó un cambio."""
        if self.on and self._stack:
            verb = "delete" if type_ == "DELETED" else "put"
            attributes: Attributes = {"db.system.name": "etcd", "db.operation.name": verb, "etcd.revision": revision,
                                      "etcd.key": "/".join(("/registry", *(part for part in key if part)))}  # fmt: skip
            self.end(self.begin("etcd", f"etcd {verb}", CLIENT, attributes, self._stack[-1]))

    # Los controladores y el planificador

    def around(self, service: str, name: str) -> Callable[[tuple[str, str], Callable[[], T]], T]:
        """Con qué envolver cada trabajo de una pieza: un tramo por vez."""

        def work(key: tuple[str, str], action: Callable[[], T]) -> T:
            attributes: Attributes = {"k8s.object.name": key[1]}
            if key[0]:
                attributes["k8s.namespace.name"] = key[0]
            span = self.begin(service, name, INTERNAL, attributes, self._stack[-1] if self._stack else None)
            self._stack.append(span)
            error = "interrupted"
            try:
                found = action()
                error = ""
                return found
            except Exception as fault:
                error = str(fault) or type(fault).__name__
                raise
            finally:
                self._stack.remove(span)
                self.end(span, error=error)

        return work
