"""`python -m tests.fuzz [--seconds N] [--seed S] [--lives N] [--log ARCHIVO]`: vive semillas y cuenta lo que cayó."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.life import Fault, lives

_SHOWN = 3
# Cada cuántos segundos se dice por dónde va: una hora en silencio no se distingue de un atasco.
_EVERY = 60.0


def main() -> int:
    """Vive durante el tiempo pedido. Devuelve 1 si algo cayó."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Peticiones al azar contra la puerta")
    parser.add_argument("--seconds", type=float, default=60, help="cuánto tiempo (60)")
    parser.add_argument("--seed", type=int, default=0, help="la primera semilla (0); las demás van detrás")
    parser.add_argument("--lives", type=int, help="cuántas semillas como mucho")
    parser.add_argument("--log", type=Path, help="dónde apuntar cada caída según ocurre")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.lives) if asked.lives else itertools.count(asked.seed)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    found: dict[str, list[Fault]] = {}
    codes: Counter[int] = Counter()
    last, told = asked.seed, time.monotonic()
    for life in lives(iter(seeds), told + asked.seconds):
        last = life.seed
        codes.update(life.codes)
        for fault in life.faults:
            same = found.setdefault(fault.sign, [])
            same.append(fault)
            if asked.log and len(same) <= _SHOWN:
                with asked.log.open("a", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(
                        f"=== {fault.sign}\nsemilla {fault.seed}, paso {fault.step}: {fault.doing}\n{fault.what}\n\n"
                    )
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            fallen = f"{sum(map(len, found.values()))} caídas de {len(found)} clases"
            print(f"… hasta la semilla {last}: {codes.total()} peticiones, {fallen}", flush=True)
    answered = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    print(f"Semillas {asked.seed}–{last}: {codes.total()} peticiones ({answered})")
    for sign, faults in sorted(found.items(), key=lambda one: -len(one[1])):
        one = faults[0]
        print(
            f"\n{len(faults)} × {sign}\n  semilla {one.seed}, paso {one.step}: {one.doing[:600]}\n  {one.what[:1500]}"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
