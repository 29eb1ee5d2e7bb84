"""La cuenta de un Job: quién acabó bien, quién mal, qué índices están hechos y cuáles perdidos.

Contar va en dos tiempos, como en el controlador real: primero se apunta en el estado a quién se va a contar
(`uncountedTerminatedPods`), luego se le quita el finalizador y por fin se suma. Si algo se corta por medio,
nadie se cuenta dos veces ni se pierde.
Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-tracking-with-finalizers
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.controllers import job_indexes, job_pods, job_policy
from lab_tools.embedded.controllers import job_status as status
from lab_tools.embedded.controllers.availability import is_active
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

Owned = Callable[[], list[Object]]


class Tally:
    """La cuenta. `owned` da los Pods del Job en este instante; `state` es su estado, que aquí se va escribiendo."""

    def __init__(self, api: Api, job: Object, owned: Owned, state: Object, streak: status.Streak) -> None:
        self._api, self._job, self._owned, self._state = api, job, owned, state
        self.streak = streak
        self.completions: int | None = job["spec"].get("completions")
        self.per_index: int | None = job["spec"].get("backoffLimitPerIndex")
        self.done = job_indexes.parse(state.get("completedIndexes", ""), self.completions)
        self.lost = job_indexes.parse(state.get("failedIndexes") or "", self.completions)

    # Mirar

    def active(self) -> list[Object]:
        """Los que siguen."""
        return [pod for pod in self._owned() if is_active(pod)]

    def tracked(self) -> list[Object]:
        """Los que aún no se han contado."""
        return [pod for pod in self._owned() if job_pods.is_tracked(pod)]

    def ended(self) -> tuple[list[Object], list[Object]]:
        """(acabaron bien, acabaron mal) entre los que faltan por contar. Los fallos que se ignoran no están."""
        tracked = self.tracked()
        good = [pod for pod in tracked if pod["status"].get("phase") == "Succeeded"]
        return good, [pod for pod in tracked if self._has_failed(pod) and not self._is_delayed(pod)
                      and job_policy.judge(self._job, pod).action != job_policy.IGNORE]  # fmt: skip

    def indexes(self, pods: list[Object]) -> set[int]:
        """Los índices de estos Pods."""
        found = {index for pod in pods if (index := job_indexes.of(pod)) is not None}
        return {one for one in found if self.completions is not None and one < self.completions}

    def newly_lost(self) -> set[int]:
        """Los índices que acaban de agotar sus intentos."""
        return self.indexes([pod for pod in self.tracked() if self._has_failed(pod) and self._is_last_try(pod)])

    def last_failed(self, index: int) -> Object | None:
        """El último intento fallido de un índice que aún no se ha contado."""
        failed = [pod for pod in self.tracked() if job_indexes.of(pod) == index and self._has_failed(pod)]
        return max(failed, key=lambda pod: job_indexes.failures(pod) + job_indexes.ignored(pod), default=None)

    def _has_failed(self, pod: Object) -> bool:
        return pod["status"].get("phase") != "Succeeded" and job_pods.has_failed(self._job, pod)

    def _is_last_try(self, pod: Object) -> bool:
        if self.per_index is None:
            return False
        action = job_policy.judge(self._job, pod).action
        spent = job_indexes.failures(pod) >= self.per_index
        return action == job_policy.FAIL_INDEX or (spent and action != job_policy.IGNORE)

    def _is_delayed(self, pod: Object) -> bool:
        """Con límite por índice, el último fallo de cada índice espera sin contar hasta que nazca su relevo."""
        index = job_indexes.of(pod)
        if self.per_index is None or index is None or index in self.done | self.lost or self._is_last_try(pod):
            return False
        return self.last_failed(index) is pod and all(job_indexes.of(one) != index for one in self.active())

    # Contar

    def count(self, end: status.End | None, now: float, write: Callable[[], None]) -> None:
        """Apunta, suelta y suma los que acabaron. Con un final anunciado, también los que no acabaron."""
        good, bad = self.ended()
        if end is not None and end.failed:
            bad = _without(self.tracked(), good)
        loose = self._loose(good, bad, over=end is not None or bool(self._job["metadata"].get("deletionTimestamp")))
        self.lost |= self.newly_lost()
        self.streak = status.streak(self.streak, [status.ended_at(pod, now) for pod in good],
                                    [status.ended_at(pod, now) for pod in bad])  # fmt: skip
        if good or bad:
            self._note(good, bad)
            write()
        for pod in loose:
            release(self._api, pod)
        self.settle()

    def _loose(self, good: list[Object], bad: list[Object], *, over: bool) -> list[Object]:
        """Los que se sueltan sin contar: los fallos ignorados y, si ya es el final, los demás."""
        rest = _without(self.tracked(), [*good, *bad])
        return [pod for pod in rest if over or (self._has_failed(pod) and not self._is_delayed(pod))]

    def _note(self, good: list[Object], bad: list[Object]) -> None:
        noted = {"succeeded": _uids(good), "failed": _uids(bad)}
        self.done |= self.indexes(good)
        if job_indexes.is_indexed(self._job):
            self._state["completedIndexes"] = job_indexes.text(self.done)
        self._state["uncountedTerminatedPods"] = {name: uids for name, uids in noted.items() if uids}

    def settle(self) -> None:
        """Suelta y suma a los ya apuntados, de esta vez o de una anterior que se cortó."""
        noted = self._state["uncountedTerminatedPods"]
        uids = {*noted.get("succeeded", ()), *noted.get("failed", ())}
        for pod in self.tracked() if uids else ():
            if pod["metadata"]["uid"] in uids:
                release(self._api, pod)
        for name in ("succeeded", "failed"):
            if noted.get(name):
                self._state[name] = int(self._state.get(name, 0)) + len(noted[name])
        if job_indexes.is_indexed(self._job):
            self._state["succeeded"] = len(self.done)
        self._state["uncountedTerminatedPods"] = {}


def release(api: Api, pod: Object) -> None:
    """Quita a un Pod el finalizador del Job: ya está contado, o ya no hay quien lo cuente."""
    meta = pod["metadata"]
    if not job_pods.is_tracked(pod):
        return
    kept = [one for one in meta["finalizers"] if one != job_pods.FINALIZER]
    patch = {"metadata": {"uid": meta["uid"], "finalizers": kept or None}}
    try:
        api.patch(kinds.POD, meta["namespace"], meta["name"], patch)
    except StatusError as error:
        if error.code not in (404, 409):
            raise


def _uids(pods: list[Object]) -> list[str]:
    return [pod["metadata"]["uid"] for pod in pods]


def _without(pods: list[Object], gone: list[Object]) -> list[Object]:
    out = {*_uids(gone)}
    return [pod for pod in pods if pod["metadata"]["uid"] not in out]
