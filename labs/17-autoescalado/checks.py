"""Los hechos del laboratorio 17. Cada función recibe la variante y devuelve un hecho.

La jornada entera se manda en una copia del clúster, una sola vez por foto: de ella salen el P95, los fallos, cuántos
Pods había y lo que costaron.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lab_tools import traffic
from lab_tools.checks.acting import in_copy
from lab_tools.checks.compare import differences
from lab_tools.checks.expect import Fact, Finding, answer, condition, exists, given, matches
from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.under_load import told
from lab_tools.checks.wording import pods
from lab_tools.client import Client
from lab_tools.labs.variant import Variant
from lab_tools.traffic.result import Load

REPORT, API, CATALOGUE = "informe", "api", "catalogo"
URL, CALLER = "http://api/pedidos", "deployment/frontend"
QUIET, EVERY, SETTLING = 8.0, 10.0, 45.0
SLACK = 1.3  # lo que puede pasarse del límite quien midió en otro momento
MARGIN = 1.1  # lo que cambia el P95 de la misma jornada según a qué segundo de la cuenta del HPA empiece
RESOURCES = {"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"cpu": "200m"}}


class Day(NamedTuple):
    """Una jornada: lo que vio la carga y los Pods que había, cada diez segundos."""

    flow: Load
    pods: tuple[int, ...]

    @property
    def cost(self) -> float:
        """Pods·segundo."""
        return sum(self.pods) * EVERY


def steps(peak: float) -> list[tuple[float, float]]:
    """La jornada: madrugada, mañana que crece, pico, tarde y noche."""
    return [(30, QUIET), (40, 0.4 * peak), (40, 0.7 * peak), (80, peak), (30, 0.4 * peak), (180, QUIET)]


def day(snapshot: Snapshot, peak: float) -> Day:
    """La jornada, medida una vez por foto."""
    asked = ("jornada", peak)
    if asked not in snapshot.answers:
        with snapshot.copy() as copy:
            copy.client.wait(SETTLING)
            snapshot.answers[asked] = _live(copy.client, steps(peak))
    found: Day = snapshot.answers[asked]
    return found


def _live(client: Client, plan: Sequence[tuple[float, float]]) -> Day:
    flow = traffic.start(client, URL, plan, None, CALLER, timeout=5)
    seen = []
    while flow.refresh().running:
        seen.append(len(client.list("pods", labels=f"app={API}")))
        client.wait(EVERY)
    return Day(flow, tuple(seen))


# --- 1 · cuántas harían falta -----------------------------------------------------------------------------


def _said(snapshot: Snapshot) -> int | None:
    text = ((snapshot.get("configmaps", REPORT) or {}).get("data") or {}).get("replicas", "").strip()
    return int(text) if text.isdigit() and 1 <= int(text) <= 30 else None


def _with(snapshot: Snapshot, replicas: int, peak: float) -> Load:
    """El pico, con ese número fijo de réplicas."""
    asked = ("fijas", replicas)
    if asked not in snapshot.answers:
        with snapshot.copy() as copy:
            client = copy.client
            for autoscaler in client.list("horizontalpodautoscalers"):
                if autoscaler["spec"]["scaleTargetRef"]["name"] == API:
                    client.delete("horizontalpodautoscalers", autoscaler["metadata"]["name"])
            client.scale("deployments", API, replicas)
            client.wait(20)
            flow = traffic.start(client, URL, peak, 40, CALLER, timeout=5)
            while flow.refresh().running:
                client.wait(EVERY)
            snapshot.answers[asked] = flow
    found: Load = snapshot.answers[asked]
    return found


def _holds(flow: Load, limit: float) -> bool:
    return flow.latency.p95 is not None and flow.latency.p95 <= limit and not flow.failed


def enough_are_said(v: Variant) -> Fact:
    """Con las réplicas que dice el informe se aguanta el pico."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que tu informe dijera en `replicas` un número que sostuviera {v.day['peak']} por segundo"
        said = _said(snapshot)
        if said is None:
            return Finding(False, expected, "que el ConfigMap `informe` no tiene ningún número en `replicas`")
        flow = _with(snapshot, said, v.day["peak"])
        return Finding(_holds(flow, v.limit * SLACK), expected, f"con {said}, {told(flow)}")

    return look


