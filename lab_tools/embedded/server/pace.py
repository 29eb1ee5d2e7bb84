"""`pace.json`: el ritmo de un clúster servido y la hora a la que se vio cada cosa, para que sigan tras un reinicio.

    {"speed": x, "paused": bool, "stretches": [[instante, hora, velocidad, fin | null], …]}

Se reescribe entero o nada, y solo cuando cambia. Si falta o está dañado se empieza de nuevo: el clúster no pierde
nada, pero las fechas de lo que ya existía se ven como si no hubiera estado parado.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass
from pathlib import Path

from lab_tools import files
from lab_tools.embedded.dates import Dates, Stretch
from lab_tools.embedded.server import settings

_log = logging.getLogger("orquesta.pace")


@dataclass(frozen=True)
class Pace:
    """El ritmo guardado."""

    speed: float
    paused: bool
    dates: Dates


def load(state: Path, speed: float) -> Pace:
    """El ritmo que había; uno nuevo, a velocidad `speed`, si no se sabe."""
    path = state / settings.PACE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        stretches = [Stretch(since, shown, pace, math.inf if end is None else end)
                     for since, shown, pace, end in found["stretches"]]  # fmt: skip
        return Pace(float(found["speed"]), bool(found["paused"]), Dates(stretches))
    except FileNotFoundError:
        return Pace(speed, False, Dates())
    except (OSError, ValueError, KeyError, TypeError) as damage:
        _log.warning("no se puede leer %s: %s", path, damage)
        return Pace(speed, False, Dates())


def save(state: Path, speed: float, paused: bool, dates: Dates) -> None:
    """Guarda el ritmo. Lanza OSError."""
    stretches = [[one.since, one.shown, one.speed, None if math.isinf(one.end) else one.end] for one in dates.stretches]
    found = {"speed": speed, "paused": paused, "stretches": stretches}
    files.write_atomic(state / settings.PACE, json.dumps(found, separators=(",", ":")) + "\n")
