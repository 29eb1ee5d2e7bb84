"""De lo que la API devuelve a los bytes de la respuesta, en la forma que pidió el cliente."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.dates import Dates
from lab_tools.embedded.rest import times
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.encoding import dumps, encode, head
from lab_tools.embedded.rest.message import Response
from lab_tools.embedded.rest.negotiation import JSON, PARTIAL, TABLE, YAML, Form
from lab_tools.objects import Object, columns
from lab_tools.objects.columns import Include

_INCLUDES: Mapping[str, Include] = {"Metadata": "Metadata", "None": "None", "Object": "Object"}


def document(value: Any, code: int = 200, media: str = JSON) -> Response:
    """Un valor cualquiera, sin tablas ni traslado de tiempo: descubrimiento, Status, estado."""
    return _response(dumps(value), code, media)


def text(value: str, code: int = 200) -> Response:
    """Texto llano."""
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-cache, private"}
    return Response(code, headers, value.encode())


def one(call: Call, obj: Object, code: int = 200, warnings: tuple[str, ...] = ()) -> Response:
    """Un objeto guardado (o un Status) en la forma pedida."""
    form = call.form
    found = _response(object_bytes(call, obj, form), code, form.media)
    found.warnings = warnings
    return found


def object_bytes(call: Call, obj: Object, form: Form) -> bytes:
    """Los bytes JSON de un objeto en una forma."""
    if obj.get("kind") == "Status":
        return dumps(obj)
    if form.shape == TABLE:
        return table_bytes(call, [obj], form, {"resourceVersion": obj["metadata"].get("resourceVersion", "")})
    if form.shape == PARTIAL:
        return call.encoder.partial(call.kind, obj, call.edge.dates, form.version)
    return call.encoder.whole(call.kind, obj, call.edge.dates)


def many(call: Call, items: list[Object], metadata: dict[str, Any]) -> Response:
    """Una lista en la forma pedida. `metadata` lleva la revisión y, si quedan más, cómo seguir."""
    form, kind, dates = call.form, call.kind, call.edge.dates
    if form.shape == TABLE:
        return _response(table_bytes(call, items, form, metadata), 200, form.media)
    if form.shape == PARTIAL:
        start = head("PartialObjectMetadataList", f"meta.k8s.io/{form.version}")
        rows = [call.encoder.partial(kind, item, dates, form.version) for item in items]
    else:
        start = head(kind.list_kind, kind.api_version)
        rows = [call.encoder.item(kind, item).at(dates) for item in items]
    opening = start + b'"metadata":' + dumps(metadata) + b',"items":['
    # Miles de objetos son muchos megas: se copian una sola vez, ya con lo que va delante y detrás.
    ending = b"]}\n" if form.media == JSON else b"]}"
    rows = [opening + rows[0], *rows[1:]] if rows else [opening]
    rows[-1] += ending
    return _response(b",".join(rows), 200, form.media)


def table_bytes(call: Call, items: list[Object], form: Form, metadata: dict[str, Any], head_row: bool = True) -> bytes:
    """Una tabla de meta.k8s.io. Las edades se cuentan con el reloj del clúster; los metadatos van trasladados.

    `head_row` dice si lleva la definición de las columnas: en una vigilancia solo la lleva la primera.
    """
    include = included(call)
    items = columns.ordered(call.kind, items)
    found = columns.table(call.kind, items, call.cluster.clock.now)
    _show_dates(found, call.edge.dates)
    rows = [
        b'{"cells":' + dumps(row["cells"]) + b',"object":' + _row_object(call, item, include, form) + b"}"
        for row, item in zip(found["rows"], items, strict=True)
    ]
    start = head("Table", f"meta.k8s.io/{form.version}")
    definitions = dumps(found["columnDefinitions"]) if head_row else b"null"
    middle = b'"metadata":' + dumps(metadata) + b',"columnDefinitions":' + definitions
    return b"".join((start, middle, b',"rows":[', b",".join(rows), b"]}"))


def _show_dates(table: Object, dates: Dates) -> None:
    """Traslada las celdas que son un instante (la columna «Created At»), y no una edad."""
    places = [place for place, column in enumerate(table["columnDefinitions"]) if column["type"] == "date"]
    for row in table["rows"] if places else ():
        for place in places:
            row["cells"][place] = times.moved(row["cells"][place], dates)


def included(call: Call) -> Include:
    """Qué trae cada fila del objeto. Lanza 400 si no es nada de lo que se puede pedir."""
    asked = call.request.one("includeObject") or "Metadata"
    found = _INCLUDES.get(asked)
    if found is None:
        why = f"includeObject: Invalid value: \"{asked}\": must be 'Metadata', 'Object', 'None', or empty"
        raise status.bad_request(f"Unable to convert to Table as requested: {why}")
    return found


def _row_object(call: Call, item: Object, include: str, form: Form) -> bytes:
    if include == "None":
        return b"null"
    if include == "Object":
        return call.encoder.whole(call.kind, item, call.edge.dates)
    return call.encoder.partial(call.kind, item, call.edge.dates, form.version)


def derived(call: Call, value: Object, steps: dict[str, Any], code: int = 200) -> Response:
    """Un objeto compuesto para esta respuesta (un Scale, por ejemplo), que nadie guarda."""
    return _response(encode(value, steps).at(call.edge.dates), code, call.form.media)


def _response(body: bytes, code: int, media: str) -> Response:
    if media == YAML:
        body = _as_yaml(body)
    headers = {"content-type": media, "cache-control": "no-cache, private"}
    return Response(code, headers, body + b"\n" if media == JSON and not body.endswith(b"\n") else body)


def _as_yaml(body: bytes) -> bytes:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    found: bytes = yaml.dump(json.loads(body), Dumper=dumper, allow_unicode=True, encoding="utf-8")
    return found
