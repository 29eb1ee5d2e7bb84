"""A qué ritmo se llega a las réplicas pedidas: ventanas de estabilización, políticas y los límites del HPA.

Cada HPA lleva su `History`: lo que se recomendó y lo que se cambió. Vive en memoria, como en el controlador real: si
se pierde, solo se pierde la prudencia de los últimos minutos.
Fuente: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#configurable-scaling-behavior
y https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/podautoscaler/horizontal.go
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from lab_tools.objects import Object

# Segundos que manda la recomendación más alta cuando nadie dice otra cosa.
DOWN_WINDOW = 300
# Sin políticas se puede doblar, o llegar a cuatro.
_FACTOR, _FLOOR = 2, 4

_WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
_UP_RATE = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
_DOWN_RATE = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
_MOST = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
_LEAST = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
_STEADY = ("ReadyForNewScale", "recommended size matches current size")
_HELD = "recent recommendations were {} than current one, applying the {} recent recommendation"
_UP_HELD = ("ScaleUpStabilized", _HELD.format("lower", "lowest"))
_DOWN_HELD = ("ScaleDownStabilized", _HELD.format("higher", "highest"))

Reason = tuple[str, str]


class Stamped(NamedTuple):
    """Un número de réplicas (o un cambio de ellas) y el instante en que se dio."""

    at: float
    replicas: int


@dataclass(slots=True)
class History:
    """Lo que un HPA recuerda: recomendaciones, y cuánto subió y bajó."""

    recommended: list[Stamped] = field(default_factory=list)
    added: list[Stamped] = field(default_factory=list)
    removed: list[Stamped] = field(default_factory=list)

    def begin(self, current: int, now: float) -> None:
        """La primera recomendación son las réplicas que ya había."""
        if not self.recommended:
            self.recommended.append(Stamped(now, current))

    def scaled(self, behavior: Object | None, before: int, after: int, now: float) -> None:
        """Anota un cambio, para las políticas que cuentan por periodo."""
        if behavior is None or before == after:
            return
        changes, rules = (self.added, behavior["scaleUp"]) if after > before else (self.removed, behavior["scaleDown"])
        longest = max((one["periodSeconds"] for one in rules.get("policies") or ()), default=0)
        changes[:] = [one for one in changes if one.at >= now - longest]
        changes.append(Stamped(now, abs(after - before)))


@dataclass(frozen=True, slots=True)
class Pace:
    """Adónde se va ahora: réplicas, por qué se puede (AbleToScale) y qué las limita (ScalingLimited)."""

    replicas: int
    able: Reason
    limited: bool
    limit: Reason


def paced(history: History, behavior: Object | None, current: int, desired: int, least: int, most: int,
          now: float) -> Pace:  # fmt: skip
    """Las réplicas a las que ir ahora, si se quieren `desired`; anota la recomendación."""
    if behavior is None:
        steady, held = _held_down(history, desired, now), _DOWN_HELD
        allowed, limit = _plain_limit(current, steady, least, most)
    else:
        steady = _held(history, behavior, current, desired, now)
        held = _UP_HELD if desired >= current else _DOWN_HELD
        allowed, limit = _ruled_limit(history, behavior, current, steady, least, most, now)
    return Pace(allowed, held if steady != desired else _STEADY, allowed != steady, limit)


def _held_down(history: History, desired: int, now: float) -> int:
    recent = [one for one in history.recommended if one.at >= now - DOWN_WINDOW]
    history.recommended = [*recent, Stamped(now, desired)]
    return max(desired, *(one.replicas for one in recent), desired)


def _held(history: History, behavior: Object, current: int, desired: int, now: float) -> int:
    """La recomendación, entre la más baja de la ventana de subida y la más alta de la de bajada."""
    up_window = behavior["scaleUp"].get("stabilizationWindowSeconds") or 0
    down_window = behavior["scaleDown"].get("stabilizationWindowSeconds")
    down_window = DOWN_WINDOW if down_window is None else down_window
    lowest = min([desired, *(one.replicas for one in history.recommended if one.at > now - up_window)])
    highest = max([desired, *(one.replicas for one in history.recommended if one.at > now - down_window)])
    oldest = now - max(up_window, down_window)
    history.recommended = [*(one for one in history.recommended if one.at >= oldest), Stamped(now, desired)]
    return min(max(current, lowest), highest)


def _plain_limit(current: int, desired: int, least: int, most: int) -> tuple[int, Reason]:
    ceiling = max(_FACTOR * current, _FLOOR)
    top, why = (ceiling, _UP_RATE) if most > ceiling else (most, _MOST)
    if desired < least:
        return least, _LEAST
    return (top, why) if desired > top else (desired, _WITHIN)


def _ruled_limit(history: History, behavior: Object, current: int, desired: int, least: int, most: int,
                 now: float) -> tuple[int, Reason]:  # fmt: skip
    if desired > current:
        ceiling = max(_highest(history, behavior["scaleUp"], current, now), current)
        top, why = (ceiling, _UP_RATE) if most > ceiling else (most, _MOST)
        if desired > top:
            return top, why
    elif desired < current:
        floor = min(_lowest(history, behavior["scaleDown"], current, now), current)
        bottom, why = (floor, _DOWN_RATE) if least < floor else (least, _LEAST)
        if desired < bottom:
            return bottom, why
    return desired, _WITHIN


def _highest(history: History, rules: Object, current: int, now: float) -> int:
    if rules["selectPolicy"] == "Disabled":
        return current
    found: list[int] = []
    for policy in rules["policies"]:
        start = _at_start(history, policy, current, now)
        # Hacia arriba: un tanto por ciento pequeño también ha de poder añadir uno.
        found.append(start + policy["value"] if policy["type"] == "Pods"
                     else math.ceil(start * (1 + policy["value"] / 100)))  # fmt: skip
    return min(found) if rules["selectPolicy"] == "Min" else max(found)


def _lowest(history: History, rules: Object, current: int, now: float) -> int:
    if rules["selectPolicy"] == "Disabled":
        return current
    found = []
    for policy in rules["policies"]:
        start = _at_start(history, policy, current, now)
        found.append(start - policy["value"] if policy["type"] == "Pods" else int(start * (1 - policy["value"] / 100)))
    return max(found) if rules["selectPolicy"] == "Min" else min(found)


def _at_start(history: History, policy: Object, current: int, now: float) -> int:
    """Las réplicas que había al empezar el periodo de una política."""
    since = now - policy["periodSeconds"]
    added = sum(one.replicas for one in history.added if one.at > since)
    removed = sum(one.replicas for one in history.removed if one.at > since)
    return current - added + removed
