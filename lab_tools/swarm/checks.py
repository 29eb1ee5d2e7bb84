"""Hechos sobre un servicio de Swarm, con la misma forma que los del curso: si se cumple, qué se esperaba y qué hay."""

from __future__ import annotations

from collections import Counter

from lab_tools.checks.finding import Finding
from lab_tools.swarm.stack import Service


def running(found: Service, replicas: int) -> Finding:
    """Que corran tantas tareas como se dice, ni una más."""
    told = f"corren {len(found.running)} de {found.replicas} pedidas"
    errors = sorted({task.error for task in found.tasks if task.error and task.wanted == "running"})
    if errors:
        told += f"; una dice «{errors[-1]}»"
    return Finding(len(found.running) == replicas, f"que `{found.name}` tuviera {replicas} tareas corriendo", told)


def image(found: Service, wanted: str) -> Finding:
    """Que todo lo que corre sea de esa imagen."""
    seen = Counter(task.image for task in found.running)
    told = ", ".join(f"{count} con `{name}`" for name, count in sorted(seen.items())) or "no corre ninguna tarea"
    return Finding(set(seen) == {wanted}, f"que todas las tareas de `{found.name}` usaran `{wanted}`", told)


def updated(found: Service, state: str = "completed") -> Finding:
    """Que el último cambio acabara así: «completed», «rollback_completed», «paused»…"""
    told = f"su último cambio está «{found.update}»" if found.update else "no se ha cambiado nunca"
    return Finding(found.update == state, f"que el último cambio de `{found.name}` acabara «{state}»", told)


def away_from(found: Service, node: str) -> Finding:
    """Que nada suyo corra en un nodo."""
    there = [task for task in found.tasks if task.node == node and task.state == "running"]
    told = f"{len(there)} tareas en «{node}»" if there else f"ninguna en «{node}»"
    return Finding(not there, f"que nada de `{found.name}` corriera en «{node}»", told)


def replaced(found: Service, slot: int) -> Finding:
    """Que una réplica que se cayó tenga relevo: en su puesto hay una tarea acabada y otra corriendo."""
    mine = [task for task in found.tasks if task.slot == slot]
    alive = [task for task in mine if task.state == "running"]
    ended = [task for task in mine if task.state in ("failed", "complete", "shutdown", "rejected")]
    told = f"en el puesto {slot} han acabado {len(ended)} y corren {len(alive)}"
    return Finding(bool(alive and ended), f"que el puesto {slot} de `{found.name}` tuviera relevo", told)
