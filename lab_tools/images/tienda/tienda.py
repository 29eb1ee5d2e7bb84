#!/usr/bin/env python3
"""Un servicio de la tienda, de verdad: tarda, gasta, falla y se despide como dicen sus números.

Solo usa la biblioteca estándar. El servicio y su versión los deciden los números (`numeros.json`, o el archivo que
diga TIENDA_NUMEROS); TIENDA_PUERTO cambia el puerto y TIENDA_SEMILLA fija la suerte. Como en la simulación:

- hasta que pasan `after` segundos no escucha, y quien llama encuentra la conexión rechazada;
- cada petición espera uno de `workers` puestos; si ya esperan `queue`, recibe un 503;
- su tiempo se sortea, y `cpu / time` de él es trabajo de procesador;
- las llamadas a otros (las variables `…_URL`) se hacen después y no ocupan puesto: 502 si fallan, 504 si tardan;
- una cola (`keeps`) guarda mensajes: el que se toma y nadie da por hecho en su plazo, vuelve;
- quien la vacía (`works`) toma uno, trabaja, lo da por hecho y va a por otro; con SIGTERM lo deja a medias;
- con SIGTERM deja de escuchar, acaba lo que tenía (o lo corta, con `drain: false`) y sale a los `after` segundos.
"""

from __future__ import annotations

import heapq
import json
import math
import os
import random
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FILE = Path(os.environ.get("TIENDA_NUMEROS") or Path(__file__).with_name("numeros.json"))
NUMBERS = json.loads(FILE.read_text("utf-8"))
SERVES = {
    "time": 0.001,
    "shape": "exponential",
    "spread": 0.5,
    "cpu": 0.0005,
    "workers": 16,
    "queue": 511,
    "memory": 0,
    "leak": 0,
    "failures": 0.0,
    "quick": [],
    "calls": {},
    "metrics": "",
    **NUMBERS["serves"],
}
BORN = time.monotonic()
REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}

# Los tramos de la duración de las peticiones, en segundos.
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

luck = random.Random(os.environ.get("TIENDA_SEMILLA"))
fails = random.Random(luck.random())
lost: list[bytearray] = []  # la memoria que se pierde


class Queue:
    """Los puestos y quienes los esperan."""

    def __init__(self) -> None:
        self.free = SERVES["workers"]
        self.waiting = 0
        self.turn = threading.Condition()

    def enter(self) -> bool:
        """Ocupa un puesto, esperando si hace falta; falso si tampoco se cabe en la cola."""
        with self.turn:
            if not self.free:
                if self.waiting >= SERVES["queue"]:
                    return False
                self.waiting += 1
                self.turn.wait_for(lambda: self.free)
                self.waiting -= 1
            self.free -= 1
            return True

    def leave(self) -> None:
        """Deja el puesto al siguiente."""
        with self.turn:
            self.free += 1
            self.turn.notify()


queue = Queue()


