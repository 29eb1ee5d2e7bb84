"""Direcciones y puertos de los Services: rangos del servidor real, elegidos por la semilla.

Fuente: https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
"""

from __future__ import annotations

import ipaddress
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from lab_tools.embedded import status
from lab_tools.embedded.api.addresses import Block
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.validation import Problem

NODE_PORTS = range(30000, 32768)
_HEADLESS = "None"
# Los primeros de cada rango se guardan para quien los pida por su nombre: la dieciseisava parte, de 16 a 256.
_FEWEST_KEPT, _MOST_KEPT = 16, 256
_WITH_CLUSTER_IP = ("ClusterIP", "NodePort", "LoadBalancer")
_WITH_NODE_PORT = ("NodePort", "LoadBalancer")
_ADDRESSES = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
# Lo que solo tiene sentido en algunos tipos de Service: se va al cambiar a otro, si nadie lo tocó a la vez.
_OF_TYPES = {
    "internalTrafficPolicy": _WITH_CLUSTER_IP,
    "externalTrafficPolicy": _WITH_NODE_PORT,
    "healthCheckNodePort": ("LoadBalancer",),
    "allocateLoadBalancerNodePorts": ("LoadBalancer",),
    "loadBalancerClass": ("LoadBalancer",),
}


def allocate(service: Object, others: Iterable[Object], rng: random.Random, ranges: Sequence[Block],
             reserved: Callable[[str], bool]) -> None:  # fmt: skip
    """Completa en `service` la IP y los puertos de nodo que le falten, sin repetir los de `others`.

    `ranges` son los bloques de donde elegir, por orden, y `reserved` dice si alguien que no es un Service se quedó
    con una IP. Lanza StatusError si la pedida no puede ser, o si no queda ninguna.
    """
    spec = service["spec"]
    taken = list(others)
    if spec.get("type") in _WITH_CLUSTER_IP:
        _cluster_ip(service, taken, rng, ranges, reserved)
        spec.setdefault("ipFamilies", ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "SingleStack")
    if spec.get("type") in _WITH_NODE_PORT:
        _node_ports(service, taken, rng)
    if _has_health(spec) and not spec.get("healthCheckNodePort"):
        spec["healthCheckNodePort"] = _free_port({*_used_ports(taken), *_used_ports([service])}, rng)


def inherit(service: Object, old: Object) -> None:
    """Lo que el clúster asignó al crear: se conserva si no se repite, y se suelta si el tipo nuevo no lo usa."""
    spec, before = service["spec"], old["spec"]
    if spec.get("type") in _WITH_CLUSTER_IP:
        for name in _ADDRESSES:
            if name in before and not spec.get(name):
                spec[name] = clone(before[name])
    else:
        for name in _ADDRESSES:
            if spec.get(name) == before.get(name):
                spec.pop(name, None)
    for name, types in _OF_TYPES.items():
        used = before.get("type") in types and spec.get("type") not in types
        if used and name in spec and spec[name] == before.get(name) and not _serves_outside(name, spec):
            del spec[name]
    if _has_health(before):
        mine = before.get("healthCheckNodePort")
        if _has_health(spec):
            spec["healthCheckNodePort"] = spec.get("healthCheckNodePort") or mine
        elif spec.get("healthCheckNodePort") == mine:
            spec.pop("healthCheckNodePort", None)
    if spec.get("type") in _WITH_NODE_PORT:
        _keep_node_ports(spec, before)
    else:
        given = {port.get("nodePort") for port in before.get("ports") or ()}
        for port in spec.get("ports") or ():
            if port.get("nodePort") in given:
                port.pop("nodePort", None)


def _serves_outside(name: str, spec: Object) -> bool:
    """Un ClusterIP con direcciones de fuera sigue decidiendo por dónde entra su tráfico."""
    return name == "externalTrafficPolicy" and bool(spec.get("externalIPs"))


def _cluster_ip(service: Object, others: list[Object], rng: random.Random, ranges: Sequence[Block],
                reserved: Callable[[str], bool]) -> None:  # fmt: skip
    spec = service["spec"]
    used = {ip for other in others for ip in other["spec"].get("clusterIPs") or ()}
    wanted = spec.get("clusterIP") or (spec.get("clusterIPs") or [""])[0]
    if not wanted:
        free = (_free_ip(block, lambda ip: ip in used or reserved(ip), rng) for block in ranges)
        wanted = next((ip for ip in free if ip), "")
        if not wanted:
            raise status.internal("failed to allocate a serviceIP: range is full")
    elif wanted != _HEADLESS:
        _claim(service, wanted, wanted in used or reserved(wanted), ranges)
    spec["clusterIP"] = wanted
    spec["clusterIPs"] = [wanted]


