"""Hechos sobre la puerta de la calle: a qué aplicación lleva cada nombre y cada ruta, y con qué certificado.

Se pide desde fuera del clúster, a la dirección que el Ingress publica, diciendo el nombre en la cabecera `Host`: así se
pregunta también por los que ninguna regla atiende. Todo pasa en una copia.
Fuente: https://kubernetes.io/docs/concepts/services-networking/ingress/
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass

from lab_tools import traffic
from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding, NoCopy, NotMeasurable
from lab_tools.checks.requests import TIMEOUT, said
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.traffic.result import Response

WHY = "/orquesta/v1/why/network"
_BEHIND = "quién hay detrás"  # con la llamada, la clave de lo que se supo de quien contestó
# De un certificado en regla, quien no conoce a quien lo firma solo puede decir esto.
IN_ORDER = "unable to get local issuer certificate"
_TOLD = {
    "self-signed certificate": "el de repuesto del controlador, o uno que se firma él mismo",
    "certificate has expired": "uno caducado",
}


@dataclass(frozen=True)
class Knock:
    """Una petición a la puerta: con qué nombre, a qué ruta y cómo."""

    host: str
    path: str = "/"
    scheme: str = "https"

    def __str__(self) -> str:
        return f"`{self.scheme}://{self.host}{self.path}`"


def leads_to(knock: Knock, app: str, status: int = 0) -> Fact:
    """Quien llama acaba en un Pod con `app=<app>`; si se dice, con ese código."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"que {knock} llevara a `{app}`" + (f" y contestara {status}" if status else "")
        found = knocked(snapshot, knock)
        if isinstance(found, str):
            return Finding(False, wanted, found)
        behind = snapshot.answers[knock, _BEHIND]
        told = f"que lleva a `{behind}`, y contesta {found.status}" if behind else said(found)
        return Finding(behind == app and status in (0, found.status), wanted, told)

    return look


def does_not_lead_to(knock: Knock, app: str) -> Fact:
    """Quien llama no acaba en `app`. Sola no vale nada: ponla tras un `given`."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"que {knock} no llevara a `{app}`"
        found = knocked(snapshot, knock)
        if isinstance(found, str):
            return Finding(False, wanted, found)
        behind = snapshot.answers[knock, _BEHIND]
        return Finding(behind != app, wanted, f"que lleva a `{behind}`" if behind else said(found))

    return look


def sends_to_https(host: str, path: str = "/") -> Fact:
    """A quien llega por http se le manda volver por https, a la misma ruta."""

    def look(snapshot: Snapshot) -> Finding:
        knock = Knock(host, path, "http")
        wanted = f"que {knock} mandara a https"
        found = knocked(snapshot, knock)
        if isinstance(found, str):
            return Finding(False, wanted, found)
        place = {name.lower(): value for name, value in found.headers.items()}.get("location", "")
        met = 300 <= found.status < 400 and place.startswith(f"https://{host}")
        return Finding(met, wanted, f"un {found.status} a `{place}`" if place else said(found))

    return look


def shows_good_certificate(knock: Knock) -> Fact:
    """El certificado que se enseña está en regla: no ha caducado, es de ese nombre y no se firma él mismo."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"que {knock} enseñara un certificado en regla para `{knock.host}`"
        address = published(snapshot)
        if not address:
            return Finding(False, wanted, "que ningún Ingress tiene dirección todavía")
        asked = {"url": [f"{knock.scheme}://{address}{knock.path}"], "header": [f"Host: {knock.host}"]}
        with ExitStack() as stack:
            reply = _street(stack, snapshot).connection.send("GET", WHY, asked)
        if reply.status >= 400:
            raise NotMeasurable("este clúster no enseña el certificado que da su entrada")
        blame = json.loads(reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)).get("certificate", "")
        return Finding(
            blame == IN_ORDER, wanted, "uno en regla" if blame == IN_ORDER else _TOLD.get(blame, "el de otro nombre")
        )

    return look


def knocked(snapshot: Snapshot, knock: Knock) -> Response | str:
    """La respuesta, o la frase que cuenta por qué no hay a quién llamar. En una foto, cada una se pide una vez."""
    if knock not in snapshot.answers:
        with ExitStack() as stack:
            client = _street(stack, snapshot)
            address = published(snapshot)
            if not address:
                return "que ningún Ingress tiene dirección todavía"
            url = f"{knock.scheme}://{address}{knock.path}"
            answer = traffic.request(client, url, headers={"Host": knock.host}, timeout=TIMEOUT)
            snapshot.answers[knock], snapshot.answers[knock, _BEHIND] = answer, app_of(client, answer)
    found: Response = snapshot.answers[knock]
    return found


def _street(stack: ExitStack, snapshot: Snapshot) -> Client:
    """Desde dónde se llama: un clúster bifurcado o, si no los hay, este.

    De una copia del namespace no se dice nada: el nombre ya es del original, y sería él quien contestara.
    """
    try:
        return stack.enter_context(snapshot.copy(whole=True)).client
    except NoCopy:
        if snapshot.is_copy:
            raise
        return snapshot.client.within(snapshot.namespace)


def published(snapshot: Snapshot) -> str:
    """La dirección por la que se entra: la que algún Ingress del namespace publica; vacía si ninguno."""
    entrances = (
        one.get("status", {}).get("loadBalancer", {}).get("ingress") or [] for one in snapshot.all("ingresses")
    )
    return next((str(one.get("ip") or one.get("hostname")) for found in entrances for one in found), "")


def app_of(client: Client, answer: Response) -> str:
    """La etiqueta `app` del Pod que contestó; vacía si no contestó ninguno."""
    name = answer.pod.rpartition("/")[2]
    pod = client.find("pods", name) if name else None
    labels: dict[str, str] = (pod or {}).get("metadata", {}).get("labels") or {}
    return labels.get("app", "")
