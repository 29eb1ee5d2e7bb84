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


def names(cluster: EmbeddedCluster) -> list[str]:
    """Lo que se puede parar: los dos procesos, y cada controlador por su nombre."""
    return [SCHEDULER, MANAGER, *sorted({_name(one) for one in cluster.components if _queues(one)})]


def check_controller(cluster: EmbeddedCluster, name: str) -> None:
    """Lanza 400 si no hay nada que se llame así."""
    known = names(cluster)
    if name not in known:
        raise status.bad_request(f"controller: must be one of {', '.join(known)}")


def deduce(cluster: EmbeddedCluster, active: Sequence[Active]) -> None:
    """Para los que toque y pone en marcha los demás. Sin API no trabaja ninguno."""
    stopped = {one.options["controller"] for one in active if one.kind == "controller-stopped"}
    all_stopped = any(one.kind == "api-down" for one in active)
    for component in cluster.components:
        for queue in _queues(component):
            queue.hold(all_stopped or MANAGER in stopped or _name(component) in stopped)
    cluster.scheduler.hold(all_stopped or SCHEDULER in stopped)


def _queues(component: object) -> list[WorkQueue]:
    return list(_found(component))


def _found(component: object) -> Iterator[WorkQueue]:
    for value in vars(component).values():
        if isinstance(value, WorkQueue):
            yield value


def _name(component: object) -> str:
    """Como lo llama kube-controller-manager: «DeploymentController» → «deployment-controller»."""
    words = type(component).__name__.removesuffix("Controller").removesuffix("Manager")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", words).lower() + "-controller"
