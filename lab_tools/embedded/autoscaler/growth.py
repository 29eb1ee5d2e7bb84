"""Crecer: qué grupo, y cuántos nodos de él, hacen falta para los Pods sin sitio.

Se llenan nodos supuestos de cada grupo, de uno en uno, hasta que no quede Pod que quepa; después se elige opción.
Fuente: https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-are-expanders
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lab_tools.embedded.autoscaler.config import Group
from lab_tools.embedded.autoscaler.simulation import World
from lab_tools.embedded.scheduler.nodes import NodeInfo, requests
from lab_tools.objects import Object

FULL = "max node group size reached"


@dataclass
class Option:
    """Lo que se lograría con `count` nodos más de un grupo."""

    group: Group
    count: int = 0
    pods: list[Object] = field(default_factory=list)
    waste: float = 1.0


@dataclass
class Plan:
    """Qué se pide (`None` si nada sirve) y por qué no sirve nada a cada Pod que se queda, por uid."""

    option: Option | None
    reasons: dict[str, Counter[str]]


def plan(world: World, pods: Sequence[Object], groups: Sequence[Group], sizes: Mapping[str, int],
         coming: Sequence[NodeInfo], expander: str, rng: random.Random) -> Plan:  # fmt: skip
    """Lo que conviene. `sizes` cuenta los nodos de cada grupo, y `coming` son los ya pedidos que aún no están.

    Quien ya cabe (en un nodo recién llegado que el planificador aún no ha mirado, o en uno que viene) no cuenta.
    """
    present = [*world.nodes.values(), *coming]
    left = [pod for pod in pods if world.place(pod, present, present) is None]
    reasons = {pod["metadata"]["uid"]: Counter[str]() for pod in left}
    options = []
    for group in groups:
        option = _fill(world, left, group, group.most - sizes[group.name], present, reasons)
        if option.pods:
            options.append(option)
    best = _EXPANDERS[expander](options, rng) if options else None
    return Plan(best, {uid: why for uid, why in reasons.items() if why and not _helped(uid, options)})


def _helped(uid: str, options: Sequence[Option]) -> bool:
    return any(pod["metadata"]["uid"] == uid for option in options for pod in option.pods)


def _fill(world: World, pods: Sequence[Object], group: Group, room: int, present: Sequence[NodeInfo],
          reasons: dict[str, Counter[str]]) -> Option:  # fmt: skip
    option = Option(group)
    opened: list[NodeInfo] = []
    for pod in pods:
        uid = pod["metadata"]["uid"]
        if world.place(pod, opened, [*present, *opened]) is not None:
            option.pods.append(pod)
            continue
        fresh = world.blank(group, f"{group.name}-nuevo-{len(opened) + 1}")
        refusal = world.refusal(pod, fresh, [*present, *opened, fresh])
        if refusal is not None:
            reasons[uid].update(refusal.reasons)
        elif len(opened) >= room:
            reasons[uid][FULL] += 1
        else:
            world.place(pod, [fresh], [*present, *opened, fresh])
            opened.append(fresh)
            option.pods.append(pod)
    option.count = len(opened)
    option.waste = _waste(opened, option.pods)
    return option


def _waste(opened: Sequence[NodeInfo], pods: Sequence[Object]) -> float:
    """La parte de CPU y memoria que quedaría sin usar, de media."""
    found = []
    for name in ("cpu", "memory"):
        whole = sum(node.allocatable.get(name, 0) for node in opened)
        used = sum(requests(pod).get(name, 0) for pod in pods)
        found.append(1 - used / whole if whole else 1.0)
    return sum(found) / len(found)


Expander = Callable[[Sequence[Option], random.Random], Option]
_EXPANDERS: dict[str, Expander] = {
    "least-waste": lambda options, rng: min(options, key=lambda one: (round(one.waste, 6), one.group.price)),
    "most-pods": lambda options, rng: max(options, key=lambda one: (len(one.pods), -one.group.price)),
    "price": lambda options, rng: min(options, key=lambda one: one.count * one.group.price / len(one.pods)),
    "random": lambda options, rng: rng.choice(options),
}


def told(option: Option, size: int) -> str:
    """Cómo se cuenta un crecimiento: «{general 1->3 (max: 5)}»."""
    return f"{{{option.group.name} {size}->{size + option.count} (max: {option.group.most})}}"


def why_not(reasons: Counter[str]) -> str:
    """Cómo se cuenta que ningún grupo sirve."""
    return ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
