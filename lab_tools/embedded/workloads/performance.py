"""Cuánto cuesta atender una petición: los números de una imagen que el tráfico convierte en latencia, CPU y memoria.

Una petición ocupa uno de `workers` puestos durante un tiempo de servicio de media `time` segundos. De ese tiempo,
`cpu / time` es trabajo de procesador (lo que frena un límite de CPU) y el resto, espera (disco, otros).
Si todos los puestos están ocupados, espera en una cola de `queue` plazas; si tampoco cabe, se contesta 503.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

EXPONENTIAL, LOGNORMAL, CONSTANT = "exponential", "lognormal", "constant"
SHAPES = (EXPONENTIAL, LOGNORMAL, CONSTANT)
# Lo que tarda una ruta que no trabaja: una sonda de salud, un 404.
QUICK = 0.0005


@dataclass(frozen=True, slots=True)
class Call:
    """Una llamada a otro servicio, que solo se hace si el contenedor tiene la variable `env` con su dirección base.

    `timeout` en segundos: si no hay respuesta, quien llama contesta 504; si falla, 502.
    """

    env: str
    path: str
    timeout: float = 2.0

    def url(self, env: Mapping[str, str]) -> str:
        """La dirección a la que se llama; vacía si el contenedor no la conoce."""
        base = env.get(self.env, "")
        return base.rstrip("/") + self.path if base else ""


@dataclass(frozen=True, slots=True)
class Keeps:
    """Una cola de mensajes: la ruta que mete uno, la que lo toma, la que lo da por hecho y la que cuenta cuántos hay.

    `lease`: segundos que quien toma uno tiene para hacerlo; si no lo da por hecho, vuelve a la cola. `size`: bytes
    que ocupa cada uno mientras está.
    """

    put: str = "/poner"
    take: str = "/tomar"
    done: str = "/hecho"
    depth: str = "/mensajes"
    lease: float = 30.0
    size: int = 1024

    @property
    def paths(self) -> frozenset[str]:
        """Las rutas que mueven o cuentan mensajes."""
        return frozenset((self.put, self.take, self.done, self.depth))


@dataclass(frozen=True, slots=True)
class Works:
    """Quien vacía una cola: la variable con su dirección, las rutas de tomar y dar por hecho, y la pausa.

    `pause`: segundos que espera cuando no hay nada, o no contesta nadie, antes de volver a preguntar.
    """

    env: str
    take: str = "/tomar"
    done: str = "/hecho"
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Performance:
    """Lo que gasta y tarda una petición.

    `time` y `cpu`: segundos por petición. `spread`: desviación típica dividida por la media (solo `lognormal`).
    `memory`: bytes mientras está en curso. `leak`: bytes que cada una deja para siempre. `failures`: proporción
    que acaba en 500. `quick`: rutas que se contestan sin trabajar. `calls`: a quién llama cada ruta.
    `metrics`: la ruta en que cuenta lo que hace, si la tiene. `keeps`: los mensajes que guarda, si es una cola.
    """

    time: float = 0.001
    shape: str = EXPONENTIAL
    spread: float = 0.5
    cpu: float = 0.0005
    workers: int = 16
    queue: int = 511
    memory: int = 0
    leak: int = 0
    failures: float = 0.0
    quick: frozenset[str] = frozenset()
    calls: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)
    metrics: str = ""
    keeps: Keeps | None = None

    def draws(self, rng: random.Random) -> Callable[[], float]:
        """Quien sortea tiempos de servicio, en segundos, con la media y la forma de esta imagen."""
        mean = self.time
        if self.shape == CONSTANT or mean <= 0:
            return lambda: mean
        if self.shape == LOGNORMAL:
            variance = math.log(1 + self.spread**2)
            middle, width = math.log(mean) - variance / 2, math.sqrt(variance)
            gauss, exp = rng.gauss, math.exp
            return lambda: exp(middle + width * gauss(0.0, 1.0))
        luck, log = rng.random, math.log
        return lambda: -mean * log(1.0 - luck())

    @property
    def cpu_share(self) -> float:
        """La parte del tiempo de servicio que es trabajo de procesador, de 0 a 1."""
        return min(self.cpu / self.time, 1.0) if self.time > 0 else 0.0


DEFAULT = Performance()
