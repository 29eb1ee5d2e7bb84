"""Otras puertas que abre kubectl: la API sin credencial en esta máquina, y los certificados que alguien aprueba."""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.request
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.kubectl.conftest import TIMEOUT, Kubectl
from tests.kubectl.test_streams import ending, started

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kubectl-cambios")]


def test_a_proxy_lends_its_credential(kubectl: Kubectl):
    command = started(kubectl, "proxy", "--port=0")
    with ending(subprocess.Popen(command, stdout=subprocess.PIPE)) as running:
        assert running.stdout is not None
        address = running.stdout.readline().decode().split()[-1]
        with urllib.request.urlopen(
            f"http://{address}/api/v1/namespaces/{kubectl.namespace}", timeout=TIMEOUT
        ) as answer:
            assert json.load(answer)["metadata"]["name"] == kubectl.namespace


def request_for(name: str) -> str:
    """Una petición de certificado para un usuario, como la escribiría openssl."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


def asked(name: str) -> str:
    spec = {
        "request": request_for(name),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }
    return json.dumps({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
                       "metadata": {"name": name}, "spec": spec})  # fmt: skip


def shown(kubectl: Kubectl, name: str) -> str:
    """Lo que la tabla dice de una petición."""
    return kubectl("get", "csr", name, "--no-headers").split()[-1]


@pytest.fixture
def pending(kubectl: Kubectl) -> Iterator[str]:
    """El nombre de una petición que nadie ha mirado."""
    name = f"peticion-{kubectl.namespace}"
    kubectl("create", "-f", "-", stdin=asked(name))
    yield name
    kubectl("delete", "csr", name)


def test_a_certificate_is_approved(kubectl: Kubectl, pending: str):
    assert shown(kubectl, pending) == "Pending"
    told = kubectl("certificate", "approve", pending)
    assert told == f"certificatesigningrequest.certificates.k8s.io/{pending} approved\n"
    assert shown(kubectl, pending).startswith("Approved")


def test_a_certificate_is_denied(kubectl: Kubectl, pending: str):
    told = kubectl("certificate", "deny", pending)
    assert told == f"certificatesigningrequest.certificates.k8s.io/{pending} denied\n"
    assert shown(kubectl, pending) == "Denied"
