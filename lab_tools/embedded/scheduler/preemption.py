"""Hacer sitio: a quién se echaría de cada nodo para que quepa un Pod más importante, y de qué nodo conviene.

Solo se echa a Pods de menos prioridad: primero se supone que se van todos y después se perdona, del más importante al
menos, a cuantos quepan. Un presupuesto de interrupciones (PDB) se respeta mientras haya otra salida.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/ y
https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/scheduler/framework/preemption
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab_tools.embedded.clock import parse
from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.filters import Filter, Refusal, first_refusal
from lab_tools.embedded.scheduler.nodes import NodeInfo, priority
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector

NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"
# En un clúster grande no se prueban todos los nodos: una décima parte, y nunca menos de estos.
_SHARE, _LEAST = 10, 100


@dataclass(frozen=True)
class Sacrifice:
    """Un nodo y a quién habría que echar de él; `broken` es cuántos presupuestos se rompen."""

    node: NodeInfo
    victims: list[Object]
    broken: int

    @property
    def cost(self) -> tuple[int, int, int, int, float]:
        """Cuanto menor, mejor: presupuestos, la víctima más importante, la suma, cuántas y cuánto llevaba viva."""
        levels = [priority(pod) for pod in self.victims]
        top = max(levels)
        # Se suma desde la prioridad más baja posible, para que muchas negativas no salgan más baratas que pocas.
        weight = sum(level + 2**31 for level in levels)
        oldest = min(_started(pod) for pod in self.victims if priority(pod) == top)
        return self.broken, top, weight, len(levels), -oldest


@dataclass(frozen=True)
class Outcome:
    """Lo que se decidió: el sacrificio, o por qué no lo hay (lo que sigue a «preemption: »).

    `promise` es el nodo que se promete al Pod: vacío retira el que tuviera, `None` lo deja como está.
    """

    sacrifice: Sacrifice | None
    why_not: str
    promise: str | None = None


def ineligible(pod: Object, nominated: NodeInfo | None) -> str:
    """Por qué este Pod no puede echar a nadie ahora; vacío si puede."""
    if pod["spec"].get("preemptionPolicy") == "Never":
        return "not eligible due to preemptionPolicy=Never."
    leaving = nominated.pods.values() if nominated is not None else ()
    if any(one["metadata"].get("deletionTimestamp") and priority(one) < priority(pod) for one in leaving):
        return "not eligible due to a terminating pod on the nominated node."
    return ""


def find(demand: Demand, checks: Sequence[Filter], refused: Sequence[tuple[NodeInfo, Refusal]],
         budgets: Sequence[Object], rng: random.Random) -> Outcome:  # fmt: skip
    """El sacrificio que menos duele entre los nodos que dijeron que no, si lo hay."""
    reasons: Counter[str] = Counter()
    hopeful = []
    for node, refusal in refused:
        if refusal.hopeless:
            reasons[NOT_HELPFUL] += 1
        elif not node.has_below(priority(demand.pod)):
            reasons[NO_VICTIMS] += 1
        else:
            hopeful.append(node)
    found = []
    for node in _sample(hopeful, rng):
        outcome = _sacrifice(demand, checks, node, budgets)
        if isinstance(outcome, Sacrifice):
            found.append(outcome)
        else:
            reasons.update(outcome.reasons)
    if found:
        best = min(found, key=lambda one: one.cost)
        return Outcome(best, "", best.node.name)
    shown = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    return Outcome(None, f"0/{len(refused)} nodes are available: {shown}.", "")


def _sample(nodes: list[NodeInfo], rng: random.Random) -> list[NodeInfo]:
    limit = max(len(nodes) // _SHARE, _LEAST)
    if len(nodes) <= limit:
        return nodes
    start = rng.randrange(len(nodes))
    return [*nodes[start:], *nodes[:start]][:limit]


def _sacrifice(demand: Demand, checks: Sequence[Filter], node: NodeInfo,
               budgets: Sequence[Object]) -> Sacrifice | Refusal:  # fmt: skip
    trial = node.copy()
    lower = [pod for pod in node.pods.values() if priority(pod) < priority(demand.pod)]
    for pod in lower:
        trial.remove(pod["metadata"]["uid"])
    imagined = demand.with_node(node, trial)
    refusal = first_refusal(checks, imagined, trial)
    if refusal is not None:
        return refusal
    lower.sort(key=lambda pod: (-priority(pod), _started(pod)))
    guarded = _guarded(lower, budgets)
    victims: list[Object] = []
    broken = 0
    # Primero se intenta perdonar a los que protege un presupuesto.
    for pod in sorted(lower, key=lambda pod: pod["metadata"]["uid"] not in guarded):
        trial.add(pod)
        if first_refusal(checks, imagined, trial) is not None:
            trial.remove(pod["metadata"]["uid"])
            victims.append(pod)
            broken += pod["metadata"]["uid"] in guarded
    return Sacrifice(node, victims, broken) if victims else Refusal((NO_VICTIMS,), hopeless=False)


def _guarded(pods: Iterable[Object], budgets: Sequence[Object]) -> set[str]:
    """Los Pods (uid) a los que no se puede echar sin romper un presupuesto, contados por orden."""
    left = {id(budget): (budget.get("status") or {}).get("disruptionsAllowed", 0) for budget in budgets}
    found = set()
    for pod in pods:
        meta = pod["metadata"]
        for budget in budgets:
            counted = meta["name"] in ((budget.get("status") or {}).get("disruptedPods") or {})
            same = budget["metadata"]["namespace"] == meta["namespace"]
            if same and not counted and _covers(budget, meta.get("labels") or {}):
                left[id(budget)] -= 1
                if left[id(budget)] < 0:
                    found.add(meta["uid"])
    return found


def _covers(budget: Object, labels: dict[str, str]) -> bool:
    """Si un presupuesto protege a quien lleva esas etiquetas. El que no elige a nadie no protege a nadie."""
    selector = budget["spec"].get("selector")
    return bool(labels) and bool(selector) and LabelSelector.from_object(selector).matches(labels)


def _started(pod: Object) -> float:
    began = (pod.get("status") or {}).get("startTime") or pod["metadata"].get("creationTimestamp")
    return parse(began) if began else float("inf")
