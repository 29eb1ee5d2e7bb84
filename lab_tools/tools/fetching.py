"""Traer un archivo y su suma: de quien los publica, de un espejo o de una carpeta."""

from __future__ import annotations

import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from lab_tools import files
from lab_tools.errors import InfrastructureError
from lab_tools.tools.pinned import Source

# Segundos sin noticias; y bytes: el mayor de los tres pasa poco de 60 MB.
_TIMEOUT = 30.0
_MOST = 400_000_000
_CHUNK = 1 << 16

_HEX = re.compile(r"\b([0-9a-fA-F]{64})\b")

Fetch = Callable[[str], bytes]


def from_network(mirror: str = "") -> Fetch:
    """Trae por HTTPS de quien publica; con `mirror`, de esa dirección y el nombre del archivo."""

    def fetch(url: str) -> bytes:
        address = f"{mirror.rstrip('/')}/{url.rpartition('/')[2]}" if mirror else url
        try:
            with urllib.request.urlopen(address, timeout=_TIMEOUT) as reply:
                return _whole(reply, address)
        except urllib.error.HTTPError as error:
            raise InfrastructureError(
                f"{address} contesta {error.code}.", "Comprueba la dirección, o instálalo de una carpeta con --from."
            ) from error
        except (OSError, ssl.SSLError) as error:
            reason = getattr(error, "reason", None) or error
            raise InfrastructureError(
                f"No se puede descargar {address}: {reason}.",
                "Comprueba la conexión y el proxy (HTTPS_PROXY), o tráelo en una carpeta e instálalo con --from.",
            ) from error

    return fetch


def from_folder(folder: Path) -> Fetch:
    """Lee de una carpeta los archivos con el nombre con que se publican."""

    def fetch(url: str) -> bytes:
        path = folder / url.rpartition("/")[2]
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise InfrastructureError(
                f"En «{folder}» falta «{path.name}».", f"Descárgalo donde haya red: curl -LO {url}"
            ) from None
        except OSError as error:
            raise files.explain(error, path, "leer") from error

    return fetch


def demand(folder: Path, sources: Iterable[Source]) -> None:
    """Lanza InfrastructureError si en la carpeta falta algún archivo de esos programas; los nombra todos."""
    wanted = [url for source in sources for url in (source.url, source.checksum_url)]
    lacking = [url for url in wanted if not (folder / url.rpartition("/")[2]).exists()]
    if not lacking:
        return
    missing = ", ".join(f"«{url.rpartition('/')[2]}»" for url in lacking)
    raise InfrastructureError(
        f"En «{folder}» {'falta' if len(lacking) == 1 else 'faltan'} {missing}.",
        "Donde haya red: " + " && ".join(f"curl -LO {url}" for url in lacking),
    )


def published(content: bytes, source: Source) -> str:
    """El resumen que dice una suma publicada: solo el número, o una línea por archivo. Lanza InfrastructureError."""
    lines = content.decode("utf-8", "replace").splitlines()
    about = [line for line in lines if source.file in line.replace("*", " ").replace("/", " ").split()] or lines
    found = {match[1].lower() for line in about if (match := _HEX.search(line))}
    if len(found) != 1:
        raise InfrastructureError(
            f"La suma publicada «{source.checksum_file}» no dice cuál es la de «{source.file}».",
            f"Mírala: {source.checksum_url}",
        )
    return found.pop()


def _whole(reply: object, address: str) -> bytes:
    read = reply.read  # type: ignore[attr-defined]
    chunks: list[bytes] = []
    size = 0
    while chunk := read(_CHUNK):
        size += len(chunk)
        if size > _MOST:
            raise InfrastructureError(f"{address} ocupa más de lo que puede ocupar ese programa.", "No se instala.")
        chunks.append(chunk)
    return b"".join(chunks)
