"""De un diccionario cualquiera a un objeto de su tipo, como lo hace el descodificador de Go del servidor.

Comprueba tipos, quita lo que no existe (o lo denuncia, según `fieldValidation`), deja las cantidades y
los instantes en su forma canónica y omite los nulos y los vacíos que el servidor real no escribe.
Los mensajes van en inglés, palabra por palabra. Fuentes: https://pkg.go.dev/sigs.k8s.io/json y
https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from lab_tools.objects import Object, scalars, schema
from lab_tools.objects.go_types import KEPT_EMPTY, OMITTED_ZERO, go_type
from lab_tools.objects.kinds import Kind
from lab_tools.objects.schema import Definition, Field

if TYPE_CHECKING:
    from lab_tools.objects.own import Own

MAX_COMPLAINTS = 100
# Cómo empieza la queja de quien lee YAML; detrás, una línea por clave repetida.
YAML_PREFIX = "yaml: unmarshal errors:\n"
_JSON_KIND = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}
_DROP = object()
# Dentro del esquema de un tipo propio, lo que puede ser otro esquema, una lista de ellos o un sí o no.
_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_MAYBE_SCHEMA = (f"{_SCHEMA}OrArray", f"{_SCHEMA}OrBool")

Path = tuple[Any, ...]  # (padre, parte); la raíz es (). Una parte es un campo, un índice o una clave de mapa.


class DecodeError(ValueError):
    """El cuerpo no es un objeto de su tipo. `str(error)` es el mensaje del servidor real (un 400).

    `why` es solo la causa, sin nombrar el tipo: la que se cita cuando lo que no vale es un parche.
    """

    def __init__(self, kind: Kind, why: str) -> None:
        super().__init__(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}')
        self.why = why


class _MapKey(str):
    """Una clave libre: cuenta en la ruta de un campo desconocido, pero no en la de un tipo de Go."""

    __slots__ = ()


@dataclass(slots=True)
class _Context:
    """Lo que se va encontrando durante un recorrido."""

    complaints: dict[str, None] = field(default_factory=dict)


Decoder = Callable[[Any, Path, str, _Context], Any]


def decode(
    kind: Kind, body: Object, validation: str = "Strict", duplicates: tuple[str, ...] = ()
) -> tuple[Object, list[str]]:
    """Devuelve el objeto y los avisos. `body` no se toca.

    `validation` es `Strict` (un campo que no existe es un error), `Warn` (es un aviso) o `Ignore`.
    `duplicates` es lo que se le reprocha al texto por repetirse (`repeated`). Lanza `DecodeError`.
    Un tipo sin definición se devuelve tal cual; de uno propio, lo que su esquema no conoce se poda.
    """
    definition = schema.find(kind.definition)
    if definition is None and kind.own is None:
        return body, []
    context = _Context(dict.fromkeys(duplicates))
    try:
        obj = _own(kind.own, body, context) if kind.own else _struct(kind.definition)(body, (), "", context)
    except scalars.ScalarError as error:
        raise DecodeError(kind, str(error)) from None
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    complaints = list(context.complaints)[:MAX_COMPLAINTS]
    if complaints and validation == "Strict":
        raise DecodeError(kind, f"strict decoding error: {', '.join(complaints)}")
    return obj, notices(complaints) if validation == "Warn" else []


def repeated(paths: Iterable[str]) -> tuple[str, ...]:
    """Lo que se dice de las rutas repetidas que encontró `loads`."""
    return tuple(f'duplicate field "{path}"' for path in paths)


def notices(complaints: Iterable[str]) -> list[str]:
    """Unos reproches como avisos, que caben en una línea: los del lector de YAML, uno por clave repetida."""
    lines = (one.removeprefix(YAML_PREFIX).split("\n") if one.startswith(YAML_PREFIX) else [one] for one in complaints)
    return [line.strip() for found in lines for line in found]


def decode_options(definition: str, body: Any) -> Object:
    """Unas opciones sueltas («io.k8s…DeleteOptions»), sin lo que no exista. Lanza `ValueError` con la causa."""
    found: Object = _struct(definition)(body, (), "", _Context())
    return found


def _own(own: Own, body: Object, context: _Context) -> Object:
    """Un objeto de un tipo propio: sus metadatos, como los de todos; lo demás, podado y sin juzgar todavía."""
    metadata = _struct(schema.OBJECT_META)(body.get("metadata") or {}, ((), "metadata"), "", context)
    obj, removed = own.pruned({**body, "metadata": metadata})
    context.complaints.update({f'unknown field "{path}"': None for path in removed})
    return obj


def loads(data: bytes | str, constant: Callable[[str], Any] | None = None) -> tuple[Any, tuple[str, ...]]:
    """Interpreta un JSON y dice qué campos se repiten («spec.replicas»). Gana el último, como en Go.

    `constant` decide qué es lo que Python admite y JSON no («NaN»). Lanza `ValueError` si no es JSON.
    """
    repeats: list[_Repeating] = []

    def build(pairs: list[tuple[str, Any]]) -> Object:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        seen: set[str] = set()
        extra = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
        repeats.append(_Repeating(plain, extra))
        return repeats[-1].value

    value = json.loads(data, object_pairs_hook=build, parse_constant=constant)
    if not repeats:
        return value, ()
    by_identity = {id(one.value): one.keys for one in repeats}
    return value, tuple(_repeated_paths(value, "", by_identity))


@dataclass(slots=True)
class _Repeating:
    value: Object
    keys: tuple[str, ...]


def _repeated_paths(value: Any, path: str, repeats: dict[int, tuple[str, ...]]) -> Iterator[str]:
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        yield from (f"{prefix}{key}" for key in repeats.get(id(value), ()))
        for key, item in value.items():
            yield from _repeated_paths(item, f"{prefix}{key}", repeats)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _repeated_paths(item, f"{path}[{index}]", repeats)


# Un descodificador por tipo. Se fabrican una vez y se enlazan entre sí por nombre.


@cache
def _struct(name: str) -> Decoder:
    """El descodificador de una definición con campos."""
    definition = schema.definition(name)
    fields = {key: _Rule(definition, one) for key, one in definition.fields.items()}
    short = definition.short

    def run(value: Any, path: Path, owner: str, context: _Context) -> Any:
        if type(value) is not dict:
            raise _wrong_type(value, path, owner, go_type(name))
        result: Object = {}
        for key, item in value.items():
            rule = fields.get(key)
            if rule is None:
                context.complaints[f'unknown field "{_dotted((path, key))}"'] = None
            elif item is not None:
                found = rule.decoder(item, (path, key), short, context)
                if not rule.omits(found):
                    result[key] = found
        return result

    return run


class _Rule:
    """Qué hacer con un campo: cómo descodificarlo y cuándo, vacío, no se escribe."""

    __slots__ = ("_drops_empty", "_drops_zero", "decoder")

    def __init__(self, owner: Definition, one: Field) -> None:
        where = f"{owner.name}.{one.name}"
        self.decoder = _decoder(one, where)
        self._drops_empty = not one.required and where not in KEPT_EMPTY
        self._drops_zero = where in OMITTED_ZERO

    def omits(self, value: Any) -> bool:
        """Cierto si Go no escribiría este valor (`omitempty`). Los punteros a cero sí se escriben."""
        if value is _DROP:
            return True
        if value:
            return False
        if type(value) in (str, list):
            return self._drops_empty
        return self._drops_zero if type(value) is not dict else False


def _decoder(one: Field, where: str) -> Decoder:
    if one.ref:
        return _reference(one.ref)
    if one.items is not None:
        return _list(_decoder(one.items, where), go_type(where, one), one.items)
    if one.additional is not None:
        return _map(_decoder(one.additional, where), go_type(where, one), one.required)
    scalar = scalars.BY_TYPE.get((one.type, one.format)) or scalars.BY_TYPE.get((one.type, ""))
    return _scalar(scalar, go_type(where, one)) if scalar else _anything


def _reference(name: str) -> Decoder:
    special = scalars.BY_NAME.get(name)
    if special is not None:
        return _scalar(special, "")
    definition = schema.definition(name)
    if name in _MAYBE_SCHEMA:
        name = _SCHEMA
    elif not definition.fields:
        return _anything

    def run(value: Any, path: Path, owner: str, context: _Context) -> Any:
        # Se busca al usarse: hay tipos que se contienen a sí mismos.
        if name is _SCHEMA and type(value) in (bool, list):
            return value
        return _struct(name)(value, path, owner, context)

    return run


def _list(element: Decoder, type_name: str, items: Field) -> Decoder:
    empty: Any = {} if items.definition is not None else ""

    def run(value: Any, path: Path, owner: str, context: _Context) -> Any:
        if type(value) is not list:
            raise _wrong_type(value, path, owner, type_name)
        return [
            element(empty if item is None else item, (path, index), owner, context) for index, item in enumerate(value)
        ]

    return run


def _map(element: Decoder, type_name: str, required: bool) -> Decoder:
    def run(value: Any, path: Path, owner: str, context: _Context) -> Any:
        if type(value) is not dict:
            raise _wrong_type(value, path, owner, type_name)
        if not value and not required:
            return _DROP
        return {
            key: element("" if item is None else item, (path, _MapKey(key)), owner, context)
            for key, item in value.items()
        }

    return run


def _scalar(convert: scalars.Convert, type_name: str) -> Decoder:
    def run(value: Any, path: Path, owner: str, context: _Context) -> Any:
        try:
            return convert(value)
        except scalars.WrongTypeError:
            raise _wrong_type(value, path, owner, type_name) from None

    return run


def _anything(value: Any, path: Path, owner: str, context: _Context) -> Any:
    return value


def _wrong_type(value: Any, path: Path, owner: str, type_name: str) -> scalars.ScalarError:
    shown = _JSON_KIND.get(type(value), "null")
    if shown == "number" and type_name in scalars.NUMBERS:
        shown = f"number {json.dumps(value)}"
    if not path:
        return scalars.ScalarError(f"json: cannot unmarshal {shown} into Go value of type {type_name}")
    names = ".".join(part for part in _parts(path) if type(part) is str)
    return scalars.ScalarError(
        f"json: cannot unmarshal {shown} into Go struct field {owner}.{names} of type {type_name}"
    )


def _parts(path: Path) -> list[Any]:
    parts: list[Any] = []
    while path:
        path, part = path
        parts.append(part)
    return parts[::-1]


def _dotted(path: Path) -> str:
    text = ""
    for part in _parts(path):
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
