"""Pasar varias comprobaciones: esperar a que el clúster se quede quieto, y no más de lo debido."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from lab_tools.checks.check import Check, Result
from lab_tools.checks.snapshot import Snapshot
from lab_tools.errors import InfrastructureError

PATIENCE = 30.0  # segundos del clúster que se espera, como mucho, a que termine lo que está en marcha
CALM = 6.0  # segundos del clúster sin cambios en las cargas que bastan para darlo por quieto
STEP = 0.5
WALL_LIMIT = 30.0  # segundos de pared que puede durar una comprobación, en cualquier clúster
WALL_PATIENCE = 12.0  # de ellos, los que se dedican a esperar


def run(checks: Sequence[Check], snapshot: Snapshot, clock: Callable[[], float] = time.monotonic) -> list[Result]:
    """El resultado de cada comprobación sobre `snapshot` o, si algo falta y hay movimiento, cuando pare.

    No escribe en el clúster. `InfrastructureError` si se tarda más de 30 s de pared.
    """
    start, waited, still = clock(), 0.0, 0.0
    results = _look(checks, snapshot, clock, start)
    while not _complete(results) and waited < PATIENCE and still < CALM and clock() - start < WALL_PATIENCE:
        before = snapshot.fingerprint()
        snapshot = snapshot.later(STEP)
        waited += STEP
        still = still + STEP if snapshot.fingerprint() == before else 0.0
        if not still:
            results = _look(checks, snapshot, clock, start)
    return results


def _look(checks: Sequence[Check], snapshot: Snapshot, clock: Callable[[], float], start: float) -> list[Result]:
    results = []
    for check in checks:
        if clock() - start > WALL_LIMIT:
            raise InfrastructureError(
                f"La comprobación {check.id} no terminó en {WALL_LIMIT:g} s: el clúster va muy despacio.",
                "Repite la comprobación cuando la máquina esté menos cargada.",
            )
        results.append(check.look(snapshot))
    return results


def _complete(results: Sequence[Result]) -> bool:
    return all(result.earned >= result.possible for result in results)
