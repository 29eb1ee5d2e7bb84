"""El interruptor: mientras nadie cree el ConfigMap, el adaptador ni se carga.

Al encenderse da de alta los APIService de lo que sirve, como hace quien instala un adaptador; al apagarse los retira.
"""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from lab_tools.embedded import configured
from lab_tools.embedded.api.protocol import Api, find
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.kind import Kind

if TYPE_CHECKING:
    from lab_tools.embedded.adapter.collector import Ask, Collector
    from lab_tools.embedded.adapter.served import Served, Source

    class Extensible(Api, Protocol):
        """Una API a la que se añaden tipos que nadie guarda."""

        def extend(self, kind: Kind, source: Source) -> None:
            """Sirve un tipo más."""

        def withdraw(self, kind: Kind) -> None:
            """Deja de servirlo."""


NAME = "metrics-adapter"
_LABEL = {"k8s-app": NAME}


class MetricsAdapter:
    """El adaptador de métricas, encendido o no. `ask` pregunta a los Pods."""

    def __init__(self, api: Extensible, clock: Clock, ask: Ask) -> None:
        self._api, self._clock, self._ask = api, clock, ask
        self._recorder = Recorder(api, clock, NAME)
        self._kinds: list[Kind] = []

    def start(self) -> None:
        """Espera a que lo configuren."""
        configured.follow(self._api, self._clock, NAME, self._adopt)

    def _adopt(self, source: Object | None) -> None:
        """Sirve lo que diga el ConfigMap; sin él, o si no se entiende, nada."""
        from lab_tools.embedded.adapter.config import read

        for kind in self._kinds:
            self._api.withdraw(kind)
        self._kinds.clear()
        try:
            metrics = read(configured.written(source)) if source is not None else ()
        except configured.InvalidConfig as why:
            metrics = ()
            if source is not None:
                self._recorder.event(source, "Warning", "InvalidConfig", str(why))
        self._collector.watch(metrics)
        for kind, found in self._served.kinds(metrics):
            self._api.extend(kind, found)
            self._kinds.append(kind)
        self._announce({(kind.group, kind.version) for kind in self._kinds})

    def _announce(self, wanted: set[tuple[str, str]]) -> None:
        """Da de alta los APIService de lo que se sirve, y retira los suyos que sobren."""
        versions = [(kinds.EXTERNAL_METRICS, kinds.EXTERNAL_VERSION),
                    *((kinds.CUSTOM_METRICS, version) for version in kinds.CUSTOM_VERSIONS)]  # fmt: skip
        for order, (group, version) in enumerate(versions):
            name = f"{version}.{group}"
            if (group, version) in wanted:
                spec = {"group": group, "version": version, "groupPriorityMinimum": 100, "versionPriority": 100 + order}
                with contextlib.suppress(StatusError):  # ya está
                    self._api.create(kinds.APISERVICE, {"metadata": {"name": name, "labels": _LABEL}, "spec": spec})
            elif self._ours(name):
                self._api.delete(kinds.APISERVICE, None, name)

    def _ours(self, name: str) -> bool:
        found = find(self._api, kinds.APISERVICE, None, name)
        return found is not None and _LABEL.items() <= (found["metadata"].get("labels") or {}).items()

    @cached_property
    def _collector(self) -> Collector:
        from lab_tools.embedded.adapter.collector import Collector

        return Collector(self._api, self._clock, self._ask)

    @cached_property
    def _served(self) -> Served:
        from lab_tools.embedded.adapter.served import Served

        return Served(self._api, self._clock, self._collector)
