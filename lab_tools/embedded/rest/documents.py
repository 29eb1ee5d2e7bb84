"""Documentos que solo cambian cuando cambian los tipos que se sirven: descubrimiento y OpenAPI.

Se escriben y comprimen una vez; la etiqueta (`ETag`) deja que un cliente que ya los tiene no los reciba
de nuevo. Solo estos se comprimen: por una interfaz local, comprimir una lista viva cuesta más que enviarla.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from lab_tools.embedded.rest.message import Request, Response

_WORTH = 1024


@dataclass(frozen=True)
class Document:
    """Bytes con su tipo y su huella."""

    body: bytes
    media: str

    @cached_property
    def hash(self) -> str:
        """SHA-512 en hexadecimal y mayúsculas, como en `?hash=` y en `ETag`."""
        return hashlib.sha512(self.body).hexdigest().upper()

    @cached_property
    def packed(self) -> bytes:
        """Los mismos bytes, comprimidos."""
        return gzip.compress(self.body, 6, mtime=0)

    def answer(self, request: Request, cache: str = "public") -> Response:
        """La respuesta: 304 si el cliente ya lo tiene; comprimida si la acepta así."""
        tag = f'"{self.hash}"'
        headers = {"content-type": self.media, "etag": tag, "vary": "Accept, Accept-Encoding", "cache-control": cache}
        if tag in request.headers.get("if-none-match", ""):
            return Response(304, headers, b"")
        if len(self.body) >= _WORTH and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(200, {**headers, "content-encoding": "gzip"}, self.packed)
        return Response(200, headers, self.body)


class Library:
    """Los documentos ya escritos, por nombre."""

    def __init__(self) -> None:
        self._known: dict[str, Document] = {}

    def clear(self) -> None:
        """Olvida todos: lo que cuentan ha cambiado."""
        self._known.clear()

    def get(self, name: str, write: Callable[[], bytes], media: str = "application/json") -> Document:
        """El documento `name`; la primera vez lo escribe `write`."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Document(write(), media)
        return found
