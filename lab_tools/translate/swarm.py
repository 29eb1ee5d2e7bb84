"""A un stack de Compose, versión 3.8: la que `docker stack deploy` entiende.

Fuente: https://docs.docker.com/reference/compose-file/legacy-versions/
"""

from __future__ import annotations

from typing import Any

from lab_tools.translate.application import MEBI, Application, Probe, Service

Document = dict[str, Any]


def write(application: Application) -> Document:
    """El Compose de una aplicación."""
    services: Document = {}
    configs: Document = {}
    secrets: Document = {}
    for one in application.services:
        if one.kind == "CronJob":
            continue
        services[one.name] = _service(one, configs, secrets)
    found: Document = {"version": "3.8", "services": services}
    return {**found, **({"configs": configs} if configs else {}), **({"secrets": secrets} if secrets else {})}


def files(application: Application) -> dict[str, str]:
    """Los archivos que el Compose nombra: este formato no deja escribir el texto dentro."""
    return {f"{one.name}-{number}.txt": one.files[path]
            for one in application.services if one.kind != "CronJob"
            for number, path in enumerate(sorted(one.files), 1)}  # fmt: skip


def _service(one: Service, configs: Document, secrets: Document) -> Document:
    environment = {name: _plain(value) for name, value in one.env.items()}
    mounted, used = [], []
    for number, path in enumerate(sorted(one.files), 1):
        name = f"{one.name}-{number}"
        configs[name] = {"file": f"./{name}.txt"}
        mounted.append({"source": name, "target": path})
    for variable, (secret, key) in sorted(one.secrets.items()):
        name = f"{secret}_{key}".replace(".", "_")
        secrets[name] = {"external": True}
        used.append(name)
        environment[f"{variable}_FILE"] = f"/run/secrets/{name}"
    ports = [{"target": port.number, "published": port.node, "protocol": port.protocol, "mode": "ingress"}
             for port in one.ports if port.node]  # fmt: skip
    found = {
        "image": one.image, "entrypoint": [_plain(word) for word in one.command],
        "command": [_plain(word) for word in one.args], "environment": environment, "user": one.user, "ports": ports,
        "configs": mounted, "secrets": list(dict.fromkeys(used)), "healthcheck": _health(one.probe),
        "stop_grace_period": f"{one.grace}s", "deploy": _deploy(one),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value not in ("", [], {}, None)}


def _plain(text: str) -> str:
    """Un `$` de verdad: Compose lee los suyos como variables."""
    return text.replace("$", "$$")


def _health(probe: Probe | None) -> Document | None:
    if probe is None:
        return None
    asked = ["CMD", *probe.command] if probe.kind == "exec" else ["CMD-SHELL", inside(probe)]
    return {"test": [_plain(word) for word in asked],
            "interval": f"{probe.period}s", "timeout": f"{probe.timeout}s", "retries": probe.failures,
            "start_period": f"{probe.delay}s"}  # fmt: skip


def inside(probe: Probe) -> str:
    """Una sonda HTTP o TCP como orden dentro del contenedor: con wget o, si no está, con Python."""
    if probe.kind == "tcp":
        python = f"import socket; socket.create_connection(('127.0.0.1', {probe.port}), {probe.timeout})"
        return f'nc -z 127.0.0.1 {probe.port} || python -c "{python}"'
    url = f"http://127.0.0.1:{probe.port}{probe.path}"
    python = f"import urllib.request as r; r.urlopen('{url}', timeout={probe.timeout})"
    return f'wget -q -O /dev/null {url} || python -c "{python}"'


def _deploy(one: Service) -> Document:
    found: Document = {"mode": "global"} if one.kind == "DaemonSet" else {"replicas": one.replicas}
    if one.kind == "Job":
        return {**found, "restart_policy": {"condition": "on-failure"}}
    if one.recreate:
        found["update_config"] = {"parallelism": 0, "order": "stop-first", "failure_action": "rollback"}
    else:
        starts = one.surge > 0
        order, together = ("start-first", one.surge) if starts else ("stop-first", one.unavailable)
        found["update_config"] = {"parallelism": max(together, 1), "order": order, "failure_action": "rollback"}
    resources = {"limits": _amounts(one.cpu_limit, one.memory_limit), "reservations": _amounts(one.cpu, one.memory)}
    resources = {key: value for key, value in resources.items() if value}
    return {**found, "restart_policy": {"condition": "any"}, **({"resources": resources} if resources else {})}


def _amounts(cpu: float, memory: int) -> Document:
    return {**({"cpus": f"{cpu:g}"} if cpu else {}), **({"memory": f"{max(memory // MEBI, 1)}M"} if memory else {})}
