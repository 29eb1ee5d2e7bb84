"""Una tienda pequeña en un clúster en proceso, y quien le manda peticiones."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import Object

READY = {"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 1}
DRAIN = {"preStop": {"sleep": {"seconds": 3}}}


class Shop:
    """Un clúster con un Pod `cliente`; `client` es la ventana de quien estudia. Los tiempos, segundos virtuales."""

    def __init__(self, cluster: EmbeddedCluster) -> None:
        self.cluster, self.clock = cluster, cluster.clock
        self.client = Client(InProcessConnection(cluster, "student"))
        self.owner = Client(InProcessConnection(cluster, "owner"))
        self.pod("cliente", {"name": "c", "image": "busybox:1.36", "command": ["sleep", "infinity"]})

    def pod(self, name: str, container: Object) -> Object:
        meta = {"name": name, "labels": {"app": name}}
        return self.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta,
                                   "spec": {"containers": [container]}})  # fmt: skip

    def deploy(self, name: str, image: str, replicas: int = 3, **container: Any) -> None:
        """Un Deployment y su Service, en el puerto 80."""
        labels = {"app": name}
        template = {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": name, "image": image, **container}]},
        }
        self.client.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                                     "template": template}})  # fmt: skip
        self.client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}})  # fmt: skip

    def change(self, name: str, **container: Any) -> None:
        """Cambia el contenedor de un Deployment: empieza un rollout."""
        template = {"spec": {"containers": [{"name": name, **container}]}}
        self.client.patch("deployments", name, {"spec": {"template": template}}, how="strategic")

    def settle(self, seconds: float = 30.0) -> Shop:
        self.client.wait(seconds)
        return self

    def restarts(self, name: str) -> int:
        pods = self.client.list("pods", labels={"app": name})
        return sum(one["restartCount"] for pod in pods for one in pod["status"]["containerStatuses"])


@pytest.fixture
def shop() -> Shop:
    return Shop(EmbeddedCluster(nodes=3, seed=0))
