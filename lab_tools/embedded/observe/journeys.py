"""Las trazas de las peticiones simuladas: de quien llama a su Service, de ahí al Pod, y del Pod a quienes él llama."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.network.walk import Walk
from lab_tools.embedded.observe.tracer import CLIENT, INTERNAL, SERVER, Attributes, Event, Span, Tracer
from lab_tools.embedded.traffic.book import Book, Outcome
from lab_tools.embedded.traffic.road import Way
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

OUTSIDE = "cliente"
# Los pasos de un camino en que alguien reparte la petición, y cómo se llama su tramo.
_HOPS = {"service": "Service", "ingress": "Ingress", "gateway": "Gateway"}


class Sink(Protocol):
    """Quien espera una respuesta."""

    def cut(self, row: int, at: float) -> None:
        """La conexión `row` se cortó en el instante `at`."""


class Journeys:
    """Quien sigue a cada petición. Un viaje es la lista de sus tramos, del de quien llama al de quien atiende."""

    def __init__(self, tracer: Tracer, api: Api) -> None:
        self._tracer, self._api = tracer, api
        self._names: dict[tuple[str, str], str] = {}

    def depart(self, at: float, way: Way, above: Sequence[Span]) -> list[Span]:
        """Sale una petición por un camino; `above` es el viaje de la que la causó, si la hay."""
        walk, parent = way.walk, above[-1] if above else None
        ask = walk.ask if walk is not None else None
        source = self._service(*ask.source) if ask is not None and ask.source else OUTSIDE
        method, path = (ask.method, ask.path) if ask is not None else ("GET", way.path)
        attributes: Attributes = {"http.request.method": method, "url.path": path}
        if ask is not None:
            attributes |= {"server.address": ask.host, "server.port": ask.port}
        spans = [self._tracer.begin(source, f"{method} {path}", CLIENT, attributes, parent, at)]
        if walk is not None:
            spans[0].events = [Event(at, step.stage, {"orquesta.text": step.text}) for step in walk.steps]
            spans += self._hops(walk, spans[0], at)
        if way.station is not None:
            server = way.station.server
            pod: Attributes = {"url.path": way.path, "http.request.method": method,
                               "k8s.namespace.name": server.namespace, "k8s.pod.name": server.pod,
                               "k8s.container.name": server.container,
                               "service.version": server.program.version}  # fmt: skip
            name = self._service(server.namespace, server.pod)
            spans.append(self._tracer.begin(name, f"{method} {way.path}", SERVER, pod, spans[-1], at))
        return spans

    def arrive(self, spans: Sequence[Span], at: float, way: Way, outcome: Outcome) -> None:
        """Quien esperaba supo cómo acabó."""
        error = outcome.label if outcome.failed else ""
        for span in spans:
            if outcome.status:
                span.attributes["http.response.status_code"] = outcome.status
            if outcome.error:
                span.attributes["error.type"] = outcome.error
            # La red se paga entera a la vuelta, como en las cuentas de la carga.
            last = at - way.latency if span.kind == SERVER else at
            self._tracer.end(span, last, error)

    def poured(self, book: Book, row: int, way: Way) -> Sink:
        """Una petición de las que se atienden a granel: ya se sabe cómo acabará, salvo que su Pod muera antes."""
        at = book.times[row]
        spans = self.depart(at, way, ())
        self.arrive(spans, at + book.latencies[row], way, book.outcomes[book.marks[row]])
        return _Traced(book, spans)

    def _hops(self, walk: Walk, parent: Span, at: float) -> list[Span]:
        spans: list[Span] = []
        for step in walk.steps:
            if (kind := _HOPS.get(str(step.stage))) is not None and step.passed:
                name = step.about or kind
                above = spans[-1] if spans else parent
                spans.append(self._tracer.begin("red", name, INTERNAL, {"orquesta.text": step.text}, above, at))
        return spans

    def _service(self, namespace: str, pod: str) -> str:
        """El nombre del servicio de un Pod: su etiqueta `app` o, si no la lleva, el suyo."""
        found = self._names.get((namespace, pod))
        if found is None:
            try:
                labels = self._api.get(kinds.POD, namespace, pod)["metadata"].get("labels") or {}
            except StatusError:
                labels = {}  # ya no está: queda su nombre
            found = self._names[namespace, pod] = labels.get("app.kubernetes.io/name") or labels.get("app") or pod
        return found


class _Traced:
    """El libro de una carga y los tramos de una de sus líneas: si se corta, se corrigen los dos."""

    def __init__(self, book: Book, spans: Sequence[Span]) -> None:
        self._book, self._spans = book, spans

    def cut(self, row: int, at: float) -> None:
        """La conexión se cortó en `at`."""
        self._book.cut(row, at)
        outcome = self._book.outcomes[self._book.marks[row]]
        for span in self._spans:
            span.end, span.error = max(min(span.end, at), span.start), outcome.label if outcome.failed else ""
            span.attributes.pop("http.response.status_code", None)
            span.attributes["error.type"] = outcome.label
