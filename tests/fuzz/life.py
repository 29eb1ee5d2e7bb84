"""Una vida: un clúster, unos cientos de peticiones y todo lo que salió mal."""

from __future__ import annotations

import copy
import json
import logging
import random
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import yaml

from lab_tools.embedded.cluster import EmbeddedCluster, State
from lab_tools.embedded.rest import Request, Response
from lab_tools.objects import kinds
from lab_tools.objects.kind import Kind
from tests.fuzz import oracle
from tests.fuzz.mirror import Mirror
from tests.fuzz.moves import PATCHES, TABLE, Moves

STEPS = 250
# Segundos de pared: ninguna petición honrada tarda tanto, ni diez minutos de un clúster tan pequeño.
PATIENCE = 30
_MIRRORED = (kinds.POD, kinds.CONFIGMAP, kinds.DEPLOYMENT, kinds.SERVICE, kinds.EVENT, kinds.ENDPOINTSLICE, kinds.JOB,
    kinds.NODE,
             kinds.HORIZONTALPODAUTOSCALER_V1, kinds.NAMESPACE, kinds.REPLICASET,
                 kinds.PERSISTENTVOLUMECLAIM)  # fmt: skip
_REPEATABLE = {PATCHES[1]: "merge", PATCHES[3]: "apply"}


class Stuck(BaseException):
    """Se acabó la paciencia. No es un `Exception` para que nadie la confunda con un error suyo."""


@dataclass(frozen=True)
class Fault:
    """Algo que no debía pasar: dónde (`seed`, `step`), haciendo qué, y qué fue. `sign` junta las que son la misma."""

    seed: int
    step: int
    doing: str
    what: str

    @property
    def sign(self) -> str:
        """La última línea de la traza y su excepción; sin traza, el comienzo de la queja."""
        lines = [line.strip() for line in self.what.splitlines() if line.strip()]
        frames = [line for line in lines if line.startswith("File") and "lab_tools" in line]
        return f"{frames[-1].split('lab_tools')[-1]} · {lines[-1][:100]}" if frames else lines[0][:110]


