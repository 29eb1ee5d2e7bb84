"""Hechos sobre lo que la API contesta a una cuenta: peticiones de verdad, desde un Pod suyo y con su token.

En un clúster bifurcado se manda un mensajero: un Pod con la cuenta y el token que se le monta, que llama a la API y
escribe lo que contesta. Una pregunta (`permission`) dice qué se concedió; esto, que la cuenta existe, que la
aplicación se presenta con ella y que la API le hace caso.
Fuente: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from shlex import quote

from lab_tools.checks.copies import Copy
from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.errors import StatusError
from lab_tools.objects import Object

API = "https://kubernetes.default.svc"
ERRAND, IMAGE = "mensajero-de-comprobacion", "curlimages/curl:8.17.0"
ARRIVAL = 60.0  # segundos del clúster que se dan al mensajero
_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class Call:
    """Una petición a la API. En `path`, «{namespace}» es el de la foto; `body` y su `content_type`, si lleva."""

    path: str
    method: str = "GET"
    body: str = ""
    content_type: str = "application/json"

    def __str__(self) -> str:
        return f"`{self.method} {self.path.partition('{namespace}/')[2] or self.path}`"

    def command(self, namespace: str) -> str:
        """La orden que la hace, y que escribe el cuerpo de la respuesta y, en la última línea, su código."""
        sends = f" -H {quote(f'Content-Type: {self.content_type}')} -d {quote(self.body)}" if self.body else ""
        bearer = f'"Authorization: Bearer $(cat {_MOUNT}/token)"'
        url = quote(API + self.path.replace("{namespace}", namespace))
        return f"curl -s --cacert {_MOUNT}/ca.crt -X {self.method} -H {bearer}{sends} -w '\\n%{{http_code}}' {url}"


@dataclass(frozen=True)
class Said:
    """Lo que contestó la API; `status` es 0 si no contestó."""

    status: int
    body: str = ""

    def __str__(self) -> str:
        if not self.status:
            return "que la petición no llegó a la API"
        try:
            found = json.loads(self.body)
        except ValueError:
            return f"un {self.status}"
        return (
            f"un {self.status}: «{found['message']}»"
            if self.status >= 400 and "message" in found
            else f"un {self.status}"
        )


def answers(account: str, workload: str, call: Call, status: int = 200) -> Fact:
    """La API contesta ese código a la cuenta, que es con la que se presentan los Pods del Deployment `workload`."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que la API contestara {status} a {call} hecha por `{account}` desde un Pod"
        with snapshot.copy() as copy:
            answer = call_as(copy, account, workload, call)
        if isinstance(answer, str):
            return Finding(False, expected, answer)
        return Finding(answer.status == status, expected, str(answer))

    return look


def call_as(copy: Copy, account: str, workload: str, call: Call) -> Said | str:
    """Lo que contesta la API, o la frase que cuenta por qué no se pudo ni llamar."""
    deployment = copy.client.find("deployments", workload)
    chosen = deployment["spec"]["selector"].get("matchLabels") if deployment else {}
    pods = [pod for pod in copy.client.list("pods", labels=chosen) if is_ready(pod)] if chosen else []
    others = sorted({pod["spec"]["serviceAccountName"] for pod in pods} - {account})
    if not pods:
        return f"que `{workload}` no tiene ningún Pod listo"
    if others:
        return f"que los Pods de `{workload}` se presentan como `{others[0]}`"
    try:
        copy.client.create(_errand(account, call.command(copy.client.namespace)))
    except StatusError as error:
        return f"que un Pod con esa cuenta no se admite: «{error.message}»"
    try:
        if not _comes_back(copy):
            return f"que un Pod con esa cuenta no ha acabado su recado en {ARRIVAL:g} s"
        body, _, code = copy.client.logs(ERRAND).rstrip("\n").rpartition("\n")
    finally:
        copy.client.delete("pods", ERRAND, grace=0)
    return Said(int(code) if code.isdigit() else 0, body)


def _comes_back(copy: Copy) -> bool:
    end = copy.client.elapsed() + ARRIVAL
    while copy.client.get("pods", ERRAND)["status"].get("phase") not in ("Succeeded", "Failed"):
        if copy.client.elapsed() >= end:
            return False
        copy.client.wait(0.5)
    return True


def _errand(account: str, command: str) -> Object:
    """El mensajero. Cumple el nivel `restricted`, para que entre también donde se exige."""
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    whole = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    container = {"name": "curl", "image": IMAGE, "command": ["sh", "-c", command], "securityContext": security}
    spec = {"serviceAccountName": account, "automountServiceAccountToken": True, "restartPolicy": "Never",
            "securityContext": whole, "containers": [container]}  # fmt: skip
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": ERRAND}, "spec": spec}
