"""Una escuela: un clúster embebido servido en este proceso, al que solo se llega con un kubeconfig."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from grading.served import Counter, ServedCluster
from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.kubeconfig_file import Access, text
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import Object

SPEED = 20.0
# Lo que una escuela deja hacer dentro de un namespace a quien trabaja en él.
EDIT: tuple[Object, ...] = (
    {"apiGroups": [""], "verbs": ["*"], "resources": [
        "pods", "pods/log", "pods/exec", "pods/eviction", "services", "configmaps", "secrets", "serviceaccounts",
        "persistentvolumeclaims", "endpoints"]},
    {"apiGroups": [""], "verbs": ["get", "list", "watch"], "resources": ["events"]},
    {"apiGroups": ["apps", "batch", "autoscaling", "policy", "networking.k8s.io"], "verbs": ["*"], "resources": ["*"]},
    {"apiGroups": ["discovery.k8s.io"], "verbs": ["get", "list", "watch"], "resources": ["endpointslices"]},
)  # fmt: skip
ALL: tuple[Object, ...] = ({"apiGroups": ["*"], "verbs": ["*"], "resources": ["*"]},)


@dataclass
class School:
    """El clúster de la escuela, con las llaves de quien lo lleva."""

    owner: Client
    url: str
    authority: str

    def namespace(self, name: str) -> None:
        """Un namespace que ya estaba."""
        self.owner.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def kubeconfig(
        self, path: Path, namespace: str, rules: Sequence[Object] = EDIT, whole: bool = False, role: str = "trabaja"
    ) -> Path:
        """Un kubeconfig para una cuenta con esas reglas en un namespace o, con `whole`, en todo el clúster."""
        there = self.owner.within(namespace)
        there.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ana"}})
        kind = "ClusterRole" if whole else "Role"
        rbac = "rbac.authorization.k8s.io"
        there.create({"apiVersion": f"{rbac}/v1", "kind": kind, "metadata": {"name": role}, "rules": list(rules)})
        there.create({
            "apiVersion": f"{rbac}/v1", "kind": f"{kind}Binding", "metadata": {"name": role},
            "roleRef": {"apiGroup": rbac, "kind": kind, "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": "ana", "namespace": namespace}]})  # fmt: skip
        found = Access("escuela", self.url, self.authority, token=_token(there, "ana"), namespace=namespace)
        path.write_text(text(found), encoding="utf-8")
        return path


def _token(client: Client, account: str) -> str:
    path = f"/api/v1/namespaces/{client.namespace}/serviceaccounts/{account}/token"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 360000}}
    reply = client.connection.send("POST", path, body=json.dumps(body).encode(),
                                   headers={"content-type": "application/json"})  # fmt: skip
    assert reply.status == 201 and isinstance(reply.body, bytes)
    return str(json.loads(reply.body)["status"]["token"])


@contextmanager
def school(nodes: int = 3, speed: float = SPEED) -> Iterator[School]:
    """La escuela, mientras dure el `with`."""
    cluster = EmbeddedCluster(nodes)
    counter = Counter()
    served = ServedCluster("escuela", cluster, speed, counter)
    # Dicho su protocolo, asyncio no retiene lo que escribe: sin él, cada petición cuesta 40 ms de más.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind(("127.0.0.1", 0))
    try:
        config = yaml.safe_load(served.listen(sock))
        url = str(config["clusters"][0]["cluster"]["server"])
        yield School(Client(_Owner(served)), url, counter.authority)
    finally:
        served.close()
        counter.wait(asyncio.sleep(0))  # que las tareas sepan que se acabó
        counter.close()
        sock.close()


class _Owner(InProcessConnection):
    """Quien lleva la escuela: pregunta en el hilo que la atiende, que es el único que toca el clúster."""

    def __init__(self, served: ServedCluster) -> None:
        self._served = served
        self.name = "escuela"

    def send(self, *args: Any, **how: Any) -> Reply:
        return self._served.ask("owner", lambda connection: connection.send(*args, **how))

    def wait(self, seconds: float) -> None:
        self._served.ask("owner", lambda connection: connection.wait(seconds))
