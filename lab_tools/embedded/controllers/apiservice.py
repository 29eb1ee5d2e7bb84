"""APIService: si quien amplía la API contesta. Lo propio siempre; lo ajeno, si su Service tiene quien atienda.

Fuente: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/ y
https://github.com/kubernetes/kubernetes/tree/v1.36.0/staging/src/k8s.io/kube-aggregator
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue, key_of
from lab_tools.objects import Object, clone, kinds

DELAY = 0.05
_SERVICE_LABEL = "kubernetes.io/service-name"


class APIServiceController:
    """Escribe la condición Available de cada APIService."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._apis = Cache(self._api, kinds.APISERVICE)
        self._services = Cache(self._api, kinds.SERVICE)
        self._slices = Cache(self._api, kinds.ENDPOINTSLICE, {"service": _service_of})
        self._apis.subscribe(lambda event: self._queue.add_object(event.object))
        self._services.subscribe(self._on_service)
        self._slices.subscribe(self._on_service)
        for one in self._apis.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Mira un APIService y dice si contesta."""
        found = self._apis.get(*key)
        if found is None:
            return None
        available, reason, message = self._judge(found["spec"].get("service"))
        state = "True" if available else "False"
        others = (found.get("status") or {}).get("conditions") or []
        before = next((one for one in others if one["type"] == "Available"), None)
        said = {"status": state, "reason": reason, "message": message}
        if before is not None and said.items() <= before.items():
            return None
        since = before["lastTransitionTime"] if before and before["status"] == state else timestamp(self._clock.now)
        condition = {"type": "Available", "status": state, "lastTransitionTime": since, "reason": reason,
                     "message": message}  # fmt: skip
        fresh = clone(found)
        fresh["metadata"].pop("resourceVersion", None)
        fresh["status"] = {"conditions": [*(one for one in others if one["type"] != "Available"), condition]}
        self._api.update(kinds.APISERVICE, fresh, subresource="status")
        return None

    def _judge(self, reference: Object | None) -> tuple[bool, str, str]:
        if not reference:
            return True, "Local", "Local APIServices are always available"
        namespace, name = reference["namespace"], reference["name"]
        where = f'service/{name} in "{namespace}"'
        service, port = self._services.get(namespace, name), reference.get("port", 443)
        if service is None:
            return False, "ServiceNotFound", f"{where} is not present"
        ports = service["spec"].get("ports") or ()
        if not any(one["port"] == port for one in ports):
            return False, "ServicePortError", f"{where} is not listening on port {port}"
        slices = self._slices.by("service", f"{namespace}/{name}")
        if not any((one.get("conditions") or {}).get("ready", True) for each in slices
                   for one in each.get("endpoints") or ()):  # fmt: skip
            label = next(one.get("name", "") for one in ports if one["port"] == port)
            why = f'endpoints for {where} have no addresses with port name "{label}"'
            return False, "MissingEndpoints", why
        return True, "Passed", "all checks passed"

    def _on_service(self, event: Event) -> None:
        """Un Service, o sus extremos, cambió: se mira a quien depende de él."""
        for one in self._apis.all():
            reference = one["spec"].get("service")
            if reference and f"{reference['namespace']}/{reference['name']}" in _names(event.object):
                self._queue.add_object(one)


def _names(obj: Object) -> list[str]:
    return ["/".join(key_of(obj)), *_service_of(obj)]


def _service_of(obj: Object) -> list[str]:
    name = (obj["metadata"].get("labels") or {}).get(_SERVICE_LABEL)
    return [f"{obj['metadata']['namespace']}/{name}"] if name else []