class Life:
    """La vida de una semilla."""

    def __init__(self, seed: int, steps: int = STEPS) -> None:
        self.seed, self.steps = seed, steps
        self.faults: list[Fault] = []
        self.codes: dict[int, int] = {}
        # Lo que se pidió y el código con que se contestó, en orden.
        self.story: list[tuple[str, int]] = []
        self._luck = random.Random(f"fuzz:{seed}")
        self._cluster = EmbeddedCluster(2, seed)
        self._moves = Moves(self._cluster, self._luck)
        self._mirrors: list[Mirror] = []
        self._step = 0
        self._doing = ""

    def run(self) -> list[Fault]:
        """Vive hasta el final, o hasta que algo se rompa sin remedio."""
        with _watched(self._trace):
            for request in self._moves.opening():
                self._ask(request)
            for step in range(self.steps):
                self._step = step
                try:
                    with _patience():
                        self._turn()
                except (Exception, Stuck) as error:
                    self._note("".join(traceback.format_exception(error)))
                    return self.faults
            self._doing = "el final"
            self._attempt_end()
        return self.faults

    def _attempt_end(self) -> None:
        try:
            with _patience():
                self._look_at_mirrors()
                self._continue_elsewhere()
        except (Exception, Stuck) as error:
            self._note("".join(traceback.format_exception(error)))

    def _turn(self) -> None:
        roll = self._luck.random()
        if roll < 0.07:
            seconds = self._luck.choice((0.1, 1, 5, 5, 30, 120, 600))
            self._doing = f"pasan {seconds} s"
            self._cluster.clock.advance(seconds)
        elif roll < 0.10:
            self._doing = "mirar los espejos"
            self._look_at_mirrors()
            self._mirrors.append(Mirror(self._cluster, self._luck.choice(_MIRRORED), self._luck))
            if len(self._mirrors) > 6:
                self._mirrors.pop(0).close()
        elif roll < 0.13:
            self._save_again()
        else:
            self._ask(self._moves.next())

    def _ask(self, request: Request) -> None:
        self._doing = _shown(request)
        response = self._judged(request)
        self.codes[response.status] = self.codes.get(response.status, 0) + 1
        self.story.append((self._doing, response.status))
        if 200 <= response.status < 300 and not request.query.get("dryRun"):
            self._follow_up(request, response)
        if not isinstance(response.body, bytes):
            response.body.read()
            response.body.close()
        if response.session is not None:
            response.session.feed(bytes([0]) + b"hola\n")
            response.session.read()
            response.session.feed(self._luck.randbytes(9))
            response.session.close()
        self._cluster.clock.settle()

    def _judged(self, request: Request) -> Response:
        before = self._cluster.store.revision
        response = self._cluster.rest.handle(copy.deepcopy(request))
        for complaint in oracle.complaints(request, response, before, self._cluster.store.revision):
            self._note(complaint)
        return response

    def _follow_up(self, request: Request, response: Response) -> None:
        """Lo que se escribió es lo que se lee; y repetir un parche que dice cómo debe quedar no cambia nada."""
        if request.method not in ("POST", "PUT", "PATCH") or not isinstance(response.body, bytes):
            return
        if response.headers["content-type"] != "application/json" or request.headers.get("accept"):
            return
        obj = json.loads(response.body)
        kind = self._cluster.api.kinds.find(obj.get("apiVersion", ""), obj.get("kind", ""))
        meta = obj.get("metadata") or {}
        if kind is None or "get" not in kind.verbs or not meta.get("uid"):
            return
        read = self._judged(Request("GET", kind.path(meta.get("namespace"), meta["name"])))
        if read.status == 404 and meta.get("deletionTimestamp"):
            return
        if read.body != response.body:
            self._note(f"lo escrito no es lo leído:\n{response.body.decode()[:2000]}\n{read.body!r}")
            return
        media = request.headers.get("content-type", "")
        # Quien aplica un nulo se queda con un campo que no está, y eso sí se discute la segunda vez.
        excused = b"resourceVersion" in request.body or (media == PATCHES[3] and _has_null(request.body))
        if request.method == "PATCH" and media in _REPEATABLE and not excused:
            self._repeat(request, response)

    def _repeat(self, request: Request, response: Response) -> None:
        before = self._cluster.store.revision
        again = self._judged(request)
        if again.status != 200 or self._cluster.store.revision != before or again.body != response.body:
            self._note(f"repetido, cambia ({again.status}):\n{response.body!r}\n{again.body!r}")

    def _redefined(self, kind: Kind) -> bool:
        """Si es de un tipo propio cuya definición ha cambiado: lo guardado puede no ser ya como ella dice."""
        found = self._cluster.api.list(kinds.CUSTOMRESOURCEDEFINITION).items
        mine = [one for one in found if one["metadata"]["name"] == f"{kind.plural}.{kind.group}"]
        return any(one["metadata"]["generation"] > 1 for one in mine)

    def _save_again(self) -> None:
        """Leer un objeto y devolverlo tal cual no cambia nada, y pasa la lectura más estricta."""
        kind = self._luck.choice(
            [one for one in self._cluster.api.kinds.all if {"get", "list", "update"} <= set(one.verbs)]
        )
        if kind.group in kinds.EXTENSION_GROUPS or self._redefined(kind):
            return
        items = self._cluster.api.list(kind).items
        if not items:
            return
        meta = self._luck.choice(items)["metadata"]
        path = kind.path(meta.get("namespace"), meta["name"])
        self._doing = f"devolver {path}"
        read = self._judged(Request("GET", path))
        assert isinstance(read.body, bytes)
        self._judged(Request("GET", path, {}, {"accept": TABLE}))
        before = self._cluster.store.revision
        saved = self._judged(
            Request("PUT", path, {"fieldValidation": ["Strict"]}, {"content-type": "application/json"}, read.body)
        )
        if saved.status != 200 or self._cluster.store.revision != before or saved.body != read.body:
            self._note(f"devuelto tal cual, cambia ({saved.status}):\n{read.body.decode()}\n{saved.body!r}")

    def _look_at_mirrors(self) -> None:
        for mirror in list(self._mirrors):
            for complaint in mirror.check():
                self._note(complaint)

    def _continue_elsewhere(self) -> None:
        """Lo guardado cabe en JSON, y un clúster que continúe desde ahí echa a andar."""
        state = self._cluster.snapshot()
        values = json.loads(json.dumps(state.values, allow_nan=False))
        if values != [[list(key), value] for key, value in state.values]:
            self._note("lo guardado no vuelve igual de JSON")
        other = EmbeddedCluster(
            seed=self.seed, saved=State(state.revision, state.time, [(tuple(key), value) for key, value in values])
        )
        other.clock.advance(30)

    def _trace(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self._note("".join(traceback.format_exception(record.exc_info[1])))

    def _note(self, what: str) -> None:
        self.faults.append(Fault(self.seed, self._step, self._doing, what))


def _shown(request: Request) -> str:
    query = "&".join(f"{name}={value}" for name, values in request.query.items() for value in values)
    return f"{request.method} {request.path}?{query} {request.headers} {request.user.name}\n    {request.body[:3000]!r}"


@contextmanager
def _patience() -> Iterator[None]:
    """Interrumpe lo que no acabe. En Windows no hay con qué, y se espera lo que haga falta."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def enough(number: int, frame: FrameType | None) -> None:
        raise Stuck(f"más de {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, enough)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class _Listener(logging.Handler):
    def __init__(self, tell: object) -> None:
        super().__init__()
        self.emit = tell  # type: ignore[assignment]


@contextmanager
def _watched(tell: object) -> Iterator[None]:
    """Lo que la puerta apunta en su registro es una traza que se tragó."""
    log, listener = logging.getLogger("orquesta.rest"), _Listener(tell)
    propagated, log.propagate = log.propagate, False
    log.addHandler(listener)
    try:
        yield
    finally:
        log.removeHandler(listener)
        log.propagate = propagated


def lives(seeds: Iterator[int], until: float) -> Iterator[Life]:
    """Vive una semilla tras otra hasta el instante `until` de `time.monotonic()`."""
    for seed in seeds:
        life = Life(seed)
        life.run()
        yield life
        if time.monotonic() >= until:
            return


def _has_null(text: bytes) -> bool:
    """Si en un YAML hay un valor vacío, se escriba como se escriba."""
    return any(isinstance(token, yaml.ScalarEvent) and token.implicit[0] and token.value in ("", "~", "null", "Null",
               "NULL") for token in yaml.parse(text))  # fmt: skip
