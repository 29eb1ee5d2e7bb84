"""Un StatefulSet, una mirada: por orden, de uno en uno, y nunca dos con el mismo nombre.

Crecer va de menor a mayor y encoger de mayor a menor; con `OrderedReady` cada paso espera a que el anterior
esté disponible, con `Parallel` no. Cambiar de versión va siempre de mayor a menor y se detiene en `partition`.
Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.controllers import stateful_pods as one_by_one
from lab_tools.embedded.controllers.availability import available_in, is_available, is_ready
from lab_tools.embedded.reconciler import Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

# Puestos vacíos que se consideran de una vez.
_AHEAD = 500

FindClaim = Callable[[str], Object | None]


class StatefulSync:
    """Una mirada a un StatefulSet. `current` y `update` son sus dos ControllerRevisions; a menudo, la misma."""

    def __init__(self, api: Api, clock: Clock, recorder: Recorder, owner: Object, pods: list[Object],
                 find_claim: FindClaim, current: Object, update: Object) -> None:  # fmt: skip
        self._api, self._clock, self._recorder = api, clock, recorder
        self._owner, self._pods, self._find_claim = owner, pods, find_claim
        self._current, self._update = current, update
        self._min_ready = int(owner["spec"].get("minReadySeconds") or 0)
        self._ordered = owner["spec"].get("podManagementPolicy", "OrderedReady") != "Parallel"
        numbered = {number: pod for pod in pods if (number := one_by_one.ordinal(owner, pod)) is not None}
        # De los puestos pedidos se miran los ocupados y los próximos: quien pida dos mil millones no para a nadie.
        self._wanted = one_by_one.wanted(owner)
        near = self._wanted[: len(numbered) + _AHEAD]
        self._replicas = {number: numbered.get(number) for number in near}
        self._condemned = sorted((item for item in numbered.items() if item[0] not in self._wanted), reverse=True)

    def advance(self) -> None:
        """Da los pasos que se pueden dar ahora."""
        if self._owner["metadata"].get("deletionTimestamp"):
            return
        if self._grow() and self._shrink():
            self._roll()

    # Crecer y reponer

    def _grow(self) -> bool:
        """Crea lo que falta. Devuelve si la fila está completa y se puede seguir."""
        for number, pod in self._replicas.items():
            settled = self._settle(number, pod)
            if not settled and self._ordered:
                return False
        return len(self._replicas) == len(self._wanted)

    def _settle(self, number: int, pod: Object | None) -> bool:
        """Deja el puesto `number` ocupado. Devuelve si quien lo ocupa ya atiende."""
        if pod is not None and one_by_one.has_ended(pod) and not one_by_one.is_leaving(pod):
            self._replace(pod)
            return False
        if pod is None:
            self._create(number)
            return False
        self._keep_claims(number, pod)
        return one_by_one.serves(pod, self._min_ready, self._clock.now)

    def _replace(self, pod: Object) -> None:
        where = f"{pod['metadata']['namespace']}/{self._owner['metadata']['name']}"
        name = pod["metadata"]["name"]
        if pod["status"]["phase"] == "Failed":
            said = f"StatefulSet {where} is recreating failed Pod {name}"
            self._recorder.event(self._owner, "Warning", "RecreatingFailedPod", said)
        else:
            said = f"StatefulSet {where} is recreating terminated Pod {name}"
            self._recorder.event(self._owner, "Normal", "RecreatingTerminatedPod", said)
        self._delete(pod)

    def _create(self, number: int) -> None:
        self._keep_claims(number, None)
        revision = self._current if self._belongs_to_current(number) else self._update
        template = revision["data"]["spec"]["template"]
        pod = one_by_one.build(self._owner, number, template, revision["metadata"]["name"])
        name = pod["metadata"]["name"]
        try:
            made = self._api.create(kinds.POD, pod, pod["metadata"]["namespace"])
        except StatusError as error:
            self._say("Create", f"Pod {name}", f"failed error: {error.message}", failed=True)
            raise
        self._replicas[number] = made
        self._pods.append(made)
        self._say("Create", f"Pod {name}", "successful")

    def _belongs_to_current(self, number: int) -> bool:
        strategy = self._owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return False
        return number < one_by_one.first(self._owner) + self._partition()

    # Los discos

    def _keep_claims(self, number: int, pod: Object | None) -> None:
        """Crea los discos que falten y dice con quién se irán."""
        keeper = one_by_one.claim_owner(self._owner, pod, number)
        for body in one_by_one.claims(self._owner, number):
            name = body["metadata"]["name"]
            present = self._find_claim(name)
            if present is None:
                self._create_claim(body, keeper, f"{self._owner['metadata']['name']}-{number}")
            elif not one_by_one.is_leaving(present):
                self._entrust(present, keeper)

    def _create_claim(self, body: Object, keeper: Object | None, pod: str) -> None:
        if keeper is not None:
            body["metadata"]["ownerReferences"] = [keeper]
        what = f"Claim {body['metadata']['name']} Pod {pod}"
        try:
            self._api.create(kinds.PERSISTENTVOLUMECLAIM, body, body["metadata"]["namespace"])
        except StatusError as error:
            self._say("Create", what, f"failed error: {error.message}", failed=True)
            raise
        self._say("Create", what, "success")

    def _entrust(self, claim: Object, keeper: Object | None) -> None:
        present = claim["metadata"].get("ownerReferences") or []
        own = [self._owner["metadata"]["uid"], *(pod["metadata"]["uid"] for pod in self._pods)]
        wanted = [one for one in present if one["uid"] not in own] + ([keeper] if keeper is not None else [])
        if wanted != present:
            meta = claim["metadata"]
            self._api.patch(kinds.PERSISTENTVOLUMECLAIM, meta["namespace"], meta["name"],
                            {"metadata": {"ownerReferences": wanted or None}})  # fmt: skip

    # Encoger

    def _shrink(self) -> bool:
        """Quita los que sobran, del último al primero. Devuelve si ya no sobra ninguno que impida seguir."""
        sick = self._first_sick()
        for number, pod in self._condemned:
            if one_by_one.is_leaving(pod):
                if self._ordered:
                    return False
                continue
            healthy = one_by_one.serves(pod, self._min_ready, self._clock.now)
            if self._ordered and not healthy and pod is not sick:
                return False
            self._keep_claims(number, pod)
            self._delete(pod)
            if self._ordered:
                return False
        return True

    def _first_sick(self) -> Object | None:
        """El que no está disponible y lleva el número más bajo, contando los que sobran: por él se puede empezar."""
        everyone = sorted([*self._replicas.items(), *self._condemned], key=lambda item: item[0])
        return next((pod for _, pod in everyone if pod is not None
                     and not one_by_one.serves(pod, self._min_ready, self._clock.now)), None)  # fmt: skip

    # Cambiar de versión

    def _roll(self) -> None:
        strategy = self._owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return
        limit = self._max_unavailable(strategy.get("rollingUpdate") or {})
        down = sum(pod is None or not one_by_one.serves(pod, self._min_ready, self._clock.now)
                   for pod in self._replicas.values())  # fmt: skip
        last = one_by_one.first(self._owner) + self._partition()
        for number, pod in sorted(self._replicas.items(), reverse=True):
            if number < last or down >= limit:
                return
            if pod is None or one_by_one.is_leaving(pod):
                continue
            if one_by_one.revision_of(pod) != self._update["metadata"]["name"]:
                self._delete(pod)
                down += 1

    def _partition(self) -> int:
        strategy = (self._owner["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
        return int(strategy.get("partition") or 0)

    def _max_unavailable(self, rolling: Object) -> int:
        amount = rolling.get("maxUnavailable", 1)
        if isinstance(amount, int):
            return amount
        return max(int(amount.rstrip("%")) * len(self._wanted) // 100, 1)

    def _delete(self, pod: Object) -> None:
        meta = pod["metadata"]
        try:
            self._api.delete(kinds.POD, meta["namespace"], meta["name"], uid=meta["uid"])
        except StatusError as error:
            if error.code in (404, 409):
                return
            self._say("Delete", f"Pod {meta['name']}", f"failed error: {error.message}", failed=True)
            raise
        self._say("Delete", f"Pod {meta['name']}", "successful")

    def _say(self, verb: str, what: str, how: str, *, failed: bool = False) -> None:
        said = f"{verb} {what} in StatefulSet {self._owner['metadata']['name']} {how}"
        self._recorder.event(self._owner, "Warning" if failed else "Normal",
                             f"{'Failed' if failed else 'Successful'}{verb}", said)  # fmt: skip


def status(owner: Object, pods: list[Object], current: str, update: str, collisions: int, now: float) -> Object:
    """El estado del conjunto; al acabar un cambio de versión, la nueva pasa a ser la de siempre."""
    delay = int(owner["spec"].get("minReadySeconds") or 0)
    ready = [pod for pod in pods if pod["status"].get("phase") == "Running" and is_ready(pod)]
    staying = [one_by_one.revision_of(pod) for pod in pods if not one_by_one.is_leaving(pod)]
    counts = {"readyReplicas": len(ready), "currentReplicas": staying.count(current),
              "updatedReplicas": staying.count(update)}  # fmt: skip
    rolling = (owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    if rolling and counts["updatedReplicas"] == len(ready) == len(one_by_one.wanted(owner)):
        current, counts["currentReplicas"] = update, counts["updatedReplicas"]
    return {"observedGeneration": owner["metadata"]["generation"], "replicas": len(pods),
            "availableReplicas": sum(is_available(pod, delay, now) for pod in ready),
            **{name: count for name, count in counts.items() if count},
            "currentRevision": current, "updateRevision": update, "collisionCount": collisions}  # fmt: skip


def next_look(owner: Object, pods: list[Object], now: float) -> float | None:
    """Segundos hasta que alguno cuente como disponible."""
    delay = int(owner["spec"].get("minReadySeconds") or 0)
    waits = [wait for pod in pods if delay and 0 < (wait := available_in(pod, delay, now)) < float("inf")]
    return min(waits, default=None)
