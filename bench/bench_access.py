"""Lo que cuesta decidir quién puede qué, sin la red: la puerta se llama en proceso."""

from __future__ import annotations

import json

from bench.figure import Figure, median_ms
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.access import bootstrap
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds

NODE = "/api/v1/nodes/node-1"
TOKEN = "/api/v1/namespaces/default/serviceaccounts/bot/token"
RUNS = 500
# Vínculos que no hablan de quien pregunta: un clúster con muchos equipos.
OTHERS = 1000


def measure() -> list[Figure]:
    """GET de un nodo según quién llegue, la primera pregunta tras un cambio, y los roles de fábrica."""
    cluster = EmbeddedCluster(1)
    cluster.api.create(kinds.SERVICEACCOUNT, {"metadata": {"name": "bot"}}, "default")
    _bind(cluster, "quien-mide", {"kind": "User", "name": "eva"},
          {"kind": "ServiceAccount", "name": "bot", "namespace": "default"})  # fmt: skip
    for number in range(OTHERS):
        _bind(cluster, f"otro-{number}", {"kind": "User", "name": f"otra-{number}"})
    door = InProcessConnection(cluster, "owner")
    answer = door.send("POST", TOKEN, None, b"{}").body
    token = json.loads(answer if isinstance(answer, bytes) else b"".join(answer))["status"]["token"]
    student = InProcessConnection(cluster, "student")
    eva, bot = {"impersonate-user": "eva"}, {"authorization": f"Bearer {token}"}

    def after_a_change() -> None:
        for value in ("1", None):
            cluster.api.patch(kinds.CLUSTERROLEBINDING, None, "otro-0", {"metadata": {"labels": {"n": value}}})
        door.send("GET", NODE, None, None, eva)

    return [
        Figure("GET de la estudiante", median_ms(lambda: student.send("GET", NODE), RUNS), "ms", 1.3),
        Figure("GET con --as", median_ms(lambda: door.send("GET", NODE, None, None, eva), RUNS), "ms", 1.3),
        Figure("GET con un token", median_ms(lambda: door.send("GET", NODE, None, None, bot), RUNS), "ms", 1.3),
        Figure(f"GET tras un cambio, con {OTHERS} vínculos", median_ms(after_a_change, 20), "ms", 20),
        Figure("roles de fábrica", median_ms(lambda: list(bootstrap.objects()), 20), "ms", 20),
    ]


def _bind(cluster: EmbeddedCluster, name: str, *subjects: dict[str, str]) -> None:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    body = {"metadata": {"name": name}, "roleRef": role, "subjects": list(subjects)}
    cluster.api.create(kinds.CLUSTERROLEBINDING, body)
