"""El juicio sobre un objeto ya descodificado y con sus valores por omisión: todos los problemas a la vez.

Un archivo por familia: `metadata`, `pod`, `workloads`, `service`… Aquí se mira solo el objeto (y, al
actualizar, el que había): nunca se consulta otro objeto ni el reloj. Lo que depende del resto del
clúster (que exista el ServiceAccount, que la IP esté libre) es de la admisión, en la API.
"""

from __future__ import annotations

from lab_tools.objects.validation.problem import Problem

__all__ = ["Problem"]
