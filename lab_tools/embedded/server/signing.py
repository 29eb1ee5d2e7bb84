"""La autoridad de las personas: firma los certificados aprobados y reconoce a quien presenta uno.

Nace la primera vez que hay algo que firmar; hasta entonces el servidor no pide certificados a nadie. Vive en la cáscara
porque firmar necesita una biblioteca nativa, que solo se importa en ese momento, y porque las fechas de un
certificado son las de la pared. Fuente:
https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
"""

from __future__ import annotations

import base64
import logging
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_tools import files
from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.embedded.user import AUTHENTICATED, User
from lab_tools.objects import Object, kinds
from lab_tools.objects.validation.certificates import APPROVED, DENIED, FAILED

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CLIENT, KUBELET = "kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet"
_AUTHORITY, _KEY = "client-ca.pem", "client-ca-key.pem"
_DELAY = 0.1
_YEAR, _DECADE = 365 * 86400, 3650 * 86400
# Lo que un reloj puede ir atrasado, como en el firmador real.
_BACKDATE = timedelta(minutes=5)
_USAGES = {"client auth", "digital signature", "key encipherment"}
_FORBIDDEN, _HOUSE = "system:masters", "orquesta:"

_log = logging.getLogger("orquesta.signing")


class Refused(Exception):
    """Una petición que este firmador no firma, con el motivo."""


class Signer:
    """El controlador que firma. `context` es el TLS del servidor, que aprende a reconocer lo firmado."""

    # Las claves están en el disco y el TLS es de este proceso: en una copia del clúster nadie firma.
    fork_outside = True

    def __init__(self, api: Api, clock: Clock, folder: Path, context: ssl.SSLContext) -> None:
        self._api = api
        self._clock = clock
        self._folder = folder
        self._context = context
        self._queue = WorkQueue(clock, self, _DELAY)

    def start(self) -> None:
        """Reconoce lo que ya firmó y empieza a vigilar las peticiones."""
        if (self._folder / _AUTHORITY).exists():
            self._recognise()
        self._requests = Cache(self._api, kinds.CERTIFICATESIGNINGREQUEST)
        self._requests.subscribe(self._heard)
        for one in self._requests.all():
            self._queue.add_object(one)

    def _heard(self, event: Event) -> None:
        self._queue.add_object(event.object)

    def reconcile(self, key: Key) -> float | None:
        """Firma una petición aprobada, o dice por qué no."""
        csr = self._requests.get(*key)
        if csr is None or not _waits(csr):
            return None
        status = dict(csr.get("status") or {})
        try:
            signed = self._sign(csr["spec"])
            status["certificate"] = base64.b64encode(signed).decode()
        except Refused as why:
            now = timestamp(self._clock.now)
            failed = {"type": FAILED, "status": "True", "reason": "SignerValidationFailure", "message": str(why),
                      "lastUpdateTime": now, "lastTransitionTime": now}  # fmt: skip
            status["conditions"] = [*status["conditions"], failed]
        self._api.update(kinds.CERTIFICATESIGNINGREQUEST, {**csr, "status": status}, subresource="status")
        return None

    def _recognise(self) -> None:
        self._context.load_verify_locations(self._folder / _AUTHORITY)
        self._context.verify_mode = ssl.CERT_OPTIONAL

    def _sign(self, spec: Object) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import ExtendedKeyUsageOID

        asked = _read(spec)
        authority, key = self._authority()
        now = datetime.now(UTC)
        life = timedelta(seconds=spec.get("expirationSeconds", _YEAR))
        signs, enciphers = ("digital signature" in spec["usages"], "key encipherment" in spec["usages"])
        found = (
            x509.CertificateBuilder().subject_name(asked.subject).issuer_name(authority.subject)
            .public_key(asked.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATE).not_valid_after(now - _BACKDATE + life)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
        )  # fmt: skip
        if signs or enciphers:  # un uso sin nada dentro no serviría ni para presentarse
            usage = x509.KeyUsage(signs, False, enciphers, False, False, False, False, False, False)
            found = found.add_extension(usage, critical=True)
        return found.sign(key, None).public_bytes(Encoding.PEM)

    def _authority(self) -> tuple[x509.Certificate, Ed25519PrivateKey]:
        """El certificado y la clave de la autoridad; la primera vez los hace y el servidor empieza a reconocerlos."""
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        if not (self._folder / _AUTHORITY).exists():
            self._found()
        key = load_pem_private_key((self._folder / _KEY).read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return x509.load_pem_x509_certificate((self._folder / _AUTHORITY).read_bytes()), key

    def _found(self) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        found = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - _BACKDATE)
            .not_valid_after(now + timedelta(seconds=_DECADE))
            .add_extension(x509.BasicConstraints(True, 0), critical=True).add_extension(usage, critical=True)
            .sign(key, None)
        )  # fmt: skip
        files.write_atomic(self._folder / _KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        files.write_atomic(self._folder / _AUTHORITY, found.public_bytes(Encoding.PEM))
        self._recognise()
        _log.info("nueva autoridad de clientes en %s", self._folder / _AUTHORITY)


def identity_of(certificate: Mapping[str, Any]) -> User | None:
    """De quién es un certificado ya comprobado (como lo da `ssl`): su CN es el nombre, y cada O, un grupo."""
    parts = [pair for group in certificate.get("subject") or () for pair in group]
    name = next((value for key, value in parts if key == "commonName"), "")
    # Los grupos de la casa no se ganan con un certificado, lo firme quien lo firme.
    groups = [value for key, value in parts if key == "organizationName" and not _reserved(value)]
    return User(name, (*groups, AUTHENTICATED), limited=True) if name else None


def _reserved(group: str) -> bool:
    return group == _FORBIDDEN or group.startswith(_HOUSE)


def _waits(csr: Object) -> bool:
    status = csr.get("status") or {}
    said = {one["type"] for one in status.get("conditions") or () if one.get("status", "True") == "True"}
    known = csr["spec"].get("signerName") in (CLIENT, KUBELET)
    return known and APPROVED in said and not said & {DENIED, FAILED} and not status.get("certificate")


def _read(spec: Object) -> x509.CertificateSigningRequest:
    """La petición, ya comprobada. Lanza `Refused`."""
    from cryptography import x509

    try:
        asked = x509.load_pem_x509_csr(base64.b64decode(spec["request"]))
        valid = asked.is_signature_valid
    except ValueError as error:
        raise Refused(f"unable to parse csr: {error}") from None
    if not valid:
        raise Refused("unable to parse csr: x509: invalid signature")
    extra = set(spec["usages"]) - _USAGES
    if extra or "client auth" not in spec["usages"]:
        raise Refused(f"invalid usage for client certificate: {', '.join(sorted(extra) or spec['usages'])}")
    groups = [str(one.value) for one in asked.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)]
    if any(_reserved(one) for one in groups):
        raise Refused(f"use of {spec['signerName']} signer with {', '.join(groups)} group is not allowed")
    return asked
