"""Ejecutar celdas como lo haría un cuaderno, sin kernel: un IPython que manda lo que sale por un socket.

Las salidas llevan la forma de nbformat. Nada de lo que este proceso diga vale puntos: es del estudiante desde la
primera celda, y quien lo escucha no se fía.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from . import wire

CHUNK = 65536
_OUTPUT_LIMIT = wire.LIMIT // 2
# Lo que hace cualquier cuaderno, hecho una vez antes de bifurcarse: así lo que haya que importar ya está.
_REHEARSAL = ("from IPython.display import display; display(1)", "1 / 0", "1 +", "await __import__('asyncio').sleep(0)",
              "!true")  # fmt: skip


class Speaker:
    """El lado de dentro del socket: una trama cada vez, aunque hablen varios hilos."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sock: socket.socket | None = None

    def connect(self, sock: socket.socket) -> None:
        """Desde ahora se habla por `sock`."""
        self._sock = sock
        self._lock = threading.Lock()  # el que hubiera se quedó en el proceso de antes

    def say(self, **header: Any) -> None:
        """Manda una cabecera; si ya no escucha nadie, se pierde."""
        if self._sock is None:
            return
        with self._lock, suppress(OSError):
            wire.send(self._sock, header)


SPEAKER = Speaker()


class _Publisher(DisplayPublisher):
    """`display()`, `update_display` y `clear_output`."""

    def publish(self, data: Any, metadata: Any = None, source: Any = None, *, transient: Any = None,
                update: Any = False, **_: Any) -> None:  # fmt: skip
        _flush()
        _show("update_display_data" if update else "display_data", data, metadata, transient=transient or {})

    def clear_output(self, wait: bool = False) -> None:
        _flush()
        SPEAKER.say(clear=bool(wait))


class _Hook(DisplayHook):
    """Lo que una celda devuelve."""

    def write_output_prompt(self) -> None:
        """Sin `Out[1]:`."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        _flush()
        _show("execute_result", format_dict, md_dict, execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        """Nada que cerrar."""

    def quiet(self) -> bool:
        """Se enseña siempre, como en un cuaderno: el punto y coma es de la terminal."""
        return False


class Shell(InteractiveShell):
    """Un IPython sin terminal, sin historial en disco y con las trazas dentro de una salida."""

    def enable_gui(self, gui: Any = None) -> None:
        """No hay ventanas."""

    def init_io(self) -> None:
        """La entrada y la salida se ponen al bifurcarse."""

    def system(self, cmd: str) -> None:
        """`!orden`: lo que escriba sale por las tuberías de la sesión. Su código queda en `_exit_code`."""
        _flush()
        with subprocess.Popen(self.var_expand(cmd, depth=1), shell=True, stdin=subprocess.DEVNULL) as process:
            try:
                self.user_ns["_exit_code"] = process.wait()
            except KeyboardInterrupt:
                process.kill()
                raise

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        _flush()
        SPEAKER.say(output={
            "output_type": "error", "ename": _text(getattr(etype, "__name__", etype)), "evalue": _text(evalue),
            "traceback": [_text(line) for line in stb],
        })  # fmt: skip


class _Stream:
    """Un `sys.stdout` que escribe tramas: se vacía al llenarse, al terminar la celda o si se pide."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self._number = number
        self._parts: list[str] = []
        self._size = 0
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            self._parts.append(text)
            self._size += len(text)
        if self._size > CHUNK:
            self.flush()
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._lock:
            text, self._parts, self._size = "".join(self._parts), [], 0
        for start in range(0, len(text), CHUNK):
            SPEAKER.say(output={"output_type": "stream", "name": self.name, "text": text[start : start + CHUNK]})

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    @property
    def closed(self) -> bool:
        return False


def prepare() -> Shell:
    """El IPython listo para bifurcarse: un solo hilo, nada abierto."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.display_pub_class = _Publisher
    shell: Shell = Shell.instance(config=config, display_pub_class=_Publisher, displayhook_class=_Hook)
    for source in _REHEARSAL:
        shell.run_cell(source, store_history=False)
    shell.reset(new_session=True)
    return shell


def work(shell: Shell, sock: socket.socket) -> None:
    """Ejecuta las celdas que lleguen por `sock` hasta que cuelgue."""
    SPEAKER.connect(sock)
    pipes = _redirect()
    while True:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # una interrupción que llega tarde no es de la celda siguiente
        frame = wire.receive(sock)
        if frame is None:
            return
        asked = frame[0]
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            shell.run_cell(str(asked["run"]), store_history=not asked.get("silent"), silent=bool(asked.get("silent")))
        except KeyboardInterrupt:
            SPEAKER.say(output={"output_type": "error", "ename": "KeyboardInterrupt", "evalue": "", "traceback": []})
        _flush()
        _drain(pipes)
        SPEAKER.say(done=shell.execution_count - 1)


def _redirect() -> list[tuple[int, threading.Lock]]:
    """`print` va por tramas; lo que escriban los programas que el cuaderno lance, por tuberías que se escuchan."""
    pipes = []
    for name, number in (("stdout", 1), ("stderr", 2)):
        read, write = os.pipe()
        os.dup2(write, number)
        os.close(write)
        setattr(sys, name, _Stream(name, number))
        telling = threading.Lock()
        threading.Thread(target=_listen, args=(read, name, telling), daemon=True).start()
        pipes.append((read, telling))
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  (vive lo que viva el proceso)
    return pipes


def _drain(pipes: list[tuple[int, threading.Lock]]) -> None:
    """Espera a que se haya leído y contado lo que ya estaba escrito en las tuberías."""
    for number, telling in pipes:
        while struct.unpack("i", fcntl.ioctl(number, termios.FIONREAD, b"    "))[0]:
            time.sleep(0.001)
        with telling:  # lo último que se leyó puede no haberse contado aún
            pass


def _listen(number: int, name: str, telling: threading.Lock) -> None:
    """Cuenta lo que llegue por una tubería. Mientras lee y cuenta tiene `telling`: así se sabe cuándo ha acabado."""
    while True:
        select.select([number], [], [])
        with telling:
            data = os.read(number, CHUNK)
            if not data:
                return
            SPEAKER.say(output={"output_type": "stream", "name": name, "text": data.decode("utf-8", "replace")})


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # el estudiante puede haberlos cambiado por cualquier cosa
            stream.flush()


def _show(kind: str, data: Any, metadata: Any, **more: Any) -> None:
    shown = {str(mime): value if isinstance(value, dict) else _text(value) for mime, value in dict(data).items()}
    if sum(len(value) for value in shown.values() if isinstance(value, str)) > _OUTPUT_LIMIT:
        shown = {"text/plain": "… salida recortada …"}
    SPEAKER.say(output={"output_type": kind, "data": shown, "metadata": dict(metadata or {}), **more})


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode("ascii")
    with suppress(Exception):  # `str` de un objeto del estudiante hace lo que el estudiante quiera
        return str(value)
    return "?"
