"""El juicio sobre las direcciones a las que llega un Service: Endpoints y EndpointSlice.

Fuente: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/discovery/validation/validation.go
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, duplicate, invalid, required, too_many

MAX_ADDRESSES = 100
# Rangos que no son de nadie: hacia ellos nunca se reparte.
_LOCAL = (
    (("127.0.0.0/8", "::1/128"), "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    (("169.254.0.0/16", "fe80::/10"), "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
    (("224.0.0.0/24", "ff02::/10"), "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
)


def endpoints(obj: Object) -> Iterator[Problem]:
    """Los problemas de unos Endpoints."""
    for index, one in enumerate(obj.get("subsets") or ()):
        field, ports = f"subsets[{index}]", one.get("ports") or []
        if not one.get("addresses") and not one.get("notReadyAddresses"):
            yield required(field, "must specify `addresses` or `notReadyAddresses`")
        for key in ("addresses", "notReadyAddresses"):
            for at, address in enumerate(one.get(key) or ()):
                yield from _address(address, f"{field}.{key}[{at}]")
        for at, port in enumerate(ports):
            yield from _port(port, f"{field}.ports[{at}]", named=len(ports) > 1)


def endpoint_slice(obj: Object) -> Iterator[Problem]:
    """Las direcciones y los puertos de un EndpointSlice."""
    kind = obj.get("addressType", "")
    if not kind:
        yield required("addressType")
    else:
        yield from checks.one_of(obj, "", "addressType", "discovery.v1.EndpointSlice")
    for index, one in enumerate(obj.get("endpoints") or ()):
        yield from _endpoint(one, kind, f"endpoints[{index}]")
    seen: set[str] = set()
    for index, port in enumerate(obj.get("ports") or ()):
        name = port.get("name", "")
        if name in seen:
            yield duplicate(f"ports[{index}].name", name)
        elif name:
            yield from checks.each(names.dns_label(name), f"ports[{index}].name", name)
        seen.add(name)
        yield from checks.one_of(port, f"ports[{index}]", "protocol", "core.v1.ServicePort", needed=True)
        yield from _application(port, f"ports[{index}]")


def endpoint_slice_update(new: Object, old: Object) -> Iterator[Problem]:
    """La familia de direcciones no cambia."""
    yield from checks.immutable(new, old, "addressType")


def reachable(address: str, field: str) -> Iterator[Problem]:
    """Una IP a la que se puede mandar algo: ni la de uno mismo ni la del enlace. Calla si no es una IP."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return
    if found.is_unspecified:
        yield invalid(field, address, f"may not be unspecified ({address})")
    for ranges, detail in _LOCAL:
        if any(found in ipaddress.ip_network(one, strict=False) for one in ranges):
            yield invalid(field, address, detail)


def _address(one: Object, field: str) -> Iterator[Problem]:
    address = one.get("ip", "")
    yield from checks.each(names.ip(address), f"{field}.ip", address)
    yield from _place(one, field)
    yield from reachable(address, f"{field}.ip")


def _place(one: Object, field: str) -> Iterator[Problem]:
    """Cómo se llama quien tiene una dirección, y en qué nodo está."""
    for key, rule in (("hostname", names.dns_label), ("nodeName", names.dns_subdomain)):
        if one.get(key):
            yield from checks.each(rule(one[key]), f"{field}.{key}", one[key])


def _port(one: Object, field: str, *, named: bool) -> Iterator[Problem]:
    name = one.get("name", "")
    if named and not name:
        yield required(f"{field}.name")
    elif name:
        yield from checks.each(names.dns_label(name), f"{field}.name", name)
    yield from checks.each(names.port_number(one.get("port", 0)), f"{field}.port", one.get("port", 0))
    yield from checks.one_of(one, field, "protocol", "core.v1.ServicePort", needed=True)
    yield from _application(one, field)


def _application(one: Object, field: str) -> Iterator[Problem]:
    if one.get("appProtocol"):
        yield from checks.each(names.qualified_name(one["appProtocol"]), f"{field}.appProtocol", one["appProtocol"])


def _endpoint(one: Object, kind: str, field: str) -> Iterator[Problem]:
    addresses = one.get("addresses") or []
    if not addresses:
        yield required(f"{field}.addresses", "must contain at least 1 address")
    if len(addresses) > MAX_ADDRESSES:
        yield too_many(f"{field}.addresses", len(addresses), MAX_ADDRESSES)
    rule = names.dns_subdomain if kind == "FQDN" else names.ip
    for index, address in enumerate(addresses):
        yield from checks.each(rule(address), f"{field}.addresses[{index}]", address)
        yield from reachable(address, f"{field}.addresses[{index}]")
    yield from _place(one, field)
