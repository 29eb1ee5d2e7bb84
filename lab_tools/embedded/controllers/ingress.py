"""Ingress: publica la dirección del controlador de la casa en los Ingresses de las clases que atiende.

Fuente: https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.objects import Object, entrances, kinds

# Lo que tarda un controlador en enterarse y recargar su configuración.
DELAY = 2.0
_OLD_ANNOTATION = "kubernetes.io/ingress.class"


class IngressController:
    """Escribe `status.loadBalancer` de los Ingresses."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._classes = Cache(self._api, kinds.INGRESSCLASS)
        self._ingresses = Cache(self._api, kinds.INGRESS)
        self._classes.subscribe(lambda event: self._look_again())
        self._ingresses.subscribe(lambda event: self._queue.add_object(event.object))
        self._look_again()

    def _look_again(self) -> None:
        for one in self._ingresses.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Pone la dirección si la clase es de la casa, y retira la que puso si deja de serlo."""
        ingress = self._ingresses.get(*key)
        if ingress is None:
            return None
        mine = [{"ip": entrances.INGRESS_ADDRESS}]
        present = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        if self._served(ingress):
            wanted = mine
        else:
            wanted = [] if [one.get("ip") for one in present] == [entrances.INGRESS_ADDRESS] else present
        if [one.get("ip") for one in present] != [one.get("ip") for one in wanted]:
            patch = {"status": {"loadBalancer": {"ingress": wanted or None}}}
            self._api.patch(kinds.INGRESS, *key, patch, subresource="status")
        return None

    def _served(self, ingress: Object) -> bool:
        old = (ingress["metadata"].get("annotations") or {}).get(_OLD_ANNOTATION, "")
        found = self._classes.get("", ingress["spec"].get("ingressClassName") or old)
        return found is not None and found["spec"].get("controller") in entrances.SERVED_INGRESS
