"""EndpointSlice: las direcciones de un Service siguen a su selector, a sus puertos con nombre y a sus Pods.

Fuente: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.controllers.ownership import reference
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue, by_owner
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

DELAY = 0.05
MANAGER = "endpointslice-controller.k8s.io"
SERVICE_LABEL, MANAGER_LABEL = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
HEADLESS_LABEL = "service.kubernetes.io/headless"
MAX_ENDPOINTS = 100
# Las maneras de `trafficDistribution`: https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution
_NEAR = ("PreferClose", "PreferSameZone", "PreferSameNode")

Ports = tuple[tuple[str, int, str, str], ...]


class EndpointSliceController:
    """Mantiene los EndpointSlices de cada Service con selector."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._services = Cache(self._api, kinds.SERVICE)
        self._slices = Cache(self._api, kinds.ENDPOINTSLICE, {"owner": by_owner})
        self._pods = Cache(self._api, kinds.POD, {"namespace": lambda pod: [pod["metadata"]["namespace"]]})
        self._nodes = Cache(self._api, kinds.NODE)
        self._services.subscribe(lambda event: self._queue.add_object(event.object))
        self._slices.subscribe(self._on_slice)
        self._pods.subscribe(self._on_pod)
        for one in self._services.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Deja los EndpointSlices de un Service como deben ser, cambiando los menos posibles."""
        service = self._services.get(*key)
        if service is None or service["metadata"].get("deletionTimestamp"):
            return None
        if not service["spec"].get("selector") or service["spec"].get("type") == "ExternalName":
            return None
        present = sorted((one for one in self._slices.by("owner", service["metadata"]["uid"])
                          if not one["metadata"].get("deletionTimestamp")), key=_name)  # fmt: skip
        self._write(service, present, self._wanted(service))
        return None

    def _wanted(self, service: Object) -> list[tuple[Ports, list[Object]]]:
        """Los grupos de direcciones: uno por juego de puertos, de cien en cien."""
        groups: dict[Ports, list[Object]] = {}
        selector = service["spec"]["selector"].items()
        tolerant = bool(service["spec"].get("publishNotReadyAddresses"))
        for pod in self._pods.by("namespace", service["metadata"]["namespace"]):
            labels = pod["metadata"].get("labels") or {}
            status = pod.get("status") or {}
            if status.get("podIP") and status.get("phase") not in ("Succeeded", "Failed") \
                    and all(labels.get(name) == value for name, value in selector):  # fmt: skip
                ports = _ports(service, pod)
                groups.setdefault(ports, []).append(self._endpoint(pod, tolerant, service["metadata"]["name"]))
        for ends in groups.values():
            _hint(ends, service["spec"].get("trafficDistribution", ""))
        chunks = [(ports, ends[at : at + MAX_ENDPOINTS]) for ports, ends in sorted(groups.items())
                  for at in range(0, len(ends), MAX_ENDPOINTS)]  # fmt: skip
        return chunks or [((), [])]

    def _endpoint(self, pod: Object, tolerant: bool, service: str) -> Object:
        meta = pod["metadata"]
        leaving, ready = bool(meta.get("deletionTimestamp")), _ready(pod)
        endpoint = {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": tolerant or (ready and not leaving), "serving": ready, "terminating": leaving},
            "nodeName": pod["spec"].get("nodeName"),
            "targetRef": {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]},
        }
        zone = self._zone(pod["spec"].get("nodeName", ""))
        if zone:
            endpoint["zone"] = zone
        if pod["spec"].get("hostname") and pod["spec"].get("subdomain") == service:
            endpoint["hostname"] = pod["spec"]["hostname"]
        return endpoint

    def _zone(self, name: str) -> str:
        node = self._nodes.get("", name)
        return str((node["metadata"].get("labels") or {}).get("topology.kubernetes.io/zone", "")) if node else ""

    def _write(self, service: Object, present: list[Object], wanted: list[tuple[Ports, list[Object]]]) -> None:
        for index, (ports, endpoints) in enumerate(wanted):
            listed = [_port(one) for one in ports] or None
            if index >= len(present):
                self._api.create(
                    kinds.ENDPOINTSLICE, self._new(service, listed, endpoints), service["metadata"]["namespace"]
                )
                continue
            old = present[index]
            labels = _labels(service)
            if (old.get("endpoints") or None) != (endpoints or None) or old.get("ports") != listed \
                    or old["metadata"].get("labels") != labels:  # fmt: skip
                fresh = clone(old)
                fresh["endpoints"], fresh["ports"] = endpoints or None, listed
                fresh["metadata"]["labels"] = labels
                self._api.update(kinds.ENDPOINTSLICE, fresh)
        for old in present[len(wanted) :]:
            self._delete(old)

    def _new(self, service: Object, ports: list[Object] | None, endpoints: list[Object]) -> Object:
        meta = service["metadata"]
        family = (service["spec"].get("ipFamilies") or ["IPv4"])[0]
        return {"metadata": {"generateName": f"{meta['name']}-", "namespace": meta["namespace"],
                             "labels": _labels(service), "ownerReferences": [reference(service, kinds.SERVICE)]},
                "addressType": family, "endpoints": endpoints or None, "ports": ports}  # fmt: skip

    def _delete(self, old: Object) -> None:
        try:
            self._api.delete(kinds.ENDPOINTSLICE, old["metadata"]["namespace"], old["metadata"]["name"])
        except StatusError as error:
            if error.code != 404:
                raise

    def _on_slice(self, event: Event) -> None:
        name = (event.object["metadata"].get("labels") or {}).get(SERVICE_LABEL)
        if name:
            self._queue.add((event.object["metadata"]["namespace"], name))

    def _on_pod(self, event: Event) -> None:
        if (
            event.previous is not None
            and event.type == "MODIFIED"
            and _visible(event.object) == _visible(event.previous)
        ):
            return
        both = [event.object["metadata"].get("labels") or {}]
        if event.previous is not None:
            both.append(event.previous["metadata"].get("labels") or {})
        for service in self._services.all(event.object["metadata"]["namespace"]):
            selector = service["spec"].get("selector")
            if selector and any(all(labels.get(key) == value for key, value in selector.items()) for labels in both):
                self._queue.add_object(service)


def _hint(endpoints: list[Object], wish: str) -> None:
    """Dice para quién es mejor cada dirección, si el Service prefiere lo cercano y de todas se sabe dónde están."""
    ready = [one for one in endpoints if one["conditions"]["ready"]]
    if wish not in _NEAR or not all(one.get("zone") and one.get("nodeName") for one in ready):
        return
    for one in ready:
        nodes = {"forNodes": [{"name": one["nodeName"]}]} if wish == "PreferSameNode" else {}
        one["hints"] = {"forZones": [{"name": one["zone"]}], **nodes}


def _name(one: Object) -> str:
    return str(one["metadata"]["name"])


def _visible(pod: Object) -> tuple[object, ...]:
    """Lo que de un Pod se ve en un EndpointSlice."""
    meta, status = pod["metadata"], pod.get("status") or {}
    return (meta.get("labels"), bool(meta.get("deletionTimestamp")), status.get("podIP"), _ready(pod),
            status.get("phase") in ("Succeeded", "Failed"))  # fmt: skip


def _ready(pod: Object) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions") or ())


def _labels(service: Object) -> dict[str, str]:
    labels = {
        **(service["metadata"].get("labels") or {}),
        MANAGER_LABEL: MANAGER,
        SERVICE_LABEL: service["metadata"]["name"],
    }
    if service["spec"].get("clusterIP") == "None":
        labels[HEADLESS_LABEL] = ""
    return labels


def _ports(service: Object, pod: Object) -> Ports:
    """Los puertos del Service en este Pod; los que no sabe por su nombre, no están."""
    found = []
    for port in service["spec"].get("ports") or ():
        number = _target(port, pod)
        if number is not None:
            found.append((port.get("name", ""), number, port.get("protocol", "TCP"), port.get("appProtocol", "")))
    return tuple(sorted(found))


def _target(port: Object, pod: Object) -> int | None:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    containers: Iterable[Object] = (*pod["spec"]["containers"],
                                    *(one for one in pod["spec"].get("initContainers") or ()
                                      if one.get("restartPolicy") == "Always"))  # fmt: skip
    for container in containers:
        for own in container.get("ports") or ():
            if own.get("name") == target and own.get("protocol", "TCP") == port.get("protocol", "TCP"):
                return int(own["containerPort"])
    return None


def _port(port: tuple[str, int, str, str]) -> Object:
    name, number, protocol, application = port
    return {"name": name, "port": number, "protocol": protocol, **({"appProtocol": application} if application else {})}
