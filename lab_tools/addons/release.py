"""El manifiesto de un complemento publicado: se trae, se comprueba con lo aceptado la primera vez y se guarda.

La primera vez se anota su resumen; desde entonces, otro contenido con la misma versión no se instala, y lo guardado
basta para quitarlo sin red.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from lab_tools import files
from lab_tools.addons.catalogue import Addon
from lab_tools.drivers import home
from lab_tools.errors import InfrastructureError
from lab_tools.tools import locked
from lab_tools.tools.fetching import Fetch


def folder() -> Path:
    """Donde se guardan los manifiestos aceptados. No la crea."""
    return home.root() / "addons"


def fetched(addon: Addon, fetch: Fetch) -> bytes:
    """El manifiesto, comprobado y guardado. Lanza InfrastructureError si no llega o si no es el que se aceptó."""
    place = files.private_directory(folder())
    busy = InfrastructureError("Otra orden está instalando complementos.", "Espera a que termine y repite.")
    with files.locked(place / ".lock", 30.0, busy):
        content = b"\n---\n".join(fetch(url) for url in addon.urls)
        locked.hold(place, f"{addon.name} {addon.version}", hashlib.sha256(content).hexdigest(), addon.url)
        try:
            files.write_atomic(place / addon.file, content)
        except OSError as error:
            raise files.explain(error, place) from error
    return content


def kept(addon: Addon) -> bytes | None:
    """El que se guardó al instalarlo, si sigue siendo el aceptado."""
    path = folder() / addon.file
    if not path.is_file():
        return None
    content = path.read_bytes()
    same = locked.load(folder()).get(f"{addon.name} {addon.version}") == hashlib.sha256(content).hexdigest()
    return content if same else None


def in_folder(place: Path) -> Fetch:
    """Lee de una carpeta: con el nombre que damos al complemento o con el que se publica."""
    from lab_tools.addons.catalogue import CATALOGUE
    from lab_tools.tools.fetching import from_folder

    # Lo que son varios archivos se busca con sus nombres.
    names = {addon.url: addon.file for addon in CATALOGUE.values() if addon.url and not addon.also}

    def fetch(url: str) -> bytes:
        ours = place / names.get(url, "")
        if ours.is_file():
            try:
                return ours.read_bytes()
            except OSError as error:
                raise files.explain(error, ours, "leer") from error
        return from_folder(place)(url)

    return fetch
