"""Los mensajes que guarda una cola: se meten, se toman con un plazo, y se van cuando quien los tomó los da por hechos.

Quien toma un mensaje no se lo lleva: la cola lo esconde `lease` segundos. Si en ese plazo no lo da por hecho (murió, o
tardó demasiado), vuelve a la cola y lo toma otro: ningún mensaje se pierde, y alguno puede hacerse dos veces. Es el
reparto «al menos una vez» de las colas de verdad.
Fuente: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

import heapq

from lab_tools.embedded.workloads.performance import Keeps

_OK, _ACCEPTED, _EMPTY, _UNKNOWN = 200, 202, 204, 404


class Box:
    """Los mensajes de una vida de un contenedor. Los instantes, del reloj del clúster, pueden llegar desordenados."""

    __slots__ = ("_keeps", "_live", "_order", "finished", "number")

    def __init__(self, keeps: Keeps) -> None:
        self._keeps = keeps
        # Cada mensaje: desde cuándo se puede tomar, si alguien lo tomó, y su texto.
        self._live: dict[int, tuple[float, bool, str]] = {}
        self._order: list[tuple[float, int]] = []
        self.number = self.finished = 0

    def ask(self, path: str, at: float) -> tuple[int, str]:
        """Contesta a una de sus rutas en el instante `at`: código y cuerpo."""
        bare, _, query = path.partition("?")
        if bare == self._keeps.put:
            return self._put(query, at)
        if bare == self._keeps.take:
            return self._take(at)
        if bare == self._keeps.done:
            return self._done(query)
        return _OK, f'{{"esperan": {self.waiting(at)}, "tomados": {self.taken(at)}, "hechos": {self.finished}}}\n'

    def waiting(self, at: float) -> int:
        """Los que se pueden tomar en el instante `at`."""
        return sum(since <= at for since, _, _ in self._live.values())

    def taken(self, at: float) -> int:
        """Los que alguien tomó y aún está a tiempo de dar por hechos."""
        return sum(held and since > at for since, held, _ in self._live.values())

    @property
    def memory(self) -> int:
        """Bytes que ocupan."""
        return len(self._live) * self._keeps.size

    def _put(self, text: str, at: float) -> tuple[int, str]:
        self.number += 1
        self._live[self.number] = (at, False, text)
        heapq.heappush(self._order, (at, self.number))
        return _ACCEPTED, f"{self.number}\n"

    def _take(self, at: float) -> tuple[int, str]:
        order = self._order
        while order and order[0][0] <= at:
            since, number = heapq.heappop(order)
            found = self._live.get(number)
            if found is None or found[0] != since:
                continue  # ya se hizo, o esta cita es de un plazo anterior
            back = at + self._keeps.lease
            self._live[number] = (back, True, found[2])
            heapq.heappush(order, (back, number))
            return _OK, f"{number} {found[2]}".rstrip() + "\n"
        return _EMPTY, ""

    def _done(self, query: str) -> tuple[int, str]:
        if not query.isdecimal() or self._live.pop(int(query), None) is None:
            return _UNKNOWN, "404 page not found"
        self.finished += 1
        return _OK, ""
