"""La zona `cluster.local`: qué contesta el DNS del clúster a cada nombre, como lo hace CoreDNS.

Fuente: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ y
https://github.com/kubernetes/dns/blob/master/docs/specification.md
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lab_tools.embedded.network.atlas import Atlas
from lab_tools.objects import Object

DOMAIN = "cluster.local"
TYPES = ("A", "AAAA", "CNAME", "PTR", "SRV")
_CHAIN = 8  # CNAME seguidos, como mucho
_DASHED = re.compile(r"(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})")
_REVERSE = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa")


@dataclass(frozen=True, slots=True)
class Record:
    """Un registro. `value` es una dirección (A), un nombre (CNAME, PTR) o «prioridad peso puerto nombre» (SRV)."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Lo que contesta el servidor a una pregunta: NOERROR o NXDOMAIN, y los registros (con los CNAME por delante)."""

    name: str
    type: str
    code: str
    records: tuple[Record, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Las direcciones que trae."""
        return tuple(one.value for one in self.records if one.type == "A")


class Zone:
    """El servidor de nombres. Los nombres se preguntan enteros, sin el punto final; `upstream` sabe los de fuera."""

    def __init__(self, atlas: Atlas, upstream: Callable[[str], list[str]]) -> None:
        self._atlas = atlas
        self._upstream = upstream

    def ask(self, name: str, kind: str = "A") -> Lookup:
        """Responde a una pregunta."""
        records: list[Record] = []
        wanted, asked = name.lower().rstrip("."), name.lower().rstrip(".")
        for _ in range(_CHAIN):
            found = self._records(wanted)
            if found is None:
                return Lookup(asked, kind, "NXDOMAIN", tuple(records))
            alias = next((one for one in found if one.type == "CNAME"), None)
            if alias is None or kind == "CNAME":
                return Lookup(asked, kind, "NOERROR", (*records, *(one for one in found if one.type == kind)))
            records.append(alias)
            wanted = alias.value
        return Lookup(asked, kind, "NOERROR", tuple(records))

    def _records(self, name: str) -> list[Record] | None:
        """Todo lo que hay bajo un nombre; `None` si no existe."""
        if reverse := _REVERSE.fullmatch(name):
            return self._reverse(name, ".".join(reversed(reverse.groups())))
        if name != DOMAIN and not name.endswith("." + DOMAIN):
            return [Record(name, "A", address) for address in self._upstream(name)] or None
        labels = name.removesuffix(DOMAIN).rstrip(".").split(".")
        match labels:
            case [""] | ["svc"] | ["pod"]:
                return []
            case [namespace, "svc" | "pod"]:
                return [] if self._atlas.namespaces.get("", namespace) is not None else None
            case [dashed, namespace, "pod"]:
                return self._pod(name, dashed, namespace)
            case [service, namespace, "svc"]:
                return self._service(name, service, namespace)
            case [host, service, namespace, "svc"]:
                return self._host(name, host, service, namespace)
            case [port, protocol, service, namespace, "svc"]:
                return self._named_port(name, port, protocol, service, namespace)
        return None

    def _pod(self, name: str, dashed: str, namespace: str) -> list[Record] | None:
        found = _DASHED.fullmatch(dashed)
        if found is None or self._atlas.namespaces.get("", namespace) is None:
            return None
        return [Record(name, "A", ".".join(found.groups()))]

    def _service(self, name: str, service: str, namespace: str) -> list[Record] | None:
        found = self._atlas.services.get(namespace, service)
        if found is None:
            return None
        spec = found["spec"]
        if spec.get("type") == "ExternalName":
            return [Record(name, "CNAME", spec["externalName"].lower().rstrip("."))]
        if spec.get("clusterIP") != "None":
            srv = [(port["port"], name) for port in spec.get("ports") or ()]
            return [Record(name, "A", spec["clusterIP"]), *_services(name, srv)]
        members = list(self._members(namespace, service))
        # Un Service sin cabeza y sin nadie listo existe en la API, pero CoreDNS no tiene qué responder de él.
        if not members:
            return None
        srv = [(port["port"], f"{host}.{name}") for host, _, ports in members for port in ports]
        return [*(Record(name, "A", address) for address in dict.fromkeys(one[1] for one in members)),
                *_services(name, srv)]  # fmt: skip

    def _host(self, name: str, host: str, service: str, namespace: str) -> list[Record] | None:
        """Un Pod de un Service, con cabeza o sin ella, por su `hostname` (o su dirección con guiones)."""
        if self._atlas.services.get(namespace, service) is None:
            return None
        addresses = dict.fromkeys(address for own, address, _ in self._members(namespace, service) if own == host)
        return [Record(name, "A", address) for address in addresses] or None

    def _named_port(self, name: str, port: str, protocol: str, service: str, namespace: str) -> list[Record] | None:
        found = self._atlas.services.get(namespace, service)
        if found is None or not (port.startswith("_") and protocol.startswith("_")):
            return None
        base = name.partition(".")[2].partition(".")[2]
        wanted = (port[1:], protocol[1:].upper())
        if found["spec"].get("clusterIP") == "None":
            srv = [(one["port"], f"{host}.{base}") for host, _, ports in self._members(namespace, service)
                   for one in ports if _is_port(one, wanted)]  # fmt: skip
        else:
            srv = [(one["port"], base) for one in found["spec"].get("ports") or () if _is_port(one, wanted)]
        return _services(name, srv) or None

    def _members(self, namespace: str, service: str) -> Iterator[tuple[str, str, list[Object]]]:
        """Quienes están listos en un Service: nombre propio, dirección y puertos."""
        for part in self._atlas.slices_of(namespace, service):
            ports = [one for one in part.get("ports") or () if one.get("port")]
            for endpoint in part.get("endpoints") or ():
                if (endpoint.get("conditions") or {}).get("ready", True):
                    for address in endpoint["addresses"]:
                        yield endpoint.get("hostname") or address.replace(".", "-"), address, ports

    def _reverse(self, name: str, address: str) -> list[Record] | None:
        found = []
        for service in self._atlas.services.by("ip", address):
            meta = service["metadata"]
            if service["spec"].get("clusterIP") == address:
                found.append(Record(name, "PTR", f"{meta['name']}.{meta['namespace']}.svc.{DOMAIN}"))
        pod = self._atlas.pod_at(address)
        if pod is not None and (service := pod["spec"].get("subdomain")):
            # Solo tiene nombre de vuelta quien lo tiene propio en el Service que dice.
            own, namespace = pod["spec"].get("hostname"), pod["metadata"]["namespace"]
            if any((host, where) == (own, address) for host, where, _ in self._members(namespace, service)):
                found.append(Record(name, "PTR", f"{own}.{service}.{namespace}.svc.{DOMAIN}"))
        return found or None


def _services(name: str, found: Sequence[tuple[int, str]]) -> list[Record]:
    """Los registros SRV de unos puertos y sus máquinas: se reparten el peso, que suma cien."""
    return [Record(name, "SRV", f"0 {max(1, 100 // len(found))} {port} {host}") for port, host in found]


def _is_port(port: Object, wanted: tuple[str, str]) -> bool:
    return (port.get("name", ""), port.get("protocol", "TCP")) == wanted
