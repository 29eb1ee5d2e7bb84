"""ResourceQuota: lleva la cuenta de lo que cada Namespace gasta, y descuenta lo que se va.

Lo que entra lo apunta la admisión en el acto. Aquí se cuenta de nuevo cuando la cuota cambia o algo se va. Solo se
vigila lo que alguna cuota nombra. Fuente: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue, key_of
from lab_tools.objects import Object, clone, kinds, quantity, quota
from lab_tools.objects.kinds import Kind

# De que algo se va a que su sitio vuelve a estar libre (segundos virtuales).
DELAY = 0.05
_GONE = ("Succeeded", "Failed")


class ResourceQuotaController:
    """Mantiene `status.hard` y `status.used` de cada cuota."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)
        self._watched: set[Kind] = set()

    def start(self) -> None:
        """Mira las cuotas que hay y empieza a vigilarlas."""
        self._quotas = Cache(self._api, kinds.RESOURCEQUOTA)
        self._quotas.subscribe(self._on_quota)
        for one in self._quotas.all():
            self._look_at(one)

    def reconcile(self, key: Key) -> float | None:
        """Cuenta todo lo que la cuota limita."""
        found = self._quotas.get(*key)
        if found is None or found["metadata"].get("deletionTimestamp"):
            return None
        hard = found["spec"].get("hard") or {}
        counted = {"hard": dict(hard), "used": self._used(found, hard)}
        if found.get("status") != counted:
            fresh = clone(found)
            fresh["status"] = counted
            self._api.update(kinds.RESOURCEQUOTA, fresh, subresource="status")
        return None

    def _used(self, found: Object, hard: dict[str, str]) -> dict[str, str]:
        used = {name: "0" for name in sorted(hard) if quota.kind_of(name) is not None}
        for kind in _kinds(hard):
            for obj in self._api.list(kind, found["metadata"]["namespace"]).items:
                if quota.matches(found, kind, obj):
                    spent = quota.usage(kind, obj)
                    used.update({name: quantity.add(used[name], spent[name]) for name in spent if name in used})
        return used

    def _on_quota(self, event: Event) -> None:
        seen = event.object.get("status") or {}
        if event.type != "DELETED" and seen.get("hard") != (event.object["spec"].get("hard") or {}):
            self._look_at(event.object)

    def _look_at(self, found: Object) -> None:
        for kind in _kinds(found["spec"].get("hard") or {}):
            if kind not in self._watched:
                self._watched.add(kind)
                self._api.watch(kind, self._on_change)
        # Sin cuenta nadie puede entrar: la primera se hace ya.
        self._queue.add(key_of(found), 0.0)

    def _on_change(self, event: Event) -> None:
        if event.type == "ADDED" or (event.type == "MODIFIED" and not _frees(event)):
            return
        for one in self._quotas.all(event.object["metadata"].get("namespace", "")):
            self._queue.add(key_of(one))


def _kinds(hard: dict[str, str]) -> list[Kind]:
    """Los tipos que una cuota cuenta, cada uno una vez."""
    return list(dict.fromkeys(kind for name in sorted(hard) if (kind := quota.kind_of(name)) is not None))


def _frees(event: Event) -> bool:
    """Si un cambio puede haber soltado algo: un Pod que acaba, un Service o una petición que se encoge."""
    before, after = event.previous or {}, event.object
    if after["kind"] == kinds.POD.kind:
        phase = (after.get("status") or {}).get("phase")
        return phase in _GONE and (before.get("status") or {}).get("phase") != phase
    return after["kind"] in (kinds.SERVICE.kind, kinds.PERSISTENTVOLUMECLAIM.kind) and (
        before.get("spec") != after.get("spec"))  # fmt: skip
