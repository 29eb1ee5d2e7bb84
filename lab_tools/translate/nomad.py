"""A trabajos de Nomad, en el JSON de su API: un trabajo para los servicios, con un grupo por cada uno.

Fuente: https://developer.hashicorp.com/nomad/api-docs/json-jobs
"""

from __future__ import annotations

from typing import Any

from lab_tools.translate.application import MEBI, Application, Probe, Service

Document = dict[str, Any]

_SECOND = 1_000_000_000
_MHZ = 1000  # por núcleo
_CPU, _MEMORY = 100, 128  # MHz y MiB de quien no pide nada
_TYPES = {"DaemonSet": "system", "Job": "batch", "CronJob": "batch"}


def write(application: Application) -> Document | list[Document]:
    """El trabajo de una aplicación; si además tiene trabajos de otra clase, una lista de ellos."""
    services = [one for one in application.services if one.kind not in _TYPES]
    jobs = [_job(application.name, "service", services)] if services else []
    jobs += [_job(f"{application.name}-{one.name}", _TYPES[one.kind], [one])
             for one in application.services if one.kind in _TYPES]  # fmt: skip
    return jobs[0] if len(jobs) == 1 else jobs


def _job(name: str, kind: str, services: list[Service]) -> Document:
    found: Document = {"ID": name, "Name": name, "Type": kind, "Datacenters": ["*"],
                       "TaskGroups": [_group(one, name, kind) for one in services]}  # fmt: skip
    if services[0].schedule:
        found["Periodic"] = {"Enabled": True, "SpecType": "cron", "Spec": services[0].schedule, "ProhibitOverlap": True}
    return {"Job": found}


def _group(one: Service, job: str, kind: str) -> Document:
    found: Document = {"Name": one.name, "Count": 1 if kind == "system" else one.replicas, "Tasks": [_task(one, job)]}
    if one.ports:
        dynamic = [{"Label": port.name, "To": port.number} for port in one.ports if not port.node]
        fixed = [{"Label": port.name, "Value": port.node, "To": port.number} for port in one.ports if port.node]
        found["Networks"] = [{"Mode": "bridge", "DynamicPorts": dynamic, "ReservedPorts": fixed}]
        found["Services"] = [_service(one)]
    if kind == "service":
        parallel = one.replicas if one.recreate else max(one.unavailable, one.surge, 1)
        judged = "checks" if one.ports and one.probe and one.probe.kind != "exec" else "task_states"
        found["Update"] = {"MaxParallel": parallel, "HealthCheck": judged, "MinHealthyTime": 10 * _SECOND,
                           "HealthyDeadline": 300 * _SECOND, "AutoRevert": True}  # fmt: skip
    return found


def _service(one: Service) -> Document:
    label = next((port.name for port in one.ports if one.probe and port.number == one.probe.port), one.ports[0].name)
    found: Document = {"Name": one.name, "PortLabel": label, "Provider": "nomad"}
    if one.probe and one.probe.kind in ("http", "tcp"):
        found["Checks"] = [_check(one.probe, label)]
    return found


def _check(probe: Probe, label: str) -> Document:
    found = {"Name": "salud", "Type": probe.kind, "PortLabel": label, "Interval": probe.period * _SECOND,
             "Timeout": max(probe.timeout, 1) * _SECOND}  # fmt: skip
    return {**found, "Path": probe.path} if probe.kind == "http" else found


def _task(one: Service, job: str) -> Document:
    config: Document = {"image": one.image, "ports": [port.name for port in one.ports]}
    if one.command:
        config["entrypoint"] = list(one.command)
    if one.args:
        config |= {"command": one.args[0], "args": list(one.args[1:])}
    templates = _templates(one, job)
    mounts = [{"type": "bind", "source": f"local/archivo-{number}", "target": path, "readonly": True}
              for number, path in enumerate(sorted(one.files), 1)]  # fmt: skip
    memory = one.memory or one.memory_limit or _MEMORY * MEBI
    resources = {"CPU": round((one.cpu or one.cpu_limit) * _MHZ) or _CPU, "MemoryMB": max(memory // MEBI, 10)}
    if one.memory_limit > memory:
        resources["MemoryMaxMB"] = one.memory_limit // MEBI
    found = {
        "Name": one.name, "Driver": "docker", "Config": {**config, **({"mounts": mounts} if mounts else {})},
        "Env": dict(one.env), "Resources": resources, "KillTimeout": one.grace * _SECOND, "User": one.user,
        "Templates": templates,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value not in ("", [], {})}


def _templates(one: Service, job: str) -> list[Document]:
    found: list[Document] = [
        {"EmbeddedTmpl": _literal(text), "DestPath": f"local/archivo-{number}", "ChangeMode": "restart"}
        for number, (_, text) in enumerate(sorted(one.files.items()), 1)
    ]
    if one.secrets:
        # Las variables de Nomad que un trabajo puede leer sin más permiso son las de su propia ruta.
        lines = [f'{variable}={{{{ with nomadVar "nomad/jobs/{job}" }}}}{{{{ index . "{secret}_{key}" }}}}{{{{ end }}}}'
                 for variable, (secret, key) in sorted(one.secrets.items())]  # fmt: skip
        found.append({"EmbeddedTmpl": "\n".join(lines) + "\n", "DestPath": "secrets/variables.env", "Envvars": True,
                      "ChangeMode": "restart"})  # fmt: skip
    return found


def _literal(text: str) -> str:
    """Un texto que una plantilla de Go deja como está."""
    return text.replace("{{", '{{ "{{" }}')
