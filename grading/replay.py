"""Repetir el trabajo de un estudiante: su registro, petición a petición, sobre un clúster que prepara el corrector.

Cada petición se hace con la credencial de estudiante y en su instante virtual; las señales dicen cuándo se mira cada
celda (cuenta la última vez que se pidió). Un registro escrito a mano no gana nada: solo puede pedir lo que su autor
habría podido pedir. El clúster parte de la misma suerte, así que los nombres al azar vuelven a salir.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading import preconditions
from lab_tools.drivers.in_process import USERS
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.record import unpacked
from lab_tools.embedded.rest import Request, Response
from lab_tools.embedded.rest.message import Session
from lab_tools.errors import GradingError
from lab_tools.labs.handin import FILE, VERSION

BIGGEST = 10 * 1024 * 1024  # bytes de un registro
MOST = 20_000  # apuntes
LONGEST_PAUSE = 26 * 3600.0  # segundos virtuales: quien deja el clúster en marcha toda la noche no hace esperar
PATIENCE = 60.0  # segundos de pared para repetirlo entero
CURE = "Vuelve a guardarlo con: orquesta lab submit"


@dataclass(frozen=True)
class Work:
    """Un registro entregado: los apuntes, con su instante contado desde que el laboratorio estuvo preparado."""

    lab: str
    seed: int
    nodes: int
    entries: tuple[Mapping[str, Any], ...]


def read(folder: Path, slug: str) -> Work | None:
    """El registro que acompaña a una entrega, o None si no trae. Lanza GradingError si no se entiende."""
    path = folder / FILE
    if not path.is_file():
        return None
    if path.stat().st_size > BIGGEST:
        raise GradingError(f"El registro «{FILE}» pesa más de {BIGGEST // 1024**2} MiB.", CURE)
    try:
        return _understood(json.loads(path.read_text(encoding="utf-8")), slug)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise GradingError(f"El registro «{FILE}» no se entiende: {error}.", CURE) from error


def _understood(found: Any, slug: str) -> Work:
    if found["version"] != VERSION:
        raise ValueError(f"es de la versión {found['version']!r}, y se esperaba la {VERSION}")
    if found["lab"] != slug:
        raise ValueError(f"es del laboratorio {found['lab']!r}, y se esperaba {slug!r}")
    entries = found["entries"]
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST:
        raise ValueError(f"se esperaban de 1 a {MOST} apuntes")
    origin = last = float(entries[0]["t"])
    shifted, cut = [], 0.0
    for entry in entries:
        now = float(entry["t"])
        # Quien muere de golpe pierde los últimos instantes en los que no cambió nada, y sigue desde antes.
        if not now >= last and "restart" not in entry:
            raise ValueError("los apuntes no están en orden")
        cut += max(0.0, now - last - LONGEST_PAUSE)
        last = now
        shifted.append({**entry, "t": now - origin - cut, "wall": now + int(entry.get("offset", 0))})
    return Work(slug, int(found["seed"]), int(found["nodes"]), tuple(shifted))


class Replay:
    """Un registro que se repite sobre `cluster`, preparado para el laboratorio y que nadie más toca.

    `requests` cuenta las peticiones hechas; `different`, las que no se contestaron igual que al estudiante.
    """

    def __init__(self, work: Work, cluster: EmbeddedCluster) -> None:
        self.cluster = cluster
        self.requests = 0
        self.different: list[str] = []
        self._work = work
        self._origin = cluster.clock.now
        self._talks: dict[int, Session] = {}

    def cells(self) -> Iterator[str]:
        """Repite el trabajo y se detiene cada vez que hay que mirar una celda: da su nombre.

        Lanza GradingError si no se entiende o si lleva demasiado.
        """
        deadline = time.monotonic() + PATIENCE
        last = {_cell(entry): number for number, entry in enumerate(self._work.entries)}
        for number, entry in enumerate(self._work.entries):
            if time.monotonic() > deadline:
                raise GradingError(
                    f"Repetir el registro lleva más de {PATIENCE:g} s.", "Corrige ejecutando el cuaderno."
                )
            clock = self.cluster.clock
            clock.advance_to(max(clock.now, self._origin + entry["t"]))
            clock.set_offset(round(entry["wall"] - clock.now))  # un CronJob mira el calendario de quien lo escribió
            self._follow(number, entry)
            if (cell := _cell(entry)) and last[cell] == number:
                yield cell

    def _follow(self, number: int, entry: Mapping[str, Any]) -> None:
        if "verb" in entry:
            response = self._ask(entry)
            if response.session is not None:
                self._talks[number] = response.session
        elif "feed" in entry:
            talk = self._talks.get(entry["feed"])
            if talk is not None and not talk.closed:
                talk.feed(unpacked(entry))
                self.cluster.clock.settle()
        elif "restart" in entry:
            # Sigue desde ahora, que puede ser algo después de entonces: hacia atrás no se va.
            self.cluster = EmbeddedCluster(seed=self._work.seed, saved=self.cluster.snapshot())
            self._talks.clear()
        elif luck := signal(entry, "start"):
            self.cluster.reseed(luck)  # preparó otro laboratorio a la mitad

    def _ask(self, entry: Mapping[str, Any]) -> Response:
        """Hace una petición como el estudiante, y apunta si no se contesta como entonces."""
        try:
            request, before = _request(entry), int(entry.get("code", 200))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise GradingError(f"Un apunte del registro no se entiende: {error}.", CURE) from error
        if before < 400:
            request = preconditions.renewed(request, self.cluster.handle)
        response = self.cluster.handle(request)
        self.requests += 1
        if (response.status < 400) != (before < 400):
            self.different.append(f"{request.method} {request.path}: {response.status}, y fue {before}")
        return response


def _cell(entry: Mapping[str, Any]) -> str:
    """La celda que un apunte pide mirar, o nada."""
    return signal(entry, "cell")


def signal(entry: Mapping[str, Any], name: str) -> str:
    """Lo que dice la señal `name` de un apunte, o nada si no la lleva."""
    mark = entry.get("mark")
    told = mark.get(name) if isinstance(mark, dict) else None
    return told if isinstance(told, str) else ""


def _request(entry: Mapping[str, Any]) -> Request:
    headers = {str(name).lower(): str(value) for name, value in (entry.get("headers") or {}).items()}
    headers = {name: value for name, value in headers.items() if name.startswith("impersonate-")}
    if "type" in entry:
        headers["content-type"] = str(entry["type"])
    if "as" in entry:
        headers["impersonate-user"], *groups = map(str, entry["as"])
        if not headers["impersonate-user"].startswith("system:serviceaccount:"):
            headers["impersonate-group"] = ",".join(groups)
    if "protocol" in entry:
        headers |= {"upgrade": "websocket", "sec-websocket-protocol": str(entry["protocol"])}
    query = {str(name): [str(value) for value in values] for name, values in (entry.get("query") or {}).items()}
    return Request(str(entry["verb"]), str(entry["path"]), query, headers, unpacked(entry), USERS["student"])
