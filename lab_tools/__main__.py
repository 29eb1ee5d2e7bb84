"""`python -m lab_tools` es lo mismo que `orquesta`."""

from __future__ import annotations

from lab_tools.cli.root import run

if __name__ == "__main__":
    raise SystemExit(run(program="python -m lab_tools"))
