"""Cuánto hace falta: núcleos, réplicas, máquinas y nodos.

Una petición que gasta `s` segundos de procesador, repetida `r` veces por segundo, ocupa `r·s` núcleos: es la ley de la
utilización (Denning y Buzen, «The Operational Analysis of Queueing Network Models», 1978). Como cerca del 100 % la cola
crece sin fin, se compran más para quedarse en la parte `busy`.
"""

from __future__ import annotations

import math

from lab_tools.errors import UsageError
from lab_tools.sizing.case import Case, Rates

LEAST_NODES, SPARE = 2, 1  # con menos de dos no hay a dónde ir, y uno sobra para poder perderlo
_TINY = 1e-9


def cores(rps: float, cpu_seconds: float, busy: float = 0.7) -> float:
    """Los núcleos que hacen falta para `rps` peticiones por segundo de `cpu_seconds` cada una.

    Lanza `UsageError` si algún número no tiene sentido.
    """
    if rps < 0 or cpu_seconds < 0 or not 0 < busy <= 1:
        raise UsageError(f"No hay cuentas con {rps:g} peticiones, {cpu_seconds:g} s y un {busy:.0%} de ocupación.",
                         "Peticiones y segundos, de 0 en adelante; la ocupación, más de 0 y hasta 1.")  # fmt: skip
    return rps * cpu_seconds / busy


def replicas(rps: float, cpu_seconds: float, each: float, busy: float = 0.7, least: int = 1) -> int:
    """Las copias que hacen falta si cada una tiene `each` núcleos; nunca menos de `least`."""
    if each <= 0:
        raise UsageError(f"Una copia con {each:g} núcleos no trabaja.", "Di cuántos tiene: 0.5 es medio.")
    return max(least, math.ceil(cores(rps, cpu_seconds, busy) / each - _TINY))


def machine(case: Case, rates: Rates) -> int | None:
    """El tamaño (núcleos) de la menor máquina en la que cabe la punta, o `None` si no se vende tan grande."""
    needed = cores(case.peak_rps, case.cpu_seconds, rates.busy)
    return next((size for size in sorted(rates.sizes) if size >= needed - _TINY), None)


def nodes(case: Case, rates: Rates, rps: float) -> int:
    """Los nodos que hacen falta para `rps`, con uno de sobra para poder perderlo."""
    usable = rates.node - rates.reserved
    needed = math.ceil(cores(rps, case.cpu_seconds, rates.busy) / usable - _TINY)
    return max(LEAST_NODES, needed) + SPARE
