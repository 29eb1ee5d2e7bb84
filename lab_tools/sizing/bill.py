"""Lo que costaría al mes de cada manera: máquinas, trabajo y lo que se pierde por estar cerrado."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab_tools.sizing.capacity import machine, nodes
from lab_tools.sizing.case import ORCHESTRATOR, Case, Rates, Way

HOURS_A_DAY = 24.0


@dataclass(frozen=True)
class Bill:
    """La factura de un mes, en euros. `machines` incluye el plano de control; `hours` son las de trabajo."""

    way: str
    machines: float
    work: float
    closed: float
    hours: float

    @property
    def total(self) -> float:
        """Todo."""
        return self.machines + self.work + self.closed

    def __repr__(self) -> str:
        parts = f"máquinas {self.machines:.0f} + trabajo {self.work:.0f} + cerrado {self.closed:.0f}"
        return f"{self.way}: {self.total:.0f} € al mes ({parts})"


def bill(case: Case, way: str, rates: Rates | None = None) -> Bill | None:
    """La factura de llevar el caso de esa manera, o `None` si no cabe en ninguna máquina de las que se venden."""
    rates = rates or Rates()
    chosen = rates.way(way)
    machines = _cluster(case, rates) if way == ORCHESTRATOR else _one_machine(case, rates)
    if machines is None:
        return None
    hours = _hours(case, chosen)
    return Bill(way, machines, hours * rates.hour, _closed_hours(case, chosen, rates) * case.outage_cost, hours)


def bills(case: Case, rates: Rates | None = None) -> Sequence[Bill]:
    """Las de todas las maneras en las que cabe, de la más sencilla a la menos."""
    rates = rates or Rates()
    return [found for way in rates.ways if (found := bill(case, way.name, rates)) is not None]


def _one_machine(case: Case, rates: Rates) -> float | None:
    """Una máquina comprada para la punta, que se paga las 24 horas."""
    size = machine(case, rates)
    return None if size is None else size * rates.core


def _cluster(case: Case, rates: Rates) -> float:
    """Los nodos de siempre, los de más solo en la punta, y el plano de control."""
    base, peak = nodes(case, rates, case.base_rps), nodes(case, rates, case.peak_rps)
    paid = base + max(0, peak - base) * case.peak_hours / HOURS_A_DAY
    return paid * rates.node * rates.core + rates.control_plane


def _hours(case: Case, way: Way) -> float:
    return way.fixed_hours + way.release_hours * case.releases + way.team_hours * (case.teams - 1)


def _closed_hours(case: Case, way: Way, rates: Rates) -> float:
    return way.release_outage * case.releases + way.repair_hours * rates.failures
