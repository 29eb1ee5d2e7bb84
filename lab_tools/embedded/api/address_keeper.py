"""Quien lleva al día el registro de direcciones: escribe el IPAddress de cada ClusterIP y decide qué ServiceCIDR sirve.

Un ServiceCIDR que se borra espera a que no quede ninguna dirección suya, o a que otro la contenga.
Fuente: https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/
"""

from __future__ import annotations

import ipaddress

from lab_tools.embedded.api import addresses
from lab_tools.embedded.api.protocol import Api, Event, find
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.objects import Object, kinds

_ADDRESS, _RANGE = kinds.IPADDRESS, kinds.SERVICECIDR


class AddressKeeper:
    """Una clave es (tipo, nombre). Trabaja en el instante del cambio: en un clúster de verdad lo hace la propia API."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._services = Cache(self._api, kinds.SERVICE, {"address": addresses.of_service})
        self._services.subscribe(self._on_service)
        self._api.watch(_ADDRESS, self._on_address)
        self._api.watch(_RANGE, self._on_range)

    def reconcile(self, key: Key) -> float | None:
        """Escribe la diferencia de una dirección o de un rango."""
        if key[0] == _ADDRESS.kind:
            self._register(key[1])
        elif (found := find(self._api, _RANGE, None, key[1])) is not None:
            self._judge(found)
        elif key[1] == addresses.DEFAULT_NAME:
            self._api.create(_RANGE, addresses.factory_range())
        return None

    def _register(self, address: str) -> None:
        owner = next(iter(self._services.by("address", address)), None)
        wanted = addresses.record(address, owner) if owner is not None else None
        found = find(self._api, _ADDRESS, None, address)
        if found is not None and addresses.is_managed(found) and (wanted is None or found["spec"] != wanted["spec"]):
            self._api.delete(_ADDRESS, None, address, uid=found["metadata"]["uid"])
            found = None
        if found is None and wanted is not None:
            self._api.create(_ADDRESS, wanted)

    def _judge(self, cidr: Object) -> None:
        meta, now = cidr["metadata"], self._clock.now
        finalizers = meta.get("finalizers") or []
        if not meta.get("deletionTimestamp"):
            if addresses.FINALIZER not in finalizers:
                held = {**meta, "finalizers": [*finalizers, addresses.FINALIZER]}
                cidr = self._api.update(_RANGE, {**cidr, "metadata": held})
            self._say(cidr, addresses.ready(meta["name"], now))
        elif self._orphans(cidr):
            self._say(cidr, addresses.in_use(now))
        elif addresses.FINALIZER in finalizers:
            kept = [one for one in finalizers if one != addresses.FINALIZER]
            self._api.update(_RANGE, {**cidr, "metadata": {**meta, "finalizers": kept}})

    def _say(self, cidr: Object, condition: Object) -> None:
        before = (cidr.get("status") or {}).get("conditions") or []
        if any(one["type"] == "Ready" and one["status"] == condition["status"] for one in before):
            return
        others = [one for one in before if one["type"] != "Ready"]
        self._api.update(_RANGE, {**cidr, "status": {"conditions": [*others, condition]}}, subresource="status")

    def _orphans(self, cidr: Object) -> bool:
        """Si alguna dirección se quedaría sin rango al irse este."""
        mine = addresses.blocks(cidr)
        rest = addresses.ranges(one for one in self._api.list(_RANGE).items if one is not cidr)
        return any(any(ip in block for block in mine) and not any(ip in block for block in rest)
                   for ip in map(_parsed, self._api.list(_ADDRESS).items))  # fmt: skip

    def _on_service(self, event: Event) -> None:
        for service in (event.previous, event.object):
            for address in addresses.of_service(service) if service is not None else ():
                self._queue.add((_ADDRESS.kind, address))

    def _on_address(self, event: Event) -> None:
        self._queue.add((_ADDRESS.kind, event.object["metadata"]["name"]))
        if event.type == "DELETED":
            self._consider()

    def _on_range(self, event: Event) -> None:
        if event.type == "DELETED":
            self._queue.add((_RANGE.kind, event.object["metadata"]["name"]))
        self._consider()

    def _consider(self) -> None:
        """Lo que cambia en un rango, o en una dirección, puede soltar a otro que espera."""
        for one in self._api.list(_RANGE).items:
            if not addresses.is_ready(one):
                self._queue.add((_RANGE.kind, one["metadata"]["name"]))


def _parsed(record: Object) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(record["metadata"]["name"])
