"""Los formatos de texto que un esquema puede exigir. Uno que no esté aquí no se comprueba, como en el servidor real.

Fuente: https://github.com/kubernetes/apiextensions-apiserver/blob/v0.36.0/pkg/apiserver/validation/formats.go
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from urllib.parse import urlsplit

_DURATION = re.compile(r"-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+|0")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_HOST = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*\.?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_MAC = re.compile(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

Check = Callable[[str], bool]


def _raises(read: Callable[[str], object]) -> Check:
    def fits(text: str) -> bool:
        try:
            read(text)
        except (ValueError, binascii.Error):
            return False
        return True

    return fits


def _full(pattern: re.Pattern[str]) -> Check:
    return lambda text: pattern.fullmatch(text) is not None


def _date_time(text: str) -> object:
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text[:19])


def _uri(text: str) -> object:
    if not urlsplit(text).scheme and not text.startswith("/"):
        raise ValueError(text)
    return text


FORMATS: Mapping[str, Check] = {
    "byte": _raises(lambda text: base64.b64decode(text, validate=True)),
    "cidr": _raises(ipaddress.ip_network),
    "date": _raises(date.fromisoformat),
    "date-time": _raises(_date_time),
    "datetime": _raises(_date_time),
    "duration": _full(_DURATION),
    "email": _full(_EMAIL),
    "hostname": _full(_HOST),
    "ipv4": _raises(ipaddress.IPv4Address),
    "ipv6": _raises(ipaddress.IPv6Address),
    "k8s-short-name": _full(_LABEL),
    "mac": _full(_MAC),
    "uri": _raises(_uri),
    "uuid": _full(_UUID),
}
