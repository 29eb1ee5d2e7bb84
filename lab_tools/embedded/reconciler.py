"""Reconciliar: mirar el mundo, ver lo que falta y escribir la diferencia.

Un reconciliador recibe un nombre, nunca el contenido de una noticia: si se pierde una, la siguiente mirada
lo arregla. La cola junta los avisos repetidos y reintenta con pausas crecientes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Protocol

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, Timer, microtime, timestamp
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.kinds import Kind

Key = tuple[str, str]
Index = Callable[[Object], Iterable[str]]

# Pausas entre reintentos de una misma clave, en segundos: las de client-go.
FIRST_RETRY = 0.005
LAST_RETRY = 1000.0
_DOUBLINGS = 18  # más no hacen falta para llegar a la última


class Reconciler(Protocol):
    """Acerca un objeto a lo pedido."""

    def reconcile(self, key: Key) -> float | None:
        """Mira el objeto (espacio, nombre) y escribe la diferencia. Devuelve dentro de cuántos segundos volver."""


class WorkQueue:
    """Las claves pendientes de un reconciliador, cada una como mucho una vez."""

    def __init__(self, clock: Clock, reconciler: Reconciler, delay: float = 0.0) -> None:
        self._clock = clock
        self._reconciler = reconciler
        self._delay = delay
        self._waiting: dict[Key, Timer] = {}
        self._failures: dict[Key, int] = {}
        self._held: dict[Key, None] | None = None
        # Lo que se cuenta de ella: claves pedidas, atendidas y vueltas a pedir por un fallo.
        self.adds = self.done = self.retries = 0
        self.around: Callable[[Key, Callable[[], float | None]], float | None] | None = None
        """Con qué envolver cada reconciliación, si alguien la mira."""

    @property
    def held(self) -> bool:
        """Si no atiende."""
        return self._held is not None

    @property
    def depth(self) -> int:
        """Cuántas claves tocan ya y nadie ha atendido."""
        due = sum(timer.at <= self._clock.now for timer in self._waiting.values())
        return due + len(self._held or ())

    def hold(self, held: bool) -> None:
        """Deja de atender claves, o vuelve a hacerlo empezando por las que se quedaron a la espera."""
        if held and self._held is None:
            self._held = {}
        elif not held and self._held is not None:
            waiting, self._held = self._held, None
            for key in waiting:
                self.add(key, 0.0)

    def add(self, key: Key, after: float | None = None) -> None:
        """Pide mirar una clave dentro de `after` segundos (la demora de la cola, si no se dice)."""
        at = self._clock.now + (self._delay if after is None else after)
        present = self._waiting.get(key)
        if present is not None:
            if present.at <= at:
                return
            present.cancel()
        else:
            self.adds += 1
        self._waiting[key] = self._clock.call_at(at, lambda: self._attend(key))

    def add_object(self, obj: Object) -> None:
        """Pide mirar un objeto."""
        self.add(key_of(obj))

    def _attend(self, key: Key) -> None:
        del self._waiting[key]
        if self._held is not None:
            self._held[key] = None
            return
        try:
            if self.around is None:
                again = self._reconciler.reconcile(key)
            else:
                again = self.around(key, lambda: self._reconciler.reconcile(key))
        except StatusError:
            # Perder una carrera (409, 404) o no caber es normal: se vuelve a mirar, cada vez más tarde.
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            self.retries += 1
            self.add(key, min(FIRST_RETRY * 2 ** min(failures - 1, _DOUBLINGS), LAST_RETRY))
            return
        self.done += 1
        self._failures.pop(key, None)
        if again is not None:
            self.add(key, again)


class Cache:
    """Una copia local de un tipo, al día por vigilancia. Sus objetos están congelados."""

    fork_held = MappingProxyType({"_objects": 1, "_buckets": 3})

    def __init__(self, api: Api, kind: Kind, indexes: dict[str, Index] | None = None) -> None:
        self.kind = kind
        self._objects: dict[Key, Object] = {}
        self._indexes: dict[str, Index] = indexes or {}
        self._buckets: dict[str, dict[str, dict[Key, Object]]] = {name: {} for name in self._indexes}
        self._listeners: list[Callable[[Event], None]] = []
        listing = api.list(kind)
        for obj in listing.items:
            self._insert(obj)
        api.watch(kind, self._on_event, since=listing.revision)

    def get(self, namespace: str, name: str) -> Object | None:
        """Un objeto, o `None`."""
        return self._objects.get((namespace, name))

    def all(self, namespace: str | None = None) -> list[Object]:
        """Todos los objetos (de un espacio, si se dice), en el orden en que se conocieron."""
        return [obj for key, obj in self._objects.items() if namespace is None or key[0] == namespace]

    def by(self, index: str, value: str) -> list[Object]:
        """Los objetos que un índice guarda bajo `value`."""
        return list(self._buckets[index].get(value, {}).values())

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Llama a `listener` con cada noticia, cuando la copia ya está al día."""
        self._listeners.append(listener)

    def _on_event(self, event: Event) -> None:
        if event.previous is not None:
            self._forget(event.previous)
        if event.type != "DELETED":
            self._insert(event.object)
        for listener in self._listeners:
            listener(event)

    def _insert(self, obj: Object) -> None:
        key = key_of(obj)
        self._objects[key] = obj
        for name, index in self._indexes.items():
            for value in index(obj):
                self._buckets[name].setdefault(value, {})[key] = obj

    def _forget(self, obj: Object) -> None:
        key = key_of(obj)
        self._objects.pop(key, None)
        for name, index in self._indexes.items():
            for value in index(obj):
                bucket = self._buckets[name].get(value, {})
                bucket.pop(key, None)
                if not bucket:
                    self._buckets[name].pop(value, None)


