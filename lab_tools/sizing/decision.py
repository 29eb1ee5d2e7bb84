"""Elegir: de las maneras que se pueden, la que menos cuesta al mes; si empatan, la más sencilla."""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.sizing.bill import Bill, bill
from lab_tools.sizing.case import ALONE, ORCHESTRATOR, Case, Rates


@dataclass(frozen=True)
class Decision:
    """Lo elegido con su factura, las demás que se podían y por qué no se podían las otras (manera → frase)."""

    case: Case
    chosen: Bill
    others: tuple[Bill, ...]
    obstacles: dict[str, str]

    @property
    def way(self) -> str:
        """La manera elegida."""
        return self.chosen.way

    def __repr__(self) -> str:
        lines = [f"{self.case.name}: {self.chosen}", *(f"    {one}" for one in self.others)]
        return "\n".join([*lines, *(f"    {way}: no, porque {why}" for way, why in self.obstacles.items())])


def obstacle(case: Case, way: str, rates: Rates | None = None) -> str:
    """Por qué no se puede llevar así; vacía si se puede."""
    if way == ALONE and case.services > 1:
        return f"son {case.services} programas y un contenedor lleva uno"
    if way == ORCHESTRATOR and case.tied:
        return "está atado a su máquina, y un orquestador mueve lo que lleva"
    if way == ORCHESTRATOR and not case.operators:
        return "nadie sabe llevar un clúster"
    if bill(case, way, rates) is None:
        return "no cabe en ninguna máquina de las que se venden"
    return ""


def decide(case: Case, rates: Rates | None = None) -> Decision | None:
    """La decisión, o `None` si no se puede de ninguna manera."""
    rates = rates or Rates()
    obstacles = {way.name: obstacle(case, way.name, rates) for way in rates.ways}
    # En el orden de `ways`, de la más sencilla a la menos: al ordenar, la que empata se queda delante.
    found = [one for way in rates.ways if not obstacles[way.name] and (one := bill(case, way.name, rates)) is not None]
    ranked = sorted(found, key=lambda one: round(one.total, 2))
    if not ranked:
        return None
    return Decision(case, ranked[0], tuple(ranked[1:]), {way: why for way, why in obstacles.items() if why})
