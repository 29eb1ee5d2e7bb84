"""A definiciones de tarea y servicios de Amazon ECS, tal como los piden RegisterTaskDefinition y CreateService.

Fuente: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/
"""

from __future__ import annotations

from typing import Any

from lab_tools.translate.application import MEBI, Application, Probe, Service
from lab_tools.translate.swarm import inside

Document = dict[str, Any]

_UNITS = 1024  # por núcleo
_MEMORY = 128  # MiB de quien no pide nada
_LEAST = 6  # MiB: con menos, ECS no admite el contenedor
_LONGEST_STOP = 120  # segundos: ECS no deja esperar más
_PERIOD, _TIMEOUT, _START = (5, 300), (2, 60), (0, 300)


def write(application: Application) -> Document:
    """Las tareas y los servicios de una aplicación, que viven en un clúster de ECS con su nombre."""
    lasting = [one for one in application.services if one.kind not in ("Job", "CronJob")]
    return {"cluster": application.name,
            "taskDefinitions": [_task(application.name, one) for one in application.services],
            "services": [_service(application.name, one) for one in lasting]}  # fmt: skip


def _family(application: str, one: Service) -> str:
    return f"{application}-{one.name}"


def _task(application: str, one: Service) -> Document:
    return {"family": _family(application, one), "networkMode": "bridge",
            "containerDefinitions": [_container(application, one)]}  # fmt: skip


def _container(application: str, one: Service) -> Document:
    reserved = max((one.memory or one.memory_limit or _MEMORY * MEBI) // MEBI, _LEAST)
    limit = max(one.memory_limit // MEBI, _LEAST) if one.memory_limit else 0
    found = {
        "name": one.name, "image": one.image, "essential": True, "entryPoint": list(one.command),
        "command": list(one.args), "user": one.user, "cpu": round((one.cpu or one.cpu_limit) * _UNITS),
        "memoryReservation": reserved, "memory": limit,
        "environment": [{"name": name, "value": value} for name, value in sorted(one.env.items())],
        "secrets": [{"name": name, "valueFrom": f"/{application}/{secret}/{key}"}
                    for name, (secret, key) in sorted(one.secrets.items())],
        "portMappings": [{"containerPort": port.number, "hostPort": port.node, "protocol": port.protocol,
                          "name": port.name} for port in one.ports],
        "healthCheck": _health(one.probe), "stopTimeout": min(one.grace, _LONGEST_STOP),
    }  # fmt: skip
    if limit and limit <= reserved:
        found["memoryReservation"] = 0  # con las dos, ECS exige que la reserva sea menor
    return {key: value for key, value in found.items() if value not in ("", [], 0, None)}


def _health(probe: Probe | None) -> Document | None:
    """ECS comprueba con una orden dentro del contenedor, y sus tiempos tienen límites."""
    if probe is None:
        return None
    command = ["CMD", *probe.command] if probe.kind == "exec" else ["CMD-SHELL", f"{inside(probe)} || exit 1"]
    return {"command": command, "interval": _within(probe.period, _PERIOD), "timeout": _within(probe.timeout, _TIMEOUT),
            "retries": _within(probe.failures, (1, 10)), "startPeriod": _within(probe.delay, _START)}  # fmt: skip


def _within(value: int, limits: tuple[int, int]) -> int:
    return max(limits[0], min(value, limits[1]))


def _service(application: str, one: Service) -> Document:
    found: Document = {
        "cluster": application, "serviceName": one.name, "taskDefinition": _family(application, one),
        "launchType": "EC2", "deploymentConfiguration": _deployment(one),
    }  # fmt: skip
    if one.kind == "DaemonSet":
        found["schedulingStrategy"] = "DAEMON"
    else:
        found |= {"schedulingStrategy": "REPLICA", "desiredCount": one.replicas}
    reached = [port for port in one.ports if port.service]
    if reached:
        found["serviceConnectConfiguration"] = {
            "enabled": True, "namespace": application,
            "services": [{"portName": port.name, "clientAliases": [{"port": port.service, "dnsName": one.name}]}
                         for port in reached],
        }  # fmt: skip
    return found


def _deployment(one: Service) -> Document:
    """maxUnavailable y maxSurge, en porcentajes; si la tarea nueva no arranca, ECS vuelve a la de antes."""
    whole = max(one.replicas, 1)
    lowest = 0 if one.recreate else round(100 * (whole - one.unavailable) / whole)
    highest = 100 if one.recreate or one.kind == "DaemonSet" else round(100 * (whole + one.surge) / whole)
    if lowest == highest == 100:
        lowest = 0 if one.kind == "DaemonSet" else 99
    return {"minimumHealthyPercent": max(lowest, 0), "maximumPercent": highest,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True}}  # fmt: skip
