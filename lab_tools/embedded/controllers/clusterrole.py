"""Los roles compuestos: cuando cambia un ClusterRole, los que se componen con él se vuelven a llenar.

Fuente: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.objects import kinds, rbac

DELAY = 0.01


class ClusterRoleController:
    """Llena los roles que tienen `aggregationRule`."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._roles = Cache(self._api, kinds.CLUSTERROLE)
        self._roles.subscribe(self._on_change)
        self._enqueue()

    def reconcile(self, key: Key) -> float | None:
        """Escribe en un rol compuesto las reglas que le tocan, si no son ya las suyas."""
        role = self._roles.get(*key)
        if role is None or not role.get("aggregationRule"):
            return None
        rules = rbac.aggregated(role, self._roles.all())
        if rules != (role.get("rules") or []):
            self._api.update(kinds.CLUSTERROLE, {**role, "rules": rules})
        return None

    def _on_change(self, event: Event) -> None:
        self._enqueue()

    def _enqueue(self) -> None:
        # Cualquier rol puede sumar a cualquiera: se miran todos los compuestos, que son tres y los que alguien añada.
        for role in self._roles.all():
            if role.get("aggregationRule"):
                self._queue.add_object(role)
