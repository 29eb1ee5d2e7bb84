"""La tabla por familias: cuántos guiones y pasos, cuántos salen como se grabaron y cuántos quedan fuera.

Se imprime tras repetirlos y se escribe en el README, entre sus dos marcas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.conformance import exclusions
from tests.conformance.exclusions import Exclusion
from tests.conformance.scenario import Scenario

START, END = (
    "<!-- conformidad: `make conformance ARGS=--write` escribe esta tabla -->",
    "<!-- fin de la conformidad -->",
)
ABOUT = {
    "api": "La API: verbos, parches, errores, vigilancias, tablas, tipos propios",
    "auto": "HorizontalPodAutoscaler",
    "cli": "Las órdenes de kubectl, palabra por palabra",
    "conf": "ConfigMap, Secret, cuotas, límites, RBAC, Pod Security",
    "net": "Services, Endpoints, Ingress, NetworkPolicy",
    "pod": "La vida de un Pod: arranque, sondas, reinicios, desalojo",
    "sched": "El planificador: recursos, afinidad, taints, prioridad",
    "stor": "Volúmenes, peticiones y clases",
    "work": "Deployment, StatefulSet, DaemonSet, Job, CronJob",
}
_HEADS = ("Familia", "Guiones", "Pasos", "Como se grabaron", "Fuera")


@dataclass(frozen=True)
class Row:
    """Una familia, o el total."""

    name: str
    scenarios: int
    steps: int
    right: int
    left_out: int

    @property
    def whole(self) -> bool:
        """Si todo lo que no queda fuera sale como se grabó."""
        return self.right + self.left_out == self.steps


def row(scenario: Scenario, wrong: int, listed: Iterable[Exclusion]) -> Row:
    """Un guion en el que `wrong` pasos han salido de otra manera."""
    out = list(exclusions.of(scenario.name, listed).values()).count(exclusions.NOTHING)
    steps = len(scenario.expected)
    return Row(scenario.family, 1, steps, steps - wrong - out, out)


def families(rows: Iterable[Row]) -> list[Row]:
    """Los guiones sumados por familia, y al final todos."""
    every = list(rows)
    names = sorted({one.name for one in every})
    return [_sum(name, [one for one in every if one.name == name]) for name in names] + [_sum("total", every)]


def _sum(name: str, rows: list[Row]) -> Row:
    return Row(name, sum(one.scenarios for one in rows), sum(one.steps for one in rows),
               sum(one.right for one in rows), sum(one.left_out for one in rows))  # fmt: skip


def plain(rows: Iterable[Row]) -> str:
    """La tabla para la terminal."""
    return "\n".join(_aligned(cells) for cells in (_HEADS, *map(_cells, rows)))


def _aligned(cells: tuple[str, ...]) -> str:
    widths = (8, *map(len, _HEADS[1:]))
    return "  ".join((cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])))


def markdown(rows: Iterable[Row]) -> str:
    """La tabla para el README, con lo que hay en cada familia."""
    lines = [f"| {' | '.join((_HEADS[0], 'Qué hay', *_HEADS[1:]))} |", "|---|---|--:|--:|--:|--:|"]
    lines += [
        f"| {' | '.join((f'`{one.name}-`', ABOUT[one.name], *_cells(one)[1:]))} |" for one in rows if one.name in ABOUT
    ]
    total = next(one for one in rows if one.name == "total")
    return "\n".join([*lines, f"| | **Total** | {' | '.join(f'**{cell}**' for cell in _cells(total)[1:])} |"])


def _cells(one: Row) -> tuple[str, ...]:
    return (one.name, str(one.scenarios), str(one.steps), str(one.right), str(one.left_out))


def written(page: str, table: str) -> str:
    """La página con la tabla entre sus marcas. `ValueError` si no las tiene."""
    if START not in page or END not in page:
        raise ValueError(f"la página no tiene las marcas «{START}» y «{END}»")
    return re.sub(f"(?s){re.escape(START)}.*{re.escape(END)}", lambda _: f"{START}\n{table}\n{END}", page)
