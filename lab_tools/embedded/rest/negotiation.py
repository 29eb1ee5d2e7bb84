"""De la cabecera `Accept` a la forma de la respuesta: objeto, tabla o solo metadatos; JSON o YAML.

Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lab_tools.embedded.rest import refusal

PLAIN, TABLE, PARTIAL = "", "Table", "PartialObjectMetadata"
JSON, YAML = "application/json", "application/yaml"

_FORMATS = {JSON: JSON, "*/*": JSON, "application/*": JSON, YAML: YAML}
_SHAPES = {"Table": TABLE, "PartialObjectMetadata": PARTIAL, "PartialObjectMetadataList": PARTIAL}


@dataclass(frozen=True)
class Clause:
    """Un trozo de `Accept`: su tipo y sus parámetros."""

    media: str
    parameters: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """El valor de un parámetro."""
        return dict(self.parameters).get(name, default)


@dataclass(frozen=True)
class Form:
    """La forma elegida. `version` es la de meta.k8s.io que pidió el cliente para tablas y metadatos."""

    shape: str = PLAIN
    media: str = JSON
    version: str = "v1"


@lru_cache(maxsize=256)
def clauses(accept: str) -> tuple[Clause, ...]:
    """Los trozos de una cabecera `Accept`, de más a menos preferido."""
    found = [_clause(part) for part in accept.split(",") if part.strip()]
    return tuple(sorted(found, key=_weight, reverse=True))


def _clause(text: str) -> Clause:
    media, *parameters = (part.strip() for part in text.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return Clause(media.lower(), tuple((name.strip(), value.strip().strip('"')) for name, _, value in pairs))


def _weight(clause: Clause) -> float:
    try:
        return float(clause.get("q", "1"))
    except ValueError:
        return 0.0


@lru_cache(maxsize=256)
def choose(accept: str, shapes: bool = True) -> Form:
    """La primera forma que sabemos escribir. Lanza 406 si no hay ninguna.

    `shapes` dice si aquí valen las tablas y los metadatos sueltos (no valen, por ejemplo, en un Status).
    """
    if not accept.strip():
        return Form()
    for clause in clauses(accept):
        media = _FORMATS.get(clause.media)
        if media is None or (clause.get("stream") and clause.get("stream") != "watch"):
            continue
        asked = clause.get("as")
        if not asked:
            return Form(PLAIN, media)
        meta = clause.get("g") == "meta.k8s.io" and clause.get("v") in ("v1", "v1beta1")
        if shapes and meta and asked in _SHAPES:
            return Form(_SHAPES[asked], media, clause.get("v"))
    raise refusal.not_acceptable()


def wants(accept: str, media: str) -> bool:
    """Si un cliente acepta un tipo concreto."""
    return any(clause.media == media for clause in clauses(accept))
