"""Manda peticiones y cuenta lo que pasó: una línea de JSON por segundo, y la última con todo.

CARGA dice qué, en JSON: `url`, `method`, `headers`, `body`, `timeout`, `seed`, `steps` ([[segundos, por segundo], …]) y
`connections`; sin `steps`, una sola petición. Las llegadas son de Poisson y no esperan a nadie: lo que una petición
aguarda su turno cuenta como latencia. Falla lo que no recibe respuesta y lo que recibe un 5xx.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

# Llegada, latencia (None si nadie contestó), código, error, versión y Pod.
Row = tuple[float, "float | None", int, str, str, str]
Asked = dict[str, Any]
Answer = tuple[int, str, str, dict[str, str]]

MARK = "ORQUESTA "
CROWD = 256  # peticiones a la vez, como mucho, si cada una lleva su conexión
BIGGEST = 65536  # bytes de una respuesta que se guardan
SLOTS = 60


class Book:
    """Lo que va pasando."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.sent = 0
        self.guard = threading.Lock()

    def add(self, row: Row) -> None:
        with self.guard:
            self.rows.append(row)


def arrivals(steps: Sequence[Sequence[float]], seed: int) -> Iterator[float]:
    """Los instantes de llegada, en segundos desde el principio."""
    luck, start = random.Random(seed), 0.0
    for lasts, rate in steps:
        now = start + (luck.expovariate(rate) if rate > 0 else lasts)
        while now < start + lasts:
            yield now
            now += luck.expovariate(rate)
        start += lasts


