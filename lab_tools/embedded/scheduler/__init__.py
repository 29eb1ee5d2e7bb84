"""Dónde va cada Pod: dos tablas ordenadas, la de filtros (dónde cabe) y la de notas (dónde está mejor).

Aquí vive la cola de Pods sin nodo, la cuenta de lo que cada nodo tiene prometido y los motivos de un Pending con
las palabras del planificador real. Aquí nunca se arranca nada: el planificador solo ata un Pod a un nodo.
"""

from lab_tools.embedded.scheduler.loop import Scheduler

__all__ = ["Scheduler"]
