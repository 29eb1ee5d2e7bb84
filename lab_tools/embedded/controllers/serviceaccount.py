"""Lo que todo Namespace trae puesto: la ServiceAccount «default» y el ConfigMap con la autoridad del clúster.

Fuente: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

DELAY = 0.02
ACCOUNT, AUTHORITY = "default", "kube-root-ca.crt"
_NOTE = ("Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
         "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
         "Kubernetes clusters.")  # fmt: skip
# Nadie abre una conexión TLS dentro de un clúster simulado: el certificado solo tiene que estar.
_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nT3JxdWVzdGE=\n-----END CERTIFICATE-----\n"


class ServiceAccountController:
    """Pone en cada Namespace lo que los Pods dan por hecho."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._namespaces = Cache(self._api, kinds.NAMESPACE)
        self._namespaces.subscribe(lambda event: self._queue.add(("", event.object["metadata"]["name"])))
        for kind in (kinds.SERVICEACCOUNT, kinds.CONFIGMAP):
            self._api.watch(kind, self._on_loss)
        for one in self._namespaces.all():
            self.reconcile(("", one["metadata"]["name"]))

    def reconcile(self, key: Key) -> float | None:
        """Repone lo que falte en un Namespace que no se esté yendo."""
        namespace = self._namespaces.get(*key)
        if namespace is None or namespace["metadata"].get("deletionTimestamp"):
            return None
        self._ensure(kinds.SERVICEACCOUNT, key[1], {"metadata": {"name": ACCOUNT}})
        self._ensure(kinds.CONFIGMAP, key[1],
                     {"metadata": {"name": AUTHORITY, "annotations": {"kubernetes.io/description": _NOTE}},
                      "data": {"ca.crt": _CERTIFICATE}})  # fmt: skip
        return None

    def _ensure(self, kind: kinds.Kind, namespace: str, obj: Object) -> None:
        try:
            self._api.get(kind, namespace, obj["metadata"]["name"])
        except StatusError as error:
            if error.code != 404:
                raise
            self._api.create(kind, obj, namespace)

    def _on_loss(self, event: Event) -> None:
        meta = event.object["metadata"]
        if event.type == "DELETED" and meta["name"] in (ACCOUNT, AUTHORITY):
            self._queue.add(("", meta["namespace"]))
