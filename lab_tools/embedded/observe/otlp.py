"""Las trazas, escritas como las lee OpenTelemetry: OTLP en JSON, con identidades que salen de la semilla.

Fuente: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from lab_tools.embedded.observe.tracer import Attributes, Span

SCOPE = "orquesta"
_OK, _ERROR = 1, 2
_NANOS = 1_000_000_000


def document(spans: Iterable[Span], seed: int, dates: Callable[[float], float]) -> dict[str, Any]:
    """Un ExportTraceServiceRequest. `dates` traslada al calendario de quien mira el comienzo de cada traza.

    Dentro de una traza, las distancias y las duraciones son del clúster.
    """
    listed = sorted(spans, key=lambda span: span.number)
    shifts: dict[int, float] = {}
    for span in listed:
        if span.trace not in shifts:
            shifts[span.trace] = dates(span.start) - span.start
    services: dict[str, list[dict[str, Any]]] = {}
    for span in listed:
        services.setdefault(span.service, []).append(_span(span, seed, shifts[span.trace]))
    return {"resourceSpans": [
        {"resource": {"attributes": _attributes({"service.name": service})},
         "scopeSpans": [{"scope": {"name": SCOPE}, "spans": found}]}
        for service, found in services.items()
    ]}  # fmt: skip


def trace_id(seed: int, trace: int) -> str:
    """La identidad de una traza: 16 bytes en hexadecimal."""
    return hashlib.blake2b(f"{seed}:traza:{trace}".encode(), digest_size=16).hexdigest()


def span_id(seed: int, number: int) -> str:
    """La identidad de un tramo: 8 bytes en hexadecimal."""
    return hashlib.blake2b(f"{seed}:tramo:{number}".encode(), digest_size=8).hexdigest()


def _span(span: Span, seed: int, shift: float) -> dict[str, Any]:
    found = {
        "traceId": trace_id(seed, span.trace), "spanId": span_id(seed, span.number), "name": span.name,
        "kind": span.kind, "startTimeUnixNano": _nanos(span.start + shift),
        "endTimeUnixNano": _nanos(span.end + shift), "attributes": _attributes(span.attributes),
        "status": {"code": _ERROR, "message": span.error} if span.error else {"code": _OK},
    }  # fmt: skip
    if span.parent:
        found["parentSpanId"] = span_id(seed, span.parent)
    if span.events:
        found["events"] = [{"timeUnixNano": _nanos(one.at + shift), "name": one.name,
                            "attributes": _attributes(one.attributes)} for one in span.events]  # fmt: skip
    return found


def _nanos(instant: float) -> str:
    # Los enteros de 64 bits se escriben como texto: en JSON un número grande pierde cifras.
    return str(round(instant * 1e6) * (_NANOS // 1_000_000))


def _attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: str | int | float | bool) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
