"""Cuánto hace falta y cuánto cuesta: las cuentas de antes de elegir entre un contenedor, Compose y un orquestador.

Aquí vive un modelo pequeño, de los que caben en una servilleta: un caso (`case`), las máquinas y réplicas que necesita
(`capacity`), lo que costaría al mes de cada manera (`bill`) y la que sale mejor de las que se pueden (`decision`). Todo
número que decide es un campo con nombre, para que quien no esté de acuerdo lo cambie.

Aquí nunca se mira un clúster ni se mide nada: son cuentas con lo que se le dice. Sin E/S y sin azar.
"""

from lab_tools.sizing.bill import Bill, bill, bills
from lab_tools.sizing.capacity import cores, machine, nodes, replicas
from lab_tools.sizing.case import ALONE, COMPOSE, ORCHESTRATOR, Case, Rates, Way
from lab_tools.sizing.decision import Decision, decide, obstacle

__all__ = [
    "ALONE", "COMPOSE", "ORCHESTRATOR", "Bill", "Case", "Decision", "Rates", "Way", "bill", "bills", "cores", "decide",
    "machine", "nodes", "obstacle", "replicas",
]  # fmt: skip
