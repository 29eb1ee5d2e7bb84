"""Qué campos tiene cada tipo de Kubernetes 1.36 y cómo se mezclan.

Las definiciones vienen de `data/definitions.gz` (una por línea) y se interpretan de una en una, la
primera vez que alguien pregunta. De aquí beben el descodificador, los parches y `openapi`.
Fuente: https://github.com/kubernetes/kubernetes/tree/v1.36.0/api/openapi-spec
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lab_tools.objects.kinds import Kind

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
TIME, MICRO_TIME = META + "Time", META + "MicroTime"
OBJECT_META, LABEL_SELECTOR = META + "ObjectMeta", META + "LabelSelector"

_TIME_FIELD = re.compile(
    r'"(?!additionalProperties")(\w+)":\{"\$ref":"io\.k8s\.apimachinery\.pkg\.apis\.meta\.v1\.(?:Micro)?Time"'
)


@dataclass(frozen=True, slots=True)
class Field:
    """Un campo de un tipo, el elemento de una lista o el valor de un mapa.

    `type` es el de JSON (`object`, `array`, `string`, `integer`, `number`, `boolean`) o vacío si solo
    hay `ref`, el nombre de otra definición. `items` describe los elementos de una lista y `additional`
    los valores de un mapa. Lo demás son las pistas de Kubernetes para mezclar: `patch_strategy`
    («merge», «replace», «retainKeys») y `merge_key` para el parche estratégico; `list_type`
    («atomic», «set», «map»), `map_keys` y `map_type` para `apply`. `inline` es el tipo de un objeto que se
    describe ahí mismo, sin nombre, como hacen los tipos propios.
    """

    name: str
    type: str = ""
    format: str = ""
    ref: str = ""
    items: Field | None = None
    additional: Field | None = None
    patch_strategy: tuple[str, ...] = ()
    merge_key: str | None = None
    list_type: str | None = None
    map_keys: tuple[str, ...] = ()
    map_type: str | None = None
    required: bool = False
    inline: Definition | None = None

    @property
    def definition(self) -> Definition | None:
        """El tipo del campo si es un objeto, o el de sus elementos o valores; `None` si son valores simples."""
        if self.inline is not None:
            return self.inline
        if self.ref:
            found = definition(self.ref)
            return found if found.fields else None
        inner = self.items or self.additional
        return inner.definition if inner else None

    @property
    def is_map(self) -> bool:
        """Cierto si es un mapa de claves libres, como las etiquetas."""
        return self.additional is not None

    @property
    def is_list(self) -> bool:
        """Cierto si es una lista."""
        return self.type == "array"


@dataclass(frozen=True, slots=True)
class Definition:
    """Un tipo: sus campos por nombre, los obligatorios y, si es un objeto de la API, sus `gvks`.

    `gvks` son ternas (grupo, versión, tipo). Sin campos y con `type` «object» es de contenido libre;
    sin campos y con otro tipo es un valor simple con nombre propio (una cantidad, una fecha).
    """

    name: str
    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()
    gvks: tuple[tuple[str, str, str], ...] = ()
    map_type: str | None = None
    type: str = "object"
    format: str = ""

    @property
    def short(self) -> str:
        """El nombre del tipo en Go: «DeploymentSpec»."""
        return self.name.rpartition(".")[2]


def packed(file: str) -> bytes:
    """Los bytes comprimidos de uno de los archivos de `data/`."""
    return (Path(__file__).parent / "data" / file).read_bytes()


@cache
def lines(file: str = "definitions.gz") -> Mapping[str, str]:
    """Nombre → JSON sin interpretar, de uno de los archivos de `data/`."""
    found: dict[str, str] = {}
    for line in gzip.decompress(packed(file)).decode().splitlines():
        name, _, text = line.partition("\t")
        found[name] = text
    return found


def names() -> tuple[str, ...]:
    """Los nombres de todas las definiciones, en orden alfabético."""
    return tuple(lines())


def raw(name: str) -> dict[str, Any]:
    """El esquema JSON de una definición, recién interpretado: quien lo pide puede cambiarlo."""
    found: dict[str, Any] = json.loads(lines()[name])
    return found


@cache
def definition(name: str) -> Definition:
    """La definición de ese nombre completo («io.k8s.api.apps.v1.Deployment»); `KeyError` si no existe."""
    schema = raw(name)
    required = tuple(schema.get("required", ()))
    gvks = schema.get("x-kubernetes-group-version-kind", ())
    return Definition(
        name=name,
        fields={key: _field(key, part, key in required) for key, part in schema.get("properties", {}).items()},
        required=required,
        gvks=tuple((gvk["group"], gvk["version"], gvk["kind"]) for gvk in gvks),
        map_type=schema.get("x-kubernetes-map-type"),
        type=schema.get("type", ""),
        format=schema.get("format", ""),
    )


def find(name: str) -> Definition | None:
    """Como `definition`, pero `None` si nadie se llama así (un tipo propio, por ejemplo)."""
    return definition(name) if name in lines() else None


def of(kind: Kind) -> Definition | None:
    """La definición de un tipo: la suya si es propio, o la que trae Kubernetes; `None` si no hay ninguna."""
    return kind.own.definition if kind.own else find(kind.definition)


@cache
def time_fields() -> frozenset[str]:
    """Nombres de los campos que guardan un instante: «creationTimestamp», «lastTransitionTime»…

    Quien los use no debe entrar en los mapas libres (etiquetas, anotaciones, datos): allí una clave
    con ese nombre es solo texto.
    """
    return frozenset(match[1] for text in lines().values() for match in _TIME_FIELD.finditer(text))


def _field(name: str, schema: dict[str, Any], required: bool = False) -> Field:
    items, additional = schema.get("items"), schema.get("additionalProperties")
    return Field(
        name=name,
        type=schema.get("type", ""),
        format=schema.get("format", ""),
        ref=schema.get("$ref", ""),
        items=_field("", items) if items else None,
        additional=_field("", additional) if isinstance(additional, dict) else None,
        patch_strategy=tuple(filter(None, schema.get("x-kubernetes-patch-strategy", "").split(","))),
        merge_key=schema.get("x-kubernetes-patch-merge-key"),
        list_type=schema.get("x-kubernetes-list-type"),
        map_keys=tuple(schema.get("x-kubernetes-list-map-keys", ())),
        map_type=schema.get("x-kubernetes-map-type"),
        required=required,
    )
