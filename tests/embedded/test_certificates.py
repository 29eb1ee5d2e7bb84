"""Quien pide un certificado y lo recibe firmado entra con él, y no con más de lo que le den."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.server.signing import Signer, identity_of
from lab_tools.errors import StatusError
from lab_tools.objects import Object
from tests.conformance.servers import Served, served

CLIENT = "kubernetes.io/kube-apiserver-client"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


def asked(name: str, *groups: str) -> tuple[bytes, bytes]:
    """Una clave nueva y su petición, en PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [(x509.NameOID.COMMON_NAME, name), *((x509.NameOID.ORGANIZATION_NAME, one) for one in groups)]
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
    found = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret, found.public_bytes(Encoding.PEM)


def petition(pem: bytes, **spec: Any) -> Object:
    body = {"request": base64.b64encode(pem).decode(), "signerName": CLIENT, "usages": ["client auth"], **spec}
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "eva"},
            "spec": body}  # fmt: skip


def decision(kind: str) -> Object:
    return {"status": {"conditions": [{"type": kind, "status": "True", "reason": "Porque", "message": "sí"}]}}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    cluster = EmbeddedCluster(nodes=0)
    Signer(cluster.api, cluster.clock, tmp_path, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)).start()
    return Client(InProcessConnection(cluster))


def decide(client: Client, kind: str = "Approved") -> Object:
    client.patch("csr", "eva", decision(kind), subresource="approval")
    client.wait(5)
    return client.get("csr", "eva")["status"]


def test_an_approved_request_is_signed_with_the_authority_of_the_cluster(client: Client, tmp_path: Path) -> None:
    client.create(petition(asked("eva", "dev")[1], expirationSeconds=3600))
    status = decide(client)
    found = x509.load_pem_x509_certificate(base64.b64decode(status["certificate"]))
    found.verify_directly_issued_by(x509.load_pem_x509_certificate((tmp_path / "client-ca.pem").read_bytes()))
    assert found.subject.rfc4514_string() == "O=dev,CN=eva"
    assert (found.not_valid_after_utc - found.not_valid_before_utc).total_seconds() == 3600


def test_a_decision_carries_its_date_and_changes_nothing_else(client: Client) -> None:
    client.create(petition(asked("eva")[1]))
    status = decide(client, "Denied")
    assert set(status) == {"conditions"}
    assert {"lastUpdateTime", "lastTransitionTime"} <= set(status["conditions"][0])


@pytest.mark.parametrize(("groups", "spec", "why"), [
    (("system:masters",), {}, "is not allowed"),
    (("orquesta:owner",), {}, "is not allowed"),
    ((), {"usages": ["client auth", "server auth"]}, "invalid usage for client certificate: server auth"),
])  # fmt: skip
def test_what_must_not_be_signed_fails_and_says_why(
    client: Client, groups: tuple[str, ...], spec: dict[str, Any], why: str
) -> None:
    client.create(petition(asked("eva", *groups)[1], **spec))
    status = decide(client)
    assert "certificate" not in status
    assert [one["type"] for one in status["conditions"]] == ["Approved", "Failed"]
    assert why in status["conditions"][1]["message"]


def test_another_signer_is_left_to_whoever_it_is(client: Client) -> None:
    client.create(petition(asked("eva")[1], signerName="example.com/otro"))
    assert [one["type"] for one in decide(client)["conditions"]] == ["Approved"]


@pytest.mark.parametrize(("spec", "said"), [
    ({"request": base64.b64encode(b"hola").decode()}, "PEM block type must be CERTIFICATE REQUEST"),
    ({"usages": []}, "spec.usages: Required value"),
    ({"usages": ["volar"]}, 'Unsupported value: "volar"'),
    ({"signerName": "sinbarra"}, "must be a fully qualified domain and path"),
    ({"expirationSeconds": 60}, "may not specify a duration less than 600 seconds"),
])  # fmt: skip
def test_a_request_that_makes_no_sense_is_refused(client: Client, spec: dict[str, Any], said: str) -> None:
    with pytest.raises(StatusError, match=said):
        client.create(petition(asked("eva")[1], **spec))


