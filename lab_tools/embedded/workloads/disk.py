"""Los archivos que un contenedor ve, con su historia: cada ruta recuerda qué contenía y desde cuándo.

Los volúmenes se comparten entre los contenedores de un Pod; el resto es de cada uno y muere con él.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

_Version = tuple[float, int, str | None]
# Casi ninguna carpeta lleva archivos vivos ni de relleno: las que no, comparten este vacío.
_NONE: Mapping[str, Any] = MappingProxyType({})


class ReadOnly(Exception):
    """Ahí no se puede escribir. `str` es la ruta."""


@dataclass(slots=True)
class Folder:
    """Rutas con su historia. Los instantes son del reloj del clúster, en segundos."""

    fork_held: ClassVar[Mapping[str, int]] = MappingProxyType({"versions": 1})
    versions: dict[str, tuple[_Version, ...]] = field(default_factory=dict)
    living: Mapping[str, Callable[[], str]] = field(default_factory=lambda: _NONE)
    """Archivos que alguien renueva sin parar, como una credencial: lo que contienen se pregunta al leerlos."""
    hollow: Mapping[str, tuple[tuple[float, int], ...]] = field(default_factory=lambda: _NONE)
    """Archivos de relleno: solo se guarda cuánto ocupan y desde cuándo."""

    def read(self, path: str, at: float) -> str | None:
        """Lo que había en `path` en el instante `at`; `None` si nada."""
        if path in self.living:
            return self.living[path]()
        history = self.versions.get(path, ())
        index = bisect_right(history, at, key=lambda version: version[0])
        return history[index - 1][2] if index else None

    def write(self, path: str, content: str | None, at: float) -> None:
        """Deja `content` en `path` desde el instante `at`; `None` lo borra."""
        history = self.versions.get(path, ())
        index = bisect_right(history, at, key=lambda version: version[0])
        self.versions[path] = (*history[:index], (at, len(history), content), *history[index:])

    def renew(self, path: str, read: Callable[[], str]) -> None:
        """Desde ahora, lo que haya en `path` es lo que conteste `read` cada vez."""
        self.living = {**self.living, path: read}

    def fill(self, path: str, size: int, at: float) -> None:
        """Deja en `path` un archivo de `size` bytes que no dicen nada."""
        self.write(path, "", at)
        self.hollow = {**self.hollow, path: (*self.hollow.get(path, ()), (at, size))}

    def size(self, path: str, at: float) -> int:
        """Los bytes que ocupa lo que hay en `path` en el instante `at`; cero si nada."""
        content = self.read(path, at)
        written = self.since(path, at)
        filled = [size for when, size in self.hollow.get(path, ()) if when <= at and when == written]
        if content == "" and filled:
            return filled[-1]
        return len(content.encode(errors="replace")) if content else 0

    def since(self, path: str, at: float) -> float | None:
        """Desde cuándo está lo que hay en `path` en el instante `at`."""
        past = [version[0] for version in self.versions.get(path, ()) if version[0] <= at]
        return past[-1] if past else None

    def names(self, at: float) -> list[str]:
        """Las rutas que existen en el instante `at`."""
        return sorted([*self.living, *(path for path in self.versions if self.read(path, at) is not None)])

    def changes_after(self, at: float) -> list[float]:
        """Los instantes, posteriores a `at`, en que algo cambia."""
        return [version[0] for history in self.versions.values() for version in history if version[0] > at]


# Las carpetas que trae cualquier imagen.
ROOT = ("/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sys", "/tmp", "/usr", "/var")


@dataclass(slots=True)
class Disk:
    """La carpeta propia de un contenedor y los volúmenes montados en ella (ruta de montaje -> carpeta).

    Una ruta que acaba en «/» es una carpeta que alguien creó.
    """

    own: Folder = field(default_factory=Folder)
    mounts: dict[str, Folder] = field(default_factory=dict)
    sealed: frozenset[str] = frozenset()
    """Los montajes de solo lectura; «», la carpeta propia."""

    def read(self, path: str, at: float) -> str | None:
        """Lo que se lee en una ruta absoluta; `None` si no existe."""
        folder, inner = self._where(path)
        return folder.read(inner, at)

    def write(self, path: str, content: str | None, at: float) -> None:
        """Escribe (o borra, con `None`) una ruta absoluta. Lanza `ReadOnly`."""
        folder, inner = self._open(path)
        folder.write(inner, content, at)

    def fill(self, path: str, size: int, at: float) -> None:
        """Deja un archivo de relleno en una ruta absoluta. Lanza `ReadOnly`."""
        folder, inner = self._open(path)
        folder.fill(inner, size, at)

    def size(self, path: str, at: float) -> int:
        """Los bytes que ocupa una ruta absoluta."""
        folder, inner = self._where(path)
        return folder.size(inner, at)

    def is_folder(self, path: str, at: float) -> bool:
        """Si la ruta es una carpeta: un montaje, o algo con rutas debajo."""
        prefix = path.rstrip("/") + "/"
        bare = path.rstrip("/")
        return bare in ("", *ROOT, *self.mounts) or self.read(prefix, at) is not None or bool(self.below(path, at))

    def below(self, path: str, at: float) -> list[str]:
        """Los nombres que hay justo debajo de una carpeta."""
        prefix = path.rstrip("/") + "/"
        full = [*self._names(at), *ROOT, *self.mounts]
        inner = {name[len(prefix) :].partition("/")[0] for name in full if name.startswith(prefix)}
        return sorted(inner - {""})

    def tree(self, path: str, at: float) -> list[str]:
        """Todas las rutas que hay por debajo de una carpeta, con ella si alguien la creó."""
        prefix = path.rstrip("/") + "/"
        return [name for name in self._names(at) if name.startswith(prefix)]

    def since(self, path: str, at: float) -> float | None:
        """Desde cuándo está lo que hay en una ruta absoluta."""
        folder, inner = self._where(path)
        return folder.since(inner, at)

    def _names(self, at: float) -> list[str]:
        inside = [f"{mount}{name}" for mount, folder in self.mounts.items() for name in folder.names(at)]
        return sorted([*self.own.names(at), *inside])

    def changes_after(self, at: float) -> list[float]:
        """Los instantes, posteriores a `at`, en que algún archivo cambia."""
        return [when for folder in (self.own, *self.mounts.values()) for when in folder.changes_after(at)]

    def writable(self, path: str) -> bool:
        """Si se puede escribir en una ruta. En `/dev` siempre: son aparatos, y el mensaje de despedida."""
        return (self._mount(path) or "") not in self.sealed or path.startswith("/dev/")

    def _open(self, path: str) -> tuple[Folder, str]:
        if not self.writable(path):
            raise ReadOnly(path.rstrip("/"))
        return self._where(path)

    def _mount(self, path: str) -> str | None:
        inside = (mount for mount in self.mounts if path == mount or path.startswith(mount + "/"))
        return max(inside, key=len, default=None)

    def _where(self, path: str) -> tuple[Folder, str]:
        best = self._mount(path)
        return (self.mounts[best], path[len(best) :]) if best is not None else (self.own, path)