class Ledger:
    """Las peticiones contestadas, por ruta y código, para quien venga a contarlas."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.doing = 0
        self.took: dict[tuple[str, int], list[float]] = {}
        self.below: dict[str, list[int]] = {}

    def note(self, path: str, status: int, seconds: float) -> None:
        """Apunta una."""
        with self.lock:
            count = self.took.setdefault((path, status), [0, 0.0])
            count[0] += 1
            count[1] += seconds
            below = self.below.setdefault(path, [0] * len(EDGES))
            for place, edge in enumerate(EDGES):
                below[place] += seconds <= edge

    def text(self) -> str:
        """Lo apuntado, en el texto de Prometheus."""
        with self.lock:
            took = sorted((path, code, count, spent) for (path, code), (count, spent) in self.took.items())
            below = dict(self.below)
        lines = ["# TYPE http_requests_total counter"]
        lines += [f'http_requests_total{{code="{code}",route="{path}"}} {count}' for path, code, count, _ in took]
        lines.append("# TYPE http_request_duration_seconds histogram")
        for path, counts in sorted(below.items()):
            mine = [(count, spent) for one, _, count, spent in took if one == path]
            whole = sum(count for count, _ in mine)
            edges = [*(f"{edge:g}" for edge in EDGES), "+Inf"]
            lines += [
                f'http_request_duration_seconds_bucket{{route="{path}",le="{edge}"}} {count}'
                for edge, count in zip(edges, [*counts, whole], strict=True)
            ]
            lines.append(f'http_request_duration_seconds_sum{{route="{path}"}} {sum(spent for _, spent in mine)}')
            lines.append(f'http_request_duration_seconds_count{{route="{path}"}} {whole}')
        lines += ["# TYPE http_requests_in_progress gauge", f"http_requests_in_progress {self.doing}"]
        lines += ["# TYPE app_info gauge", f'app_info{{version="{NUMBERS["version"]}"}} 1']
        lines += ["# TYPE process_cpu_seconds_total counter", f"process_cpu_seconds_total {time.process_time()}"]
        started = time.time() - (time.monotonic() - BORN)
        lines += ["# TYPE process_start_time_seconds gauge", f"process_start_time_seconds {started:.3f}"]
        lines += box.metrics() if box is not None else []
        return "\n".join(lines) + "\n"


ledger = Ledger()


class Box:
    """Los mensajes que guarda una cola: se toman con un plazo, y se quitan cuando quien los tomó los da por hechos."""

    def __init__(self, keeps: dict[str, Any]) -> None:
        names = {"put": "/poner", "take": "/tomar", "done": "/hecho", "depth": "/mensajes"}
        self.put, self.take, self.done, self.depth = (keeps.get(name, path) for name, path in names.items())
        self.lease, self.size = keeps.get("lease", 30.0), keeps.get("size", 1024)
        self.lock = threading.Lock()
        # Cada mensaje: desde cuándo se puede tomar, si alguien lo tomó, su texto y lo que ocupa.
        self.live: dict[int, tuple[float, bool, str, bytearray]] = {}
        self.order: list[tuple[float, int]] = []
        self.number = self.finished = 0

    def moves(self, path: str) -> bool:
        """Si una ruta mueve o cuenta mensajes."""
        return path in (self.put, self.take, self.done, self.depth)

    def ask(self, path: str, query: str) -> tuple[int, str]:
        """Contesta a una de sus rutas: código y cuerpo."""
        with self.lock:
            now = time.monotonic()
            if path == self.put:
                return self.keep(query, now)
            if path == self.take:
                return self.give(now)
            if path == self.done:
                return self.forget(query)
            waiting, taken = self.counts(now)
            return 200, f'{{"esperan": {waiting}, "tomados": {taken}, "hechos": {self.finished}}}\n'

    def keep(self, text: str, now: float) -> tuple[int, str]:
        """Mete uno."""
        self.number += 1
        self.live[self.number] = (now, False, text, bytearray(self.size))
        heapq.heappush(self.order, (now, self.number))
        return 202, f"{self.number}\n"

    def give(self, now: float) -> tuple[int, str]:
        """Da el que lleva más tiempo, y lo esconde lo que dura su plazo."""
        while self.order and self.order[0][0] <= now:
            since, number = heapq.heappop(self.order)
            found = self.live.get(number)
            if found is None or found[0] != since:
                continue
            back = now + self.lease
            self.live[number] = (back, True, *found[2:])
            heapq.heappush(self.order, (back, number))
            return 200, f"{number} {found[2]}".rstrip() + "\n"
        return 204, ""

    def forget(self, query: str) -> tuple[int, str]:
        """Quita uno: ya está hecho."""
        if not query.isdecimal() or self.live.pop(int(query), None) is None:
            return 404, "404 page not found"
        self.finished += 1
        return 200, ""

    def counts(self, now: float) -> tuple[int, int]:
        """Los que esperan, y los tomados que aún están a tiempo."""
        waiting = sum(since <= now for since, *_ in self.live.values())
        return waiting, sum(held and since > now for since, held, *_ in self.live.values())

    def metrics(self) -> list[str]:
        """Sus mensajes, en el texto de Prometheus."""
        with self.lock:
            waiting, taken = self.counts(time.monotonic())
            done = self.finished
        lines = []
        for name, value in (("ready", waiting), ("unacknowledged", taken), ("done_total", done)):
            kind = "counter" if name == "done_total" else "gauge"
            lines += [f"# TYPE queue_messages_{name} {kind}", f"queue_messages_{name} {value}"]
        return lines


box = Box(SERVES["keeps"]) if "keeps" in SERVES else None


def draw() -> float:
    """Un tiempo de servicio, en segundos."""
    mean, shape = float(SERVES["time"]), SERVES["shape"]
    if shape == "constant":
        return mean
    if shape == "lognormal":
        variance = math.log(1 + SERVES["spread"] ** 2)
        return math.exp(math.log(mean) - variance / 2 + math.sqrt(variance) * luck.gauss(0.0, 1.0))
    return -mean * math.log(1.0 - luck.random())


def work(since: float) -> None:
    """Trabaja lo que toque: primero procesador, después espera. Cuenta desde `since`, cuando le dieron el puesto."""
    took = draw()
    burn = took * min(SERVES["cpu"] / SERVES["time"], 1.0)
    began = time.thread_time()
    while time.thread_time() - began < burn:
        math.sqrt(2.0)
    left = since + took - time.monotonic()
    if left > 0:
        time.sleep(left)


def call(one: dict[str, Any]) -> int:
    """Llama a otro servicio, si se sabe dónde está; devuelve el código con que hay que rendirse, o 0."""
    base = os.environ.get(one["env"], "")
    if not base:
        return 0
    try:
        with urllib.request.urlopen(base.rstrip("/") + one["path"], timeout=one.get("timeout", 2.0)):
            return 0
    except urllib.error.HTTPError as refused:
        return 502 if refused.code >= 500 else 0
    except (TimeoutError, urllib.error.URLError) as fault:
        late = isinstance(fault, TimeoutError) or isinstance(getattr(fault, "reason", None), TimeoutError)
        return 504 if late else 502
    except OSError:
        return 502


def route(path: str) -> tuple[int, str]:
    """Código y cuerpo de una ruta a la edad que tiene el proceso."""
    spec = NUMBERS.get("paths", {}).get(path)
    age = time.monotonic() - BORN
    for one in spec if isinstance(spec, list) else [spec]:
        found = one if isinstance(one, dict) else {"status": one}
        if one is not None and found.get("from", 0.0) <= age < found.get("until", math.inf):
            return found["status"], str(found.get("body", "")).replace("{version}", NUMBERS["version"])
    return 404, "404 page not found"


def answer(path: str, query: str = "") -> tuple[int, str]:
    """Atiende una petición y la apunta: código y cuerpo."""
    if path == SERVES["metrics"]:
        return 200, ledger.text()
    since = time.monotonic()
    with ledger.lock:
        ledger.doing += 1
    try:
        status, body = attend(path, query)
    finally:
        with ledger.lock:
            ledger.doing -= 1
    ledger.note(path, status, time.monotonic() - since)
    return status, body


def attend(path: str, query: str) -> tuple[int, str]:
    """Hace lo que pide una ruta: código y cuerpo."""
    status, body = route(path)
    kept = box if box is not None and status < 400 and box.moves(path) else None
    if status == 404 or path in SERVES["quick"]:
        return kept.ask(path, query) if kept is not None else (status, body)
    held = bytearray(SERVES["memory"])
    if not queue.enter():
        return 503, REASONS[503]
    try:
        work(time.monotonic())
    finally:
        queue.leave()
    lost.append(bytearray(SERVES["leak"]))
    if fails.random() < SERVES["failures"]:
        return 500, REASONS[500]
    for one in SERVES["calls"].get(path, []) if status < 400 else []:
        if refused := call(one):
            return refused, REASONS[refused]
    del held
    return kept.ask(path, query) if kept is not None else (status, body)


class Handler(BaseHTTPRequestHandler):
    """Una conexión."""

    wbufsize = 1 << 16  # cabeceras y cuerpo, en un solo envío

    def do_GET(self) -> None:
        """Contesta a un GET."""
        path, _, query = self.path.partition("?")
        status, body = answer(path or "/", query)
        content = body.encode()
        self.send_response(status)
        for name, value in (
            ("X-Version", NUMBERS["version"]),
            ("X-Pod", socket.gethostname()),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(content))),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Una línea por petición sería lo único que se leyera."""


