"""La respuesta de una petición suelta: lo que recibe quien llamó y el camino que siguió."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab_tools.embedded.traffic.book import RESET, Outcome
from lab_tools.embedded.traffic.load import Load

_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


def response(load: Load) -> dict[str, Any]:
    """La única petición de una carga, ya acabada: código, cuerpo, cabeceras, quién contestó, segundos y camino."""
    book = load.book
    outcome, latency = book.outcomes[book.marks[0]], book.latencies[0]
    body, headers = _content(load, outcome)
    return {"status": outcome.status, "error": outcome.error, "body": body, "headers": headers,
            "version": outcome.version, "pod": outcome.pod, "latency": round(latency, 6),
            **_path(load, outcome)}  # fmt: skip


def _content(load: Load, outcome: Outcome) -> tuple[str, dict[str, str]]:
    walk, way = load.walk, load.way
    if not outcome.status or way is None:
        return "", {}
    if walk is not None and walk.reply is not None:
        return walk.reply.body, dict(walk.reply.headers)
    headers = {"x-version": outcome.version, "x-pod": outcome.pod}
    added: Mapping[str, str] = walk.response_headers if walk is not None else {}
    headers = {name: value for name, value in {**headers, **added}.items() if value}
    if load.visit is not None and load.visit.body is not None:
        return load.visit.body, headers
    if way.station is None or outcome.status != way.outcome.status:
        return _REASONS.get(outcome.status, ""), headers
    server = way.station.server
    return server.program.answer(way.path, load.start - server.born).body, headers


def _path(load: Load, outcome: Outcome) -> dict[str, Any]:
    """El camino según la red, con el último paso como de verdad acabó."""
    if load.walk is None:
        return {"verdict": "", "steps": []}
    told = load.walk.document()
    steps = told["steps"]
    if outcome.error and told["verdict"] == "delivered":
        where = f"El Pod {outcome.pod}"
        text = f"{where} murió antes de contestar." if outcome.error == RESET else f"{where}: {_said(outcome.error)}"
        steps = [*steps, {"stage": "pod", "passed": False, "text": text}]
    return {"verdict": outcome.error or told["verdict"], "steps": steps}


def _said(error: str) -> str:
    return {"refused": "nadie acepta la conexión.", "timeout": "no contestó a tiempo."}.get(error, error)
