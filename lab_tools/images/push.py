"""Subir imágenes a un registro: el de esta máquina o cualquier otro en el que la orden `docker` haya entrado.

El motor sube las capas; aquí se le da el nombre que el registro espera, se cuenta cómo va y se dice qué falta cuando no
puede. Lo que ya estaba arriba no se sube otra vez.
Fuente: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImagePush
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab_tools import engine
from lab_tools.errors import ClusterError, UsageError
from lab_tools.images.build import image_name
from lab_tools.images.context import available

# Lo que el motor dice de una capa cuando ya no le queda nada por hacer.
_UP, _THERE = "Pushed", ("Layer already exists", "Mounted from")
_REFUSED = re.compile(r"connection refused", re.IGNORECASE)
_WORTH_SAYING = 50_000  # bytes
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Pushed:
    """Una imagen subida. `digest`: el resumen de su manifiesto, que da el registro; `sent`: bytes enviados."""

    name: str
    digest: str
    sent: int


def push(
    client: Any, wanted: list[tuple[str, str]], prefix: str, say: Callable[[str], None] = lambda _text: None
) -> list[Pushed]:
    """Sube `PREFIJO/tienda-SERVICIO:VERSIÓN` de cada par. La construida sin prefijo recibe antes ese otro nombre.

    Lanza UsageError si falta alguna, antes de subir ninguna, y ClusterError, con su cura, si el registro no la toma.
    """
    names = [(image_name(service, version, prefix), image_name(service, version)) for service, version in wanted]
    unsent = _name(client, names)
    found = []
    try:
        for name, _ in names:
            say(f"Subir {name}…")
            found.append(_push(client, name, say))
            unsent.discard(name)
    finally:
        # Un nombre que solo servía para subirla no se queda si no llegó a subir.
        for name in sorted(unsent):
            client.images.remove(name)
    return found


def built(client: Any, prefix: str) -> list[tuple[str, str]]:
    """Los pares que el motor tiene ya construidos, con ese prefijo o sin ninguno. Lanza UsageError si no hay."""
    found = [
        (service, version)
        for service, version in available()
        if _has(client, image_name(service, version, prefix)) or _has(client, image_name(service, version))
    ]
    if not found:
        raise UsageError("El motor no tiene ninguna imagen de la tienda.", "Constrúyelas con: orquesta image build")
    return found


def _name(client: Any, names: list[tuple[str, str]]) -> set[str]:
    """Pone a cada imagen el nombre con el que se sube; devuelve los que no existían."""
    absent = [plain for name, plain in names if not _has(client, name) and not _has(client, plain)]
    if absent:
        raise UsageError(f"El motor no tiene: {', '.join(absent)}.", "Constrúyelas con: orquesta image build")
    given = {name: plain for name, plain in names if not _has(client, name)}
    for name, plain in given.items():
        repository, _, tag = name.rpartition(":")
        client.images.get(plain).tag(repository, tag)
    return set(given)


def _has(client: Any, name: str) -> bool:
    return bool(client.images.list(name=name))


def _push(client: Any, name: str, say: Callable[[str], None]) -> Pushed:
    repository, _, tag = name.rpartition(":")
    log = Log()
    for told in log.follow(client.api.push(repository, tag, stream=True, decode=True)):
        say(f"  {told}")
    if log.error:
        raise _explain(log.error, name)
    return Pushed(name, log.digest, log.sent)


class Log:
    """Lo que el motor cuenta mientras sube: capas que van y vienen, y al final el resumen o un error."""

    def __init__(self) -> None:
        self.error = ""
        self.digest = ""
        self._layers: dict[str, int] = {}
        self._done: dict[str, bool] = {}

    @property
    def sent(self) -> int:
        """Los bytes de las capas que hubo que subir."""
        return sum(self._layers.get(layer, 0) for layer, new in self._done.items() if new)

    def follow(self, entries: Iterable[Mapping[str, Any]]) -> Iterable[str]:
        """Una frase cada vez que acaba una capa."""
        for entry in entries:
            self.error = str(entry.get("error") or self.error)
            self.digest = str((entry.get("aux") or {}).get("Digest") or self.digest)
            if self._settles(str(entry.get("id", "")), str(entry.get("status", "")), entry):
                sent = f", {self.sent / 1e6:.1f} MB".replace(".", ",") if self.sent >= _WORTH_SAYING else ""
                whole = "1 capa" if len(self._layers) == 1 else f"{len(self._layers)} capas"
                yield f"{len(self._done)} de {whole}{sent}"

    def _settles(self, layer: str, status: str, entry: Mapping[str, Any]) -> bool:
        """Apunta una línea y dice si con ella acaba una capa."""
        if not layer or self.error:
            return False
        size = (entry.get("progressDetail") or {}).get("current", 0)
        self._layers[layer] = max(self._layers.get(layer, 0), int(size))
        ends = status == _UP or status.startswith(_THERE)
        if ends and layer not in self._done:
            self._done[layer] = status == _UP
            return True
        return False


def _explain(said: str, name: str) -> ClusterError:
    host = name.partition("/")[0]
    if _REFUSED.search(said) and host.rpartition(":")[0] in _LOCAL:
        return ClusterError(f"En {host} no escucha ningún registro.\n  {said[-400:]}",
                            "Pon el de esta máquina en marcha con: orquesta registry start")  # fmt: skip
    error = engine.told(RuntimeError(said))
    return ClusterError(error.message, error.cure.replace("REGISTRO", host))
