"""Cuánto tarda en recuperarse una carga, medido desde fuera y de la misma manera en todos los clústeres.

Se toman muestras: a una hora del clúster, qué Pods hay y cuáles están listos. Dentro del proceso el tiempo solo
pasa cuando alguien espera, y basta con mirar después; en un clúster servido pasa solo, y un hilo mira mientras tanto.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

from lab_tools.client import Client
from lab_tools.errors import InfrastructureError, StatusError, UsageError
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector

TIMEOUT = 120.0  # segundos del clúster que se espera a que vuelva
NOTICE = 5.0  # los que se espera a que se note la caída
_STEP = 0.05
_WALL_STEP = 0.01


@dataclass(frozen=True)
class Sample:
    """Lo que había en un instante (`client.elapsed()`): los Pods vivos, los listos y cuántos se piden."""

    time: float
    alive: dict[str, str]
    ready: frozenset[str]
    wanted: int

    @property
    def whole(self) -> bool:
        """Están listos todos los que se piden, y ninguno de más."""
        return len(self.ready) == len(self.alive) == self.wanted

    def resembles(self, other: Sample) -> bool:
        """Los mismos Pods, con los mismos listos."""
        return (self.alive.keys(), self.ready) == (other.alive.keys(), other.ready)


class Recovery:
    """Lo que tardó una carga en recuperarse, en segundos del clúster; se rellena al salir del `with`.

    `detect`: de la caída al primer Pod nuevo. `start`: de ahí a que están listos todos. `total`: la suma.
    Son `None` si no se perdió ningún Pod o si no se recuperó a tiempo.
    """

    def __init__(self, workload: str) -> None:
        self.workload = workload
        self.lost: tuple[str, ...] = ()
        self.new: tuple[str, ...] = ()
        self.detect: float | None = None
        self.start: float | None = None
        self.total: float | None = None
        self.finished = False

    @property
    def seconds(self) -> float | None:
        """Lo mismo que `total`."""
        return self.total

    def __repr__(self) -> str:
        if not self.finished:
            return f"Midiendo {self.workload}…"
        if not self.lost:
            return f"No se perdió ningún Pod de {self.workload}: no hay recuperación que medir"
        if self.total is None or self.detect is None or self.start is None:
            return f"{self.workload} no se ha recuperado todavía: perdió {', '.join(self.lost)}"
        return (
            f"Recuperado en {_decimal(self.total)} s: {_decimal(self.detect)} s en darse cuenta, "
            f"{_decimal(self.start)} s en arrancar"
        )

    def fill(self, before: Sample, samples: list[Sample]) -> None:
        """Deduce los tiempos de las muestras, en orden. `before` es la de antes de romper nada."""
        self.finished = True
        last = samples[-1]
        self.lost = tuple(name for uid, name in before.alive.items() if uid not in last.alive)
        self.new = tuple(name for uid, name in last.alive.items() if uid not in before.alive)
        # La caída está entre dos muestras: se cuenta desde la última con todos, y así nunca se mide de menos.
        fall = next((was.time for was, one in pairwise(samples) if before.alive.keys() - one.alive.keys()), None)
        born = next((one.time for one in samples if one.alive.keys() - before.alive.keys()), None)
        if fall is None or born is None or not last.whole:
            return
        # Desde cuándo están los mismos y listos: una segunda caída alarga la recuperación.
        *_, back = (one.time for one in takewhile(last.resembles, reversed(samples)))
        self.detect = max(0.0, born - fall)
        self.start = back - max(born, fall)
        self.total = self.detect + self.start


@contextlib.contextmanager
def measure_recovery(client: Client, workload: str, timeout: float = TIMEOUT) -> Iterator[Recovery]:
    """Mide lo que tarda en recuperarse `workload` («deployment/frontend») de lo que se haga dentro del `with`."""
    name = _deployment(workload)
    recovery = Recovery(workload)
    before = _sample(client, name)
    samples: list[Sample] = [before]
    with _watching(client, name, samples):
        yield recovery
    _follow(client, name, before, samples, timeout)
    recovery.fill(before, samples)


def _follow(client: Client, name: str, before: Sample, samples: list[Sample], timeout: float) -> None:
    """Sigue mirando hasta que vuelva, o hasta que esté claro que no se cayó nada."""
    samples.append(_sample(client, name))
    opened = samples[-1].time
    while True:
        fell = any(before.alive.keys() - one.alive.keys() for one in samples)
        if fell and samples[-1].whole:
            return
        if samples[-1].time - opened >= (timeout if fell else NOTICE):
            return
        client.wait(_STEP)
        samples.append(_sample(client, name))


@contextlib.contextmanager
def _watching(client: Client, name: str, samples: list[Sample]) -> Iterator[None]:
    """En un clúster servido, toma muestras mientras dura el cuerpo del `with`."""
    if client.connection.kubeconfig is None:
        yield
        return
    over = threading.Event()

    def look() -> None:
        # Si una muestra falla, la medida sigue con las demás: el error volverá a salir en el hilo principal.
        with contextlib.suppress(InfrastructureError, StatusError):
            while not over.is_set():
                samples.append(_sample(client, name))
                time.sleep(_WALL_STEP)

    watcher = threading.Thread(target=look, name="orquesta-medida", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _sample(client: Client, name: str) -> Sample:
    now = client.elapsed()
    deployment = client.get("deployments", name)
    chooses = LabelSelector.from_object(deployment["spec"]["selector"])
    alive = {
        pod["metadata"]["uid"]: pod
        for pod in client.list("pods", labels=str(chooses))
        if not pod["metadata"].get("deletionTimestamp")
    }
    return Sample(
        time=now,
        alive={uid: pod["metadata"]["name"] for uid, pod in alive.items()},
        ready=frozenset(uid for uid, pod in alive.items() if _ready(pod)),
        wanted=deployment["spec"].get("replicas", 1),
    )


def _ready(pod: Object) -> bool:
    conditions: list[Object] = (pod.get("status") or {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _deployment(workload: str) -> str:
    kind, _, name = workload.rpartition("/")
    if kind.lower() not in ("", "deployment", "deploy", "deployments", "deployment.apps"):
        raise UsageError(f"No sé medir «{workload}».", "Escribe el Deployment: «deployment/frontend».")
    return name


def _decimal(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
