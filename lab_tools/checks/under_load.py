"""Hechos que se ven con carga: ninguna petición perdida durante un cambio, y un percentil que se sostiene.

La carga se manda en una copia del clúster, en su tiempo. Solo cuenta si hubo bastantes peticiones: sin ellas no falla
ninguna.
"""

from __future__ import annotations

import json

from lab_tools import traffic
from lab_tools.checks.acting import SETTLE, trying
from lab_tools.checks.actions import Action, perform
from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding, NotMeasurable
from lab_tools.checks.requests import TIMEOUT, Ask, reached
from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.wording import millis, percent, requests, seconds
from lab_tools.client import Client
from lab_tools.traffic.engine import DOOR, engine_for
from lab_tools.traffic.result import Load

STEP = 0.5
ENOUGH = 20  # con menos peticiones que estas no se dice nada de una carga


def no_failed_request(asked: Ask, rps: float, action: Action, settled: Fact, within: float = SETTLE) -> Fact:
    """Mientras dura la acción, hasta que `settled` se cumple, ninguna petición de la carga falla."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"0 peticiones fallidas de las que van a `{asked.url}` al {action.says}"
        with trying(snapshot, action) as there:
            flow = _start(there.client, asked, rps, within + 2 * TIMEOUT + ENOUGH / rps)
            if isinstance(flow, str):
                return Finding(False, wanted, flow)
            there.client.wait(STEP)
            start = there.client.elapsed()
            if problem := perform(action, there):
                return Finding(False, wanted, problem)
            now = there.later(STEP)
            while not (done := settled(now)).met and now.client.elapsed() - start < within:
                now = now.later(STEP)
            # Lo que se quedó esperando al final tarda en darse por perdido; la copia se tira con la carga en marcha.
            now.client.wait(TIMEOUT + ENOUGH / rps)
            flow.refresh()
        if not done.met:
            return Finding(False, wanted, f"{done.found} (después de esperar {seconds(within)})")
        return Finding(not flow.failed and flow.sent >= ENOUGH, wanted, told(flow))

    return look


def p95_under(asked: Ask, rps: float, lasting: float, limit: float, failing: float = 0.0) -> Fact:
    """Con `rps` peticiones por segundo durante `lasting` segundos, el P95 no pasa de `limit` segundos.

    `failing` es la proporción de fallos, de 0 a 1, que se admite.
    """

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"un P95 de {millis(limit)} o menos en `{asked.url}` con {rps:g} peticiones por segundo"
        with snapshot.copy() as copy:
            flow = _start(copy.client, asked, rps, lasting)
            if isinstance(flow, str):
                return Finding(False, wanted, flow)
            _finish(copy.client, flow)
        p95 = flow.latency.p95
        met = p95 is not None and p95 <= limit and flow.failure_rate <= failing and flow.sent >= ENOUGH
        return Finding(met, wanted, told(flow))

    return look


def served_by(asked: Ask, version: str, least: float, most: float, count: int = 200) -> Fact:
    """De `count` peticiones, la versión contesta una parte entre `least` y `most` (de 0 a 1)."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"que la versión `{version}` contestara {_part(least, most)}"
        with snapshot.copy() as copy:
            flow = _start(copy.client, asked, 20, count / 20)
            if isinstance(flow, str):
                return Finding(False, wanted, flow)
            _finish(copy.client, flow)
        total = sum(one.completed for one in flow.versions.values())
        share = flow.versions[version].completed / total if version in flow.versions else 0.0
        parts = (f"la `{name}` un {percent(one.completed / total)}" for name, one in sorted(flow.versions.items()))
        return Finding(total >= ENOUGH and least <= share <= most, wanted, ", ".join(parts) or told(flow))

    return look


def _part(least: float, most: float) -> str:
    """«todas las peticiones», «ninguna petición», «entre el 7 % y el 25 % de las peticiones»."""
    whole = {(1.0, 1.0): "todas las peticiones", (0.0, 0.0): "ninguna petición"}
    return whole.get((least, most), f"entre el {percent(least)} y el {percent(most)} de las peticiones")


def past_loads(snapshot: Snapshot) -> list[Load]:
    """Las cargas que el clúster recuerda, con todas sus cuentas. `NotMeasurable` si aquí no se guardan."""
    if "cargas" not in snapshot.answers:
        client = snapshot.client
        reply = client.connection.send("GET", f"{DOOR}/loads", headers={"accept": "application/json"})
        if reply.status >= 400 or not isinstance(reply.body, bytes):
            raise NotMeasurable("este clúster no recuerda las cargas que se le mandaron")
        engine, names = engine_for(client), [one["id"] for one in json.loads(reply.body)["loads"]]
        snapshot.answers["cargas"] = [Load(client, engine, engine.read(name, whole=True)) for name in names]
    found: list[Load] = snapshot.answers["cargas"]
    return found


def told(flow: Load) -> str:
    """La carga, en una frase."""
    p95 = f", con un P95 de {millis(flow.latency.p95)}" if flow.latency.p95 is not None else ""
    return f"{requests(flow.completed)}, {flow.failed} fallida{'' if flow.failed == 1 else 's'}{p95}"


def _start(client: Client, asked: Ask, rps: float, lasting: float) -> Load | str:
    return reached(lambda: traffic.start(client, asked.url, rps, lasting, asked.from_ or None, method=asked.method,
                                         timeout=TIMEOUT))  # fmt: skip


def _finish(client: Client, flow: Load) -> None:
    """Espera a que acabe, sin la línea de progreso de `Load.wait`: una celda puntuada no escribe en los errores."""
    while flow.refresh().running:
        client.wait(max(STEP, min(5.0, flow.seconds - flow.elapsed)))
