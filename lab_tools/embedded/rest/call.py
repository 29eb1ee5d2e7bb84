"""Una petición ya entendida: a quién va, de quién viene y con qué opciones. Es lo que recibe cada verbo."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lab_tools.embedded import status
from lab_tools.embedded.access.control import AccessControl
from lab_tools.embedded.api.protocol import Api, Options
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.rest import refusal, times
from lab_tools.embedded.rest.edge import Edge
from lab_tools.embedded.rest.encoding import Encoder, encode
from lab_tools.embedded.rest.message import Process, Request
from lab_tools.embedded.rest.negotiation import Form, choose
from lab_tools.embedded.rest.routes import Target
from lab_tools.embedded.user import User
from lab_tools.embedded.workloads.program import Answer
from lab_tools.errors import StatusError
from lab_tools.objects import Object
from lab_tools.objects.kinds import Kind
from lab_tools.objects.selector import FieldSelector, LabelSelector

if TYPE_CHECKING:
    from lab_tools.embedded.network import Network
    from lab_tools.embedded.observe.family import Family
    from lab_tools.embedded.observe.tally import Tally
    from lab_tools.embedded.observe.tracer import Tracer
    from lab_tools.embedded.record import Record
    from lab_tools.embedded.traffic import Traffic

_LONGEST_MANAGER = 128
_VALIDATIONS = ("Ignore", "Strict", "Warn")
S = TypeVar("S")


class Measures(Protocol):
    """Lo que gastan Pods y nodos."""

    def pods(self, namespace: str | None) -> list[Object]:
        """Las PodMetrics de un espacio de nombres, o de todos."""

    def nodes(self, _: str | None = None) -> list[Object]:
        """Las NodeMetrics."""


class Fault(Protocol):
    """Una avería en vigor."""

    @property
    def name(self) -> str:
        """Cómo se la llama para repararla."""

    @property
    def kind(self) -> str:
        """Su clase."""

    @property
    def since(self) -> float:
        """Desde qué instante."""

    @property
    def options(self) -> dict[str, Any]:
        """Sobre qué cae, y cuánto."""


class Faults(Protocol):
    """Lo que está roto por debajo de la API."""

    api_down: bool

    def active(self) -> Sequence[Fault]:
        """Las averías en vigor."""

    def inject(self, asked: Any) -> Fault:
        """Provoca una. Lanza 400, 404 o 409."""

    def heal(self, name: str) -> Fault:
        """Repara una. Lanza 404."""

    def refusal(self, user: User) -> StatusError | None:
        """Lo que la API contesta a cualquiera, si está caída."""

    def delay(self, user: User) -> float:
        """Los segundos que ha de esperar su respuesta."""


class Cluster(Protocol):
    """Lo que la puerta usa del clúster."""

    seed: int

    @property
    def api(self) -> Api:
        """La única que escribe."""

    @property
    def clock(self) -> Clock:
        """El reloj virtual."""

    @property
    def record(self) -> Record:
        """Lo que ha pedido quien trabaja en él."""

    def reseed(self, luck: str) -> None:
        """Empieza otra suerte."""

    @property
    def network(self) -> Network:
        """Por dónde va cada petición."""

    @property
    def traffic(self) -> Traffic:
        """Las cargas en marcha."""

    @property
    def access(self) -> AccessControl:
        """Quién es cada cual, y qué puede."""

    @property
    def metrics(self) -> Measures:
        """Quien mide lo que se gasta."""

    @property
    def tally(self) -> Tally:
        """Cuántas peticiones se han contestado."""

    @property
    def tracer(self) -> Tracer | None:
        """Quien apunta las trazas, si están encendidas."""

    @property
    def traced(self) -> Tracer | None:
        """Quien tiene las trazas apuntadas, encendidas o no."""

    def trace(self, on: bool) -> None:
        """Empieza a apuntar trazas, o deja de hacerlo."""

    def scrape(self, source: str, dates: Callable[[float], float], name: str = "") -> list[Family]:
        """Lo que cuenta una pieza: «control-plane», «state», o «kubelet», «cadvisor» y «resource» del nodo `name`."""

    def why(self, pod: Object) -> Object:
        """Por qué un Pod va a un nodo y no a otro."""

    @property
    def faults(self) -> Faults:
        """Lo que está roto."""

    def fork(self) -> Cluster:
        """Una copia exacta y aparte."""

    def logs(self, namespace: str, pod: str, container: str, previous: bool = False) -> list[tuple[float, str]]:
        """Lo que un contenedor ha escrito: (instante, línea)."""

    def execute(self, namespace: str, pod: str, container: str, command: list[str], stdin: bool,
                terminal: bool) -> Process:  # fmt: skip
        """Ejecuta una orden dentro de un contenedor. Lanza `Unreachable` o `NoSuchCommand`."""

    def attach(self, namespace: str, pod: str, container: str) -> Process:
        """Mira lo que escriba el programa de un contenedor. Lanza `Unreachable`."""

    def connect(self, namespace: str, pod: str, port: int) -> Callable[[str], Answer] | None:
        """Cómo preguntar a un puerto de un Pod; `None` si nadie escucha en él."""


@dataclass
class Call:
    """Una petición sobre un tipo de objetos, con todo lo que un verbo necesita para atenderla."""

    cluster: Cluster
    edge: Edge
    encoder: Encoder
    request: Request
    target: Target
    warnings: list[str] = field(default_factory=list)
    """Los avisos que la respuesta lleva, sea cual sea."""

    @property
    def api(self) -> Api:
        """La API del clúster."""
        return self.cluster.api

    @property
    def kind(self) -> Kind:
        """El tipo al que va la petición."""
        return self.target.kind

    @property
    def form(self) -> Form:
        """La forma en que hay que responder. Lanza 406."""
        return choose(self.request.headers.get("accept", ""))

    def labels(self) -> LabelSelector | None:
        """El selector de etiquetas, o `None` si no pone condiciones. Lanza 400."""
        return _selector(LabelSelector.parse, self.request.one("labelSelector"))

    def fields(self) -> FieldSelector | None:
        """El selector de campos, o `None`. Lanza 400 si está mal escrito; si no se filtra por ahí, lo dice la API."""
        return _selector(FieldSelector.parse, self.request.one("fieldSelector"))

    def options(self, kind: str, dry_run: list[str] | None = None) -> Options:
        """Las opciones de una escritura; `kind` es cómo las llama el servidor real («CreateOptions»)."""
        dry_run = self.request.query.get("dryRun", []) if dry_run is None else dry_run
        if any(value != "All" for value in dry_run):
            shown = ",".join(f'"{value}"' for value in dry_run)
            message = f'Unsupported value: [{shown}]: supported values: "All"'
            raise refusal.invalid_option(kind, "dryRun", "FieldValueNotSupported", message)
        validation = self.request.one("fieldValidation")
        if validation and validation not in _VALIDATIONS:
            supported = ", ".join(f'"{value}"' for value in _VALIDATIONS)
            message = f'Unsupported value: "{validation}": supported values: {supported}'
            raise refusal.invalid_option(kind, "fieldValidation", "FieldValueNotSupported", message)
        return Options(
            user=self.request.user,
            manager=self._manager(kind) or self._agent(),
            dry_run=bool(dry_run),
            field_validation=validation or "Warn",
            force=self.request.flag("force"),
            warnings=self.warnings,
            shown=self._shown,
        )

    def _shown(self, obj: Object) -> Object:
        """Un objeto con las fechas que ve quien pide."""
        if not self.edge.dates.version or not isinstance(obj, dict):
            return obj
        found: Object = json.loads(encode(obj, times.of(self.kind)).at(self.edge.dates))
        return found

    def _manager(self, kind: str) -> str:
        """Quién firma, si lo dice. Lanza 422 si no vale como nombre."""
        name = self.request.one("fieldManager").encode(errors="replace").decode()
        if len(name.encode()) > _LONGEST_MANAGER:
            message = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
            raise refusal.invalid_option(kind, "fieldManager", "FieldValueTooLong", message)
        if not name.isprintable():
            letter = next(letter for letter in name if not letter.isprintable())
            bad = f"invalid character U+{ord(letter):04X} (at position {len(name.partition(letter)[0].encode())})"
            message = f"Invalid value: {json.dumps(name, ensure_ascii=False)}: {bad}"
            raise refusal.invalid_option(kind, "fieldManager", "FieldValueInvalid", message)
        return name

    def _agent(self) -> str:
        """Sin `fieldManager`, firma el programa que llama: lo que va antes de la barra en `User-Agent`."""
        return self.request.headers.get("user-agent", "").partition("/")[0] or "unknown"


def _selector(parse: Callable[[str], S], text: str) -> S | None:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise status.bad_request(str(error)) from None
