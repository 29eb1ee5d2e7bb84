"""ReplicationController: el antepasado de ReplicaSet. Es el mismo controlador leyendo un selector más corto.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/
"""

from __future__ import annotations

from lab_tools.embedded.controllers.replicaset import ReplicaSetController
from lab_tools.objects import Object, kinds


class ReplicationManager(ReplicaSetController):
    """El controlador de ReplicationControllers."""

    KIND = kinds.REPLICATIONCONTROLLER
    NAME = "replication-controller"

    def seen(self, obj: Object) -> Object:
        """Su selector son igualdades y nada más."""
        return {**obj, "spec": {**obj["spec"], "selector": {"matchLabels": obj["spec"].get("selector") or {}}}}

    def told(self, status: Object) -> Object:
        """No cuenta los que se van."""
        return {name: value for name, value in status.items() if name != "terminatingReplicas"}
