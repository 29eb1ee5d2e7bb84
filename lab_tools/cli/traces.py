"""`orquesta cluster traces`: las trazas de un clúster, en un archivo o en un recolector de OpenTelemetry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from lab_tools import drivers, files
from lab_tools.cli import messages, names
from lab_tools.errors import InfrastructureError, UsageError
from lab_tools.objects import Object

# A dónde se mandan las trazas de un recolector del que solo se dice la dirección.
# https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
_PATH = "/v1/traces"
_PATIENCE = 10.0
# Cuántas se enseñan en la terminal.
_SHOWN = 20


_HELP = """Sigue cada petición y cada reconciliación, tramo a tramo.

Enciende las trazas con --on, haz algo en el clúster y míralas. Sin opciones, enseña las últimas. Con --file las escribe
en un archivo (OTLP, en JSON) y con --export las manda a un recolector de OpenTelemetry, como http://localhost:4318
(Jaeger, Tempo, otelcol).
"""


@click.command("traces", short_help="Enseña o exporta las trazas del clúster.", help=_HELP)
@names.cluster_argument
@click.option("--on/--off", "on", default=None, help="Empieza a apuntar, o deja de hacerlo.")
@click.option("--export", "url", default="", metavar="URL", help="Manda las trazas a un recolector, por OTLP/HTTP.")
@click.option("--file", "file", default="", metavar="ARCHIVO", help="Escribe las trazas en un archivo, en JSON.")
@names.json_option
def traces(name: str, on: bool | None, url: str, file: str, as_json: bool) -> None:
    """Enseña o exporta las trazas."""
    target = _endpoint(url) if url else ""
    from lab_tools.client import Client  # quien crea un clúster no tiene por qué esperarlo

    client = Client(drivers.named().connect(name))
    if on is not None:
        state = client.trace(on)
        if not (url or file):
            _switched(name, state, as_json)
            return
    found = client.traces()
    count = len(spans_of(found))
    if file:
        _write(Path(file), found)
    if target:
        send(target, found)
    if as_json:
        messages.say_json(found)
    elif file or target:
        where = " y ".join([*([f"en {file}"] if file else []), *([f"en {target}"] if target else [])])
        messages.say(f"{count} tramos, {where}.")
    else:
        _show(name, found)


def spans_of(document: Object) -> list[tuple[str, dict[str, Any]]]:
    """Los tramos de un documento OTLP, cada uno con el nombre de su servicio."""
    return [(_text(resource["resource"], "service.name"), span) for resource in document["resourceSpans"]
            for scope in resource["scopeSpans"] for span in scope["spans"]]  # fmt: skip


def send(url: str, document: Object) -> None:
    """Manda las trazas a un recolector. Lanza `InfrastructureError` si no está o no las quiere."""
    import urllib.error  # la red solo se importa si hay que mandarlas
    import urllib.request

    request = urllib.request.Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})
    cure = "Comprueba que el recolector está en marcha y escucha OTLP/HTTP (su puerto suele ser el 4318)."
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:
            answer = json.loads(reply.read() or b"{}")
    except urllib.error.HTTPError as refused:
        raise InfrastructureError(f"{url} contestó {refused.code} {refused.reason}.", cure) from None
    except (OSError, ValueError) as fault:
        raise InfrastructureError(f"No se pudieron mandar las trazas a {url}: {fault}.", cure) from None
    rejected = int((answer.get("partialSuccess") or {}).get("rejectedSpans") or 0)
    if rejected:
        why = answer["partialSuccess"].get("errorMessage", "")
        raise InfrastructureError(f"{url} no quiso {rejected} tramos: {why or 'no dijo por qué'}.", cure)


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"«{url}» no es la dirección de un recolector.", "Por ejemplo: --export http://localhost:4318")
    return url.rstrip("/") + _PATH if parts.path in ("", "/") else url


def _write(path: Path, document: Object) -> None:
    try:
        path.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise files.explain(error, path, "escribir") from None


def _switched(name: str, state: Object, as_json: bool) -> None:
    if as_json:
        messages.say_json(state)
    elif state["on"]:
        messages.say(f"El clúster «{name}» apunta sus trazas. Míralas con: orquesta cluster traces {name}")
    else:
        messages.say(f"El clúster «{name}» ya no apunta trazas; quedan {state['kept']} tramos.")


def _show(name: str, document: Object) -> None:
    listed = spans_of(document)
    if not listed:
        messages.say(f"El clúster «{name}» no tiene trazas. Enciéndelas con: orquesta cluster traces {name} --on")
        return
    sizes: dict[str, int] = {}
    for _, span in listed:
        sizes[span["traceId"]] = sizes.get(span["traceId"], 0) + 1
    roots = sorted((one for one in listed if "parentSpanId" not in one[1]),
                   key=lambda one: int(one[1]["startTimeUnixNano"]))  # fmt: skip
    messages.say_table(("TRAZA", "SERVICIO", "QUÉ", "TRAMOS", "MS", "RESULTADO"), [
        (span["traceId"][:12], service, span["name"], str(sizes[span["traceId"]]), _milliseconds(span),
         span["status"].get("message") or "bien")
        for service, span in roots[-_SHOWN:]
    ])  # fmt: skip


def _milliseconds(span: dict[str, Any]) -> str:
    nanos = int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])
    return messages.number(round(nanos / 1e6, 1))


def _text(holder: dict[str, Any], key: str) -> str:
    return next((str(one["value"]["stringValue"]) for one in holder["attributes"] if one["key"] == key), "")


COMMANDS = (traces,)
