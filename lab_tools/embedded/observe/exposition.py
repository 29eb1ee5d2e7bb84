"""Las métricas, escritas como las leen los programas que las recogen: el texto de Prometheus y OpenMetrics.

Sin instantes: se los pone quien recoge.
Fuente: https://prometheus.io/docs/instrumenting/exposition_formats/ (texto, versión 0.0.4) y
https://prometheus.io/docs/specs/om/open_metrics_spec/ (OpenMetrics 1.0.0)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from lab_tools.embedded.observe.family import COUNTER, INFINITY, Family, Sample

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_TOTAL = "_total"
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})
_HELP_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n"})


def render(families: Iterable[Family], accept: str = "") -> tuple[str, bytes]:
    """El tipo de contenido y el cuerpo, en la forma que pide `accept` (la cabecera); si no pide ninguna, en texto."""
    modern = _prefers_openmetrics(accept)
    lines = [line for one in families if one.samples for line in _family(one, modern)]
    if modern:
        lines.append("# EOF")
    return (OPENMETRICS if modern else TEXT), ("\n".join(lines) + "\n").encode() if lines else b""


def _prefers_openmetrics(accept: str) -> bool:
    """Si OpenMetrics pesa más que el texto llano, o va antes."""
    weights: dict[str, float] = {}
    for order, part in enumerate(accept.split(",")):
        media, *parameters = (word.strip() for word in part.split(";"))
        asked = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        weight = float(asked) if asked.replace(".", "", 1).isdigit() else 0.0
        weights.setdefault(media, weight - order * 1e-6)
    modern = weights.get("application/openmetrics-text", 0.0)
    return modern > 0 and modern > max(weights.get("text/plain", 0.0), weights.get("text/*", 0.0))


def _family(family: Family, modern: bool) -> Iterator[str]:
    # En OpenMetrics la familia de un contador no lleva `_total`; sus muestras sí.
    name = family.name.removesuffix(_TOTAL) if modern and family.kind == COUNTER else family.name
    yield f"# HELP {name} {family.help.translate(_ESCAPES if modern else _HELP_ESCAPES)}"
    yield f"# TYPE {name} {family.kind}"
    for sample in family.samples:
        yield f"{family.name}{sample.suffix}{_labels(sample, modern)} {number(sample.value)}"


def _labels(sample: Sample, modern: bool) -> str:
    if not sample.labels:
        return ""
    pairs = [f'{name}="{_edge(value) if modern and name == "le" else _escaped(value)}"'
             for name, value in sample.labels.items()]  # fmt: skip
    return "{" + ",".join(pairs) + "}"


@lru_cache(maxsize=10_000)
def _escaped(value: str) -> str:
    # Las mismas etiquetas salen en muchas familias.
    return value.translate(_ESCAPES)


def _edge(value: str) -> str:
    """Un tope como lo escribe OpenMetrics: siempre con decimales."""
    return value if value == INFINITY or any(mark in value for mark in ".e") else f"{value}.0"


def number(value: float) -> str:
    """Un número, entero si lo es."""
    if value in (float("inf"), float("-inf")):
        return INFINITY if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
