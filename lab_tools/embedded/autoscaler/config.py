"""Los grupos de nodos y los plazos, tal como se escriben en el ConfigMap.

groups:
  - name: general
    min: 0                  # nunca menos, nunca más
    max: 5
    machine: {cpu: "4", memory: 8Gi}
    price: 0.10             # por hora
    boot: 45                # segundos hasta que el nodo está listo
    labels: {disco: ssd}
    taints: [{key: gpu, value: "si", effect: NoSchedule}]
expander: least-waste       # o price, most-pods, random
currency: EUR
scaleDown: {enabled: true, threshold: 0.5, unneededTime: 600, delayAfterAdd: 600}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab_tools.embedded.configured import parsed
from lab_tools.objects import Object
from lab_tools.objects.quantity import parse

EXPANDERS = ("least-waste", "most-pods", "price", "random")
GROUP_LABEL = "orquesta.dev/node-group"
_ROOT = {"groups", "expander", "currency", "scaleDown"}
_GROUP = {"name", "min", "max", "machine", "price", "boot", "labels", "taints"}
_SCALE_DOWN = {"enabled", "threshold", "unneededTime", "delayAfterAdd"}
_MACHINE = {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi", "pods": "110"}


@dataclass(frozen=True)
class Group:
    """Máquinas iguales. `price` por hora; `boot` en segundos."""

    name: str
    least: int
    most: int
    machine: Mapping[str, str]
    price: float
    boot: float
    labels: Mapping[str, str]
    taints: tuple[Object, ...]

    def node(self, name: str) -> Object:
        """Cómo sería un nodo suyo, vacío."""
        labels = {**self.labels, GROUP_LABEL: self.name, "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
                  "kubernetes.io/arch": "amd64"}  # fmt: skip
        return {"metadata": {"name": name, "labels": labels}, "spec": {"taints": [dict(one) for one in self.taints]},
                "status": {"allocatable": dict(self.machine), "capacity": dict(self.machine)}}  # fmt: skip


@dataclass(frozen=True)
class ScaleDown:
    """Cuándo sobra un nodo: uso por debajo de `threshold` (de 0 a 1) durante `unneeded` segundos."""

    enabled: bool = True
    threshold: float = 0.5
    unneeded: float = 600.0
    after_add: float = 600.0


@dataclass(frozen=True)
class Config:
    """Todo lo configurado."""

    groups: tuple[Group, ...]
    expander: str = EXPANDERS[0]
    currency: str = "EUR"
    scale_down: ScaleDown = field(default_factory=ScaleDown)


def read(text: str) -> Config:
    """La configuración escrita en YAML. Lanza `InvalidConfig` con todos sus problemas."""
    found = parsed(text, _problems)
    down = found.get("scaleDown") or {}
    return Config(tuple(_group(one) for one in found["groups"]), str(found.get("expander", EXPANDERS[0])),
                  str(found.get("currency", "EUR")),
                  ScaleDown(bool(down.get("enabled", True)), float(down.get("threshold", 0.5)),
                            float(down.get("unneededTime", 600)), float(down.get("delayAfterAdd", 600))))  # fmt: skip


def _group(one: dict[str, Any]) -> Group:
    machine = {**_MACHINE, **{name: str(amount) for name, amount in (one.get("machine") or {}).items()}}
    return Group(str(one["name"]), int(one.get("min", 0)), int(one["max"]), machine, float(one.get("price", 0.0)),
                 float(one.get("boot", 45)), {str(key): str(text) for key, text in (one.get("labels") or {}).items()},
                 tuple(one.get("taints") or ()))  # fmt: skip


def _problems(found: Any) -> Iterator[str]:
    if not isinstance(found, dict) or not isinstance(found.get("groups"), list) or not found["groups"]:
        yield "config.yaml must be a map with a non-empty list `groups`"
        return
    yield from (f"unknown field {name!r}" for name in sorted(set(found) - _ROOT))
    if found.get("expander", EXPANDERS[0]) not in EXPANDERS:
        yield f"expander: {found['expander']!r} must be one of {', '.join(EXPANDERS)}"
    yield from _down_problems(found.get("scaleDown") or {})
    names = [one.get("name") if isinstance(one, dict) else None for one in found["groups"]]
    yield from (f"groups: {name!r} is repeated" for name in sorted({str(one) for one in names if names.count(one) > 1}))
    for index, one in enumerate(found["groups"]):
        yield from (f"groups[{index}]{problem}" for problem in _group_problems(one))


def _down_problems(down: Any) -> Iterator[str]:
    if not isinstance(down, dict):
        yield "scaleDown must be a map"
        return
    yield from (f"scaleDown: unknown field {name!r}" for name in sorted(set(down) - _SCALE_DOWN))
    for name, most in (("threshold", 1), ("unneededTime", 86400), ("delayAfterAdd", 86400)):
        if name in down and not _number(down[name], 0, most):
            yield f"scaleDown.{name}: {down[name]!r} must be a number from 0 to {most}"


def _group_problems(one: Any) -> Iterator[str]:
    if not isinstance(one, dict) or not isinstance(one.get("name"), str) or not one["name"]:
        yield " must be a map with a `name`"
        return
    yield from (f": unknown field {name!r}" for name in sorted(set(one) - _GROUP))
    least, most = one.get("min", 0), one.get("max")
    if not _number(least, 0, 1000) or not _number(most, least, 1000):
        yield f": min {least!r} and max {most!r} must be numbers from 0 to 1000, min not above max"
    for name, limit in (("price", 1e6), ("boot", 86400)):
        if name in one and not _number(one[name], 0, limit):
            yield f".{name}: {one[name]!r} must be a number from 0 to {limit:g}"
    for name, text in (one.get("machine") or {}).items():
        try:
            parse(str(text))
        except ValueError:
            yield f".machine.{name}: {text!r} is not a quantity"


def _number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
