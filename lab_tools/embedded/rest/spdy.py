"""Las tramas de SPDY/3.1 que `kubectl port-forward` mete en su túnel: flujos que se abren, hablan y se cierran.

Aquí no se decide nada: `Frames` convierte bytes en sucesos y sucesos en bytes.
Fuente: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY, WINDOW_UPDATE = 1, 2, 3, 6, 7, 9
DATA = 0
_FIN = 1
_CONTROL = 0x80030000
# El tope de una trama en esta conversación: quien diga más está diciendo otra cosa.
MAX_FRAME = 1 << 20

# El diccionario del apartado 2.6.10.1: palabras con su longitud delante y, después, texto seguido.
_WORDS = """options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age
allow authorization cache-control connection content-base content-encoding content-language content-length
content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since
if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate
proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning
www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin"""
_TAIL = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY = b"".join(
    struct.pack("!I", len(word)) + word.encode() for word in (text.replace("_", " ") for text in _WORDS.split())
) + _TAIL.encode()  # fmt: skip


class ProtocolFault(ValueError):
    """Lo que llega no es SPDY/3.1."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Una trama recibida. `stream` es el flujo (o, en PING, su número)."""

    kind: int
    stream: int = 0
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    last: bool = False


class Frames:
    """Un extremo de la conversación: lo que entra se parte en tramas y lo que sale se escribe."""

    def __init__(self) -> None:
        self._buffer = b""
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def receive(self, data: bytes) -> list[Frame]:
        """Las tramas que se completan con `data`. Lanza `ProtocolFault`."""
        self._buffer += data
        found = []
        while len(self._buffer) >= 8:
            first, second = struct.unpack_from("!II", self._buffer)
            flags, length = second >> 24, second & 0xFFFFFF
            if length > MAX_FRAME:
                raise ProtocolFault(f"frame of {length} bytes")
            if len(self._buffer) < 8 + length:
                break
            body, self._buffer = self._buffer[8 : 8 + length], self._buffer[8 + length :]
            found.append(self._frame(first, bool(flags & _FIN), body))
        return found

    def reply(self, stream: int) -> bytes:
        """Acepta un flujo, sin cabeceras."""
        block = self._deflate.compress(struct.pack("!I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, struct.pack("!I", stream) + block)

    def _frame(self, first: int, last: bool, body: bytes) -> Frame:
        if not first & 0x80000000:
            return Frame(DATA, first, body, last=last)
        if first >> 16 != _CONTROL >> 16:
            raise ProtocolFault("not SPDY/3.1")
        kind = first & 0xFFFF
        stream = struct.unpack_from("!I", body)[0] & 0x7FFFFFFF if len(body) >= 4 else 0
        if kind != SYN_STREAM:
            return Frame(kind, stream, body, last=last)
        try:
            return Frame(kind, stream, headers=_headers(self._inflate.decompress(body[10:], MAX_FRAME)), last=last)
        except (zlib.error, struct.error, UnicodeDecodeError) as error:
            raise ProtocolFault(str(error)) from None


def data(stream: int, content: bytes, last: bool = False) -> bytes:
    """Una trama de datos; `last` cierra el flujo por este lado."""
    return struct.pack("!II", stream, (_FIN if last else 0) << 24 | len(content)) + content


def ping(number: int) -> bytes:
    """Devuelve un PING."""
    return _control(PING, struct.pack("!I", number))


def window(stream: int, size: int) -> bytes:
    """Deja sitio para `size` bytes más."""
    return _control(WINDOW_UPDATE, struct.pack("!II", stream, size))


def _control(kind: int, body: bytes) -> bytes:
    return struct.pack("!II", _CONTROL | kind, len(body)) + body


def _headers(block: bytes) -> dict[str, str]:
    (count,), offset = struct.unpack_from("!I", block), 4
    words = []
    for _ in range(min(count, 100) * 2):
        (size,) = struct.unpack_from("!I", block, offset)
        words.append(block[offset + 4 : offset + 4 + size].decode())
        offset += 4 + size
    return {name.lower(): value for name, value in zip(words[::2], words[1::2], strict=True)}
