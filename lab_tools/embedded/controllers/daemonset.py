"""DaemonSet: un Pod en cada nodo que sirva. Aquí se vigila y se decide; qué nodos y qué Pods lo dice `daemon_nodes`.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.controllers import daemon_nodes, history
from lab_tools.embedded.controllers.availability import available_in, is_available, is_ready
from lab_tools.embedded.controllers.ownership import claim, orphans, owners_told, reference, suitors
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, by_owner, key_of
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

NAME = "daemonset-controller"
DELAY = 0.02
# Tras un Pod fallido se espera antes de reponerlo, cada vez más (segundos).
_FIRST_PAUSE, _LAST_PAUSE = 1.0, 900.0
_GENERATION_LABEL = "pod-template-generation"

Nodes = dict[str, list[Object]]
# De cada nodo: su nombre, si debe tener un Pod y si el que tenga puede quedarse.
Fits = list[tuple[str, bool, bool]]


class DaemonSetController:
    """El controlador de DaemonSets."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, NAME)
        self._queue = WorkQueue(clock, self, DELAY)
        self._pauses: dict[tuple[str, str], tuple[float, float]] = {}

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._sets = Cache(self._api, kinds.DAEMONSET)
        self._pods = Cache(self._api, kinds.POD, {"owner": by_owner, "orphans": orphans})
        self._nodes = Cache(self._api, kinds.NODE)
        self._revisions = Cache(self._api, kinds.CONTROLLERREVISION, {"owner": by_owner})
        self._sets.subscribe(lambda event: self._queue.add_object(event.object))
        self._pods.subscribe(self._on_pod)
        self._nodes.subscribe(self._on_node)
        for one in self._sets.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Acerca un DaemonSet a lo pedido. Devuelve cuándo volver, si algo depende de que pase el tiempo."""
        wanted = self._sets.get(*key)
        if wanted is None or wanted["metadata"].get("deletionTimestamp"):
            return None
        known = history.revisions_of(self._api, wanted, kinds.DAEMONSET,
                                     self._revisions.by("owner", wanted["metadata"]["uid"]))  # fmt: skip
        collisions = int((wanted.get("status") or {}).get("collisionCount", 0))
        current, collisions = history.current(self._api, wanted, kinds.DAEMONSET, known, collisions,
                                              lambda digest: {history.HASH_LABEL: digest})  # fmt: skip
        digest = _digest_of(current, key[1])
        fits = self._fits(wanted)
        pause = self._manage(wanted, fits, digest)
        if wanted["spec"]["updateStrategy"]["type"] == "RollingUpdate":
            self._roll(wanted, fits, digest)
        pods = self._mine(wanted)
        live = {f"{key[1]}-{(pod['metadata'].get('labels') or {}).get(history.HASH_LABEL)}" for pod in pods}
        history.forget_old(self._api, wanted, known, {*live, current["metadata"]["name"]})
        self._report(wanted, fits, digest, collisions)
        return min((wait for wait in (pause, self._next_look(wanted, pods)) if wait is not None), default=None)

    # Un Pod por nodo

    def _manage(self, wanted: Object, fits: Fits, digest: str) -> float | None:
        """Crea y borra lo que falte o sobre en cada nodo. Devuelve cuánto esperar para reponer un Pod fallido."""
        placed = self._by_node(wanted)
        create: list[str] = []
        delete: list[Object] = []
        waits: list[float] = []
        for name, should_run, should_stay in fits:
            pods = placed.pop(name, [])
            if should_run and not pods:
                create.append(name)
            elif not should_stay:
                delete += _staying(pods)
            else:
                delete += self._ended(wanted, name, pods, waits)
                delete += daemon_nodes.surplus(wanted, pods, digest)
        delete += [pod for pods in placed.values() for pod in _staying(pods)]
        self._delete(wanted, delete)
        self._create(wanted, create, digest)
        return min(waits, default=None)

    def _ended(self, wanted: Object, node: str, pods: list[Object], waits: list[float]) -> list[Object]:
        """Los que acabaron: un demonio no acaba nunca, así que se borran para que nazca otro."""
        gone = []
        for pod in _staying(pods):
            phase, name = pod["status"].get("phase"), "/".join(key_of(pod))
            if phase == "Failed":
                left = self._pause(wanted, node)
                if left > 0:
                    waits.append(left)
                    continue
                said = f"Found failed daemon pod {name} on node {node}, will try to kill it"
                self._recorder.event(wanted, "Warning", "FailedDaemonPod", said)
                gone.append(pod)
            elif phase == "Succeeded":
                said = f"Found succeeded daemon pod {name} on node {node}, will try to delete it"
                self._recorder.event(wanted, "Normal", "SucceededDaemonPod", said)
                gone.append(pod)
        return gone

    def _pause(self, wanted: Object, node: str) -> float:
        """Segundos que faltan para reponer en un nodo; el primer fallo no espera, los siguientes cada vez más."""
        where, now = (wanted["metadata"]["uid"], node), self._clock.now
        until, length = self._pauses.get(where, (now, 0.0))
        if now < until:
            return until - now
        # Quien pasa tranquilo el doble de lo que esperó empieza de nuevo.
        length = _FIRST_PAUSE if now - until > 2 * _LAST_PAUSE or not length else min(length * 2, _LAST_PAUSE)
        self._pauses[where] = (now + length, length)
        return 0.0

    # El cambio de versión

    def _roll(self, wanted: Object, fits: Fits, digest: str) -> None:
        placed = self._by_node(wanted)
        on_nodes = [(name, placed.get(name, [])) for name, should_run, _ in fits if should_run or name in placed]
        desired = sum(should_run for _, should_run, _ in fits)
        create, delete = daemon_nodes.step(wanted, on_nodes, desired, digest, self._clock.now)
        self._delete(wanted, delete)
        self._create(wanted, create, digest)

    # Escribir

    def _create(self, wanted: Object, nodes: Iterable[str], digest: str) -> None:
        for node in nodes:
            pod = self._pod(wanted, node, digest)
            try:
                made = self._api.create(kinds.POD, pod, wanted["metadata"]["namespace"])
            except StatusError as error:
                self._recorder.event(wanted, "Warning", "FailedCreate", f"Error creating: {error.message}")
                raise
            self._recorder.event(wanted, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")

    def _pod(self, wanted: Object, node: str, digest: str) -> Object:
        template, meta = wanted["spec"]["template"], wanted["metadata"]
        inherited = {key: clone(template["metadata"][key]) for key in ("labels", "annotations", "finalizers")
                     if template["metadata"].get(key)}  # fmt: skip
        labels = {**inherited.get("labels", {}), history.HASH_LABEL: digest,
                  _GENERATION_LABEL: (meta.get("annotations") or {}).get(daemon_nodes.GENERATION, "1")}  # fmt: skip
        return {"metadata": {**inherited, "labels": labels, "generateName": f"{meta['name']}-",
                             "namespace": meta["namespace"], "ownerReferences": [reference(wanted, kinds.DAEMONSET)]},
                "spec": daemon_nodes.pinned(template["spec"], node)}  # fmt: skip

    def _delete(self, wanted: Object, pods: Iterable[Object]) -> None:
        for pod in pods:
            meta = pod["metadata"]
            try:
                self._api.delete(kinds.POD, meta["namespace"], meta["name"], uid=meta["uid"])
            except StatusError as error:
                if error.code in (404, 409):
                    continue
                self._recorder.event(wanted, "Warning", "FailedDelete", f"Error deleting: {error.message}")
                raise
            self._recorder.event(wanted, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def _report(self, wanted: Object, fits: Fits, digest: str, collisions: int) -> None:
        counts: dict[str, int] = defaultdict(int)
        placed, now = self._by_node(wanted), self._clock.now
        delay = int(wanted["spec"].get("minReadySeconds") or 0)
        for name, should_run, _ in fits:
            pods = placed.get(name, [])
            if not should_run:
                counts["numberMisscheduled"] += bool(pods)
                continue
            counts["desiredNumberScheduled"] += 1
            if not pods:
                continue
            counts["currentNumberScheduled"] += 1
            oldest = daemon_nodes.by_age(pods)[0]
            counts["numberReady"] += is_ready(oldest)
            counts["numberAvailable"] += is_available(oldest, delay, now)
            counts["updatedNumberScheduled"] += daemon_nodes.is_current(oldest, digest)
        counts["numberUnavailable"] = counts["desiredNumberScheduled"] - counts["numberAvailable"]
        always = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
        status = {"observedGeneration": wanted["metadata"]["generation"], **{name: counts[name] for name in always},
                  **{name: count for name, count in counts.items() if count},
                  **({"collisionCount": collisions} if collisions else {})}  # fmt: skip
        if status != wanted.get("status"):
            meta = {key: wanted["metadata"][key] for key in ("name", "namespace", "uid")}
            self._api.update(kinds.DAEMONSET, {"metadata": meta, "status": status}, subresource="status")

    # Mirar

    def _mine(self, wanted: Object) -> list[Object]:
        meta = wanted["metadata"]
        candidates = [*self._pods.by("owner", meta["uid"]), *self._pods.by("orphans", meta["namespace"])]
        return claim(self._api, wanted, kinds.DAEMONSET, kinds.POD, candidates)

    def _by_node(self, wanted: Object) -> Nodes:
        """Los Pods de cada nodo, aunque el planificador aún no los haya puesto en él."""
        placed: Nodes = defaultdict(list)
        for pod in self._mine(wanted):
            placed[daemon_nodes.node_of(pod)].append(pod)
        return placed

    def _fits(self, wanted: Object) -> Fits:
        return sorted((node["metadata"]["name"], *daemon_nodes.belongs(wanted, node)) for node in self._nodes.all())

    def _next_look(self, wanted: Object, pods: list[Object]) -> float | None:
        delay = int(wanted["spec"].get("minReadySeconds") or 0)
        waits = [wait for pod in pods if delay and 0 < (wait := available_in(pod, delay, self._clock.now)) < 1e9]
        return min(waits, default=None)

    # Enterarse

    def _on_pod(self, event: Event) -> None:
        for key in owners_told(event, "DaemonSet"):
            self._queue.add(key)
        for one in suitors(event, self._sets.all(event.object["metadata"]["namespace"])):
            self._queue.add_object(one)

    def _on_node(self, event: Event) -> None:
        # El latido de un nodo no cambia a quién acoge: solo sus etiquetas y sus taints.
        before = event.previous
        if event.type == "MODIFIED" and before is not None and _offer(event.object) == _offer(before):
            return
        for one in self._sets.all():
            self._queue.add_object(one)


def _offer(node: Object) -> tuple[object, ...]:
    return node["metadata"].get("labels"), node["spec"].get("taints"), node["spec"].get("unschedulable")


def _staying(pods: list[Object]) -> list[Object]:
    return [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]


def _digest_of(revision: Object, owner: str) -> str:
    """El hash de una revisión: lo dice su etiqueta, o su nombre si alguien se la quitó."""
    meta = revision["metadata"]
    return str((meta.get("labels") or {}).get(history.HASH_LABEL) or meta["name"].removeprefix(f"{owner}-"))