def not_many_more_are_said(v: Variant) -> Fact:
    """Con dos menos de las que dice el informe no se aguanta."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "que tu informe dijera en `replicas` el número más pequeño que basta"
        said = _said(snapshot)
        if said is None:
            return Finding(False, expected, "que el ConfigMap `informe` no tiene ningún número en `replicas`")
        if said <= 2:
            return Finding(True, expected, f"{said}")
        flow = _with(snapshot, said - 2, v.day["peak"])
        return Finding(not _holds(flow, v.limit), expected, f"con dos menos, {told(flow)}")

    return given(enough_are_said(v), look)


# --- 2 · la jornada ---------------------------------------------------------------------------------------


def same_pods(v: Variant) -> Fact:
    """Los Pods de `api` son los de siempre: su imagen, y lo que reservan y no pueden pasar."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"los Pods de `{API}` con la imagen y los recursos de siempre"
        found = snapshot.get("deployments", API)
        if found is None:
            return Finding(False, expected, f"que no hay ningún Deployment `{API}`")
        container = found["spec"]["template"]["spec"]["containers"][0]
        wrong = differences({"image": "tienda-api:1.0", "resources": RESOURCES}, container)
        return Finding(not wrong, expected, "; ".join(wrong) or "justo eso")

    return look


def holds_the_day(v: Variant) -> Fact:
    """En la jornada entera el P95 se sostiene y no falla ninguna."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"un P95 de {v.limit * 1000:.0f} ms o menos en la jornada, con un margen del 10 %, y 0 fallidas"
        flow = day(snapshot, v.day["peak"]).flow
        return Finding(_holds(flow, v.limit * MARGIN), expected, told(flow))

    return look


def grows_and_shrinks(v: Variant) -> Fact:
    """Hay más Pods en el pico que de madrugada, y al final de la noche, otra vez pocos."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "más Pods en el pico que al empezar, y al acabar la noche no más de la mitad que en el pico"
        seen = day(snapshot, v.day["peak"]).pods
        met = max(seen) > seen[0] and seen[-1] * 2 <= max(seen)
        return Finding(met, expected, f"{pods(seen[0])} al empezar, {max(seen)} en el pico y {seen[-1]} al acabar")

    return look


def _costs(v: Variant, limit: float) -> Fact:
    def look(snapshot: Snapshot) -> Finding:
        cost = day(snapshot, v.day["peak"]).cost
        expected = f"una jornada de {limit:.0f} Pods·segundo o menos, sin dejar de sostener el P95"
        return Finding(cost <= limit, expected, f"{cost:.0f} Pods·segundo")

    return given(holds_the_day(v), look)


def costs_less_than_fixed(v: Variant) -> Fact:
    """Cuesta menos que tener siempre las del pico."""
    return _costs(v, v.day["fair"])


def costs_little(v: Variant) -> Fact:
    """Cuesta lo que un autoescalado bien puesto."""
    return _costs(v, v.day["good"])


# --- 3 · guardia ------------------------------------------------------------------------------------------


def catalogue_grows(v: Variant) -> Fact:
    """Con carga de sobra, `catalogo` pasa de uno a tres Pods o más."""

    def look(snapshot: Snapshot) -> Finding:
        asked = ("carga", CATALOGUE)
        if asked not in snapshot.answers:
            snapshot.answers[asked] = loaded(snapshot)
        found: Finding = snapshot.answers[asked]
        return found

    def grown(there: Snapshot) -> tuple[bool, str]:
        there.client.wait(SETTLING)
        flow = traffic.start(there.client, "http://catalogo/", 40, 120, CALLER, timeout=5)
        most = 0
        while flow.refresh().running:
            most = max(most, len(there.client.list("pods", labels=f"app={CATALOGUE}")))
            there.client.wait(EVERY)
        return most >= 3, f"{pods(most)} en el mejor momento"

    loaded = in_copy(f"que con carga hubiera 3 Pods de `{CATALOGUE}` o más", grown)
    return given(exists("horizontalpodautoscalers", CATALOGUE), look)


def cause_reported(v: Variant) -> Fact:
    """El informe dice por qué no escalaba."""
    expected = "que tu informe dijera en `catalogo_causa` por qué no escalaba: reserva, destino o techo"
    right = v.fault["cause"]
    return answer(REPORT, "catalogo_causa", lambda _, said: "" if said.lower() == right else f"`{said}`", expected)


def same_autoscaler(v: Variant) -> Fact:
    """El HPA `catalogo` sigue mirando lo mismo, y ahora sabe de qué hablar."""
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
    }
    wanted = {"spec": {"minReplicas": 1, "scaleTargetRef": {"name": CATALOGUE}, "metrics": [metric]}}
    same = matches("horizontalpodautoscalers", CATALOGUE, wanted, "el HPA `catalogo` desde 1 réplica y con su 70 %")
    return given(condition("horizontalpodautoscalers", CATALOGUE, "ScalingActive"), given(catalogue_grows(v), same))
