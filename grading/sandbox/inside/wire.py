"""Las tramas entre el corrector y lo de dentro: una cabecera JSON con su tamaño y, si hace falta, bytes o descriptores.

Cada trama es `!II` (tamaño de la cabecera y de los bytes que la siguen), la cabecera y los bytes. Quien lee pone el
límite: al otro lado puede haber un estudiante escribiendo a mano en el socket.
"""

from __future__ import annotations

import array
import json
import socket
import struct
from typing import Any

SIZES = struct.Struct("!II")
LIMIT = 4 * 1024 * 1024  # bytes de una trama


class Broken(Exception):
    """Lo que llega no es una trama, o es demasiado grande."""


def send(sock: socket.socket, header: dict[str, Any], body: bytes = b"", fds: tuple[int, ...] = ()) -> None:
    """Manda una trama entera. Los descriptores `fds` viajan con su primer byte. Lanza OSError."""
    text = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
    prefix = SIZES.pack(len(text), len(body))
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    # El tamaño va entero o no va: son ocho bytes.
    sock.sendmsg([prefix], rights)
    sock.sendall(text + body)


def receive(sock: socket.socket, limit: int = LIMIT) -> tuple[dict[str, Any], bytes, list[int]] | None:
    """La trama siguiente: (cabecera, bytes, descriptores), o None si el otro lado colgó.

    Lanza Broken si no se entiende y OSError (TimeoutError incluido) si el socket falla.
    """
    prefix, fds = _prefix(sock)
    if prefix is None:
        return None
    size, extra = SIZES.unpack(prefix)
    if size > limit or extra > limit:
        _close(fds)
        raise Broken(f"una trama de {size + extra} bytes, y caben {limit}")
    text, body = _exactly(sock, size), _exactly(sock, extra)
    try:
        header = json.loads(text.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        _close(fds)
        raise Broken("una cabecera que no es JSON") from error
    if not isinstance(header, dict):
        _close(fds)
        raise Broken("una cabecera que no es un objeto")
    return header, body, fds


def _prefix(sock: socket.socket) -> tuple[bytes | None, list[int]]:
    data, fds, _flags, _address = socket.recv_fds(sock, SIZES.size, 4)
    if not data:
        _close(fds)
        return None, []
    return data + _exactly(sock, SIZES.size - len(data)), list(fds)


def _exactly(sock: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            raise Broken("una trama a medias")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _close(fds: list[int]) -> None:
    for number in fds:
        socket.close(number)
