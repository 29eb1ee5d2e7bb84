"""Endpoints, el antepasado de EndpointSlice: una sola lista por Service. Está en desuso, pero `kubectl` aún la enseña.

Fuente: https://kubernetes.io/docs/concepts/services-networking/service/#endpoints
"""

from __future__ import annotations

import random
from typing import Any

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue, key_of
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

# Sale de los EndpointSlices del Service, así que va un paso por detrás de ellos.
DELAY = 0.02
SERVICE_LABEL, MANAGER_LABEL = "kubernetes.io/service-name", "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
MAX_ADDRESSES = 1000


class EndpointsController:
    """Mantiene los Endpoints de cada Service con selector."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._services = Cache(self._api, kinds.SERVICE)
        self._endpoints = Cache(self._api, kinds.ENDPOINTS)
        self._slices = Cache(self._api, kinds.ENDPOINTSLICE, {"service": _service_of})
        self._services.subscribe(lambda event: self._queue.add_object(event.object))
        self._slices.subscribe(self._on_slice)
        for one in self._services.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Copia en los Endpoints lo que dicen los EndpointSlices; sin Service, los borra."""
        service, present = self._services.get(*key), self._endpoints.get(*key)
        if service is None:
            if present is not None and _managed(present):
                self._delete(key)
            return None
        if not service["spec"].get("selector") or service["spec"].get("type") == "ExternalName":
            return None
        wanted = self._wanted(service)
        if present is None:
            self._api.create(kinds.ENDPOINTS, wanted, key[0])
        elif (present.get("subsets") or []) != wanted.get("subsets", []) \
                or present["metadata"].get("labels") != wanted["metadata"]["labels"]:  # fmt: skip
            fresh = clone(present)
            fresh["metadata"]["labels"] = wanted["metadata"]["labels"]
            fresh.pop("subsets", None)
            self._api.update(
                kinds.ENDPOINTS, {**fresh, **({"subsets": wanted["subsets"]} if "subsets" in wanted else {})}
            )
        return None

    def _wanted(self, service: Object) -> Object:
        meta = service["metadata"]
        slices = self._slices.by("service", f"{meta['namespace']}/{meta['name']}")
        subsets = [found for one in slices if (found := _subset(one))]
        labels = {**(meta.get("labels") or {}), MANAGER_LABEL: MANAGER}
        if service["spec"].get("clusterIP") == "None":
            labels["service.kubernetes.io/headless"] = ""
        return {"metadata": {"name": meta["name"], "namespace": meta["namespace"], "labels": labels},
                **({"subsets": subsets} if subsets else {})}  # fmt: skip

    def _delete(self, key: Key) -> None:
        try:
            self._api.delete(kinds.ENDPOINTS, *key)
        except StatusError as error:
            if error.code != 404:
                raise

    def _on_slice(self, event: Event) -> None:
        name = (event.object["metadata"].get("labels") or {}).get(SERVICE_LABEL)
        if name:
            self._queue.add((key_of(event.object)[0], name))


def _service_of(one: Object) -> list[str]:
    meta = one["metadata"]
    name = (meta.get("labels") or {}).get(SERVICE_LABEL)
    return [f"{meta['namespace']}/{name}"] if name else []


def _managed(endpoints: Object) -> bool:
    return (endpoints["metadata"].get("labels") or {}).get(MANAGER_LABEL) == MANAGER


def _subset(one: Object) -> dict[str, Any] | None:
    """Las direcciones de un EndpointSlice, separadas en listas y no listas."""
    ready: list[Object] = []
    waiting: list[Object] = []
    for endpoint in one.get("endpoints") or ():
        conditions = endpoint.get("conditions") or {}
        if conditions.get("terminating"):
            continue
        known = {name: endpoint[name] for name in ("nodeName", "targetRef") if endpoint.get(name)}
        entry = {"ip": endpoint["addresses"][0], **known}
        (ready if conditions.get("ready") else waiting).append(entry)
    if not ready and not waiting:
        return None
    ports = [{key: value for key, value in port.items() if value != ""} for port in one.get("ports") or ()]
    return {**({"addresses": ready[:MAX_ADDRESSES]} if ready else {}),
            **({"notReadyAddresses": waiting[:MAX_ADDRESSES]} if waiting else {}),
            **({"ports": ports} if ports else {})}  # fmt: skip
