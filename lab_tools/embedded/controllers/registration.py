"""Anuncia los tipos propios: un APIService por cada grupo y versión que alguna definición sirve.

Es quien hace que `kubectl get apiservices` los enseñe con `Local`. Lo que otro haya anunciado con el mismo nombre no se
toca: solo se corrige y se retira lo que lleva su etiqueta.
Fuente: https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/ y
https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/controlplane/controller/crdregistration
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.objects import Object, clone, kinds

# Sin demora: quien define un tipo puede preguntar por él acto seguido.
DELAY = 0.0
LABEL = "kube-aggregator.kubernetes.io/automanaged"
PRIORITY, VERSION_PRIORITY = 1000, 100


class RegistrationController:
    """Vigila las definiciones y los APIService que salen de ellas."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._definitions = Cache(self._api, kinds.CUSTOMRESOURCEDEFINITION, {"group": _group_of})
        self._services = Cache(self._api, kinds.APISERVICE, {"group": _group_of})
        self._definitions.subscribe(lambda event: self._look(event.object))
        self._services.subscribe(lambda event: self._queue.add_object(event.object))
        for one in (*self._definitions.all(), *self._services.all()):
            self._look(one)

    def _look(self, obj: Object) -> None:
        """Mira cada versión del grupo de `obj`: las que dice y las que se anunciaron."""
        spec = obj["spec"]
        for version in spec.get("versions") or ():
            self._queue.add(("", f"{version['name']}.{spec['group']}"))
        for one in self._services.by("group", spec.get("group", "")):
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Anuncia un grupo y versión, o lo retira."""
        version, _, group = key[1].partition(".")
        if group in kinds.BUILT_IN.groups:
            return None
        found, wanted = self._services.get(*key), _service(group, version)
        ours = found is not None and (found["metadata"].get("labels") or {}).get(LABEL) == "true"
        if not self._served(group, version):
            if ours:
                self._api.delete(kinds.APISERVICE, None, key[1])
        elif found is None:
            self._api.create(kinds.APISERVICE, wanted)
        elif ours and found["spec"] != wanted["spec"]:
            fresh = clone({**found, "spec": wanted["spec"]})
            self._api.update(kinds.APISERVICE, fresh)
        return None

    def _served(self, group: str, version: str) -> bool:
        return any(one["name"] == version and one["served"] for crd in self._definitions.by("group", group)
                   for one in crd["spec"]["versions"])  # fmt: skip


def _service(group: str, version: str) -> Object:
    return {
        "metadata": {"name": f"{version}.{group}", "labels": {LABEL: "true"}},
        "spec": {"group": group, "groupPriorityMinimum": PRIORITY, "version": version,
                 "versionPriority": VERSION_PRIORITY},
    }  # fmt: skip


def _group_of(obj: Object) -> list[str]:
    return [obj["spec"].get("group", "")]
