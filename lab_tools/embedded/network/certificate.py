"""Lo que quien pide por https reprocharía a un certificado: caducado, de otro nombre, firmado por él mismo.

Se lee lo justo de un X.509 en DER (RFC 5280, apartado 4.1): validez, emisor, sujeto y nombres alternativos. No se
comprueba ninguna firma.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from lab_tools.objects import Object
from lab_tools.objects.hostname import covers

SELF_SIGNED = "self-signed certificate"
UNKNOWN_ISSUER = "unable to get local issuer certificate"
EXPIRED = "certificate has expired"
OTHER_NAME = "no alternative certificate subject name matches target host name '{}'"

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _SET, _UTC_TIME, _GENERALIZED, _OID = 0x30, 0x31, 0x17, 0x18, 0x06
_VERSION, _EXTENSIONS, _DNS_NAME = 0xA0, 0xA3, 0x82
_COMMON_NAME, _ALTERNATIVES = bytes.fromhex("550403"), bytes.fromhex("551d11")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Lo que se lee de uno. `until`, en segundos desde la época de Unix."""

    until: float
    names: tuple[str, ...]
    self_signed: bool


def judge(secret: Object, host: str, now: float) -> str:
    """Qué se reprocha al certificado de un Secret `kubernetes.io/tls`: siempre algo, pues nadie conoce a quien firma.

    `now` es la hora civil del clúster. De uno que aún no vale no se dice nada: en proceso siempre es 2026.
    """
    found = read((secret.get("data") or {}).get("tls.crt", ""))
    if found is None:
        return SELF_SIGNED  # sin uno que valga, el controlador enseña el suyo de repuesto
    if now > found.until:
        return EXPIRED
    if found.self_signed:
        return SELF_SIGNED
    if not any(covers(one, host, one_label=True) for one in found.names):
        return OTHER_NAME.format(host)
    return UNKNOWN_ISSUER


@lru_cache(maxsize=64)
def read(encoded: str) -> Certificate | None:
    """El primer certificado de un PEM en base 64; `None` si no hay ninguno que se entienda."""
    try:
        text = base64.b64decode(encoded).decode("latin-1")
        found = _PEM.search(text)
        return _parse(base64.b64decode(found[1])) if found else None
    except (binascii.Error, ValueError, IndexError):
        return None


def _parse(der: bytes) -> Certificate:
    (_, whole), *_ = _items(der)
    (_, body), *_ = _items(whole)
    parts = [part for part in _items(body) if part[0] != _VERSION]
    # Tras la versión: número de serie, algoritmo, emisor, validez, sujeto, clave… y al final las extensiones.
    issuer, validity, subject = parts[2][1], parts[3][1], parts[4][1]
    _, until = (_instant(kind, value) for kind, value in _items(validity))
    extensions = next((value for kind, value in parts[5:] if kind == _EXTENSIONS), b"")
    names = tuple(_alternatives(extensions)) or tuple(_common_names(subject))
    return Certificate(until, names, issuer == subject)


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Los elementos DER seguidos de `data`: (etiqueta, contenido)."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError("un elemento DER se sale de su sitio")
        yield tag, data[at : at + length]
        at += length


def _instant(kind: int, value: bytes) -> float:
    text = value.decode("ascii")
    if kind == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _common_names(name: bytes) -> Iterator[str]:
    for kind, group in _items(name):
        for _, pair in _items(group) if kind == _SET else ():
            (_, oid), (_, value) = _items(pair)
            if oid == _COMMON_NAME:
                yield value.decode("utf-8", "replace")


def _alternatives(extensions: bytes) -> Iterator[str]:
    for _, listed in _items(extensions):
        for _, extension in _items(listed):
            (_, oid), *_, (_, value) = _items(extension)
            if oid == _ALTERNATIVES:
                for _, names in _items(value):
                    yield from (text.decode("ascii", "replace") for kind, text in _items(names) if kind == _DNS_NAME)
