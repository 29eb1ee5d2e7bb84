"""Lo que dicen los libros de una cola M/M/c: para apostar antes de medir, y para saber si lo medido es creíble.

`arrivals` y `rate` son peticiones por segundo: las que llegan, y las que atiende un puesto (1 / tiempo medio de
servicio). Los tiempos, en segundos. Todas lanzan `UsageError` si la cola crecería sin fin (utilización de 1 o más).
Fuente: L. Kleinrock, «Queueing Systems» I (1975), §3.5; A. K. Erlang (1917).
"""

from __future__ import annotations

import math

from lab_tools.errors import UsageError

_PRECISION = 1e-9


def utilization(arrivals: float, rate: float, servers: int) -> float:
    """Qué parte del tiempo está ocupado cada puesto, de 0 a 1."""
    return arrivals / (servers * rate)


def erlang_c(arrivals: float, rate: float, servers: int) -> float:
    """Probabilidad de tener que esperar, de 0 a 1."""
    load, busy = arrivals / rate, _stable(arrivals, rate, servers)
    blocked = 1.0  # Erlang B por su recurrencia, que no desborda con muchos puestos
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - busy * (1 - blocked))


def mean_wait(arrivals: float, rate: float, servers: int) -> float:
    """Espera media en la cola."""
    return erlang_c(arrivals, rate, servers) / (servers * rate - arrivals)


def mean_latency(arrivals: float, rate: float, servers: int) -> float:
    """Espera más servicio, de media."""
    return mean_wait(arrivals, rate, servers) + 1 / rate


def latency_quantile(part: float, arrivals: float, rate: float, servers: int) -> float:
    """La latencia (espera más servicio) que no supera una parte `part` de las peticiones: 0.95 es el P95."""
    if not 0 <= part < 1:
        raise UsageError(f"No hay un percentil {part:g}.", "Escribe una proporción de 0 a 1: 0.95 es el P95.")
    low, high = 0.0, 1 / rate
    while _beyond(high, arrivals, rate, servers) > 1 - part:
        high *= 2
    while high - low > _PRECISION * max(high, 1.0):
        middle = (low + high) / 2
        low, high = (middle, high) if _beyond(middle, arrivals, rate, servers) > 1 - part else (low, middle)
    return high


def _beyond(seconds: float, arrivals: float, rate: float, servers: int) -> float:
    """Probabilidad de que una petición tarde más de `seconds`."""
    waits, spare = erlang_c(arrivals, rate, servers), servers * rate - arrivals
    service = math.exp(-rate * seconds)
    if abs(spare - rate) < _PRECISION * rate:
        return service * (1 + waits * rate * seconds)
    both = (rate * math.exp(-spare * seconds) - spare * service) / (rate - spare)
    return (1 - waits) * service + waits * both


def _stable(arrivals: float, rate: float, servers: int) -> float:
    found = utilization(arrivals, rate, servers)
    if not 0 <= found < 1:
        raise UsageError(f"Con una utilización de {found:.2f} la cola crece sin fin.",
                         "Pide menos peticiones por segundo, o pon más puestos.")  # fmt: skip
    return found
