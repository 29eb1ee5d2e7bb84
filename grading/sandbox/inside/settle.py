"""Lo último que hace una sesión antes de ejecutar nada: abrir su puerto y entrar en su carpeta."""

from __future__ import annotations

import io
import os
import socket
import sys
import tarfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from . import wire


def settle(channel: socket.socket, furnish: Callable[[], None], lock: Callable[[], None]) -> bool:
    """Deja la sesión lista: `furnish` le pone la casa y `lock` la cierra. Falso, y contado fuera, si algo falla."""
    try:
        furnish()
        door = _listener()
        lock()
        wire.send(channel, {"up": True}, fds=(door.fileno(),))
        door.close()
        _move_in(channel)
        wire.send(channel, {"home": True})
    except BaseException:
        with suppress(OSError):
            wire.send(channel, {"broken": traceback.format_exc()})
        return False
    return True


def _listener() -> socket.socket:
    """Un socket que escucha en la red de la entrega: por él entra su clúster."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.bind(("127.0.0.1", 0))
    made.listen(256)
    return made


def _move_in(channel: socket.socket) -> None:
    """Recibe sus archivos y su entorno, y entra en su carpeta. Si fuera cuelgan, termina el proceso."""
    frame = wire.receive(channel, limit=1 << 30)
    if frame is None:
        os._exit(0)
    order, packed, _ = frame
    os.environ.clear()
    os.environ.update(order["environment"])
    root = Path(order["root"])
    folders = [root / name for name in order["folders"]]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    _unpack(packed, root)
    os.chdir(folders[0])
    sys.path[0] = str(folders[0])  # donde estaba la carpeta desde la que se arrancó esto


def _unpack(packed: bytes, root: Path) -> None:
    """Escribe los archivos del tar, que no salen de `root`. `extractall` no los filtra antes de Python 3.11.4."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for one in archive:
            content = archive.extractfile(one)
            path = (root / one.name).resolve()
            if content is None or not path.is_relative_to(root.resolve()):
                raise ValueError(f"{one.name!r} no es un archivo de la entrega")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())
            path.chmod(one.mode)
