"""La puerta de la calle: a quién lleva cada nombre y cada ruta, y qué certificado enseña."""

from __future__ import annotations

import pytest

from lab_tools.checks.entrance import (
    Knock,
    does_not_lead_to,
    leads_to,
    published,
    sends_to_https,
    shows_good_certificate,
)
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection, in_process
from lab_tools.labs import shelf
from lab_tools.objects import manifest

HOST = "tienda.example.com"
START = """
apiVersion: v1
kind: Namespace
metadata: {name: tienda}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: tienda}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "tienda-api:1.0", ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: tienda}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
"""
DOOR = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "puerta"},
    "spec": {
        "ingressClassName": "orquesta",
        "rules": [
            {
                "host": HOST,
                "http": {
                    "paths": [
                        {
                            "path": "/pedidos",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "api", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ],
    },
}


@pytest.fixture
def student() -> Client:
    """Una tienda con una aplicación y los dos certificados del laboratorio."""
    client = Client(in_process(1, role="student"), "tienda")
    client.apply(START)
    text = (shelf.folder("12-ingress") / "manifests/tienda.yaml").read_text(encoding="utf-8")
    documents = [part.replace("{{ namespace }}", "tienda") for part in text.split("\n---\n") if "kind: Secret" in part]
    for document in documents:
        client.apply([dict(obj) for obj in manifest.loads(document, "secretos")])
    client.wait(15)
    return client


def seen(student: Client) -> Snapshot:
    student.wait(10)
    cluster = student.connection.cluster  # type: ignore[attr-defined]
    return Snapshot(Client(InProcessConnection(cluster, "checker"), "tienda"))


def test_without_a_door_nobody_gets_in_and_it_says_why(student: Client) -> None:
    nothing = seen(student)
    assert published(nothing) == ""
    for fact in (leads_to(Knock(HOST), "api"), does_not_lead_to(Knock(HOST), "api"), sends_to_https(HOST),
                 shows_good_certificate(Knock(HOST))):  # fmt: skip
        finding = fact(nothing)
        assert (finding.met, finding.found) == (False, "que ningún Ingress tiene dirección todavía")


def test_each_name_and_path_goes_where_its_rule_says(student: Client) -> None:
    student.apply(DOOR)
    now = seen(student)
    assert leads_to(Knock(HOST, "/pedidos"), "api", 200)(now).met
    assert not leads_to(Knock(HOST, "/pedidos"), "api", 404)(now).met
    assert does_not_lead_to(Knock(HOST, "/"), "api")(now).met
    assert not does_not_lead_to(Knock(HOST, "/pedidos"), "api")(now).met
    assert not leads_to(Knock("otra.example.com", "/pedidos"), "api")(now).met


@pytest.mark.parametrize(("secret", "word"), [("certificado-nuevo", "en regla"), ("certificado-viejo", "caducado"),
                                              ("no-existe", "de repuesto")])  # fmt: skip
def test_the_certificate_shown_is_judged(student: Client, secret: str, word: str) -> None:
    student.apply({**DOOR, "spec": {**DOOR["spec"], "tls": [{"hosts": [HOST], "secretName": secret}]}})  # type: ignore[dict-item]
    finding = shows_good_certificate(Knock(HOST, "/pedidos"))(seen(student))
    assert (finding.met, word in finding.found) == (secret == "certificado-nuevo", True)


def test_a_name_without_tls_is_served_in_the_clear_and_one_with_it_is_sent_to_https(student: Client) -> None:
    student.apply(DOOR)
    assert not sends_to_https(HOST, "/pedidos")(seen(student)).met
    student.patch("ingress", "puerta", {"spec": {"tls": [{"hosts": [HOST], "secretName": "certificado-nuevo"}]}})
    assert sends_to_https(HOST, "/pedidos")(seen(student)).met