class Server(ThreadingHTTPServer):
    """El servidor, que se acuerda de las conexiones abiertas para poder cortarlas."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(("", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Empieza a atender una conexión."""
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Acaba con ella."""
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """Que quien llamaba se haya ido no es noticia."""

    def close_now(self) -> None:
        """Corta todo lo que está a medias."""
        for one in list(self.open):
            # SO_LINGER a cero: quien esperaba recibe un RST, como cuando un proceso muere.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            os.close(one.detach())


def say_log() -> None:
    """Escribe las líneas de arranque a su hora."""
    for line in NUMBERS.get("log", []):
        at, text = line if isinstance(line, list) else (0.0, line)
        time.sleep(max(BORN + at - time.monotonic(), 0.0))
        print(text, flush=True)


def leave(server: Server | None) -> None:
    """SIGTERM: la despedida."""
    term = NUMBERS["term"]
    deadline = time.monotonic() + term["after"]
    if server is not None:
        # Desde aquí, el núcleo rechaza a quien llame, aunque el bucle aún no se haya enterado.
        server.socket.shutdown(socket.SHUT_RDWR)
        background(server.shutdown)
        if not term.get("drain", True):
            server.close_now()
    time.sleep(max(deadline - time.monotonic(), 0.0))
    os._exit(term["code"])


def end_by_itself(after: float, code: int) -> None:
    """Termina a los `after` segundos, pase lo que pase."""
    time.sleep(max(BORN + after - time.monotonic(), 0.0))
    os._exit(code)


def leak_forever() -> None:
    """Pierde `leak` bytes por segundo."""
    while True:
        time.sleep(1.0)
        lost.append(bytearray(NUMBERS["leak"]))


def labour(works: dict[str, Any], base: str) -> None:
    """Vacía la cola que hay en `base`: toma un mensaje, trabaja, lo da por hecho y vuelve; si no hay, espera."""
    take, done, pause = works.get("take", "/tomar"), works.get("done", "/hecho"), works.get("pause", 1.0)
    name, deaf = NUMBERS["entrypoint"], False
    while True:
        status, message = ask(base + take)
        if status != 200:
            if status != 204 and not deaf:
                print(f"{name}: {base} no contesta; lo intenta cada {pause:g} s", flush=True)
            deaf = status != 204
            time.sleep(pause)
            continue
        deaf = False
        work(time.monotonic())
        number, _, _ = message.partition(" ")
        good = ask(f"{base}{done}?{number}")[0] == 200
        end = "hecho" if good else "hecho tarde o sin cola a quien decírselo"
        print(f"{name}: mensaje {message}, {end}", flush=True)


def ask(url: str) -> tuple[int, str]:
    """Pide una dirección: código (0 si nadie contesta) y cuerpo."""
    try:
        with urllib.request.urlopen(url, timeout=5.0) as found:
            return found.status, found.read().decode().strip()
    except urllib.error.HTTPError as refused:
        return refused.code, ""
    except OSError:
        return 0, ""


def background(target: Callable[..., object], *args: Any) -> None:
    """Hace algo aparte."""
    threading.Thread(target=target, args=args, daemon=True).start()


def main() -> None:
    """Arranca, escucha y espera a que le pidan parar."""
    stopping = threading.Event()
    if "term" in NUMBERS:
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    else:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    background(say_log)
    if end := NUMBERS.get("exits"):
        background(end_by_itself, end["after"], end["code"])
    if NUMBERS.get("leak"):
        background(leak_forever)
    works = NUMBERS.get("works")
    if works and (base := os.environ.get(works["env"], "").rstrip("/")):
        stopping.wait(max(BORN + NUMBERS.get("after", 0.0) - time.monotonic(), 0.0))
        if not stopping.is_set():
            background(labour, works, base)
    server = None
    if NUMBERS.get("listens") and not stopping.wait(max(BORN + NUMBERS.get("after", 0.0) - time.monotonic(), 0.0)):
        server = Server(int(os.environ.get("TIENDA_PUERTO") or NUMBERS["listens"][0]))
        background(server.serve_forever, 0.05)
    stopping.wait()
    leave(server)


if __name__ == "__main__":
    main()
