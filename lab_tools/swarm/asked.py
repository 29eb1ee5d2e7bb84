"""Lo que un archivo de Compose pide, comparado con lo que corre: las comprobaciones de un stack entero."""

from __future__ import annotations

from collections.abc import Sequence

from lab_tools.checks.finding import Finding
from lab_tools.swarm import checks
from lab_tools.swarm.compose import Compose
from lab_tools.swarm.spec import full_name
from lab_tools.swarm.stack import Service


def asked(stack: str, file: Compose, services: Sequence[Service]) -> list[Finding]:
    """Por cada servicio del archivo: que exista, que corran sus tareas y que todas usen su imagen."""
    there = {one.name: one for one in services}
    findings: list[Finding] = []
    for name, given in file.services.items():
        whole = full_name(stack, name)
        if whole not in there:
            told = ", ".join(f"`{one}`" for one in sorted(there)) or "ningún servicio"
            findings.append(Finding(False, f"un servicio `{whole}`", told))
            continue
        findings += [_running(there[whole], given.get("deploy") or {}), checks.image(there[whole], given["image"])]
    return findings


def _running(found: Service, deploy: dict[str, object]) -> Finding:
    if deploy.get("mode") == "global":
        wanted = sum(task.wanted == "running" for task in found.tasks)
        told = f"corren {len(found.running)} de {wanted}"
        return Finding(0 < wanted == len(found.running), f"que `{found.name}` corriera en cada nodo", told)
    replicas = deploy.get("replicas", 1)
    return checks.running(found, int(str(replicas)))
