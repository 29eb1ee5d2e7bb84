"""Lo que un hecho dice: si se cumple, qué esperaba y qué encontró; o que aquí no se puede medir."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Lo que un hecho vio. `met` dice si se cumple; las dos frases nunca están vacías."""

    met: bool
    expected: str
    found: str


class NotMeasurable(Exception):
    """Este clúster no permite comprobar el hecho: el criterio sale del denominador. Lleva el porqué en español."""


def together(findings: list[Finding]) -> Finding:
    """Varios hallazgos contados como uno: los que no se cumplen, o todos si se cumplen."""
    missing = [finding for finding in findings if not finding.met]
    told = missing or findings
    # Dos hechos sobre algo que falta encuentran lo mismo: se dice una vez.
    expected = dict.fromkeys(finding.expected for finding in told)
    found = dict.fromkeys(finding.found for finding in told)
    return Finding(not missing, "; ".join(expected), "; ".join(found))
