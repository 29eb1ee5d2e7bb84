"""La memoria: un solo registro de cambios y un solo contador de revisiones.

De ahí salen el listado (el último valor de cada clave), la historia (los cambios desde una revisión), la
vigilancia (los cambios según llegan) y la caducidad (los cambios que ya se compactaron). El almacén no sabe
nada de Kubernetes: una clave es (recurso, espacio, nombre) y un valor es un `dict` congelado.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Key = tuple[str, str, str]
Value = dict[str, Any]
Values = list[Value]

# Cambios que se recuerdan para quien retoma una vigilancia; más atrás, la revisión ha caducado.
HISTORY = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """Un cambio: `type` es ADDED, MODIFIED o DELETED; `previous` es el valor anterior, si lo había."""

    fork_shared = True
    revision: int
    type: str
    key: Key
    value: Value
    previous: Value | None


class Journal(Protocol):
    """Donde un cambio se anota antes de ocurrir. Si la nota falla, el cambio no ocurre."""

    def append(self, record: dict[str, Any]) -> None:
        """Anota un cambio; lanza `OSError` si no puede."""


class Compacted(Exception):
    """La revisión pedida es anterior a la historia que se guarda. `oldest` es la primera disponible."""

    def __init__(self, oldest: int) -> None:
        super().__init__(oldest)
        self.oldest = oldest


class Store:
    """El registro. Cada escritura gasta exactamente una revisión."""

    def __init__(self, journal: Journal | None = None, history: int = HISTORY) -> None:
        self.revision = 0
        self._journal = journal
        self._log: deque[Change] = deque(maxlen=history)
        self._resources: dict[str, dict[tuple[str, str], Value]] = {}
        self._listeners: list[Callable[[Change], None]] = []

    def get(self, key: Key) -> Value | None:
        """El valor de una clave, o `None`."""
        return self._resources.get(key[0], {}).get(key[1:])

    def list(self, resource: str, namespace: str | None = None) -> Values:
        """Los valores de un recurso (de un espacio, si se dice), por orden de espacio y nombre."""
        found = self._resources.get(resource, {})
        return [found[key] for key in sorted(found) if namespace is None or key[0] == namespace]

    def list_at(self, revision: int, resource: str, namespace: str | None = None) -> Values:
        """Como `list`, pero lo que había en una revisión pasada. Lanza `Compacted` si ya no se recuerda."""
        found = dict(self._resources.get(resource, {}))
        for change in reversed(self.since(revision)):
            if change.key[0] == resource and change.previous is None:
                found.pop(change.key[1:], None)
            elif change.key[0] == resource and change.previous is not None:
                found[change.key[1:]] = change.previous
        return [found[key] for key in sorted(found) if namespace is None or key[0] == namespace]

    def count(self, resource: str) -> int:
        """Cuántos valores hay de un recurso."""
        return len(self._resources.get(resource, {}))

    def put(self, key: Key, value: Value) -> Change:
        """Guarda un valor con la revisión siguiente. El valor queda congelado desde aquí."""
        previous = self.get(key)
        return self._commit(Change(self.revision + 1, "MODIFIED" if previous else "ADDED", key, value, previous))

    def delete(self, key: Key, value: Value) -> Change:
        """Borra una clave. `value` es el último valor, el que verán quienes vigilan."""
        return self._commit(Change(self.revision + 1, "DELETED", key, value, self.get(key)))

    def since(self, revision: int) -> Sequence[Change]:
        """Los cambios posteriores a `revision`. Lanza `Compacted` si ya no se recuerdan todos."""
        missing = self.revision - revision
        if missing <= 0:
            return []
        if missing > len(self._log):
            raise Compacted(self.revision - len(self._log))
        start = len(self._log) - missing
        return [self._log[index] for index in range(start, len(self._log))]

    def subscribe(self, listener: Callable[[Change], None]) -> None:
        """Llama a `listener` con cada cambio, después de hecho y antes de responder a quien lo pidió."""
        self._listeners.append(listener)

    def load(self, revision: int, values: Iterable[tuple[Key, Value]]) -> None:
        """Repone un estado guardado: sin anotarlo, sin avisar y sin historia."""
        self._resources = {}
        for key, value in values:
            self._resources.setdefault(key[0], {})[key[1:]] = value
        self.revision = revision
        self._log.clear()

    def fork_state(self) -> dict[str, Any]:
        """Lo que se lleva la copia de un clúster: todo menos el diario, que es de quien lo escribe."""
        return {**vars(self), "_journal": None}

    def frozen(self) -> Iterator[Any]:
        """Los valores recordados, los guardados y las partes de estos: nada de ello cambia."""
        for change in self._log:
            yield change.value
        for values in self._resources.values():
            for value in values.values():
                yield value
                yield from (part for part in value.values() if type(part) is dict)

    def dump(self) -> Sequence[tuple[Key, Value]]:
        """Todo lo guardado, en orden: lo que `load` necesita."""
        return [((resource, *key), values[key]) for resource, values in sorted(self._resources.items())
                for key in sorted(values)]  # fmt: skip

    def _commit(self, change: Change) -> Change:
        # La nota va antes que el cambio: lo que se responde ya está en el disco, y lo que no cabe no ocurre.
        if self._journal is not None:
            self._journal.append({"revision": change.revision, "type": change.type, "key": list(change.key),
                                  "object": None if change.type == "DELETED" else change.value})  # fmt: skip
        self.revision = change.revision
        values = self._resources.setdefault(change.key[0], {})
        if change.type == "DELETED":
            values.pop(change.key[1:], None)
        else:
            values[change.key[1:]] = change.value
        self._log.append(change)
        for listener in self._listeners:
            listener(change)
        return change
