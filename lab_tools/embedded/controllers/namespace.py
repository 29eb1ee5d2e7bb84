"""Namespace: al borrarlo, vacía todo lo que contiene y después lo deja ir.

Fuente: https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace
"""

from __future__ import annotations

import random
from collections import Counter

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

DELAY = 0.04
# Entre un repaso y el siguiente, mientras quede algo dentro.
AGAIN = 0.5


class NamespaceController:
    """Vacía los Namespaces que se están yendo."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._namespaces = Cache(self._api, kinds.NAMESPACE)
        self._namespaces.subscribe(lambda event: self._queue.add_object(event.object))
        for one in self._namespaces.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Borra lo que quede; con el Namespace vacío, lo suelta."""
        namespace = self._namespaces.get(*key)
        if namespace is None or not namespace["metadata"].get("deletionTimestamp"):
            return None
        left = self._empty(key[1])
        if not left:
            self._release(namespace)
            return None
        self._report(namespace, left)
        return AGAIN

    def _empty(self, name: str) -> list[tuple[kinds.Kind, Object]]:
        """Pide borrar todo. Devuelve lo que no se ha ido todavía."""
        left = []
        for kind in _stored(self._api):
            for obj in self._api.list(kind, name).items:
                if not obj["metadata"].get("deletionTimestamp"):
                    self._delete(kind, name, obj["metadata"]["name"])
            left += [(kind, obj) for obj in self._api.list(kind, name).items]
        return left

    def _delete(self, kind: kinds.Kind, namespace: str, name: str) -> None:
        try:
            self._api.delete(kind, namespace, name, propagation="Background")
        except StatusError as error:
            if error.code not in (404, 409):
                raise

    def _release(self, namespace: Object) -> None:
        freed = clone(namespace)
        freed["spec"]["finalizers"] = []
        freed["metadata"].pop("resourceVersion", None)
        try:
            self._api.update(kinds.NAMESPACE, freed, subresource="finalize")
        except StatusError as error:
            if error.code != 404:
                raise

    def _report(self, namespace: Object, left: list[tuple[kinds.Kind, Object]]) -> None:
        fresh = clone(namespace)
        conditions = self._conditions(left, namespace["status"].get("conditions") or [])
        if conditions == namespace["status"].get("conditions"):
            return
        fresh["status"]["conditions"] = conditions
        fresh["metadata"].pop("resourceVersion", None)
        self._api.update(kinds.NAMESPACE, fresh, subresource="status")

    def _conditions(self, left: list[tuple[kinds.Kind, Object]], old: list[Object]) -> list[Object]:
        kinds_left = Counter(kind.resource if kind.group else f"{kind.plural}." for kind, _ in left)
        finalizers = Counter(one for _, obj in left for one in obj["metadata"].get("finalizers") or ())
        rows = (
            ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered",
             "All resources successfully discovered"),
            ("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions",
             "All legacy kube types successfully parsed"),
            ("NamespaceDeletionContentFailure", "False", "ContentDeleted",
             "All content successfully deleted, may be waiting on finalization"),
            ("NamespaceContentRemaining", "True", "SomeResourcesRemain", "Some resources are remaining: "
             + ", ".join(f"{name} has {count} resource instances" for name, count in sorted(kinds_left.items()))),
            ("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
             "Some content in the namespace has finalizers remaining: "
             + ", ".join(f"{name} in {count} resource instances" for name, count in sorted(finalizers.items())))
            if finalizers else ("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers",
                                "All content-preserving finalizers finished"),
        )  # fmt: skip
        before = {one["type"]: one for one in old}
        now = timestamp(self._clock.now)
        return [{"type": kind, "status": status, "reason": reason, "message": message,
                 "lastTransitionTime": before[kind]["lastTransitionTime"]
                 if kind in before and before[kind]["status"] == status else now}
                for kind, status, reason, message in rows]  # fmt: skip


def _stored(api: Api) -> list[kinds.Kind]:
    """Los tipos cuyos objetos pueden quedar en un Namespace, los propios incluidos."""
    return [kind for kind in api.kinds.all
            if kind.namespaced and kind.hub is kind and "delete" in kind.verbs and "list" in kind.verbs]  # fmt: skip