class Caller:
    """Quien llama: con su conexión abierta (`keep`) o con una para cada petición."""

    def __init__(self, asked: Asked, keep: bool) -> None:
        self.asked, self.keep = asked, keep
        self.connection: http.client.HTTPConnection | None = None
        self.parts = urlsplit(asked["url"])

    def call(self) -> Answer:
        """(código, error, cuerpo, cabeceras) de una petición."""
        try:
            return self._call()
        except socket.gaierror:
            error = "dns"
        except TimeoutError:
            error = "timeout"
        except ConnectionRefusedError:
            error = "refused"
        except (ConnectionError, http.client.HTTPException):
            error = "reset"
        except OSError:
            error = "unreachable"
        self.close()
        return 0, error, "", {}

    def _call(self) -> Answer:
        connection = self.connection or self._open()
        path = (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")
        body = self.asked.get("body") or None
        connection.request(self.asked.get("method", "GET"), path, body, self.asked.get("headers") or {})
        response = connection.getresponse()
        content = response.read(BIGGEST)
        rest = response.read()
        if self.keep and not response.will_close and not rest:
            self.connection = connection
        else:
            self.close()
            connection.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, "", content.decode("utf-8", "replace"), headers

    def _open(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self.parts.scheme == "https" else http.client.HTTPConnection
        return kind(self.parts.hostname or "localhost", self.parts.port, timeout=self.asked.get("timeout", 10))

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def quantile(found: list[float], part: float) -> float | None:
    """El valor que no supera una parte de los encontrados, ya ordenados."""
    return found[min(len(found) - 1, int(part * len(found)))] if found else None


def share(rows: list[Row]) -> dict[str, Any]:
    """Las que acabaron, las que fallaron y su P95."""
    answered = sorted(row[1] for row in rows if row[1] is not None)
    return {"completed": len(rows), "failed": sum(failed(row) for row in rows), "p95": quantile(answered, 0.95)}


def failed(row: Row) -> bool:
    """Si una petición falló."""
    return not row[2] or row[2] >= 500


def counted(rows: list[Row], place: int) -> dict[str, int]:
    """Cuántas hay de cada valor de una columna; lo vacío no se cuenta."""
    found: dict[str, int] = {}
    for row in rows:
        if row[place]:
            found[str(row[place])] = found.get(str(row[place]), 0) + 1
    return found


def split(rows: list[Row], place: int) -> dict[str, Any]:
    """La parte de cada valor de una columna."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row[place]:
            groups.setdefault(str(row[place]), []).append(row)
    return {name: share(group) for name, group in groups.items()}


def timeline(rows: list[Row], seconds: float) -> dict[str, Any]:
    """La historia, en tramos de un segundo o más."""
    step = max(1, -(-int(seconds) // SLOTS))
    slots: list[list[Row]] = [[] for _ in range(max(1, -(-int(seconds) // step)))]
    for row in rows:
        slots[min(len(slots) - 1, int(row[0] // step))].append(row)
    parts = [share(slot) for slot in slots]
    return {
        "step": step,
        "sent": [part["completed"] for part in parts],
        "failed": [part["failed"] for part in parts],
        "p95": [part["p95"] for part in parts],
    }


def document(book: Book, elapsed: float, state: str) -> dict[str, Any]:
    """Todo lo que se sabe, con la forma de la puerta del tráfico."""
    with book.guard:
        rows = list(book.rows)
    answered = sorted(row[1] for row in rows if row[1] is not None)
    whole = share(rows)
    mean = sum(answered) / len(answered) if answered else None
    return {
        "state": state,
        "elapsed": round(elapsed, 3),
        "sent": book.sent,
        "completed": whole["completed"],
        "failed": whole["failed"],
        "latency": {
            "mean": mean,
            "p50": quantile(answered, 0.5),
            "p95": quantile(answered, 0.95),
            "p99": quantile(answered, 0.99),
            "max": answered[-1] if answered else None,
        },
        "errors": counted(rows, 3),
        "statuses": counted(rows, 2),
        "versions": split(rows, 4),
        "pods": split(rows, 5),
        "timeline": timeline(rows, elapsed),
    }


def say(found: dict[str, Any]) -> None:
    """Una línea que quien mide sabrá reconocer."""
    sys.stdout.write(MARK + json.dumps(found) + "\n")
    sys.stdout.flush()


def once(asked: Asked) -> None:
    """Una sola petición."""
    started = time.monotonic()
    status, error, body, headers = Caller(asked, False).call()
    took = time.monotonic() - started
    book = Book()
    book.sent = 1
    book.add((0.0, took if status else None, status, error, headers.get("x-version", ""), headers.get("x-pod", "")))
    say(
        {
            **document(book, took, "done"),
            "response": {
                "status": status,
                "error": error,
                "body": body,
                "headers": headers,
                "latency": round(took, 6),
                "version": headers.get("x-version", ""),
                "pod": headers.get("x-pod", ""),
                "verdict": "",
                "steps": [],
            },
        }
    )


def load(asked: Asked) -> None:
    """Una carga, hasta que se acabe o alguien la pare (SIGTERM)."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    work: queue.Queue[float | None] = queue.Queue()
    book, keep = Book(), int(asked.get("connections") or 0)
    start = time.monotonic()

    def run() -> None:
        caller = Caller(asked, bool(keep))
        while (at := work.get()) is not None:
            status, error, _, headers = caller.call()
            took = time.monotonic() - start - at
            book.add(
                (at, took if status else None, status, error, headers.get("x-version", ""), headers.get("x-pod", ""))
            )
        caller.close()

    crew = [threading.Thread(target=run, daemon=True) for _ in range(keep or CROWD)]
    for one in crew:
        one.start()
    told = start
    for at in arrivals(asked["steps"], asked.get("seed", 0)):
        while not stopped.is_set() and (left := start + at - time.monotonic()) > 0:
            stopped.wait(min(left, 0.2))
            told = _tell(book, start, told)
        if stopped.is_set():
            break
        book.sent += 1
        work.put(at)
        told = _tell(book, start, told)
    whole = sum(lasts for lasts, _ in asked["steps"])
    while not stopped.is_set() and (left := start + whole - time.monotonic()) > 0:
        stopped.wait(min(left, 0.2))
        told = _tell(book, start, told)
    for _ in crew:
        work.put(None)
    for one in crew:
        one.join(asked.get("timeout", 10) + 5)
    say(document(book, time.monotonic() - start, "stopped" if stopped.is_set() else "done"))


def _tell(book: Book, start: float, told: float) -> float:
    """Cuenta cómo va si hace ya un segundo; devuelve cuándo lo contó."""
    now = time.monotonic()
    if now - told < 1:
        return told
    say(document(book, now - start, "running"))
    return now


if __name__ == "__main__":
    what = json.loads(os.environ["CARGA"])
    (load if what.get("steps") else once)(what)
