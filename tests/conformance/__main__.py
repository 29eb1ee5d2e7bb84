"""`python -m tests.conformance [ARCHIVOS]`: repite los guiones y dice cuánto se parecen al real, por familias.

Se reparten entre varios clústeres: casi todo el tiempo de un guion es esperar a kubectl.
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conformance import compare, exclusions, pace, run, scenario, servers, table

README = Path(__file__).parents[2] / "README.md"


def main() -> int:
    """Imprime las diferencias y una tabla. Código 1 si hay alguna."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="guiones (por omisión, todos los del repositorio)")
    parser.add_argument("--max", type=int, default=8, help="diferencias que se imprimen de cada guion")
    parser.add_argument("--clusters", type=int, default=4, help="clústeres entre los que se reparten (por omisión, 4)")
    parser.add_argument("--write", action="store_true", help="escribe la tabla en el README, si están todos")
    asked = parser.parse_args()
    if asked.write and asked.files:
        parser.error("--write escribe la tabla de todos los guiones: no nombres ninguno")
    scenarios = [scenario.load(path) for path in asked.files] or scenario.every()
    rows = table.families(Round(scenarios, asked.max).go(asked.clusters))
    print(f"\n{table.plain(rows)}")
    if asked.write:
        README.write_text(table.written(README.read_text(encoding="utf-8"), table.markdown(rows)), encoding="utf-8")
    return not rows[-1].whole


class Round:
    """Una vuelta: guiones por repetir y lo que salió de cada uno."""

    def __init__(self, scenarios: list[scenario.Scenario], most: int) -> None:
        self._most = most
        self._listed = exclusions.every()
        self._pending: queue.SimpleQueue[scenario.Scenario] = queue.SimpleQueue()
        # Los largos primero: el último en acabar es corto.
        for one in sorted(scenarios, key=lambda one: -len(one.steps)):
            self._pending.put(one)
        self._rows: list[table.Row] = []
        self._speaking = threading.Lock()

    def go(self, clusters: int) -> list[table.Row]:
        """Repite los guiones, cada uno en uno de los clústeres."""
        clusters = max(1, min(clusters, self._pending.qsize()))
        with ThreadPoolExecutor(clusters) as pool:
            for done in [pool.submit(self._turn) for _ in range(clusters)]:
                done.result()
        return self._rows

    def _turn(self) -> None:
        with servers.served(speed=pace.OWN) as server:
            while not self._pending.empty():
                try:
                    one = self._pending.get_nowait()
                except queue.Empty:
                    return
                self._judge(one, server)

    def _judge(self, one: scenario.Scenario, server: servers.Server) -> None:
        excluded = exclusions.of(one.name, self._listed)
        found = [wrong for _, wrong in compare.steps(one.expected, run.outcome(one, server), excluded)]
        wrong = [difference for differences in found for difference in differences]
        with self._speaking:
            self._rows.append(table.row(one, sum(map(bool, found)), self._listed))
            right = len(found) - sum(map(bool, found))
            print(f"{'bien' if not wrong else 'MAL '}  {one.name}: {right}/{len(found)} pasos", flush=True)
            for difference in wrong[: self._most]:
                print(f"  {difference}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
