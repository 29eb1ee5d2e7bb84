"""Las direcciones que un nodo reparte entre sus Pods: siempre la menor libre, y la misma mientras el Pod viva.

Cada nodo tiene las 253 de su rango. Uno al que se le permiten más Pods da después las de otro suyo, en 100.64.0.0/10.
Fuente: https://kubernetes.io/docs/concepts/cluster-administration/networking/
"""

from __future__ import annotations

import heapq

_FIRST, _LAST = 2, 254
# De cuántas en cuántas se reparte el segundo rango: 16 bloques por nodo.
_BLOCK, _BLOCKS = 250, 16


class Addresses:
    """Las de un nodo. `number` (desde 1), el del nodo; `prefix`, los tres primeros números de su rango."""

    __slots__ = ("_beyond", "_free", "_given", "_next", "_prefix", "_taken")

    def __init__(self, number: int, prefix: str) -> None:
        self._prefix = prefix
        self._beyond = f"100.{64 + number // _BLOCKS % 64}", number % _BLOCKS * _BLOCKS
        self._given: dict[str, int] = {}
        self._taken: set[int] = set()
        # Las devueltas que son menores que la siguiente sin estrenar.
        self._free: list[int] = []
        self._next = _FIRST

    def lease(self, uid: str) -> str:
        """Una dirección para un Pod: la que ya tenga o, si no, la menor libre."""
        if uid not in self._given:
            self._give(uid, self._lowest())
        return self._text(self._given[uid])

    def keep(self, uid: str, address: str) -> None:
        """La dirección de un Pod que ya corría, si es de las de aquí."""
        number = self._number(address)
        if number is not None:
            self.release(uid)
            self._give(uid, number)

    def release(self, uid: str) -> None:
        """La de un Pod que se fue vuelve a estar libre."""
        number = self._given.pop(uid, None)
        if number is not None:
            self._taken.discard(number)
            if number < self._next:
                heapq.heappush(self._free, number)

    def _give(self, uid: str, number: int) -> None:
        self._given[uid] = number
        self._taken.add(number)

    def _lowest(self) -> int:
        while self._free:
            number = heapq.heappop(self._free)
            if number not in self._taken:
                return number
        while self._next in self._taken:
            self._next += 1
        self._next += 1
        return self._next - 1

    def _text(self, number: int) -> str:
        if number <= _LAST:
            return f"{self._prefix}.{number}"
        block, last = divmod(number - _LAST - 1, _BLOCK)
        start, first = self._beyond
        return f"{start}.{first + block}.{last + 1}"

    def _number(self, address: str) -> int | None:
        """El lugar de una dirección en el reparto; `None` si no es de las de este nodo."""
        prefix, _, last = address.rpartition(".")
        if not last.isdecimal():
            return None
        if prefix == self._prefix:
            return int(last)
        start, first = self._beyond
        blocks = [f"{start}.{first + block}" for block in range(_BLOCKS)]
        return blocks.index(prefix) * _BLOCK + int(last) + _LAST if prefix in blocks else None