def test_a_decision_is_not_taken_back(client: Client) -> None:
    client.create(petition(asked("eva")[1]))
    decide(client, "Denied")
    with pytest.raises(StatusError, match="Approved and Denied conditions are mutually exclusive"):
        both = [*decision("Denied")["status"]["conditions"], *decision("Approved")["status"]["conditions"]]
        client.patch("csr", "eva", {"status": {"conditions": both}}, subresource="approval")
    with pytest.raises(StatusError, match='updates may not remove a condition of type "Denied"'):
        client.patch("csr", "eva", {"status": {"conditions": None}}, subresource="approval")


def test_approving_needs_permission_on_the_signer_too(client: Client) -> None:
    client.create(petition(asked("eva")[1]))
    rbac, ana = "rbac.authorization.k8s.io", {"impersonate-user": "ana", "content-type": "application/merge-patch+json"}
    door = {"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests/approval"],
            "verbs": ["patch"]}  # fmt: skip
    signer = {"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "verbs": ["approve"],
              "resourceNames": ["kubernetes.io/*"]}  # fmt: skip
    role = {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": {"name": "r"}, "rules": [door]}
    client.create(role)
    client.create({**role, "kind": "ClusterRoleBinding", "rules": None,
                   "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "r"},
                   "subjects": [{"apiGroup": rbac, "kind": "User", "name": "ana"}]})  # fmt: skip

    def approve() -> tuple[int, str]:
        body = json.dumps(decision("Approved")).encode()
        reply = client.connection.send("PATCH", f"{REQUESTS}/eva/approval", None, body, ana)
        assert isinstance(reply.body, bytes)
        return reply.status, str(json.loads(reply.body).get("message"))

    assert approve() == (
        403,
        'certificatesigningrequests.certificates.k8s.io "eva" is forbidden: user not permitted to approve requests '
        f'with signerName "{CLIENT}"',
    )
    client.patch("clusterrole", "r", {"rules": [door, signer]})
    assert approve()[0] == 200


def test_a_certificate_gives_a_name_and_groups_but_never_those_of_the_house() -> None:
    subject = tuple((("organizationName", one),) for one in ("dev", "orquesta:owner", "system:masters"))
    user = identity_of({"subject": ((("commonName", "eva"),), *subject)})
    assert user is not None
    assert (user.name, user.groups, user.limited) == ("eva", ("dev", "system:authenticated"), True)
    assert identity_of({"subject": subject}) is None


@pytest.fixture
def server() -> Iterator[Served]:
    with served(nodes=0, speed=20) as found:
        yield found


def test_the_one_who_brings_a_certificate_comes_in(server: Served, tmp_path: Path) -> None:
    student, (key, pem) = {"Authorization": server.token("student")}, asked("eva", "dev")

    def ask(method: str, path: str, body: object = None, media: str = "application/json") -> Any:
        connection = server.connection()
        connection.request(method, path, json.dumps(body), {**student, "Content-Type": media})
        return json.loads(connection.getresponse().read())

    ask("POST", REQUESTS, petition(pem))
    ask("PATCH", f"{REQUESTS}/eva/approval", decision("Approved"), "application/merge-patch+json")
    end = time.monotonic() + 30
    while not (signed := ask("GET", f"{REQUESTS}/eva")["status"].get("certificate")) and time.monotonic() < end:
        time.sleep(0.05)
    chain = tmp_path / "eva.pem"
    chain.write_bytes(key + base64.b64decode(signed))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(chain)
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context)
    connection.request("GET", "/api/v1/namespaces/default/pods")
    response = connection.getresponse()
    said = json.loads(response.read())["message"]
    assert response.status == 403
    assert said.startswith('pods is forbidden: User "eva" cannot list resource "pods"')