def _claim(service: Object, wanted: str, used: bool, ranges: Sequence[Block]) -> None:
    """Niega una IP pedida por su nombre si está ocupada o fuera de rango. Una mal escrita la juzga la validación."""
    try:
        inside = any(ipaddress.IPv4Address(wanted) in block for block in ranges)
    except ValueError:
        return
    why = "provided IP is already allocated" if used else ""
    if not inside:
        why = "the provided network does not match the current range"
    if why:
        raise _refused(service, "spec.clusterIPs", f"failed to allocate IP {wanted}: {why}", [wanted])


def _free_ip(block: Block, is_used: Callable[[str], bool], rng: random.Random) -> str:
    """Una IP libre de un bloque; «» si no queda ninguna. Lo guardado se da solo cuando no hay otra cosa."""
    last = block.num_addresses - 1
    kept = min(max(_FEWEST_KEPT, block.num_addresses // 16), _MOST_KEPT)
    first = kept if kept < last else 1
    for _ in range(100):
        if first >= last:
            break
        address = str(block[rng.randrange(first, last)])
        if not is_used(address):
            return address
    every = (str(block[place]) for place in [*range(first, last), *range(1, first)])
    return next((address for address in every if not is_used(address)), "")


def _has_health(spec: Object) -> bool:
    """Si los nodos cuentan a un balanceador si tienen Pods del Service: cuando solo vale entrar por esos."""
    return bool(spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local")


def _keep_node_ports(spec: Object, before: Object) -> None:
    """Los puertos de nodo de antes, en los puertos que no dicen el suyo."""
    taken = {port.get("nodePort") for port in spec.get("ports") or ()}
    known = {
        (port.get("port"), port.get("protocol", "TCP")): port.get("nodePort") for port in before.get("ports") or ()
    }
    for port in spec.get("ports") or ():
        mine = known.get((port.get("port"), port.get("protocol", "TCP")))
        if mine and not port.get("nodePort") and mine not in taken:
            port["nodePort"] = mine


def _used_ports(services: Iterable[Object]) -> Iterator[int]:
    for one in services:
        ports = (port.get("nodePort") for port in one["spec"].get("ports") or ())
        yield from filter(None, (*ports, one["spec"].get("healthCheckNodePort")))


def _free_port(used: Set[int], rng: random.Random) -> int:
    return next(port for port in iter(lambda: rng.choice(NODE_PORTS), None) if port not in used)


def _node_ports(service: Object, others: list[Object], rng: random.Random) -> None:
    """Un puerto de nodo para cada puerto: el mismo para los dos transportes de un mismo número."""
    spec, used = service["spec"], set(_used_ports(others))
    ports = spec.get("ports") or ()
    automatic = spec.get("type") != "LoadBalancer" or spec.get("allocateLoadBalancerNodePorts") is not False
    asked = {port.get("port"): port["nodePort"] for port in reversed(ports) if port.get("nodePort")}
    given: dict[int, int] = {}
    for index, port in enumerate(ports):
        wanted = port.get("nodePort") or asked.get(port.get("port"))
        if not wanted and not automatic:
            continue
        if wanted and wanted not in NODE_PORTS:
            text = (f"provided port is not in the valid range. The range of valid ports is "
                    f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}")  # fmt: skip
            raise _refused(service, f"spec.ports[{index}].nodePort", text, wanted)
        if wanted and wanted in used and given.get(port.get("port")) != wanted:
            raise _refused(service, f"spec.ports[{index}].nodePort", "provided port is already allocated", wanted)
        if not wanted:
            wanted = _free_port(used, rng)
        port["nodePort"] = given[port.get("port")] = asked[port.get("port")] = wanted
        used.add(wanted)


def _refused(service: Object, field: str, why: str, value: object) -> StatusError:
    shown = json.dumps(value)
    problem = Problem("FieldValueInvalid", field, f"Invalid value: {shown}: {why}", value)
    return status.invalid(kinds.SERVICE, service["metadata"].get("name", ""), [problem])
