"""De los bytes de una petición a un diccionario, y las quejas del servidor real cuando no se puede."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.rest import protobuf, refusal
from lab_tools.embedded.rest.gojson import syntax_error
from lab_tools.embedded.rest.message import Request
from lab_tools.objects import Object, kinds
from lab_tools.objects.decode import YAML_PREFIX, decode_options, loads
from lab_tools.objects.decode import repeated as told_twice
from lab_tools.objects.kinds import Kind
from lab_tools.objects.scalars import ScalarError
from lab_tools.objects.schema import META

_JSON = ("", "application/json")
_YAML = ("application/yaml", "application/x-yaml", "text/yaml")
_DELETE_OPTIONS = f"{META}DeleteOptions"
_SHOWN = 30
_MAX_NODES = 1_000_000
# Lo que se le reprocha a un texto que dice más de una vez un campo.
Repeated = tuple[str, ...]

PATCHES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}


def media(request: Request) -> str:
    """El tipo del cuerpo, sin parámetros. Vacío si no lo dice: entonces es JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def object_of(request: Request, kind: Kind) -> Object:
    """El objeto que trae la petición, con su `apiVersion` y su `kind`. Lanza 400 o 415."""
    return read(request, kind)[0]


def read(request: Request, kind: Kind) -> tuple[Object, Repeated]:
    """El objeto que trae la petición y los campos que dice dos veces. Lanza 400 o 415."""
    obj, repeated = _parse(request, kind.kind)
    api_version = obj.setdefault("apiVersion", kind.api_version) or kind.api_version
    name = obj.setdefault("kind", kind.kind) or kind.kind
    if (api_version, name) != (kind.api_version, kind.kind):
        raise status.bad_request(_other_kind(kind, str(api_version), str(name)))
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    return obj, repeated


def options_of(request: Request) -> Object:
    """Las `DeleteOptions` del cuerpo; vacías si no hay cuerpo. Lanza 400."""
    if not request.body:
        return {}
    try:
        return decode_options(_DELETE_OPTIONS, _parse(request, "DeleteOptions")[0])
    except ScalarError as error:
        raise status.bad_request(str(error)) from None


def patch_of(request: Request) -> tuple[str, Any, Repeated]:
    """Cómo se parchea (json, merge, strategic o apply), con qué, y los campos que el parche dice dos veces."""
    how = PATCHES.get(media(request))
    if how is None:
        raise refusal.unknown_patch_format()
    try:
        return how, *(_yaml(request.body) if how == "apply" else _json(request.body))
    except UnicodeDecodeError:
        raise status.bad_request("invalid UTF-8 in body") from None
    except RecursionError:
        raise status.bad_request("exceeded max depth") from None
    except ValueError as error:
        text = request.body.decode(errors="replace")
        said = f"error decoding YAML: {error}" if how == "apply" else syntax_error(text) or str(error)
        raise status.bad_request(said) from None


def _parse(request: Request, kind: str) -> tuple[Object, Repeated]:
    kind_of_body, data = media(request), request.body
    repeated: Repeated = ()
    try:
        if kind_of_body in _JSON:
            found, repeated = _json(data)
        elif kind_of_body in _YAML:
            found, repeated = _yaml(data)
        elif kind_of_body == protobuf.MEDIA:
            found = protobuf.decode(data)
        else:
            raise refusal.unknown_body_format()
    except RecursionError:
        raise status.bad_request(_unrecognized(kind, data, "json parse error: exceeded max depth")) from None
    except protobuf.ProtobufError as error:
        raise status.bad_request(str(error)) from None
    except ValueError as error:
        said = syntax_error(data.decode(errors="replace")) if kind_of_body in _JSON else str(error)
        raise status.bad_request(_unrecognized(kind, data, f"json parse error: {said or error}")) from None
    if not isinstance(found, dict):
        said = f"json: cannot unmarshal {_go_type(found)} into Go value of type struct"
        raise status.bad_request(_unrecognized(kind, data, f"json parse error: {said}"))
    return found, repeated


def _json(data: bytes) -> tuple[Any, Repeated]:
    """JSON como lo lee Go: sin NaN ni infinitos, y con lo que no es UTF-8 o es medio carácter cambiado por «�»."""
    found, paths = loads(data.decode(errors="replace"), _not_json)
    if b"\\ud" in data.lower():
        text = json.dumps(found, ensure_ascii=False)
        found = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return found, told_twice(paths)


def _not_json(word: str) -> None:
    raise ValueError(f"invalid character {word[0]!r} looking for beginning of value")


def _yaml(data: bytes) -> tuple[Any, Repeated]:
    """YAML como lo entiende la API: tipos de JSON, y las fechas son texto. Lanza `ValueError`."""
    # Casi siempre es JSON, que también es YAML. PyYAML tarda en importarse, y su versión en C no vale para lo
    # que llega de fuera: cien mil corchetes seguidos la tumban, y con ella al servidor.
    try:
        return _json(data)
    except ValueError:
        import yaml
    try:
        loader = yaml.SafeLoader(data)
        node = loader.get_single_node()
        lines = list(_same_keys(node, set()))
        found = loader.construct_document(node) if node is not None else None
        return _plain(found, [_MAX_NODES]), (YAML_PREFIX + "\n".join(lines),) if lines else ()
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _same_keys(node: Any, seen: set[int]) -> Iterator[str]:
    """Las claves que un YAML repite, con su línea. Lo de dentro, antes que lo de fuera; cada nodo, una vez."""
    if node is None or isinstance(node.value, str) or id(node) in seen:
        return
    seen.add(id(node))
    keys: set[str] = set()
    for one in node.value:
        if not isinstance(one, tuple):
            yield from _same_keys(one, seen)
            continue
        key, value = one
        yield from _same_keys(value, seen)
        if isinstance(key.value, str) and key.value in keys:
            yield f'  line {value.start_mark.line + 1}: key "{key.value}" already set in map'
        elif isinstance(key.value, str):
            keys.add(key.value)


def _plain(value: Any, left: list[int]) -> Any:
    """El valor con tipos de JSON. `left` cuenta los nodos: los alias de YAML pueden multiplicarlos sin fin."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("document contains excessive aliasing")
    if isinstance(value, dict):
        return {str(key): _plain(inner, left) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, left) for inner in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _unrecognized(kind: str, data: bytes, why: str) -> str:
    prefix = f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind"
    return f"{prefix}; {why} ({_summary(data)})"


def _summary(data: bytes) -> str:
    if not data:
        return "<empty>"
    tail = " ..." if len(data) > _SHOWN else ""
    shown = data[:_SHOWN]
    return (shown.decode(errors="replace") if data.startswith(b"{") else shown.hex()) + tail


def _go_type(value: Any) -> str:
    if isinstance(value, list):
        return "array"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def _other_kind(kind: Kind, api_version: str, name: str) -> str:
    version = api_version.rpartition("/")[2]
    prefix = f'{name} in version "{version}" cannot be handled as a {kind.kind}: '
    if kinds.find(api_version, name) is None:
        scheme = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"
        return prefix + f'no kind "{name}" is registered for version "{api_version}" in scheme "{scheme}"'
    package = (kind.group or "core").partition(".")[0]
    return prefix + f"converting ({version}.{name}) to ({package}.{kind.kind}): unknown conversion"
