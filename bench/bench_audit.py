"""Lo que cuesta poner a prueba los correctores: todos los laboratorios, y los mutantes de uno por los dos caminos.

Se mide el procesador gastado (usuario y sistema, hijos incluidos) y se divide entre los núcleos que se prometen: en una
máquina con más cosas en marcha, el reloj de pared no dice nada de la auditoría.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure
from lab_tools.labs import audit, cases, definition, shelf

CORES = 2
LIMIT = 600.0  # segundos: diez minutos en dos núcleos
ONE = "12-ingress"
_ALL = "import sys; from lab_tools.cli import main; sys.exit(main())"
ROOT = Path(__file__).resolve().parents[1]


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    folder = shelf.folder(ONE)
    mutants = cases.mutant_cases(definition.load(folder), cases.record(folder))
    born = _spent(lambda: audit.play_all(folder, mutants))
    whole = _spent(lambda: [audit.judge(folder, case) for case in mutants])
    return [
        Figure(f"los {len(mutants)} mutantes de {ONE}", born, "s", None, whole, "vidas enteras"),
        Figure(f"auditar todos los laboratorios, en {CORES} núcleos", _spent(_audit_all) / CORES, "s", LIMIT),
    ]


def _audit_all() -> None:
    subprocess.run(
        [sys.executable, "-c", _ALL, "lab", "audit", "--all", "--jobs", str(CORES)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _spent(action: Callable[[], object]) -> float:
    """Los segundos de procesador de este proceso y de los que tuvo y terminaron."""
    before = sum(os.times()[:4])
    action()
    return sum(os.times()[:4]) - before
