"""La vida de una solución y las de sus mutantes, que son la misma hasta la primera petición que cambian.

La solución se juega una vez. Ante cada petición nace, del proceso que la juega, un hijo por cada mutante que la
mandaría distinta; él sigue desde ahí y los demás ni se enteran. Donde no se puede bifurcar, cada mutante vive su vida
entera (`Mutated`) y sale lo mismo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lab_tools.checks.result import Result
from lab_tools.drivers.base import Connection
from lab_tools.labs.children import Children
from lab_tools.labs.mutants import Mutant
from lab_tools.labs.play import Hand
from lab_tools.labs.writes import Tape, Write, same


class Mutated(Hand):
    """Un mutante, desde el principio. Uno dañino lo deja en cuanto pierde puntos: ya se sabe lo que se quería saber."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def through(self, connection: Connection) -> Connection:
        """Lo que pide, cambiado."""
        return Tape(connection, self._mutant.change)

    def pause(self) -> float:
        """Lo que tarda."""
        return self._mutant.pause

    def enough(self, results: Sequence[Result]) -> bool:
        """Si es dañino y aquí perdió algo."""
        return costs(self._mutant, results)


class Family(Hand):
    """La solución y los mutantes que le van naciendo. `mutants`: por su clave, los que aún no han nacido."""

    def __init__(self, mutants: Mapping[int, Mutant], children: Children) -> None:
        self.unborn = dict(mutants)
        self._children = children
        self._mutant: Mutant | None = None
        self.key: int | None = None  # en un hijo, qué mutante es

    def through(self, connection: Connection) -> Connection:
        """Lo que pide la solución o, ya en un hijo, lo que pide el mutante."""
        return Tape(connection, self._change)

    def pause(self) -> float:
        """Aquí nacen los que van despacio."""
        self._part(lambda mutant: mutant.pause > 0)
        return self._mutant.pause if self._mutant else 0.0

    def enough(self, results: Sequence[Result]) -> bool:
        """La solución se juega entera; un mutante, como en `Mutated`."""
        return self._mutant is not None and costs(self._mutant, results)

    def _change(self, write: Write) -> Write | None:
        self._part(lambda mutant: mutant.change is not None and not same(mutant.change(write), write))
        return self._mutant.change(write) if self._mutant and self._mutant.change else write

    def _part(self, leaves: Callable[[Mutant], bool]) -> None:
        """Nacen los que aquí se separan. En un hijo no nace nadie más."""
        for key, mutant in list(self.unborn.items()):
            if leaves(mutant):
                del self.unborn[key]
                if self._children.fork(key):
                    self.key, self._mutant, self.unborn = key, mutant, {}
                    return


def costs(mutant: Mutant, results: Sequence[Result]) -> bool:
    """Si el mutante es dañino y en esos resultados ya perdió puntos."""
    return mutant.harmful and any(one.earned < one.possible for one in results)
