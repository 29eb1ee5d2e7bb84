"""Gateway API: acepta lo que sabe atender y dice en el estado lo que no, con las condiciones de la especificación.

Sus tipos no son de Kubernetes: empieza a trabajar cuando alguien instala sus definiciones, y entonces pone también
la GatewayClass de la casa.
Fuente: https://gateway-api.sigs.k8s.io/reference/spec/ (GatewayStatus, RouteParentStatus)
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.errors import StatusError
from lab_tools.objects import Object, entrances, gateway_api, kinds
from lab_tools.objects.gateway_api import GROUP, Reference

DELAY = 1.0
# Todo se mira a la vez: son pocos objetos, y casi cualquier cambio afecta al estado de otros.
_EVERYTHING: Key = ("", "gateway-api")
_CLASS, _GATEWAY, _ROUTE, _GRANT = gateway_api.PLURALS


class GatewayController:
    """Escribe el estado de GatewayClass, Gateway y HTTPRoute."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)
        self._caches: dict[str, Cache] = {}
        self._others: tuple[Cache, ...] = ()

    def start(self) -> None:
        """Mira si los tipos están definidos, y espera a que lo estén."""
        self._api.kinds.subscribe(self._find_kinds)
        self._find_kinds()

    def reconcile(self, key: Key) -> float | None:
        """Repasa todas las clases, puertas y rutas."""
        for one in self._all(_CLASS):
            if one["spec"]["controllerName"] == gateway_api.CONTROLLER:
                wanted = [self._condition(one, "Accepted", "True", "Accepted", "GatewayClass is accepted")]
                self._write(_CLASS, one, {"conditions": wanted})
        for gateway in self._served():
            self._write(_GATEWAY, gateway, self._gateway_status(gateway))
        for route in self._all(_ROUTE):
            parents = self._parents(route)
            if parents or (route.get("status") or {}).get("parents"):
                self._write(_ROUTE, route, {"parents": parents})
        return None

    # Los tipos y sus objetos

    def _find_kinds(self) -> None:
        fresh = {one.plural: one for one in self._api.kinds.own
                 if one.group == GROUP and one.hub is one and one.plural in gateway_api.PLURALS}  # fmt: skip
        for plural, kind in fresh.items():
            known = self._caches.get(plural)
            if known is None or known.kind is not kind:
                self._caches[plural] = cache = Cache(self._api, kind)
                cache.subscribe(lambda event: self._queue.add(_EVERYTHING))
                if plural == _CLASS and known is None:
                    self._introduce(kind)
        for plural in set(self._caches) - set(fresh):
            del self._caches[plural]
        if fresh and not self._others:
            self._others = tuple(Cache(self._api, kind) for kind in (kinds.SERVICE, kinds.SECRET, kinds.NAMESPACE))
            for other in self._others:
                other.subscribe(lambda event: self._queue.add(_EVERYTHING))
        if fresh:
            self._queue.add(_EVERYTHING)

    def _introduce(self, kind: kinds.Kind) -> None:
        """Pone la GatewayClass de la casa; si ya está, nada."""
        body = {"metadata": {"name": entrances.GATEWAY_CLASS}, "spec": {"controllerName": gateway_api.CONTROLLER}}
        self._clock.call_soon(lambda: self._create(kind, body))

    def _create(self, kind: kinds.Kind, body: Object) -> None:
        try:
            self._api.create(kind, {"apiVersion": kind.api_version, "kind": kind.kind, **body})
        except StatusError as error:
            if error.code not in (404, 409):
                raise

    def _all(self, plural: str) -> list[Object]:
        return self._caches[plural].all() if plural in self._caches else []

    def _served(self) -> list[Object]:
        mine = {one["metadata"]["name"] for one in self._all(_CLASS)
                if one["spec"]["controllerName"] == gateway_api.CONTROLLER}  # fmt: skip
        return [one for one in self._all(_GATEWAY) if one["spec"]["gatewayClassName"] in mine]

    def _labels(self, namespace: str) -> dict[str, str]:
        found = self._others[2].get("", namespace)
        return (found["metadata"].get("labels") or {}) if found else {}

    # Gateways

    def _gateway_status(self, gateway: Object) -> Object:
        listeners = [self._listener_status(gateway, one) for one in gateway["spec"].get("listeners") or ()]
        address = self._address(gateway)
        conditions = [self._condition(gateway, "Accepted", "True", "Accepted", "Gateway is accepted")]
        if address is None:
            why = "No free address for the Gateway"
            conditions.append(self._condition(gateway, "Programmed", "False", "AddressNotUsable", why))
        elif not any(_is_true(one, "Programmed") for one in listeners):
            conditions.append(self._condition(gateway, "Programmed", "False", "Invalid", "No listener is programmed"))
        else:
            conditions.append(self._condition(gateway, "Programmed", "True", "Programmed", "Gateway is programmed"))
        addresses = [{"type": "IPAddress", "value": address}] if address else []
        return {"addresses": addresses, "conditions": conditions, "listeners": listeners}

    def _address(self, gateway: Object) -> str | None:
        """La que ya tiene, o la primera que nadie usa."""
        mine = _addresses(gateway)
        taken = {one for other in self._all(_GATEWAY) if other is not gateway for one in _addresses(other)}
        return next(iter(mine), None) or next((one for one in entrances.GATEWAY_ADDRESSES if one not in taken), None)

    def _listener_status(self, gateway: Object, listener: Object) -> Object:
        before: Object = next((one for one in (gateway.get("status") or {}).get("listeners") or ()
                               if one["name"] == listener["name"]), {})  # fmt: skip
        trouble = self._certificate_trouble(gateway, listener)
        supported = listener["protocol"] in ("HTTP", "HTTPS")
        unknown = f"Protocol {listener['protocol']} is not supported"
        accepted = ("Accepted", "True", "Accepted", "Listener is accepted") if supported else (
            "Accepted", "False", "UnsupportedProtocol", unknown)  # fmt: skip
        resolved = ("ResolvedRefs", "False", *trouble) if trouble else (
            "ResolvedRefs", "True", "ResolvedRefs", "All references are resolved")  # fmt: skip
        clashes = any(one["port"] == listener["port"] and one["protocol"] != listener["protocol"]
                      for one in gateway["spec"]["listeners"])  # fmt: skip
        good = supported and trouble is None and not clashes
        programmed = ("Programmed", "True", "Programmed", "Listener is programmed") if good else (
            "Programmed", "False", "Invalid", "Listener is not valid")  # fmt: skip
        conflicted = ("Conflicted", "False", "NoConflicts", "Listener does not conflict")
        if clashes:
            why = "Another listener uses the same port with another protocol"
            conflicted = ("Conflicted", "True", "ProtocolConflict", why)
        old = {one["type"]: one for one in before.get("conditions") or ()}
        conditions = [self._made(gateway, old, *one) for one in (accepted, conflicted, programmed, resolved)]
        kind = [{"group": GROUP, "kind": "HTTPRoute"}] if supported else []
        return {"name": listener["name"], "attachedRoutes": self._count(gateway, listener["name"]),
                "supportedKinds": kind, "conditions": conditions}  # fmt: skip

    def _count(self, gateway: Object, listener: str) -> int:
        meta, count = gateway["metadata"], 0
        for route in self._all(_ROUTE):
            names = {name for parent, namespace, own in gateway_api.parents(route)
                     if (namespace, own) == (meta["namespace"], meta["name"])
                     for name, _ in gateway_api.attach(route, parent, gateway, self._labels).listeners}  # fmt: skip
            count += listener in names
        return count

    def _certificate_trouble(self, gateway: Object, listener: Object) -> tuple[str, str] | None:
        if listener["protocol"] != "HTTPS":
            return None
        home = gateway["metadata"]["namespace"]
        references = (listener.get("tls") or {}).get("certificateRefs") or []
        if not references:
            return "InvalidCertificateRef", "The listener has no certificateRefs"
        for one in references:
            where = one.get("namespace") or home
            if not gateway_api.granted("Gateway", home, "Secret", where, one["name"], self._all(_GRANT)):
                return "RefNotPermitted", f"Secret {where}/{one['name']} not permitted by any ReferenceGrant"
            secret = self._others[1].get(where, one["name"])
            if secret is None or secret.get("type") != "kubernetes.io/tls":
                return (
                    "InvalidCertificateRef",
                    f"Secret {where}/{one['name']} not found or not of type kubernetes.io/tls",
                )
        return None

    # Rutas

    def _parents(self, route: Object) -> list[Object]:
        """Lo que dicen de una ruta los Gateways de la casa; lo que digan otros controladores se respeta."""
        status = (route.get("status") or {}).get("parents") or []
        found = [one for one in status if one["controllerName"] != gateway_api.CONTROLLER]
        served = {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in self._served()}
        for parent, namespace, name in gateway_api.parents(route):
            gateway = served.get((namespace, name))
            if gateway is None:
                continue
            before: Object = next((one for one in status if one["controllerName"] == gateway_api.CONTROLLER
                                   and one["parentRef"] == parent), {})  # fmt: skip
            old = {one["type"]: one for one in before.get("conditions") or ()}
            attachment = gateway_api.attach(route, parent, gateway, self._labels)
            accepted = ("Accepted", "True" if attachment.accepted else "False", attachment.reason, attachment.message)
            bad = self._bad_reference(route)
            resolved = ("ResolvedRefs", "False", bad.reason, bad.message) if bad else (
                "ResolvedRefs", "True", "ResolvedRefs", "All references are resolved")  # fmt: skip
            conditions = [self._made(route, old, *accepted), self._made(route, old, *resolved)]
            found.append({"parentRef": parent, "controllerName": gateway_api.CONTROLLER, "conditions": conditions})
        return found

    def _bad_reference(self, route: Object) -> Reference | None:
        grants = self._all(_GRANT)
        every = (gateway_api.refer(route, one, grants, self._others[0].get) for one in gateway_api.targets(route))
        return next((one for one in every if not one.valid), None)

    # Escribir

    def _condition(self, obj: Object, kind: str, status: str, reason: str, message: str) -> Object:
        old = {one["type"]: one for one in (obj.get("status") or {}).get("conditions") or ()}
        return self._made(obj, old, kind, status, reason, message)

    def _made(self, obj: Object, old: dict[str, Object], kind: str, status: str, reason: str, message: str) -> Object:
        before = old.get(kind)
        same = before is not None and before["status"] == status and not before["lastTransitionTime"].startswith("1970")
        since = before["lastTransitionTime"] if before is not None and same else timestamp(self._clock.now)
        return {"type": kind, "status": status, "observedGeneration": obj["metadata"].get("generation", 1),
                "lastTransitionTime": since, "reason": reason, "message": message}  # fmt: skip

    def _write(self, plural: str, obj: Object, status: Object) -> None:
        present = obj.get("status") or {}
        if all(present.get(name) == value for name, value in status.items()):
            return
        meta = obj["metadata"]
        kind = self._caches[plural].kind
        try:
            self._api.patch(kind, meta.get("namespace"), meta["name"], {"status": status}, subresource="status")
        except StatusError as error:
            if error.code != 404:
                raise


def _is_true(one: Object, kind: str) -> bool:
    return any(cond["type"] == kind and cond["status"] == "True" for cond in one["conditions"])


def _addresses(gateway: Object) -> list[str]:
    return [one["value"] for one in (gateway.get("status") or {}).get("addresses") or ()]
