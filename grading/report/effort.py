"""El tiempo que costó cada ejercicio, según un registro: se enseña, y no cuenta."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from grading.records import Entry
from grading.replay import signal

LONGEST_BREAK = 1800.0  # segundos virtuales: más que eso entre dos apuntes no es trabajar


def by_task(entries: Sequence[Entry]) -> Mapping[str, float]:
    """Los segundos de trabajo, por la celda del ejercicio en que se andaba.

    Lo trabajado hasta una comprobación es de ella. Si se comprueban varias de una vez, es de la que sale resuelta por
    primera vez (entre las que salgan, a partes iguales) o, si no sale ninguna, de la primera que faltaba.
    """
    work = _Work()
    last: float | None = None
    for entry in entries:
        cell, solved = signal(entry, "cell"), signal(entry, "solved")
        if not (cell or solved):
            work.settle()
        if last is not None:
            work.pending += min(max(0.0, entry["t"] - last), LONGEST_BREAK)
        last = entry["t"]
        work.look(cell, solved)
    work.settle()
    return work.total


class _Work:
    """Lo que se lleva contado: `pending` son los segundos que aún no son de ninguna celda."""

    def __init__(self) -> None:
        self.total: defaultdict[str, float] = defaultdict(float)
        self.pending = 0.0
        self._solved: set[str] = set()
        self._checked: list[str] = []  # las de esta vez
        self._fresh: list[str] = []  # y las que han salido resueltas por primera vez

    def look(self, cell: str, solved: str) -> None:
        """Apunta que se comprobó una celda, o que salió resuelta."""
        if cell:
            self._checked.append(cell)
        if solved and solved not in self._solved | set(self._fresh):
            self._fresh.append(solved)

    def settle(self) -> None:
        """Reparte lo pendiente entre las celdas de esta vez, si hubo alguna."""
        if not self._checked:
            return
        missing = [cell for cell in self._checked if cell not in self._solved]
        busy = self._fresh or missing[:1] or self._checked[:1]
        for cell in self._checked:
            self.total[cell] += 0.0  # se intentó, aunque no se sepa cuánto costó
        for cell in busy:
            self.total[cell] += self.pending / len(busy)
        self.pending = 0.0
        self._solved.update(self._fresh)
        self._checked, self._fresh = [], []
