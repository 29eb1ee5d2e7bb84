"""El juicio sobre una CertificateSigningRequest: lo que se pide, y que una decisión no se retira.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/certificates/validation/validation.go
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import names
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, not_supported, required

APPROVED, DENIED, FAILED = "Approved", "Denied", "Failed"
_BLOCK = b"-----BEGIN CERTIFICATE REQUEST-----"
_SHORTEST = 600
_TOO_SHORT = "may not specify a duration less than 600 seconds (10 minutes)"
USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
    "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
    "server auth", "signing", "timestamping",
)  # fmt: skip


def request(csr: Object) -> Iterator[Problem]:
    """Los problemas de una petición."""
    spec = csr.get("spec") or {}
    yield from _body(spec.get("request"))
    usages = spec.get("usages") or []
    if not usages:
        yield required("spec.usages")
    for index, usage in enumerate(usages):
        if usage not in USAGES:
            yield not_supported(f"spec.usages[{index}]", usage, USAGES)
        if usage in usages[:index]:
            yield duplicate(f"spec.usages[{index}]", usage)
    yield from _signer(spec.get("signerName", ""))
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < _SHORTEST:
        yield invalid("spec.expirationSeconds", seconds, _TOO_SHORT)


def update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo pedido no cambia."""
    if new.get("spec") != old.get("spec"):
        yield invalid("spec", new.get("spec"), "field is immutable")


def approval(new: Object, old: Object) -> Iterator[Problem]:
    """Una petición se aprueba o se niega una vez."""
    found = [one.get("type", "") for one in (new.get("status") or {}).get("conditions") or ()]
    for one in (old.get("status") or {}).get("conditions") or ():
        if one["type"] not in found:
            yield forbidden("status.conditions", f'updates may not remove a condition of type "{one["type"]}"')
    for index, kind in enumerate(found):
        where = f"status.conditions[{index}].type"
        if not kind:
            yield required(where)
        if kind in (APPROVED, DENIED) and {APPROVED, DENIED} <= set(found[: index + 1]):
            yield invalid(where, kind, f"{APPROVED} and {DENIED} conditions are mutually exclusive")


def _body(text: str | None) -> Iterator[Problem]:
    try:
        data = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data.lstrip().startswith(_BLOCK):
        yield invalid("spec.request", text or "", "PEM block type must be CERTIFICATE REQUEST")


def _signer(name: str) -> Iterator[Problem]:
    if not name:
        yield required("spec.signerName")
        return
    domain, slash, path = name.partition("/")
    if not slash or not path:
        yield invalid("spec.signerName", name, "must be a fully qualified domain and path of the form "
                      "'example.com/signer-name'")  # fmt: skip
        return
    yield from (invalid("spec.signerName", name, message) for message in names.dns_subdomain(domain))
    if "." not in domain:
        yield invalid("spec.signerName", domain, "should be a domain with at least two segments separated by dots")
