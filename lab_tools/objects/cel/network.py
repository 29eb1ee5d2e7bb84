"""Direcciones: IP, bloques CIDR y URL.

Fuente: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library, #kubernetes-cidr-library y
#kubernetes-url-library
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from lab_tools.objects.cel.fault import CelError, overload

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Interface | ipaddress.IPv6Interface


@dataclass(frozen=True, slots=True)
class IP:
    """Una dirección."""

    address: _Address


@dataclass(frozen=True, slots=True)
class CIDR:
    """Un bloque, con la dirección con la que se escribió."""

    block: _Network


@dataclass(frozen=True, slots=True)
class URL:
    """Una URL ya leída."""

    text: str


def written(value: Any) -> str:
    """Como se escribe uno de estos valores. Lanza `CelError` si no es de aquí."""
    if isinstance(value, IP):
        return str(value.address)
    if isinstance(value, CIDR):
        return str(value.block)
    raise overload()


def ip(value: Any) -> IP:
    """Una dirección, de un texto o de un bloque."""
    if isinstance(value, CIDR):
        return IP(value.block.ip)
    try:
        found = ipaddress.ip_address(value)
    except ValueError:
        raise CelError(f'IP Address "{value}" parse error during conversion from string: ParseAddr("{value}"): '
                       "unable to parse IP") from None  # fmt: skip
    if isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped or found.scope_id):
        raise CelError(f'IP Address "{value}" is not allowed: IPv4-mapped IPv6 address is not allowed')
    return IP(found)


def cidr(value: str) -> CIDR:
    """Un bloque."""
    try:
        if "/" in value:
            return CIDR(ipaddress.ip_interface(value))
    except ValueError:
        pass
    raise CelError(f'CIDR "{value}" parse error during conversion from string: netip.ParsePrefix("{value}"): no \'/\'')


def url(value: str) -> URL:
    """Una URL absoluta, o una ruta absoluta."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 (leerlo lo comprueba)
    except ValueError:
        parts = urlsplit("")
    if not value or " " in value or not (parts.scheme or value.startswith("/")):
        raise CelError(f'URL parse error during conversion from string: parse "{value}": invalid URI for request')
    return URL(value)


def _is(read: Callable[[Any], Any]) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        if not isinstance(value, str):
            raise overload()
        try:
            read(value)
        except CelError:
            return False
        return True

    return test


def _canonical(value: str) -> bool:
    return str(ip(value).address) == value


def _contains_ip(value: CIDR, other: Any) -> bool:
    found = other if isinstance(other, IP) else ip(other)
    return found.address in value.block.network


def _contains_cidr(value: CIDR, other: Any) -> bool:
    found = other if isinstance(other, CIDR) else cidr(other)
    mine, its = value.block.network, found.block.network
    return mine.version == its.version and its.prefixlen >= mine.prefixlen and found.block.ip in mine


def _global(value: IP) -> bool:
    found = value.address
    return not (found.is_unspecified or found.is_loopback or found.is_multicast or found.is_link_local)


def _host(value: URL) -> str:
    return urlsplit(value.text).netloc.rpartition("@")[2]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ip": ip, "isIP": _is(ip), "ip.isCanonical": _canonical, "cidr": cidr, "isCIDR": _is(cidr), "url": url,
    "isURL": _is(url),
}  # fmt: skip

METHODS: dict[str, Callable[..., Any]] = {
    "family": lambda value: value.address.version, "isUnspecified": lambda value: value.address.is_unspecified,
    "isLoopback": lambda value: value.address.is_loopback,
    "isLinkLocalMulticast": lambda value: str(value.address).startswith(("224.0.0.", "ff02:")),
    "isLinkLocalUnicast": lambda value: value.address.is_link_local, "isGlobalUnicast": _global,
    "containsIP": _contains_ip, "containsCIDR": _contains_cidr, "ip": ip,
    "masked": lambda value: CIDR(ipaddress.ip_interface(str(value.block.network))),
    "prefixLength": lambda value: value.block.network.prefixlen,
    "getScheme": lambda value: urlsplit(value.text).scheme, "getHost": _host,
    "getHostname": lambda value: urlsplit(value.text).hostname or "",
    "getPort": lambda value: _host(value).rpartition("]")[2].partition(":")[2],
    "getEscapedPath": lambda value: quote(urlsplit(value.text).path, safe="/%:@!$&'()*+,;=~-._"),
    "getQuery": lambda value: parse_qs(urlsplit(value.text).query, keep_blank_values=True),
}  # fmt: skip
