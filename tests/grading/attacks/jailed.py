"""Dentro de la jaula: un clúster, alguien que escucha y `nbgrader autograde` tal como viene.

Es el primer proceso de su espacio: nada de dentro puede matarlo ni pararlo, y cuando termina mueren todos. Recibe por
su línea de órdenes un JSON y escribe otro en el archivo que este diga.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path


def main(order: dict) -> None:
    for signalled in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signalled, signal.SIG_IGN)
    for what, most in order["limits"].items():
        resource.setrlimit(getattr(resource, what), (most, most))
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", order["port"]))
    threading.Thread(target=_attend, args=(server, heard), daemon=True).start()
    _cluster(order)
    hung = False
    with Path(order["log"]).open("wb") as log:
        quiet = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        process = subprocess.Popen(order["command"], cwd=order["course"], **quiet)
        try:
            process.wait(order["seconds"])
        except subprocess.TimeoutExpired:
            hung = True
            process.kill()
    found = {"hung": hung, "heard": b"".join(heard).decode("latin-1"), "alive": _staying(order["stays"].encode())}
    Path(order["answer"]).write_text(json.dumps(found), encoding="utf-8")


def _cluster(order: dict) -> None:
    from lab_tools.drivers.base import Request
    from lab_tools.drivers.embedded import EmbeddedDriver

    request = Request("jaula", nodes=order["nodes"], speed=order["speed"], kubeconfig=os.environ["KUBECONFIG"])
    EmbeddedDriver().create(request)


def _attend(server: socket.socket, heard: list[bytes]) -> None:
    while True:
        caller, _ = server.accept()
        with caller:
            caller.settimeout(1)
            heard.append(b"llamada: ")
            try:
                heard.append(caller.recv(4096))
            except OSError:
                continue


def _staying(mark: bytes) -> list[str]:
    """Los que siguen en marcha, con la misma paciencia que con los nuestros (`arena.staying`)."""
    deadline = time.monotonic() + 10
    while (found := _alive(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _alive(mark: bytes) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (path / "environ").read_bytes():
                found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
