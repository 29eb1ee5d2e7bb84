"""Qué piezas del plano de control están paradas: un controlador, todos, o el planificador."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lab_tools.embedded import status
from lab_tools.embedded.reconciler import WorkQueue

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.embedded.faults.board import Active

SCHEDULER, MANAGER = "kube-scheduler", "kube-controller-manager"
# Los nombres que no salen de partir en palabras el de la clase.
# https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ (--controllers)
_NAMES = {
    "AttachDetachController": "persistentvolume-attach-detach-controller",
    "ClusterRoleController": "clusterrole-aggregation-controller",
    "CronJobController": "cronjob-controller",
    "DaemonSetController": "daemonset-controller",
    "EndpointSliceController": "endpointslice-controller",
    "PersistentVolumeController": "persistentvolume-binder-controller",
    "ReplicaSetController": "replicaset-controller",
    "ReplicationManager": "replicationcontroller-controller",
    "ResourceQuotaController": "resourcequota-controller",
    "ServiceAccountController": "serviceaccount-controller",
    "StatefulSetController": "statefulset-controller",
    "StorageProtectionController": "persistentvolumeclaim-protection-controller",
    "TTLAfterFinished": "ttl-after-finished-controller",
    "TokenSecrets": "serviceaccount-token-controller",
}
# Los que en un clúster de verdad son otro proceso: el de la API, o algo que se instala aparte.
_APART = frozenset({
    "AdmissionPolicyController", "APIServiceController", "AttacherController", "CustomResourceController",
    "GatewayController", "IngressController", "LoadBalancerController", "ProvisionerController",
    "RegistrationController", "VerticalPodAutoscalerController",
})  # fmt: skip


def names(cluster: EmbeddedCluster) -> list[str]:
    """Lo que se puede parar: los dos procesos, y cada controlador por su nombre."""
    return [SCHEDULER, MANAGER, *sorted({_name(one) for one in cluster.components if _queues(one)})]


def check_controller(cluster: EmbeddedCluster, name: str) -> None:
    """Lanza 400 si no hay nada que se llame así."""
    known = names(cluster)
    if name not in known:
        raise status.bad_request(f"controller: must be one of {', '.join(known)}")


def named_queues(cluster: EmbeddedCluster) -> Iterator[tuple[str, WorkQueue]]:
    """Las colas de trabajo que hay, con el nombre de su controlador."""
    for component in cluster.components:
        for queue in _queues(component):
            yield _name(component), queue


def deduce(cluster: EmbeddedCluster, active: Sequence[Active]) -> None:
    """Para los que toque y pone en marcha los demás. Sin API no trabaja ninguno."""
    stopped = {one.options["controller"] for one in active if one.kind == "controller-stopped"}
    all_stopped = any(one.kind == "api-down" for one in active)
    for component in cluster.components:
        for queue in _queues(component):
            managed = MANAGER in stopped and type(component).__name__ not in _APART
            queue.hold(all_stopped or managed or _name(component) in stopped)
    cluster.scheduler.hold(all_stopped or SCHEDULER in stopped)


def _queues(component: object) -> list[WorkQueue]:
    return list(_found(component))


def _found(component: object) -> Iterator[WorkQueue]:
    for value in vars(component).values():
        if isinstance(value, WorkQueue):
            yield value


def _name(component: object) -> str:
    """Como lo llama kube-controller-manager: «DeploymentController» → «deployment-controller»."""
    name = type(component).__name__
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.removesuffix("Controller")).lower()
    return _NAMES.get(name, f"{words}-controller")
