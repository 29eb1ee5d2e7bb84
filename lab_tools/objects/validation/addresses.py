"""El juicio sobre las direcciones que se reparten a los Services: IPAddress y ServiceCIDR.

Fuente: https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/networking/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names, strict_ip
from lab_tools.objects.validation.problem import Problem, invalid, required

_ONE_OF_EACH = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"


def ip_address(obj: Object) -> Iterator[Problem]:
    """Los problemas de un IPAddress: de quién es la dirección. Cuál es lo dice su nombre."""
    parent, field = (obj.get("spec") or {}).get("parentRef"), "spec.parentRef"
    if parent is None:
        yield required(field)
        return
    if parent.get("group"):
        yield from checks.each(names.dns_subdomain(parent["group"]), f"{field}.group", parent["group"])
    for key in ("resource", "name"):
        value = parent.get(key, "")
        if not value:
            yield required(f"{field}.{key}")
        yield from checks.each(names.path_segment(value), f"{field}.{key}", value)
    space = parent.get("namespace", "")
    yield from checks.each(names.path_segment(space), f"{field}.namespace", space)


def ip_address_update(new: Object, old: Object) -> Iterator[Problem]:
    """Una dirección no cambia de dueño: se suelta y se pide otra."""
    yield from checks.immutable(new, old, "spec", "parentRef")


def service_cidr(obj: Object) -> Iterator[Problem]:
    """Los problemas de un ServiceCIDR: uno o dos bloques, a lo sumo uno de cada familia."""
    field, blocks = "spec.cidrs", (obj.get("spec") or {}).get("cidrs") or []
    whole = {"CIDRs": blocks}
    if not blocks:
        yield required(field, "at least one CIDR required")
    elif len(blocks) > 2:
        yield invalid(field, whole, "may only hold up to 2 values")
    elif len(blocks) == 2 and not _both_families(blocks):
        yield invalid(field, whole, _ONE_OF_EACH)
    else:
        for index, one in enumerate(blocks):
            yield from checks.each(strict_ip.block(one), f"{field}[{index}]", one)


def service_cidr_update(new: Object, old: Object) -> Iterator[Problem]:
    """Los bloques no cambian: ya hay Services dentro."""
    yield from checks.immutable(new, old, "spec", "cidrs")


def _both_families(blocks: list[str]) -> bool:
    found = [strict_ip.parsed_block(one) for one in blocks]
    return {one.version for one in found if one is not None} == {4, 6}
