"""Lo que un hecho dice: si se cumple, qué esperaba y qué encontró; o que aquí no se puede medir."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Un informe al que le faltan cuatro respuestas no repite cuatro veces lo mismo.
_OPENING = re.compile(r"que tu informe dijera |que el ConfigMap `[^`]+` no tiene la clave ")


@dataclass(frozen=True)
class Finding:
    """Lo que un hecho vio. `met` dice si se cumple; las dos frases nunca están vacías."""

    met: bool
    expected: str
    found: str


class NotMeasurable(Exception):
    """Este clúster no permite comprobar el hecho: el criterio sale del denominador. Lleva el porqué en español."""


class NoCopy(NotMeasurable):
    """No hay dónde actuar sin tocar lo de quien estudia: ni se bifurca el clúster ni se deja copiar el namespace."""


def together(findings: list[Finding]) -> Finding:
    """Varios hallazgos contados como uno: los que no se cumplen, o todos si se cumplen."""
    missing = [finding for finding in findings if not finding.met]
    told = missing or findings
    # Dos hechos sobre algo que falta encuentran lo mismo: se dice una vez.
    expected = dict.fromkeys(finding.expected for finding in told)
    found = dict.fromkeys(finding.found for finding in told)
    return Finding(not missing, _joined(expected), _joined(found))


def _joined(sentences: Iterable[str]) -> str:
    """Varias frases en una. El comienzo que comparten las del informe se dice la primera vez."""
    said: list[str] = []
    start = ""
    for sentence in sentences:
        opening = _OPENING.match(sentence)
        again = opening is not None and opening[0] == start
        said.append(sentence.removeprefix(start) if again else sentence)
        start = opening[0] if opening else ""
    return "; ".join(said)
