"""Poner al día lo que los Pods tienen montado cuando cambia el ConfigMap o el Secret de donde salió.

Un Pod lo ve en su siguiente repaso: el kubelet repasa cada Pod cada 60 a 90 segundos. Cambiar sus etiquetas o
anotaciones adelanta el repaso. Lo que está en variables de entorno, o montado con `subPath`, no cambia nunca.
Fuente: https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
"""

from __future__ import annotations

import functools
from typing import Protocol

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.kubelet.contents import references
from lab_tools.objects import Object, kinds

Source = tuple[str, str, str]
"""Un ConfigMap o un Secret: (recurso, espacio, nombre)."""


class Schedule(Protocol):
    """Lo montado, por su compás."""

    def next_look(self) -> float:
        """El instante de su próximo repaso."""


class Mounted(Protocol):
    """Un Pod con volúmenes que poner al día."""

    pod: Object

    @property
    def mounts(self) -> Schedule:
        """Lo que tiene montado."""

    def remount(self) -> None:
        """Pone sus volúmenes al día."""


class Upkeep:
    """Quién monta qué, y cuándo le toca verlo cambiado."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._users: dict[Source, dict[str, Mounted]] = {}
        self._due: set[str] = set()

    def start(self) -> None:
        """Empieza a vigilar."""
        for kind in (kinds.CONFIGMAP, kinds.SECRET):
            self._api.watch(kind, self._on_event)

    def enter(self, user: Mounted) -> None:
        """Un Pod empieza a usar lo suyo."""
        for source in _sources(user.pod):
            self._users.setdefault(source, {})[user.pod["metadata"]["uid"]] = user

    def leave(self, user: Mounted) -> None:
        """Un Pod ya no usa nada."""
        uid = user.pod["metadata"]["uid"]
        self._due.discard(uid)
        for source in _sources(user.pod):
            self._users.get(source, {}).pop(uid, None)

    def _on_event(self, event: Event) -> None:
        meta = event.object["metadata"]
        plural = (kinds.SECRET if event.object["kind"] == "Secret" else kinds.CONFIGMAP).plural
        for uid, user in self._users.get((plural, meta["namespace"], meta["name"]), {}).items():
            if uid not in self._due:
                self._due.add(uid)
                self._clock.call_at(user.mounts.next_look(), functools.partial(self._look, uid, user))

    def _look(self, uid: str, user: Mounted) -> None:
        if uid in self._due:
            self._due.discard(uid)
            user.remount()


def _sources(pod: Object) -> list[Source]:
    namespace = pod["metadata"]["namespace"]
    return [(plural, namespace, name) for plural, name in sorted(references(pod))]
