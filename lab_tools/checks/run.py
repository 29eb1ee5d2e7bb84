"""Pasar varias comprobaciones: esperar a que el clúster se quede quieto, y no más de lo debido.

Treinta segundos de pared bastan para todas en cualquier clúster. Si no bastan, las que quedan salen «sin tiempo»,
que no es una nota: quien corrige lo trata como un fallo de la infraestructura y repite.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from lab_tools.checks.budget import WALL_LIMIT, Budget, OutOfTime, Timed, goes_by_the_wall, too_long
from lab_tools.checks.check import Check
from lab_tools.checks.result import GOOD, HURRIED, Result
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.errors import InfrastructureError

PATIENCE = 30.0  # segundos del clúster que se espera, como mucho, a que termine lo que está en marcha
CALM = 6.0  # segundos del clúster sin cambios en las cargas que bastan para darlo por quieto
STEP = 0.5
WALL_PATIENCE = 12.0  # segundos de pared que se dedican a esperar


def run(
    checks: Sequence[Check],
    snapshot: Snapshot,
    clock: Callable[[], float] | None = None,
    seconds: float = WALL_LIMIT,
) -> list[Result]:
    """El resultado de cada comprobación sobre `snapshot` o, si algo falta y hay movimiento, cuando pare.

    No escribe en el clúster. Lo que no quepa en `seconds` de pared sale «sin tiempo» y no vale ni quita puntos.
    """
    budget = Budget(seconds, clock or time.monotonic)
    client = Client(Timed(snapshot.client.connection, budget), snapshot.client.namespace)
    now = Snapshot(client, snapshot.namespace)
    if client.connection.kubeconfig is not None:  # servido: mientras se mira también pasan cosas, y se ha de notar
        with suppress(OutOfTime):
            now.fingerprint()
    results = [_look(check, now, budget) for check in checks]
    try:
        return _settled(checks, now, results, budget)
    except OutOfTime:
        # Lo último que se supo vale: lo que falta, falta también sin esperar más.
        return results


def _settled(checks: Sequence[Check], now: Snapshot, results: list[Result], budget: Budget) -> list[Result]:
    waited = still = 0.0
    # En un clúster de verdad mirar ya lleva lo suyo: la espera se cuenta aparte, y el límite sigue siendo uno.
    end = budget.spent + WALL_PATIENCE
    while not _complete(results) and waited < PATIENCE and still < CALM and budget.spent < end:
        before = now.fingerprint()
        now = now.later(STEP)
        waited += STEP
        still = still + STEP if now.fingerprint() == before else 0.0
        if not still:
            for index, check in enumerate(checks):
                found = _look(check, now, budget)
                # Un resultado que ya se tenía no se cambia por no haber tenido tiempo de mirarlo otra vez.
                results[index] = found if found.state != HURRIED else results[index]
    return results


def run_to_the_end(
    checks: Sequence[Check], snapshot: Snapshot, clock: Callable[[], float] | None = None
) -> list[Result]:
    """Como `run`, para quien pone nota en un clúster que va a la hora de la pared: lo que no cupo se mira solo.

    Cada vuelta tiene su límite. Lo que ni sola cabe no es medible allí. En los demás clústeres es `run`: si algo no
    cupo, la máquina va despacio.
    """
    results = run(checks, snapshot, clock)
    if not any(result.state == HURRIED for result in results) or not goes_by_the_wall(snapshot.client.connection):
        return results
    return [_alone(check, snapshot, clock) if result.state == HURRIED else result
            for check, result in zip(checks, results, strict=True)]  # fmt: skip


def _alone(check: Check, snapshot: Snapshot, clock: Callable[[], float] | None) -> Result:
    (result,) = run([check], snapshot.again(), clock)
    return check.unmeasured(f"que no es medible aquí: {too_long(WALL_LIMIT)}") if result.state == HURRIED else result


def _look(check: Check, now: Snapshot, budget: Budget) -> Result:
    try:
        budget.check()
    except OutOfTime as reason:
        return check.unmeasured(f"que no dio tiempo a saberlo: {reason}", HURRIED)
    return check.look(now)


def demand(results: Sequence[Result], what: str) -> None:
    """Lanza `InfrastructureError` si alguna no se pudo mirar a tiempo: así no se pone una nota."""
    late = [result.id for result in results if result.state == HURRIED]
    if late:
        raise InfrastructureError(
            f"{what}: {', '.join(late)} no terminaron en {WALL_LIMIT:g} s. El clúster va muy despacio.",
            "No se ha puesto ninguna nota. Repite cuando la máquina esté menos cargada.",
        )


def _complete(results: Sequence[Result]) -> bool:
    return all(result.state == GOOD or not result.possible for result in results)