_last: tuple[Object, Key] = ({}, ("", ""))


def key_of(obj: Object) -> Key:
    """La clave (espacio, nombre) de un objeto, que no cambia mientras viva."""
    # Una noticia pasa por todas las copias locales seguidas: que la guarden con la misma clave.
    global _last
    if _last[0] is not obj:
        meta = obj["metadata"]
        _last = (obj, (meta.get("namespace", ""), meta["name"]))
    return _last[1]


def by_owner(obj: Object) -> Iterable[str]:
    """Índice por el uid de quien controla el objeto."""
    return [one["uid"] for one in obj["metadata"].get("ownerReferences") or () if one.get("controller")]


# Events distintos que un componente recuerda para sumar los que se repiten: los de client-go.
REMEMBERED = 4096


class Recorder:
    """Escribe los Events de un componente. Los repetidos suman en `count`, como en el servidor real."""

    def __init__(self, api: Api, clock: Clock, component: str, host: str = "", *, modern: bool = False) -> None:
        self._api = api
        self._clock = clock
        self._component, self._host = component, host
        # Los de `events.k8s.io` (el planificador) no llevan origen ni fechas sueltas: solo `eventTime`.
        self._modern = modern
        self._known: dict[tuple[str, str, str, str], str] = {}
        self._sequence = 0

    def event(self, obj: Object, type_: str, reason: str, message: str, field_path: str = "",
              action: str = "Scheduling") -> None:  # fmt: skip
        """Anota que a `obj` le pasó algo. `type_` es Normal o Warning; `action`, qué se hacía."""
        meta = obj["metadata"]
        namespace = meta.get("namespace") or "default"
        same = (meta.get("uid", meta["name"]), reason, message, field_path)
        known = self._known.pop(same, None)
        if known is not None and self._repeat(namespace, known):
            self._known[same] = known  # el último en repetirse es el último en olvidarse
            return
        try:
            name = self._create(obj, namespace, type_, reason, message, field_path, action)
        except StatusError:
            return  # un Namespace que se va no admite Events: contar es opcional, seguir trabajando no
        self._known[same] = name
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def _create(self, obj: Object, namespace: str, *told: str) -> str:
        """Guarda un Event nuevo y devuelve su nombre; si otro componente lo usó en este instante, es el siguiente.

        `StatusError` si no se puede guardar.
        """
        self._sequence += 1
        number = int(self._clock.now * 1e6) * 1000 + self._sequence % 1000
        name = f"{obj['metadata']['name']}.{number:x}"
        try:
            self._api.create(kinds.EVENT, self._first(obj, name, namespace, *told))
        except StatusError as error:
            if error.reason != "AlreadyExists":
                raise
            return self._create(obj, namespace, *told)
        return name

    def _repeat(self, namespace: str, name: str) -> bool:
        try:
            seen = clone(self._api.get(kinds.EVENT, namespace, name))
            if self._modern:
                times = seen.get("series", {}).get("count", 1) + 1
                seen["series"] = {"count": times, "lastObservedTime": microtime(self._clock.now)}
            else:
                seen["count"] = seen.get("count", 1) + 1
                seen["lastTimestamp"] = timestamp(self._clock.now)
            self._api.update(kinds.EVENT, seen)
        except StatusError:
            return False
        return True

    def _first(self, obj: Object, name: str, namespace: str, type_: str, reason: str, message: str,
               field_path: str, action: str) -> Object:  # fmt: skip
        meta, now = obj["metadata"], timestamp(self._clock.now)
        involved = {"kind": obj["kind"], "namespace": meta.get("namespace", ""), "name": meta["name"],
                    "uid": meta.get("uid", ""), "apiVersion": obj["apiVersion"],
                    "resourceVersion": meta.get("resourceVersion", ""), "fieldPath": field_path}  # fmt: skip
        event = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {key: value for key, value in involved.items() if value},
            "reason": reason, "message": message, "type": type_,
            "reportingComponent": self._component, "reportingInstance": self._host,
        }  # fmt: skip
        if self._modern:
            return {**event, "action": action, "source": {}, "eventTime": microtime(self._clock.now),
                    "firstTimestamp": None, "lastTimestamp": None}  # fmt: skip
        source = {"component": self._component, **({"host": self._host} if self._host else {})}
        return {**event, "source": source, "eventTime": None, "firstTimestamp": now, "lastTimestamp": now, "count": 1}
