"""El cable de un Pod: sus programas preguntan por él y la red contesta.

Quien sirve las peticiones que llegan a un contenedor no es de este cuarto: se le da (`serve`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus

from lab_tools.embedded.network import http, timing
from lab_tools.embedded.network.ask import Ask, BadAddress, NoSource, PodKey
from lab_tools.embedded.network.network import Network
from lab_tools.embedded.network.walk import Verdict, Walk
from lab_tools.embedded.workloads import wire
from lab_tools.embedded.workloads.program import Answer
from lab_tools.embedded.workloads.wire import Dialed, Fetched, Found
from lab_tools.objects import pod_names


@dataclass(frozen=True, slots=True)
class Served:
    """Lo que contesta un contenedor, y los segundos que le lleva. Con `status` 0, cortó la conexión."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


# Atiende una petición que ya llegó a un Pod, o a la API.
Serve = Callable[[Walk], Served]


def serve_with(connect: Callable[[str, str, int], Callable[[str], Answer] | None],
               attend: Callable[[str, str, int, str], tuple[int, float]],
               told: Callable[[Answer, str, str, int, str], Answer]) -> Serve:  # fmt: skip
    """Atiende con lo que escuche en el puerto. `connect`, del kubelet, sabe qué contesta; `attend`, del tráfico, cuánto
    tarda y con qué código; `told` completa lo que solo sabe quien lleva sus cuentas.
    """

    def serve(walk: Walk) -> Served:
        backend = walk.backend
        listening = connect(*backend.pod, backend.port) if backend is not None else None
        if backend is None or listening is None:
            return Served(0)
        status, seconds = attend(*backend.pod, backend.port, backend.path)
        if not status:
            return Served(0)
        answer = listening(backend.path)
        if answer.status != status:
            answer = Answer(status, f"{HTTPStatus(status).phrase}\n")
        answer = told(answer, *backend.pod, backend.port, backend.path)
        headers = _headers("text/html" if answer.body.startswith("<") else "text/plain", len(answer.body.encode()))
        return Served(answer.status, "" if walk.ask.method == "HEAD" else answer.body, headers, seconds)

    return serve


@lru_cache(maxsize=1024)
def _headers(kind: str, length: int) -> Mapping[str, str]:
    # Quien llama en bucle recibe siempre las mismas: que no ocupen más cada vez.
    return {"content-type": kind, "content-length": str(length)}


class PodWire:
    """El cable de un Pod. `serve` atiende lo que llega a otro Pod, y `api`, lo que llega a la API del clúster.

    `labour` dice lo que le cuesta un trabajo a un contenedor (espacio de nombres, Pod, contenedor), en segundos.
    """

    __slots__ = ("_api", "_labour", "_network", "_serve", "_source")

    def __init__(self, network: Network, serve: Serve, api: Serve, source: PodKey,
                 labour: Callable[[str, str, str], float]) -> None:  # fmt: skip
        self._network = network
        self._serve = serve
        self._api = api
        self._source = source
        self._labour = labour

    def toil(self, container: str) -> float:
        """Segundos que le lleva a un contenedor del Pod hacer ahora un trabajo, con la CPU que tiene."""
        return self._labour(*self._source, container)

    def now(self) -> float:
        """La hora del clúster."""
        return self._network.now()

    def fetch(self, url: str, method: str, headers: tuple[tuple[str, str], ...], via: str = "",
              body: str = "") -> Fetched:  # fmt: skip
        """Pide una dirección y espera la respuesta."""
        try:
            ask = Ask.url(url, self._source, method, dict(headers), via, body)
            walk = self._network.walk(ask)
        except (BadAddress, NoSource):
            # Una dirección mal escrita no la conoce nadie; y sin red, ningún nombre tampoco.
            return Fetched(wire.NXDOMAIN, 0.0)
        api = walk.answerer == "api"
        if walk.verdict is Verdict.DELIVERED or api:
            served = (self._api if api else self._serve)(walk)
            for copy in walk.mirrors:
                self._serve(copy)
            if served.seconds > walk.patience:
                late = http.page(HTTPStatus.GATEWAY_TIMEOUT)
                return Fetched(wire.ANSWERED, walk.latency + walk.patience, walk.address, late.status, late.body,
                               late.headers, walk.certificate)  # fmt: skip
            if not served.status:
                return Fetched(wire.RESET, walk.latency + served.seconds, walk.address)
            kept = served.headers
            if walk.response_headers:
                found = {**kept, **walk.response_headers}
                kept = {name: value for name, value in found.items() if value}
            return Fetched(str(walk.verdict), walk.latency + served.seconds, walk.address, served.status, served.body,
                           kept, walk.certificate)  # fmt: skip
        if walk.verdict is Verdict.ANSWERED and walk.reply is not None:
            return Fetched(str(walk.verdict), walk.latency, walk.address, walk.reply.status, walk.reply.body,
                           dict(walk.reply.headers), walk.certificate)  # fmt: skip
        verdict = Verdict.RESET if walk.verdict is Verdict.ANSWERED else walk.verdict
        return Fetched(str(verdict), walk.latency, walk.address)

    def dial(self, host: str, port: int, protocol: str = "TCP") -> Dialed:
        """Abre una conexión y la cierra."""
        try:
            walk = self._network.walk(Ask(self._source, host, port, protocol.lower()))
        except NoSource:
            return Dialed(wire.NXDOMAIN, 0.0)
        return Dialed(str(walk.verdict), walk.latency, walk.address)

    def lookup(self, name: str, kind: str = "A", server: str = "") -> Found:
        """Pregunta por un nombre entero."""
        try:
            found = self._network.query(self._source, name, kind, server)
        except NoSource:
            return Found(server, name, "", seconds=timing.DNS_PATIENCE)
        if found.fault is not None or not found.lookups:
            return Found(found.server, name, "", seconds=found.latency)
        last = found.lookups[-1]
        records = tuple((one.name, one.type, one.value) for one in last.records)
        return Found(found.server, name, last.code, records, found.latency)

    def suffixes(self) -> tuple[str, ...]:
        """Los sufijos de búsqueda del Pod."""
        pod = self._network.pod(self._source)
        return pod_names.resolver(pod).search if pod is not None else ()
