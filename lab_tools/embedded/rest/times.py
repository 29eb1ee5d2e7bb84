"""Qué cadenas de un objeto son instantes, según su esquema, y cómo se trasladan.

La historia del clúster empieza en una época fija; quien llega por la red la ve trasladada a su reloj de
pared (véase `embedded.dates`). Se trasladan segundos enteros, así que un instante ocupa lo mismo antes y después.
Nunca se entra en los mapas libres (etiquetas, anotaciones, datos): allí una fecha es solo texto. De un tipo propio se
traslada lo que su esquema llama `date-time` dentro de `status`, que es lo observado; lo pedido es de quien lo escribe.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import zip_longest
from typing import Any
from weakref import WeakKeyDictionary

from lab_tools.embedded.dates import Dates
from lab_tools.objects import kinds, schema
from lab_tools.objects.kinds import Kind
from lab_tools.objects.own import Own
from lab_tools.objects.schema import MICRO_TIME, TIME, Field

# Un paso dice qué hay bajo un campo: un instante, o dónde seguir buscando. `None` es «aquí no hay tiempo».
INSTANT = "instant"
Step = Any
Plan = dict[str, Step]

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)((?:\.\d+)?Z)")
_OWN: Plan = {"metadata": ("object", schema.OBJECT_META)}
STAMP = 19
"""Caracteres de un instante hasta el segundo: «2026-01-01T00:00:00»."""

# Lo que ningún esquema describe y lleva instantes: las medidas de un metrics-server.
_MEASURED: Plan = {"metadata": ("object", schema.OBJECT_META), "timestamp": INSTANT}
_UNDESCRIBED = {kind.definition: _MEASURED for kind in (kinds.NODE_METRICS, kinds.POD_METRICS)}
# Los de cada tipo propio, mientras viva su definición.
_owned: WeakKeyDictionary[Own, Plan] = WeakKeyDictionary()


def of(kind: Kind) -> Plan:
    """Los campos de un tipo que llevan a un instante. En uno propio, los metadatos y los de su `status`."""
    if kind.own is None:
        return plan(kind.definition)
    found = _owned.get(kind.own)
    if found is None:
        status = _described((kind.own.document.get("properties") or {}).get("status"))
        found = _owned[kind.own] = {**_OWN, "status": status} if status else _OWN
    return found


def _described(spec: Any) -> Step:
    """El paso de un campo descrito con un esquema OpenAPI; `None` si no lleva a ningún instante."""
    if not isinstance(spec, dict):
        return None
    if spec.get("type") == "string":
        return INSTANT if spec.get("format") == "date-time" else None
    if (items := _described(spec.get("items"))) is not None:
        return "each", items
    if (values := _described(spec.get("additionalProperties"))) is not None:
        return "values", values
    steps = {name: step for name, one in (spec.get("properties") or {}).items() if (step := _described(one))}
    return ("object", steps) if steps else None


def _below(below: str | Plan) -> Plan:
    """Los pasos de una definición, por su nombre, o los que ya lo son."""
    return plan(below) if isinstance(below, str) else below


@cache
def plan(definition: str) -> Plan:
    """Los campos de una definición que llevan a un instante; vacío si no hay ninguno o no se conoce."""
    if definition in _UNDESCRIBED:
        return _UNDESCRIBED[definition]
    found = schema.find(definition)
    steps = {name: _step(field) for name, field in found.fields.items()} if found else {}
    return {name: step for name, step in steps.items() if step}


def _step(field: Field) -> Step:
    if field.ref in (TIME, MICRO_TIME):
        return INSTANT
    if field.ref:
        return ("object", field.ref) if _leads_to_time(field.ref) else None
    inner = field.items or field.additional
    step = _step(inner) if inner else None
    return ("each" if field.items else "values", step) if step else None


@cache
def _leads_to_time(definition: str) -> bool:
    # Recorrido con memoria: hay definiciones que se contienen a sí mismas.
    pending, seen = [definition], set()
    while pending:
        name = pending.pop()
        if name in (TIME, MICRO_TIME):
            return True
        if name in seen or (found := schema.find(name)) is None:
            continue
        seen.add(name)
        for field in found.fields.values():
            while (inner := field.items or field.additional) is not None:
                field = inner
            if field.ref:
                pending.append(field.ref)
    return False


def marked(value: Any, steps: Plan, mark: str) -> Any:
    """Una copia con `mark` delante de cada instante. Lo que no lleva a ninguno se comparte, no se copia."""
    found = dict(value)
    for name, step in steps.items():
        if (inner := found.get(name)) is not None:
            found[name] = _marked(inner, step, mark)
    return found


def _marked(value: Any, step: Step, mark: str) -> Any:
    if step is INSTANT:
        return mark + value if isinstance(value, str) and _RFC3339.fullmatch(value) else value
    how, below = step
    if how == "object":
        return marked(value, _below(below), mark) if isinstance(value, dict) else value
    if how == "each":
        return [_marked(item, below, mark) for item in value] if isinstance(value, list) else value
    return {key: _marked(item, below, mark) for key, item in value.items()} if isinstance(value, dict) else value


def take_in(value: Any, steps: Plan, dates: Dates, known: Any = None) -> None:
    """Lleva al reloj del clúster los instantes de `value`, que llega de fuera y es de quien llama.

    A otra velocidad, varios instantes se ven a la misma hora: si en el mismo sitio de `known` (lo guardado) hay uno
    que se ve así, es ese. Así, devolver lo que se leyó no cambia nada.
    """
    if not isinstance(value, dict):
        return
    before = known if isinstance(known, dict) else {}
    for name, step in steps.items():
        if (inner := value.get(name)) is not None:
            value[name] = _taken(inner, step, dates, before.get(name))


def _taken(value: Any, step: Step, dates: Dates, known: Any) -> Any:
    if step is INSTANT:
        if not isinstance(value, str) or (isinstance(known, str) and moved(known, dates) == value):
            return known if isinstance(value, str) else value
        found = _RFC3339.fullmatch(value)
        return stamp(dates.meant_second(instant(found[1]))).decode() + found[2] if found else value
    how, below = step
    if how == "object":
        take_in(value, _below(below), dates, known)
    elif how == "each" and isinstance(value, list):
        before = known if isinstance(known, list) else []
        value[:] = [_taken(item, below, dates, old) for item, old in zip_longest(value, before[: len(value)])]
    elif how == "values" and isinstance(value, dict):
        old = known if isinstance(known, dict) else {}
        value.update({key: _taken(item, below, dates, old.get(key)) for key, item in value.items()})
    return value


def moved(text: str, dates: Dates) -> str:
    """Un instante como se ve desde fuera; cualquier otro texto, como estaba."""
    found = _RFC3339.fullmatch(text)
    return stamp(dates.second(instant(found[1]))).decode() + found[2] if found else text


@lru_cache(maxsize=8192)
def instant(stamp: str) -> int:
    """Segundos desde la época de Unix de «2026-01-01T00:00:00»."""
    return int(datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp())


@lru_cache(maxsize=8192)
def stamp(seconds: int) -> bytes:
    """Lo contrario de `instant`, en bytes listos para escribir."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
