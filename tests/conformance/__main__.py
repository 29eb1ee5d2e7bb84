"""`python -m tests.conformance [ARCHIVOS]`: repite los guiones y dice cuánto se parecen al real, por familias."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from tests.conformance import compare, run, scenario, servers
from tests.conformance.pace import speed_of


def main() -> int:
    """Imprime las diferencias y una tabla. Código 1 si hay alguna."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="guiones (por omisión, todos los del repositorio)")
    parser.add_argument("--max", type=int, default=8, help="diferencias que se imprimen de cada guion")
    asked = parser.parse_args()
    scenarios = [scenario.load(path) for path in asked.files] or scenario.every()
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    with servers.served() as server:
        for one in scenarios:
            server.speed(speed_of(one))
            right, all_ = _judge(one, server, asked.max)
            row = totals[one.family]
            row[0] += right == all_
            row[1] += 1
            row[2] += right
            row[3] += all_
    _print(totals)
    return any(row[2] != row[3] for row in totals.values())


def _judge(one: scenario.Scenario, server: servers.Server, most: int) -> tuple[int, int]:
    found = list(compare.steps(one.expected, run.outcome(one, server)))
    wrong = [difference for _, differences in found for difference in differences]
    right = sum(not differences for _, differences in found)
    print(f"{'bien' if not wrong else 'MAL '}  {one.name}: {right}/{len(found)} pasos")
    for difference in wrong[:most]:
        print(f"  {difference}")
    return right, len(found)


def _print(totals: dict[str, list[int]]) -> None:
    print(f"\n{'familia':<10} {'guiones':>9} {'pasos':>9}")
    for family, (whole, scenarios, right, steps) in sorted(totals.items()):
        print(f"{family:<10} {f'{whole}/{scenarios}':>9} {f'{right}/{steps}':>9}")


if __name__ == "__main__":
    sys.exit(main())
