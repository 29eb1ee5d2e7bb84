"""Quién quiere saber qué: reparte cada cambio del almacén entre quienes vigilan ese recurso."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab_tools.embedded import status
from lab_tools.embedded.api.protocol import Event
from lab_tools.embedded.store import Change, Compacted, Store
from lab_tools.objects import Object

Matches = Callable[[Object], bool]


@dataclass(eq=False, slots=True)
class Watcher:
    """Una vigilancia: a quién avisar, y de qué objetos."""

    hub: WatchHub
    resource: str
    namespace: str | None
    matches: Matches | None
    on_event: Callable[[Event], None]

    def cancel(self) -> None:
        """Deja de recibir noticias."""
        self.hub.forget(self)

    def deliver(self, change: Change) -> None:
        """Traduce el cambio a lo que ve quien solo mira algunos objetos, y avisa si ve algo."""
        if self.namespace is not None and change.key[1] != self.namespace:
            return
        seen = self._seen(change)
        if seen is None:
            return
        # Al salir del filtro se despide el objeto tal como se veía, con la versión nueva.
        left = seen == "DELETED" and change.type != "DELETED" and change.previous is not None
        value = versioned(change.previous, change.revision) if left and change.previous else change.value
        self.on_event(Event(seen, value, change.previous, change.revision))

    def _seen(self, change: Change) -> str | None:
        if self.matches is None:
            return change.type
        # Un objeto que deja de cumplir el filtro es, para quien mira por él, un objeto borrado.
        before = change.previous is not None and self.matches(change.previous)
        after = change.type != "DELETED" and self.matches(change.value)
        if before and not after:
            return "DELETED"
        if after:
            return "MODIFIED" if before else "ADDED"
        return None


def versioned(obj: Object, revision: int) -> Object:
    """El mismo objeto congelado, con otra versión: solo se copian las dos capas que cambian."""
    return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(revision)}}


class WatchHub:
    """El reparto."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watchers: dict[str, list[Watcher]] = {}
        store.subscribe(self._publish)

    def watch(self, resource: str, namespace: str | None, matches: Matches | None,
              on_event: Callable[[Event], None], since: int | None) -> Watcher:  # fmt: skip
        """Empieza a vigilar; primero cuenta lo ocurrido después de `since`. 410 si ya no se recuerda."""
        watcher = Watcher(self, resource, namespace, matches, on_event)
        if since is not None:
            self._catch_up(watcher, since)
        self._watchers.setdefault(resource, []).append(watcher)
        return watcher

    def forget(self, watcher: Watcher) -> None:
        """Retira una vigilancia; retirarla dos veces no hace daño."""
        present = self._watchers.get(watcher.resource, [])
        if watcher in present:
            # Lista nueva: puede que se esté repartiendo la vieja en este momento.
            self._watchers[watcher.resource] = [one for one in present if one is not watcher]

    def _catch_up(self, watcher: Watcher, since: int) -> None:
        try:
            missed = self._store.since(since)
        except Compacted as compacted:
            raise status.gone(since, compacted.oldest) from None
        for change in missed:
            if change.key[0] == watcher.resource:
                watcher.deliver(change)

    def _publish(self, change: Change) -> None:
        for watcher in self._watchers.get(change.key[0], ()):
            watcher.deliver(change)
