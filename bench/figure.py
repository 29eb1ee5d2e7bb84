"""Una cifra medida, lo prometido y la otra parte."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """Una medida. `limit` es lo prometido en la misma unidad (`None`: nada); `other`, la otra parte, con su nombre."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    other: float | None = None
    other_name: str = ""

    @property
    def kept(self) -> bool:
        """Si la medida cumple lo prometido."""
        return self.limit is None or self.value <= self.limit


def median_ms(action: Callable[[], object], runs: int = 50, warm_up: int = 3) -> float:
    """La mediana, en milisegundos, de `runs` llamadas, después de `warm_up` que no cuentan."""
    for _ in range(warm_up):
        action()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def resident_mb(pid: int) -> float:
    """La memoria residente de un proceso, en MB."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1000
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, stdout=subprocess.PIPE, text=True)
    return int(said.stdout) / 1000


def show(figures: list[Figure]) -> str:
    """Una tabla de texto."""
    lines = []
    for one in figures:
        promised = f"≤ {one.limit:g} {one.unit}" if one.limit is not None else ""
        mark = "  " if one.limit is None else ("✔ " if one.kept else "✘ ")
        beside = f"{one.other_name}: {one.other:.3g} {one.unit}  (×{one.value / one.other:.2f})" if one.other else ""
        lines.append(f"  {mark}{one.name:<58} {one.value:>9.3g} {one.unit:<3} {promised:<12} {beside}".rstrip())
    return "\n".join(lines)
