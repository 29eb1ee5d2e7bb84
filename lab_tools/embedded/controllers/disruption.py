"""PodDisruptionBudget: cuántos Pods se pueden quitar ahora sin dejar de atender. Quien desaloja lee aquí la cuenta.

Fuente: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, parse, timestamp
from lab_tools.embedded.controllers.availability import is_ready
from lab_tools.embedded.controllers.ownership import controller_of
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue
from lab_tools.objects import Object, kinds
from lab_tools.objects.selector import LabelSelector

NAME = "controllermanager"
DELAY = 0.02
# Un desalojo aceptado que no acaba en borrado deja de contar pasado este tiempo (segundos).
PATIENCE = 120.0
_CONDITION = "DisruptionAllowed"
# Quien sabe cuántos Pods tiene que haber. Un DaemonSet o un Job no lo dicen.
_SCALABLE = (kinds.DEPLOYMENT, kinds.REPLICASET, kinds.STATEFULSET, kinds.REPLICATIONCONTROLLER)


class _NoScale(Exception):
    """No se puede saber cuántos Pods debería haber; `str` es la frase del controlador real."""


class DisruptionController:
    """El controlador de presupuestos de interrupción."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, NAME)
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._budgets = Cache(self._api, kinds.PODDISRUPTIONBUDGET)
        self._pods = Cache(self._api, kinds.POD, {"namespace": _by_namespace})
        self._owners = {kind.kind: Cache(self._api, kind) for kind in _SCALABLE}
        self._budgets.subscribe(lambda event: self._queue.add_object(event.object))
        self._pods.subscribe(self._on_pod)
        for owners in self._owners.values():
            owners.subscribe(self._on_owner)
        for one in self._budgets.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Echa la cuenta de un presupuesto. Devuelve cuándo olvidar el desalojo pendiente más antiguo."""
        budget = self._budgets.get(*key)
        if budget is None:
            return None
        selector = LabelSelector.from_object(budget["spec"].get("selector"))
        pods = [pod for pod in self._pods.by("namespace", key[0]) if _selects(selector, pod)]
        if not pods:
            self._recorder.event(budget, "Normal", "NoPods", "No matching pods found")
        try:
            expected, desired = self._expected(budget, pods)
        except _NoScale as error:
            said = f"Failed to calculate the number of expected pods: {error}"
            self._recorder.event(budget, "Warning", "CalculateExpectedPodCountFailed", said)
            self._fail(budget, str(error))
            return None
        leaving = self._leaving(budget, pods)
        healthy = sum(is_ready(pod) for pod in pods if not pod["metadata"].get("deletionTimestamp")
                      and pod["metadata"]["name"] not in leaving)  # fmt: skip
        self._report(budget, expected, desired, healthy, leaving)
        return min((parse(since) + PATIENCE - self._clock.now for since in leaving.values()), default=None)

    # La cuenta

    def _expected(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """(los que debería haber, los que hacen falta sanos)."""
        least, most = budget["spec"].get("minAvailable"), budget["spec"].get("maxUnavailable")
        if most is not None:
            expected = self._scale(budget, pods)
            return expected, max(expected - _share(most, expected), 0)
        if isinstance(least, int):
            return len(pods), least
        if least is None:
            return len(pods), 0
        expected = self._scale(budget, pods)
        return expected, _share(least, expected)

    def _scale(self, budget: Object, pods: list[Object]) -> int:
        """La suma de las réplicas que piden los dueños de estos Pods."""
        scales: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            top = self._top(pod)
            if top is None:
                unmanaged = True
            else:
                scales[top["metadata"]["uid"]] = int(top["spec"].get("replicas", 1))
        if unmanaged:
            selector = budget["spec"].get("selector") or {}
            self._recorder.event(budget, "Warning", "UnmanagedPods", _UNMANAGED.format(_go(selector)))
        return sum(scales.values())

    def _top(self, pod: Object) -> Object | None:
        """Quien decide cuántos hay: el Deployment por encima del ReplicaSet. `None` si el Pod va por libre."""
        owner = controller_of(pod)
        if owner is None:
            return None
        found = self._find(pod["metadata"]["namespace"], owner)
        if found is None:
            where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            raise _NoScale(f'found no controllers for pod "{where}"')
        above = controller_of(found)
        return (self._find(pod["metadata"]["namespace"], above) if above is not None else None) or found

    def _find(self, namespace: str, owner: Object) -> Object | None:
        owners = self._owners.get(owner["kind"])
        found = owners.get(namespace, owner["name"]) if owners is not None else None
        return found if found is not None and found["metadata"]["uid"] == owner["uid"] else None

    def _leaving(self, budget: Object, pods: list[Object]) -> dict[str, str]:
        """Los desalojos aceptados que aún no se ven: Pod -> cuándo se aceptó."""
        promised = (budget.get("status") or {}).get("disruptedPods") or {}
        here = {pod["metadata"]["name"]: pod for pod in pods if not pod["metadata"].get("deletionTimestamp")}
        kept = {}
        for name, since in promised.items():
            if name in here and parse(since) + PATIENCE > self._clock.now:
                kept[name] = since
            elif name in here:
                meta = budget["metadata"]
                self._recorder.event(here[name], "Warning", "NotDeleted", "Pod was expected by PDB "
                                     f"{meta['namespace']}/{meta['name']} to be deleted but it wasn't")  # fmt: skip
        return kept

    # Lo que se publica

    def _report(self, budget: Object, expected: int, desired: int, healthy: int, leaving: dict[str, str]) -> None:
        allowed = max(healthy - desired, 0) if expected > 0 else 0
        reason = "SufficientPods" if allowed else "InsufficientPods"
        self._write(budget, {"currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected,
                             "disruptionsAllowed": allowed, **({"disruptedPods": leaving} if leaving else {})},
                    "True" if allowed else "False", reason, "")  # fmt: skip

    def _fail(self, budget: Object, message: str) -> None:
        """Sin saber cuántos debería haber, lo prudente es no dejar quitar ninguno."""
        counts = {name: value for name, value in (budget.get("status") or {}).items() if name != "conditions"}
        self._write(budget, {**counts, "disruptionsAllowed": 0}, "False", "SyncFailed", message)

    def _write(self, budget: Object, counts: Object, value: str, reason: str, message: str) -> None:
        old, generation = budget.get("status") or {}, budget["metadata"]["generation"]
        before = next((one for one in old.get("conditions") or () if one["type"] == _CONDITION), None)
        since = before["lastTransitionTime"] if before is not None and before["status"] == value else timestamp(
            self._clock.now)  # fmt: skip
        condition = {"type": _CONDITION, "status": value, "reason": reason, "message": message,
                     "lastTransitionTime": since, "observedGeneration": generation}  # fmt: skip
        fresh = {**counts, "observedGeneration": generation, "conditions": [condition]}
        if fresh != old:
            meta = {key: budget["metadata"][key] for key in ("name", "namespace", "uid")}
            body = {"metadata": meta, "status": fresh}
            self._api.update(kinds.PODDISRUPTIONBUDGET, body, subresource="status")

    # Enterarse

    def _on_pod(self, event: Event) -> None:
        budgets = self._budgets.all(event.object["metadata"]["namespace"])
        for budget in budgets:
            selector = LabelSelector.from_object(budget["spec"].get("selector"))
            if any(pod is not None and _selects(selector, pod) for pod in (event.object, event.previous)):
                self._queue.add_object(budget)

    def _on_owner(self, event: Event) -> None:
        # Del dueño solo importa cuántos pide.
        before = event.previous
        if before is None or before["spec"].get("replicas") != event.object["spec"].get("replicas"):
            for budget in self._budgets.all(event.object["metadata"]["namespace"]):
                self._queue.add_object(budget)


_UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of "
    "the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please "
    'set ".spec.minAvailable" field of the PDB to an integer value.'
)


def _go(selector: Object) -> str:
    """El selector como lo imprime el servidor real."""
    labels = " ".join(f"{key}:{value}" for key, value in sorted((selector.get("matchLabels") or {}).items()))
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{}},}}"
    )


def _share(amount: int | str, whole: int) -> int:
    """Un número, o un porcentaje del total redondeado hacia arriba."""
    return amount if isinstance(amount, int) else -(-int(amount.rstrip("%")) * whole // 100)


def _selects(selector: LabelSelector, pod: Object) -> bool:
    return selector.matches(pod["metadata"].get("labels") or {})


def _by_namespace(pod: Object) -> list[str]:
    return [pod["metadata"]["namespace"]]
