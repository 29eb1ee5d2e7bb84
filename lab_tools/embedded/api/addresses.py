"""El registro de las direcciones de los Services: un IPAddress por cada ClusterIP, y los ServiceCIDR de donde salen.

Aquí están los objetos y lo que dicen; quien los lleva al día es `address_keeper`, y quien elige una dirección libre,
`allocation`.
Fuente: https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/ y
https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from lab_tools.embedded.clock import timestamp
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

Block = ipaddress.IPv4Network

DEFAULT_RANGE = ipaddress.IPv4Network("10.96.0.0/16")
DEFAULT_NAME = "kubernetes"
FINALIZER = "networking.k8s.io/service-cidr-finalizer"
FAMILY, MANAGED_BY, MANAGER = ("ipaddress.kubernetes.io/ip-family", "ipaddress.kubernetes.io/managed-by",
                               "ipallocator.k8s.io")  # fmt: skip
_IN_USE = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"


def objects(services: Iterable[Object], now: float) -> Iterator[tuple[Kind, Object]]:
    """El rango de fábrica y las direcciones de los Services que ya hay, listos para `ApiServer.install`."""
    yield kinds.SERVICECIDR, {**factory_range(), "status": {"conditions": [ready(DEFAULT_NAME, now)]}}
    for service in services:
        for address in of_service(service):
            yield kinds.IPADDRESS, record(address, service)


def of_service(service: Object) -> list[str]:
    """Las direcciones que un Service ocupa; ninguna si no tiene cabeza o solo es un nombre."""
    return [one for one in service["spec"].get("clusterIPs") or () if one and one != "None"]


def record(address: str, service: Object) -> Object:
    """El IPAddress que dice de quién es una dirección. Se llama como ella."""
    meta = service["metadata"]
    family = "IPv6" if ":" in address else "IPv4"
    parent = {"resource": kinds.SERVICE.plural, "namespace": meta["namespace"], "name": meta["name"]}
    return {"metadata": {"name": address, "labels": {FAMILY: family, MANAGED_BY: MANAGER}},
            "spec": {"parentRef": parent}}  # fmt: skip


def is_managed(record: Object) -> bool:
    """Si un IPAddress lo escribió el servidor por un Service, y no una persona por su cuenta."""
    return (record["metadata"].get("labels") or {}).get(MANAGED_BY) == MANAGER


def ready(name: str, now: float) -> Object:
    """La condición de un ServiceCIDR del que ya se puede pedir."""
    what = "default Service CIDR" if name == DEFAULT_NAME else "Service CIDR"
    return {"type": "Ready", "status": "True", "lastTransitionTime": timestamp(now), "reason": "",
            "message": f"Kubernetes {what} is ready"}  # fmt: skip


def in_use(now: float) -> Object:
    """La condición de uno que se quiere borrar y del que aún cuelgan direcciones."""
    return {"type": "Ready", "status": "False", "lastTransitionTime": timestamp(now), "reason": "OrphanIPAddress",
            "message": _IN_USE}  # fmt: skip


def is_ready(cidr: Object) -> bool:
    """Si de un ServiceCIDR se pueden pedir direcciones: está listo y nadie lo borra."""
    conditions = (cidr.get("status") or {}).get("conditions") or ()
    said = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return said and not cidr["metadata"].get("deletionTimestamp")


def blocks(cidr: Object) -> list[Block]:
    """Los bloques IPv4 de un ServiceCIDR: los Services de este clúster no tienen otra familia."""
    return [ipaddress.IPv4Network(one) for one in cidr["spec"].get("cidrs") or () if ":" not in one]


def ranges(cidrs: Iterable[Object]) -> list[Block]:
    """De dónde se puede elegir: primero lo de fábrica y después lo demás, por nombre."""
    ready = sorted((one for one in cidrs if is_ready(one)), key=lambda one: one["metadata"]["name"] != DEFAULT_NAME)
    return [block for one in ready for block in blocks(one)]


def factory_range() -> Object:
    """El ServiceCIDR con que nace un clúster, sin estado."""
    return {"metadata": {"name": DEFAULT_NAME, "finalizers": [FINALIZER]}, "spec": {"cidrs": [str(DEFAULT_RANGE)]}}
