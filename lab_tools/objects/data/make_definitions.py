"""Fabrica los dos archivos de definiciones a partir del paquete `kubernetes-validate` instalado.

    python lab_tools/objects/data/make_definitions.py

Entra `_definitions.json` de Kubernetes v1.36 y salen, junto a este programa:

* `definitions.gz`: los tipos sin descripciones, lo que el servidor necesita siempre;
* `descriptions.gz`: solo las descripciones, que se leen cuando alguien pide `kubectl explain`.

Cada archivo es texto comprimido con gzip, una definición por línea: nombre, tabulador y JSON compacto.
Así se abre entero en un milisegundo y cada definición se interpreta solo si alguien la usa. Se guarda
gzip y no xz porque `lzma` no está en todos los Python que corren en un navegador. Dos ejecuciones dan
los mismos bytes. Licencia y procedencia: `README.md`, al lado.
"""

from __future__ import annotations

import gzip
import importlib.resources
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERSION = "v1.36.0-local"
HERE = Path(__file__).parent
STABLE = re.compile(r"v\d+")
# Tipos que no nombra ningún objeto, pero sí el protocolo.
PROTOCOL = (
    "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup",
    "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList",
    "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList",
    "io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
    "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent",
    "io.k8s.apimachinery.pkg.version.Info",
)
# Lo que `kubernetes-validate` no trae de un valor que puede ser número o texto.
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
INT_OR_STRING_TEXT = (
    "IntOrString is a type that can hold an int32 or a string.  When used in JSON or YAML marshalling and "
    "unmarshalling, it produces or consumes the inner type.  This allows you to have, for example, a JSON field "
    "that can accept a name or number."
)
Schema = dict[str, Any]


def source() -> dict[str, Schema]:
    """Las definiciones tal y como las trae `kubernetes-validate`, por nombre."""
    schemas = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema" / VERSION
    definitions: dict[str, Schema] = json.loads((schemas / "_definitions.json").read_text("utf-8"))["$defs"]
    definitions[INT_OR_STRING] |= {"format": "int-or-string", "description": INT_OR_STRING_TEXT}
    return definitions


def wanted(definitions: dict[str, Schema]) -> list[str]:
    """Nombres, en orden, de lo que alcanza algún objeto de una versión estable."""
    pending = [name for name, schema in definitions.items() if _is_served(schema)] + list(PROTOCOL)
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(references(definitions[name]))
    return sorted(found)


def _is_served(schema: Schema) -> bool:
    gvks = schema.get("x-kubernetes-group-version-kind", ())
    return any(STABLE.fullmatch(gvk["version"]) for gvk in gvks)


def references(schema: Schema) -> Iterator[str]:
    """Nombres de las definiciones que un esquema menciona."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix("#/$defs/")
    for part in (*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")):
        if isinstance(part, dict):
            yield from references(part)


def bare(schema: Schema, *, root: bool = True) -> Schema:
    """El esquema sin descripciones ni `null`, y sin la lista de un solo valor que llevan `kind` y `apiVersion`."""
    result: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            result[key] = {name: bare(part, root=False) for name, part in value.items()}
        elif key in ("items", "additionalProperties"):
            result[key] = bare(value, root=False) if isinstance(value, dict) else value
        elif key == "type" and isinstance(value, list):
            result[key] = next(name for name in value if name != "null")
        elif key == "$ref":
            result[key] = value.removeprefix("#/$defs/")
        elif key == "oneOf":
            result[key] = [bare(part, root=False) for part in value]
        elif key == "x-kubernetes-group-version-kind" and len(value) > 20:
            continue  # DeleteOptions y WatchEvent pertenecen a todos los grupos: no identifican nada.
        elif key not in ("description", "enum"):
            result[key] = value
    return result


def texts(schema: Schema) -> dict[str, str]:
    """Las descripciones: la del tipo con clave vacía y la de cada campo con su nombre."""
    found = {"": schema.get("description", "")}
    found |= {name: part.get("description", "") for name, part in schema.get("properties", {}).items()}
    return {name: text for name, text in found.items() if text}


def pack(definitions: dict[str, Any]) -> bytes:
    """Una línea por definición, comprimida. La marca de tiempo es cero para que los bytes no cambien."""
    lines = (
        f"{name}\t{json.dumps(value, separators=(',', ':'), ensure_ascii=False, sort_keys=True)}\n"
        for name, value in sorted(definitions.items())
    )
    return gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0)


def make() -> dict[str, bytes]:
    """Nombre de archivo → contenido."""
    definitions = source()
    names = wanted(definitions)
    return {
        "definitions.gz": pack({name: bare(definitions[name]) for name in names}),
        "descriptions.gz": pack({name: texts(definitions[name]) for name in names}),
    }


def main() -> None:
    for name, content in make().items():
        (HERE / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
