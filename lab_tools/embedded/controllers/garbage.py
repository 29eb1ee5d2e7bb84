"""La recogida de basura: cuando un dueño se va, qué pasa con lo que era suyo.

Background: se van detrás. Foreground: se van antes, y el dueño espera. Orphan: se quedan, sin dueño. Un dueño de otro
espacio no vale: es como si no estuviera, y se dice. Lo que no vive en ninguno, con un dueño que sí, no se recoge nunca.
Fuente: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event, Subscription
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Key, Recorder, WorkQueue
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

DELAY = 0.05
NAME = "garbage-collector-controller"
FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
# Un objeto, allá donde esté: tipo, espacio y nombre.
Place = tuple[kinds.Kind, str, str]


class GarbageCollector:
    """Sabe qué objetos existen y de quién es cada uno; la cola lleva uids."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)
        self._recorder = Recorder(api, clock, NAME)
        self._watches: dict[kinds.Kind, Subscription] = {}
        self._places: dict[str, Place] = {}
        self._dependents: dict[str, set[str]] = {}

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._watch_all()
        self._api.kinds.subscribe(self._watch_all)

    def _watch_all(self) -> None:
        """Vigila los tipos que aún no vigila y suelta los que ya no se sirven (o se definen de otra manera)."""
        served = dict.fromkeys(kind for kind in self._api.kinds.all if _is_watched(kind))
        for kind in [one for one in self._watches if one not in served]:
            self._watches.pop(kind).cancel()
        for kind in served:
            if kind not in self._watches:
                self._watches[kind] = self._watch(kind)

    def _watch(self, kind: kinds.Kind) -> Subscription:
        listing = self._api.list(kind)
        for obj in listing.items:
            self._learn(kind, obj)
        return self._api.watch(kind, lambda event: self._on_event(kind, event), since=listing.revision)

    def reconcile(self, key: Key) -> float | None:
        """Mira un objeto (por su uid): si espera a los suyos, los atiende; si sus dueños ya no están, lo borra."""
        uid = key[1]
        place = self._places.get(uid)
        obj = self._find(place) if place is not None else None
        if place is None or obj is None or obj["metadata"]["uid"] != uid:
            return None
        meta = obj["metadata"]
        finalizers = meta.get("finalizers") or []
        if meta.get("deletionTimestamp") and ORPHAN in finalizers:
            self._orphan_all(uid)
            self._drop_finalizer(place, obj, ORPHAN)
        elif meta.get("deletionTimestamp") and FOREGROUND in finalizers:
            self._clear_the_way(place, obj)
        elif meta.get("ownerReferences") and not meta.get("deletionTimestamp"):
            self._judge(place, obj)
        return None

    # Saber quién es de quién

    def _on_event(self, kind: kinds.Kind, event: Event) -> None:
        meta = event.object["metadata"]
        uid = meta["uid"]
        references = meta.get("ownerReferences")
        if event.type == "DELETED":
            self._lost(uid, references or [])
        elif event.type == "ADDED":
            self._learn(kind, event.object)
        elif event.previous is not None:
            before = event.previous["metadata"]
            if references != before.get("ownerReferences"):
                for one in before.get("ownerReferences") or ():
                    self._dependents.get(one["uid"], set()).discard(uid)
                self._learn(kind, event.object)
                for one in before.get("ownerReferences") or ():
                    self._queue.add(("", one["uid"]))
            if meta.get("deletionTimestamp") and meta.get("finalizers"):
                self._queue.add(("", uid))

    def _learn(self, kind: kinds.Kind, obj: Object) -> None:
        meta = obj["metadata"]
        uid = meta["uid"]
        self._places[uid] = (kind, meta.get("namespace", ""), meta["name"])
        for one in meta.get("ownerReferences") or ():
            self._dependents.setdefault(one["uid"], set()).add(uid)
        absent = [one for one in meta.get("ownerReferences") or () if not self._exists(one, obj)]
        for one in absent:
            if one["uid"] in self._places:
                self._complain(obj, one)
        if absent or (meta.get("deletionTimestamp") and meta.get("finalizers")):
            self._queue.add(("", uid))

    def _lost(self, uid: str, references: list[Object]) -> None:
        self._places.pop(uid, None)
        for one in references:
            self._dependents.get(one["uid"], set()).discard(uid)
            self._queue.add(("", one["uid"]))  # quizá su dueño solo esperaba por él
        for dependent in sorted(self._dependents.pop(uid, set())):
            self._queue.add(("", dependent))

    # Decidir

    def _judge(self, place: Place, obj: Object) -> None:
        """Sin ningún dueño vivo, se va; con alguno, suelta las referencias a los que ya no están."""
        references = obj["metadata"]["ownerReferences"]
        if not obj["metadata"].get("namespace") and any(self._is_out_of_sight(one) for one in references):
            return
        solid = [one for one in references if self._exists(one, obj)]
        if len(solid) == len(references):
            return
        if solid:
            self._write_owners(place, obj, solid)
            return
        self._delete(place, obj, None)

    def _exists(self, reference: Object, obj: Object) -> bool:
        place = self._places.get(reference["uid"])
        if place is None:
            return False
        kind, namespace, name = place
        return kind.kind == reference["kind"] and name == reference["name"] \
            and namespace in ("", obj["metadata"].get("namespace", ""))  # fmt: skip

    def _is_out_of_sight(self, reference: Object) -> bool:
        """Si quien no vive en ningún espacio no puede buscar a este dueño, porque vive en alguno."""
        kind = self._api.kinds.find(reference["apiVersion"], reference["kind"])
        return kind is not None and kind.namespaced

    def _complain(self, obj: Object, owner: Object) -> None:
        """El dueño vive en otro espacio: desde aquí no se le puede nombrar."""
        space = obj["metadata"].get("namespace", "")
        named = f"{owner['apiVersion']}/{owner['kind']}, namespace: {space}, name: {owner['name']}, uid: {owner['uid']}"
        self._recorder.event(obj, "Warning", "OwnerRefInvalidNamespace",
                             f'ownerRef [{named}] does not exist in namespace "{space}"')  # fmt: skip

    def _orphan_all(self, uid: str) -> None:
        for place, obj in self._children(uid):
            kept = [one for one in obj["metadata"].get("ownerReferences") or () if one["uid"] != uid]
            self._write_owners(place, obj, kept)

    def _clear_the_way(self, place: Place, owner: Object) -> None:
        uid = owner["metadata"]["uid"]
        children = self._children(uid)
        blocking = [one for one in children if _blocks(one[1], uid)]
        for child_place, child in children:
            if not child["metadata"].get("deletionTimestamp"):
                deeper = bool(self._dependents.get(child["metadata"]["uid"]))
                self._delete(child_place, child, "Foreground" if deeper else "Background")
        if not blocking:
            self._drop_finalizer(place, owner, FOREGROUND)
        elif not self._children(uid):
            self._queue.add(("", uid))

    def _children(self, uid: str) -> list[tuple[Place, Object]]:
        places = [self._places[one] for one in sorted(self._dependents.get(uid, ())) if one in self._places]
        return [(place, obj) for place in places if (obj := self._find(place)) is not None]

    # Escribir

    def _find(self, place: Place) -> Object | None:
        try:
            return self._api.get(*place)
        except StatusError:
            return None

    def _delete(self, place: Place, obj: Object, propagation: str | None) -> None:
        kind, namespace, name = place
        policy = propagation or _policy(obj)
        self._forgiving(lambda: self._api.delete(kind, namespace, name, propagation=policy, uid=obj["metadata"]["uid"]))

    def _write_owners(self, place: Place, obj: Object, references: list[Object]) -> None:
        kind, namespace, name = place
        patch = {"metadata": {"uid": obj["metadata"]["uid"], "ownerReferences": references or None}}
        self._forgiving(lambda: self._api.patch(kind, namespace, name, patch))

    def _drop_finalizer(self, place: Place, obj: Object, finalizer: str) -> None:
        kind, namespace, name = place
        kept = [one for one in obj["metadata"].get("finalizers") or () if one != finalizer]
        patch = {"metadata": {"uid": obj["metadata"]["uid"], "finalizers": kept or None}}
        self._forgiving(lambda: self._api.patch(kind, namespace, name, patch))

    def _forgiving(self, write: object) -> None:
        """Que el objeto ya no esté (404) o sea otro (409) es justo lo que se quería."""
        try:
            write()  # type: ignore[operator]
        except StatusError as error:
            if error.code not in (404, 409):
                raise


def _policy(obj: Object) -> str:
    """Lo que el propio objeto ya pedía al irse."""
    finalizers = obj["metadata"].get("finalizers") or []
    return "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"


def _blocks(obj: Object, owner: str) -> bool:
    return any(
        one["uid"] == owner and one.get("blockOwnerDeletion") for one in obj["metadata"].get("ownerReferences") or ()
    )


def _is_watched(kind: kinds.Kind) -> bool:
    return "watch" in kind.verbs and kind.hub is kind and kind not in (kinds.EVENT, kinds.LEASE)
