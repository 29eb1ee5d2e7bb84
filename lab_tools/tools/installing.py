"""Instalar un programa: traerlo, comprobar su resumen dos veces y ponerlo en su sitio entero o nada."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lab_tools import files
from lab_tools.drivers import home
from lab_tools.errors import InfrastructureError
from lab_tools.tools import fetching, locked
from lab_tools.tools.pinned import Source


@dataclass(frozen=True)
class Installed:
    """Un programa en su sitio. `changed` es falso si ya estaba igual."""

    tool: str
    version: str
    path: str
    digest: str
    changed: bool


def install(source: Source, fetch: fetching.Fetch) -> Installed:
    """Instala un programa en la carpeta de la persona.

    Lanza InfrastructureError si no llega, si no es lo que dice su suma publicada o si no es lo que se aceptó la
    primera vez; entonces, lo que había instalado se queda como estaba.
    """
    folder = files.private_directory(home.tools())
    busy = InfrastructureError("Otra orden está instalando programas.", "Espera a que termine y repite.")
    with files.locked(folder / ".lock", 30.0, busy):
        expected = fetching.published(fetch(source.checksum_url), source)
        locked.demand(folder, source.key, expected, source.checksum_url)
        content = fetch(source.url)
        digest = hashlib.sha256(content).hexdigest()
        if digest != expected:
            raise InfrastructureError(
                f"«{source.file}» no es lo que dice su suma publicada.\n"
                f"  esperado:   {expected}\n  encontrado: {digest}",
                "La descarga se cortó o alguien la ha cambiado. No se instala; repítelo.",
            )
        changed = _put(folder / source.program, _program(content, source))
        locked.add(folder, source.key, digest)
    return Installed(source.tool, source.version, str(folder / source.program), digest, changed)


def _program(content: bytes, source: Source) -> bytes:
    """El programa: lo descargado o, si viene comprimido, su pieza. Solo se lee esa, y nada se escribe al abrirlo."""
    if not source.member:
        return content
    try:
        if source.file.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                return packed.read(source.member)
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            piece = archive.extractfile(source.member)
            if piece is None:
                raise KeyError(source.member)
            return piece.read()
    except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise InfrastructureError(f"En «{source.file}» no está «{source.member}».", "No se instala.") from error


def _put(path: Path, content: bytes) -> bool:
    """Deja el programa, si no estaba ya. Falso si no ha cambiado nada."""
    try:
        if path.is_file() and path.read_bytes() == content:
            path.chmod(0o755)
            return False
        files.write_atomic(path, content, 0o755)
    except OSError as error:
        raise files.explain(error, path) from error
    return True
