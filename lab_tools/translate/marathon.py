"""A un grupo de aplicaciones de Marathon.

Fuente: https://mesosphere.github.io/marathon/docs/application-basics.html y su API, /v2/groups y /v2/apps.
"""

from __future__ import annotations

import shlex
from typing import Any

from lab_tools.translate.application import MEBI, Application, Probe, Service

Document = dict[str, Any]

_CPU, _MEMORY = 0.1, 128  # núcleos y MiB de quien no pide nada


def write(application: Application) -> Document:
    """El grupo de una aplicación."""
    kept = [one for one in application.services if one.kind not in ("Job", "CronJob")]
    return {"id": f"/{application.name}", "apps": [_app(application.name, one) for one in kept]}


def _app(group: str, one: Service) -> Document:
    memory = max(one.memory, one.memory_limit) or _MEMORY * MEBI
    found: Document = {
        "id": f"/{group}/{one.name}", "instances": one.replicas, "cpus": round(one.cpu or one.cpu_limit or _CPU, 3),
        "mem": max(memory // MEBI, 32), "container": _container(one), "networks": [{"mode": "container/bridge"}],
        "env": _environment(one), "taskKillGracePeriodSeconds": one.grace, "upgradeStrategy": _upgrade(one),
        **_words(one),
    }  # fmt: skip
    if one.kind == "DaemonSet":
        found["constraints"] = [["hostname", "UNIQUE"]]
    if one.probe is not None:
        found["healthChecks"] = [_health(one, one.probe)]
    if one.secrets:
        found["secrets"] = {
            f"{secret}-{key}": {"source": f"{group}/{secret}/{key}"} for secret, key in one.secrets.values()
        }
    return found


def _words(one: Service) -> Document:
    """`cmd` pasa por un intérprete y sustituye a la entrada de la imagen; `args` se añade a ella."""
    if one.command:
        return {"cmd": f"exec {shlex.join([*one.command, *one.args])}"}
    return {"args": list(one.args)} if one.args else {}


def _environment(one: Service) -> Document:
    return {**one.env, **{name: {"secret": f"{secret}-{key}"} for name, (secret, key) in sorted(one.secrets.items())}}


def _container(one: Service) -> Document:
    docker: Document = {"image": one.image, "forcePullImage": False}
    if one.user:
        docker["parameters"] = [{"key": "user", "value": one.user}]
    return {"type": "DOCKER", "docker": docker,
            "portMappings": [{"containerPort": port.number, "hostPort": 0, "protocol": port.protocol, "name": port.name,
                              **({"servicePort": port.node} if port.node else {}),
                              **({"labels": {"VIP_0": f"/{one.name}:{port.service}"}} if port.service else {})}
                             for port in one.ports]}  # fmt: skip


def _health(one: Service, probe: Probe) -> Document:
    times = {"intervalSeconds": probe.period, "timeoutSeconds": max(probe.timeout, 1),
             "gracePeriodSeconds": probe.delay, "maxConsecutiveFailures": probe.failures}  # fmt: skip
    if probe.kind == "exec":
        return {"protocol": "COMMAND", "command": {"value": shlex.join(probe.command)}, **times}
    numbers = [port.number for port in one.ports]
    where = {"portIndex": numbers.index(probe.port)} if probe.port in numbers else {"port": probe.port}
    path = {"path": probe.path} if probe.kind == "http" else {}
    return {"protocol": f"MESOS_{probe.kind.upper()}", **path, **where, **times}


def _upgrade(one: Service) -> Document:
    """maxUnavailable y maxSurge, como partes de uno."""
    if one.recreate:
        return {"minimumHealthCapacity": 0.0, "maximumOverCapacity": 0.0}
    whole = max(one.replicas, 1)
    return {"minimumHealthCapacity": round(max(1 - one.unavailable / whole, 0), 3),
            "maximumOverCapacity": round(min(one.surge / whole, 1), 3)}  # fmt: skip
