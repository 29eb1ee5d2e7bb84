"""Cuándo vale el texto de una dirección o de un bloque en los tipos nuevos: escrito de su única manera.

Cada función devuelve los mensajes; ninguno si el texto vale.
Fuente: https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/util/validation/ip.go
"""

from __future__ import annotations

import ipaddress
import re

NOT_AN_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
NOT_A_BLOCK = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_LEADING = re.compile(r"(?<![0-9])0+(?=[0-9])")
_V4 = re.compile(r"[0-9.]+(/[0-9]+)?")

_Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def address(text: str) -> tuple[str, ...]:
    """Una dirección."""
    parsed = _address(text)
    if parsed is None:
        return (NOT_AN_ADDRESS,)
    found = []
    if _has_zeros(text):
        found.append("must not have leading 0s")
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        found.append("must not be an IPv4-mapped IPv6 address")
    if not found and text != str(parsed):
        found.append(f'must be in canonical form ("{parsed}")')
    return tuple(found)


def block(text: str) -> tuple[str, ...]:
    """Un bloque de direcciones."""
    parsed = parsed_block(text)
    if parsed is None:
        return (NOT_A_BLOCK,)
    found = []
    if _has_zeros(text):
        found.append("must not have leading 0s in IP or prefix length")
    if isinstance(parsed.ip, ipaddress.IPv6Address) and parsed.ip.ipv4_mapped is not None:
        found.append("must not have an IPv4-mapped IPv6 address")
    if not found and text != str(parsed):
        found.append(f'must be in canonical form ("{parsed}")')
    if parsed.ip != parsed.network.network_address:
        found.append("must not have bits set beyond the prefix length")
    return tuple(found)


def parsed_block(text: str) -> _Interface | None:
    """El bloque que un texto dice, aunque le sobre algún cero; `None` si no es ninguno."""
    head, _, length = text.partition("/")
    if not (length.isdecimal() and length.isascii() and "%" not in head):
        return None
    try:
        return ipaddress.ip_interface(f"{_without_zeros(head)}/{int(length)}")
    except ValueError:
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(_without_zeros(text)) if "%" not in text else None
    except ValueError:
        return None


def _has_zeros(text: str) -> bool:
    """Si sobra algún cero delante de un número decimal: de un byte o de lo que mide el bloque."""
    decimal = text if _V4.fullmatch(text) else text.partition("/")[2]
    return _LEADING.search(decimal) is not None


def _without_zeros(text: str) -> str:
    return _LEADING.sub("", text) if _V4.fullmatch(text) else text
