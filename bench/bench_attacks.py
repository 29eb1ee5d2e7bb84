"""Los mismos ataques contra nosotros y contra `nbgrader autograde` tal como viene: cuántos logran algo en cada parte.

Cuenta lo mismo en las dos: puntos, el secreto del profesor, una llamada fuera, un archivo cambiado, un proceso que se
queda o un corrector que no acaba. Con nbgrader cada ataque tarda segundos, así que se prueban los que diga
ORQUESTA_BENCH_ATTACKS (12, repartidos por el catálogo; «todos» para todos).
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

from bench.figure import Figure
from grading.sandbox import bubblewrap
from tests.grading.attacks import CATALOGUE
from tests.grading.attacks.arena import Arena
from tests.grading.attacks.attack import Attack
from tests.grading.attacks.stock import Stock

ENVIRONMENT = "ORQUESTA_BENCH_ATTACKS"


def measure() -> list[Figure]:
    """Ataques que consiguieron algo, por lo que querían: los nuestros y los de nbgrader. Sin bubblewrap, nada."""
    if why := bubblewrap.lacking():
        print(f"  sin muros no se prueban los ataques: {why}")
        return []
    chosen = _sample(os.environ.get(ENVIRONMENT, "12"))
    ours, theirs = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        arena, stock = Arena(Path(folder) / "nuestro"), Stock(Path(folder) / "nbgrader")
        for attack in chosen:
            mine, its = arena.try_(attack).told, stock.try_(attack).told
            ours[attack.wants] += bool(mine)
            theirs[attack.wants] += bool(its)
            print(f"    {attack.name}: {_said(mine)}; nbgrader: {_said(its)}", flush=True)
    wanted = Counter(attack.wants for attack in chosen)
    rows = [(f"de {number} ataques que buscan {what}, logran algo", ours[what], theirs[what])
            for what, number in wanted.items()]  # fmt: skip
    rows.append((f"de {len(chosen)} en total, logran algo", ours.total(), theirs.total()))
    return [
        Figure(name, mine, "ataques", limit=0, other=its, other_name="nbgrader autograde") for name, mine, its in rows
    ]


def _sample(said: str) -> list[Attack]:
    """Los ataques que se prueban, repartidos por el catálogo."""
    number = len(CATALOGUE) if said == "todos" else min(int(said), len(CATALOGUE))
    return [CATALOGUE[n * len(CATALOGUE) // number] for n in range(number)]


def _said(told: list[str]) -> str:
    return ", ".join(told)[:100] if told else "nada"
