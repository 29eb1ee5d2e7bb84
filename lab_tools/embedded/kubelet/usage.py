"""Lo que gastan de memoria los contenedores de un nodo: lo de su imagen, lo que se le escapa y lo que pide el tráfico.

La suma se lleva al día, así que saber cuánto queda en un nodo no cuesta nada.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

# Lo que gasta un nodo sin Pods, en bytes.
SYSTEM = 350 * 2**20

Key = tuple[str, str]
"""Un contenedor: (uid de su Pod, nombre)."""


@dataclass(frozen=True, slots=True)
class Appetite:
    """La memoria de un contenedor, en bytes; `leak`, bytes por segundo desde `since`, y `extra`, lo de su tráfico."""

    base: int
    leak: float
    since: float
    extra: int = 0

    def at(self, now: float) -> int:
        """Cuánto gasta en el instante `now`."""
        return self.base + int(self.leak * (now - self.since)) + self.extra


class Usage:
    """La memoria de un nodo. `outside` es lo que gasta algo que no es un Pod; lo mismo, en disco, `disk`."""

    fork_held: ClassVar[Mapping[str, int]] = MappingProxyType({"_containers": 1})
    __slots__ = ("_containers", "_leaky", "_steady", "disk", "outside")

    def __init__(self) -> None:
        self.outside = 0
        self.disk = 0
        self._containers: dict[Key, Appetite] = {}
        self._leaky: set[Key] = set()
        self._steady = 0

    def enter(self, key: Key, appetite: Appetite) -> None:
        """Un contenedor arrancó."""
        self.leave(key)
        self._containers[key] = appetite
        self._steady += appetite.base
        if appetite.leak:
            self._leaky.add(key)

    def leave(self, key: Key) -> None:
        """Un contenedor paró."""
        appetite = self._containers.pop(key, None)
        if appetite is not None:
            self._steady -= appetite.base + appetite.extra
            self._leaky.discard(key)

    def demand(self, key: Key, extra: int) -> None:
        """Un contenedor necesita `extra` bytes por encima de lo suyo, hasta que se diga otra cosa."""
        appetite = self._containers.get(key)
        if appetite is not None:
            self._steady += extra - appetite.extra
            self._containers[key] = replace(appetite, extra=extra)

    def of(self, key: Key, now: float) -> int:
        """Lo que gasta un contenedor; cero si no corre."""
        appetite = self._containers.get(key)
        return appetite.at(now) if appetite is not None else 0

    def slope(self, key: Key) -> float:
        """Lo que pierde un contenedor, en bytes por segundo; cero si no corre."""
        appetite = self._containers.get(key)
        return appetite.leak if appetite is not None else 0.0

    def total(self, now: float) -> int:
        """Lo que gasta el nodo entero."""
        if not self._leaky:
            return SYSTEM + self.outside + self._steady
        leaked = sum(self._containers[key].at(now) - self._containers[key].base - self._containers[key].extra
                     for key in self._leaky)  # fmt: skip
        return SYSTEM + self.outside + self._steady + leaked
