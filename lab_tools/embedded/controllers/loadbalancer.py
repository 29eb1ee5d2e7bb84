"""Service de tipo LoadBalancer: le da una dirección de fuera, si alguien encendió el balanceador.

Un clúster sin nube deja el Service en `<pending>`, y este también. El balanceador atiende a los que lo piden por su
clase (`loadBalancerClass: orquesta.dev/balanceador`) y, mientras exista el ConfigMap `orquesta-balanceador` de
kube-system, a todos los que no piden ninguna; su clave `rango` dice qué direcciones reparte («primera-última»).
Fuente: https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
"""

from __future__ import annotations

import ipaddress
import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue
from lab_tools.errors import StatusError
from lab_tools.objects import Object, entrances, kinds
from lab_tools.objects.selector import FieldSelector

# Lo que tarda una nube en montar uno.
DELAY = 3.0
_NAMESPACE = "kube-system"


class LoadBalancerController:
    """Escribe `status.loadBalancer` de los Services."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)
        self._recorder = Recorder(api, clock, "service-controller")

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._services = Cache(self._api, kinds.SERVICE)
        self._services.subscribe(self._on_service)
        chosen = FieldSelector.parse(f"metadata.name={entrances.BALANCER_CONFIG}")
        self._api.watch(kinds.CONFIGMAP, lambda event: self._look_again(), namespace=_NAMESPACE, fields=chosen)
        self._look_again()

    def reconcile(self, key: Key) -> float | None:
        """Da una dirección al Service que la espera, y retira la de quien ya no la pide."""
        service = self._services.get(*key)
        if service is None or service["metadata"].get("deletionTimestamp"):
            return None
        present = _addresses(service)
        if not self._serves(service):
            # Solo se retira lo que se dio: la dirección que puso otro balanceador es cosa suya.
            if present and service["spec"].get("type") != "LoadBalancer":
                self._publish(key, [])
            return None
        if present:
            return None
        address = self._free(service)
        if address is None:
            why = "Error syncing load balancer: failed to ensure load balancer: no free address"
            self._recorder.event(service, "Warning", "SyncLoadBalancerFailed", why)
            return None
        self._recorder.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
        self._publish(key, [{"ip": address, "ipMode": "VIP"}])
        self._recorder.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")
        return None

    def _publish(self, key: Key, addresses: list[Object]) -> None:
        patch = {"status": {"loadBalancer": {"ingress": addresses or None}}}
        self._api.patch(kinds.SERVICE, *key, patch, subresource="status")

    def _serves(self, service: Object) -> bool:
        spec = service["spec"]
        if spec.get("type") != "LoadBalancer":
            return False
        wanted = spec.get("loadBalancerClass")
        return wanted == entrances.BALANCER_CLASS or (wanted is None and self._switch() is not None)

    def _switch(self) -> Object | None:
        try:
            return self._api.get(kinds.CONFIGMAP, _NAMESPACE, entrances.BALANCER_CONFIG)
        except StatusError:
            return None

    def _free(self, service: Object) -> str | None:
        """La dirección que pide (`loadBalancerIP`) o la primera libre del rango; `None` si no queda."""
        config = self._switch()
        text = str(((config or {}).get("data") or {}).get("rango") or entrances.BALANCER_RANGE)
        taken = {address for one in self._services.all() for address in _addresses(one)}
        try:
            first, last = (ipaddress.IPv4Address(part.strip()) for part in text.split("-"))
        except ValueError:
            return None
        asked = service["spec"].get("loadBalancerIP")
        if asked:
            inside = first <= ipaddress.IPv4Address(asked) <= last
            return str(asked) if inside and asked not in taken else None
        numbers = range(int(first), int(last) + 1)
        return next((one for one in map(str, map(ipaddress.IPv4Address, numbers)) if one not in taken), None)

    def _on_service(self, event: Event) -> None:
        both = [event.object] if event.previous is None else [event.object, event.previous]
        if any(one["spec"].get("type") == "LoadBalancer" for one in both):
            self._queue.add_object(event.object)

    def _look_again(self) -> None:
        for one in self._services.all():
            if one["spec"].get("type") == "LoadBalancer":
                self._queue.add_object(one)


def _addresses(service: Object) -> list[str]:
    listed = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return [one["ip"] for one in listed if one.get("ip")]
