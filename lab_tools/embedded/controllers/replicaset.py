"""ReplicaSet: que haya tantos Pods como se pidió. Crea los que faltan, borra los que sobran, cuenta los que están.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, parse, timestamp
from lab_tools.embedded.controllers.availability import ENDED, available_in, is_active, is_available, ready_since
from lab_tools.embedded.controllers.census import Census, Sort, sort_of
from lab_tools.embedded.controllers.ownership import claim, controller_of, matcher, orphans, owners_told, reference
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, by_owner, key_of
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.selector import LabelSelector

NAME = "replicaset-controller"
# De la noticia a la reacción (segundos virtuales).
DELAY = 0.02
# Pods que se crean o se borran de una vez, como el controlador real.
BURST = 500
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASE_ORDER = {"Pending": 0, "Unknown": 1, "Running": 2}


class ReplicaSetController:
    """El controlador de ReplicaSets. Quien pide lo mismo con otras letras cambia `KIND`, `seen` y `told`."""

    KIND = kinds.REPLICASET
    NAME = NAME

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, self.NAME)
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._sets = Cache(self._api, self.KIND, {"owner": by_owner})
        self._pods = Cache(self._api, kinds.POD, {"owner": by_owner, "orphans": orphans})
        self._census = Census(self._pods, lambda pod: next(iter(by_owner(pod)), ""))
        self._sets.subscribe(lambda event: self._queue.add_object(event.object))
        self._pods.subscribe(self._on_pod)
        for one in self._sets.all():
            self._queue.add_object(one)

    def seen(self, obj: Object) -> Object:
        """El objeto como lo entiende este controlador."""
        return obj

    def told(self, status: Object) -> Object:
        """El estado como lo cuenta este tipo."""
        return status

    def reconcile(self, key: Key) -> float | None:
        """Acerca un ReplicaSet a lo pedido. Devuelve cuándo volver, si algún Pod está a punto de contar."""
        found = self._sets.get(*key)
        if found is None:
            return None
        wanted = self.seen(found)
        if self._settled(wanted):
            self._report(wanted, self._census.of(wanted["metadata"]["uid"]), None, None)
            return None
        owned = self._pods.by("owner", wanted["metadata"]["uid"])
        pods = claim(self._api, wanted, self.KIND, kinds.POD, [*owned, *self._pods.by("orphans", key[0])])
        active = [pod for pod in pods if is_active(pod)]
        failure = None
        if not wanted["metadata"].get("deletionTimestamp"):
            failure = self._manage(wanted, active)
            owned = self._pods.by("owner", wanted["metadata"]["uid"])
            pods = [pod for pod in owned if pod["status"].get("phase") not in ENDED]
            active = [pod for pod in pods if is_active(pod)]
        delay, now = int(wanted["spec"].get("minReadySeconds") or 0), self._clock.now
        available = sum(1 for pod in active if is_available(pod, delay, now))
        self._report(wanted, Counter(map(sort_of, pods)), available, failure)
        if failure is not None:
            raise failure
        return self._next_look(wanted, active)

    def _settled(self, wanted: Object) -> bool:
        """Si basta con contar: están los que se piden, todos encajan, ninguno espera a serlo y nadie más aspira."""
        meta, spec = wanted["metadata"], wanted["spec"]
        if spec.get("minReadySeconds") or meta.get("deletionTimestamp") or self._pods.by("orphans", meta["namespace"]):
            return False
        sorts, fits = self._census.of(meta["uid"]), matcher(spec["selector"])
        active = sum(count for sort, count in sorts.items() if sort.active)
        return active == int(spec.get("replicas", 1)) and all(fits(dict(sort.labels)) for sort in sorts)

    def _manage(self, wanted: Object, active: list[Object]) -> StatusError | None:
        missing = int(wanted["spec"].get("replicas", 1)) - len(active)
        try:
            if missing > 0:
                self._create(wanted, min(missing, BURST))
            elif missing < 0:
                self._delete(wanted, active, min(-missing, BURST))
        except StatusError as error:
            return error
        if abs(missing) > BURST:
            self._queue.add_object(wanted)
        return None

    def _create(self, wanted: Object, count: int) -> None:
        template, meta = wanted["spec"]["template"], wanted["metadata"]
        inherited = {key: template["metadata"][key] for key in ("labels", "annotations", "finalizers")
                     if template.get("metadata", {}).get(key)}  # fmt: skip
        owner = reference(wanted, self.KIND)
        for _ in range(count):
            pod = {"metadata": {**clone(inherited), "generateName": f"{meta['name']}-", "namespace": meta["namespace"],
                                "ownerReferences": [dict(owner)]},
                   "spec": clone(template["spec"])}  # fmt: skip
            try:
                made = self._api.create(kinds.POD, pod, meta["namespace"])
            except StatusError as error:
                self._recorder.event(wanted, "Warning", "FailedCreate", f"Error creating: {error.message}")
                raise
            self._recorder.event(wanted, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")

    def _delete(self, wanted: Object, active: list[Object], count: int) -> None:
        for pod in first_to_go(active, self._neighbours(wanted), self._clock.now)[:count]:
            meta = pod["metadata"]
            try:
                self._api.delete(kinds.POD, meta["namespace"], meta["name"], uid=meta["uid"])
            except StatusError as error:
                if error.code in (404, 409):
                    continue
                self._recorder.event(wanted, "Warning", "FailedDelete", f"Error deleting: {error.message}")
                raise
            self._recorder.event(wanted, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def _neighbours(self, wanted: Object) -> Counter[str]:
        """Cuántos Pods del mismo dueño (todas sus versiones) hay en cada nodo."""
        owner = controller_of(wanted)
        family = self._sets.by("owner", owner["uid"]) if owner else [wanted]
        return Counter(pod["spec"].get("nodeName", "") for one in family
                       for pod in self._pods.by("owner", one["metadata"]["uid"]) if is_active(pod))  # fmt: skip

    def _report(self, wanted: Object, sorts: Mapping[Sort, int], available: int | None,
                failure: StatusError | None) -> None:  # fmt: skip
        """Escribe el estado, si cambió. Sin `available`, están disponibles todos los listos."""
        old = wanted.get("status") or {}
        full = (wanted["spec"]["template"]["metadata"].get("labels") or {}).items()
        ready = sum(count for sort, count in sorts.items() if sort.ready)
        counts = {
            "fullyLabeledReplicas": sum(
                count for sort, count in sorts.items() if sort.active and full <= set(sort.labels)
            ),
            "readyReplicas": ready,
            "availableReplicas": ready if available is None else available,
        }
        conditions = self._conditions(old.get("conditions") or [], failure)
        replicas = sum(count for sort, count in sorts.items() if sort.active)
        leaving = sum(count for sort, count in sorts.items() if sort.leaving)
        status = self.told({"replicas": replicas, **{name: count for name, count in counts.items() if count},
                  "terminatingReplicas": leaving, "observedGeneration": wanted["metadata"]["generation"],
                  **({"conditions": conditions} if conditions else {})})  # fmt: skip
        if status != old and self._sets.get(*key_of(wanted)) is not None:
            meta = {key: wanted["metadata"][key] for key in ("name", "namespace", "uid")}
            self._api.update(self.KIND, {"metadata": meta, "status": status}, subresource="status")

    def _conditions(self, old: list[Object], failure: StatusError | None) -> list[Object]:
        kept = [one for one in old if one["type"] != "ReplicaFailure"]
        if failure is None:
            return kept
        # El primer motivo se queda mientras dure: cada intento da otro nombre, y contarlo sería otro cambio que mirar.
        present = next((one for one in old if one["type"] == "ReplicaFailure"), None)
        return [*kept, present or {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
                                   "lastTransitionTime": timestamp(self._clock.now),
                                   "message": failure.message}]  # fmt: skip

    def _next_look(self, wanted: Object, active: list[Object]) -> float | None:
        delay = int(wanted["spec"].get("minReadySeconds") or 0)
        waits = [wait for pod in active if delay and (wait := available_in(pod, delay, self._clock.now)) > 0]
        finite = [wait for wait in waits if wait < float("inf")]
        return min(finite) if finite else None

    def _on_pod(self, event: Event) -> None:
        for key in owners_told(event, self.KIND.kind):
            self._queue.add(key)
        if controller_of(event.object) is None and event.type != "DELETED":
            self._offer(event.object)

    def _offer(self, pod: Object) -> None:
        """Un Pod sin dueño: lo mira todo ReplicaSet que lo elegiría."""
        labels = pod["metadata"].get("labels") or {}
        if labels:
            for one in self._sets.all(pod["metadata"]["namespace"]):
                if LabelSelector.from_object(self.seen(one)["spec"]["selector"]).matches(labels):
                    self._queue.add_object(one)


def first_to_go(pods: list[Object], neighbours: Counter[str], now: float) -> list[Object]:
    """Por qué orden se borran: sin nodo, pendientes, no listos, baratos, apiñados, recientes, con más reinicios."""

    def rank(pod: Object) -> tuple[object, ...]:
        status, meta = pod.get("status") or {}, pod["metadata"]
        since = ready_since(pod)
        restarts = max((one["restartCount"] for one in status.get("containerStatuses") or ()), default=0)
        phase = _PHASE_ORDER.get(status.get("phase", "Pending"), 1)
        return (bool(pod["spec"].get("nodeName")), phase, since is not None,
                _cost(pod), -neighbours[pod["spec"].get("nodeName", "")], -(since or now), -restarts,
                -parse(meta["creationTimestamp"]), meta["name"])  # fmt: skip

    return sorted(pods, key=rank)


def _cost(pod: Object) -> int:
    text = str((pod["metadata"].get("annotations") or {}).get(DELETION_COST, "0"))
    return int(text) if text.lstrip("+-").isdigit() else 0
