"""Los hechos de las comprobaciones reservadas del laboratorio 17."""

from __future__ import annotations

from lab_tools.checks.expect import Fact, condition
from lab_tools.labs.variant import Variant


def autoscaler_is_active(v: Variant) -> Fact:
    """El HPA de `api` tiene de dónde sacar su cuenta."""
    return condition("horizontalpodautoscalers", "api", "ScalingActive")
