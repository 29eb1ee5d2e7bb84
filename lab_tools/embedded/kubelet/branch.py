"""Una rama de una carpeta: lo que se ve de un volumen cuando se monta con `subPath`.

Fuente: https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath
"""

from __future__ import annotations

from lab_tools.embedded.workloads.disk import Folder


class Branch(Folder):
    """La carpeta `whole` vista desde `prefix` («/datos»). Si `prefix` es un archivo, la rama es ese archivo."""

    __slots__ = ("_prefix", "_whole")

    def __init__(self, whole: Folder, prefix: str) -> None:
        super().__init__()
        self._whole = whole
        self._prefix = "/" + prefix.strip("/")

    def read(self, path: str, at: float) -> str | None:
        """Lo que había en `path` en el instante `at`; `None` si nada."""
        return self._whole.read(self._prefix + path, at)

    def write(self, path: str, content: str | None, at: float) -> None:
        """Deja `content` en `path` desde el instante `at`; `None` lo borra."""
        self._whole.write(self._prefix + path, content, at)

    def fill(self, path: str, size: int, at: float) -> None:
        """Deja en `path` un archivo de `size` bytes que no dicen nada."""
        self._whole.fill(self._prefix + path, size, at)

    def size(self, path: str, at: float) -> int:
        """Los bytes que ocupa lo que hay en `path` en el instante `at`."""
        return self._whole.size(self._prefix + path, at)

    def since(self, path: str, at: float) -> float | None:
        """Desde cuándo está lo que hay en `path` en el instante `at`."""
        return self._whole.since(self._prefix + path, at)

    def names(self, at: float) -> list[str]:
        """Las rutas que existen en el instante `at`."""
        inside = self._prefix + "/"
        return [name[len(self._prefix) :] for name in self._whole.names(at) if name.startswith(inside)]

    def changes_after(self, at: float) -> list[float]:
        """Los instantes, posteriores a `at`, en que algo cambia."""
        return self._whole.changes_after(at)


def photograph(folder: Folder, at: float) -> Folder:
    """Una copia de una carpeta tal como estaba en el instante `at`: ya no cambiará con ella."""
    found = Folder(living=folder.living)
    for name in folder.names(at):
        if name not in folder.living:
            found.write(name, folder.read(name, at), at)
    return found
