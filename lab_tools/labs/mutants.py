"""Mutantes de una solución: lo mismo con un campo de menos, un valor cambiado, o dicho de otra manera.

Los dañinos tocan lo que el enunciado nombra, y han de perder puntos. Los inofensivos tocan lo que deja libre (el orden,
una etiqueta de más, un nombre, cómo se escribe una cantidad, ir despacio), y no han de perder ninguno. Qué es cada cosa
lo dice `mutants`, en `lab.yaml`, con rutas de lo que la solución escribe: «Deployment/frontend spec.replicas»; `*` vale
por cualquier trozo. Lo que ninguna ruta nombra no se sabe si importa: se cuenta aparte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from lab_tools.labs.definition import Mutants
from lab_tools.labs.writes import Change, Write, written
from lab_tools.objects.yaml_source import Steps

MARK = "prueba-de-orquesta"
SLOWLY = 45.0  # segundos del clúster entre respuestas, para quien va despacio


@dataclass(frozen=True)
class Mutant:
    """Un cambio en lo que una solución escribe. `harmful` dice si debe costar puntos; `pause`, cuánto se tarda."""

    name: str
    harmful: bool
    change: Change | None = None
    pause: float = 0


def of(writes: Sequence[Write], declared: Mutants) -> list[Mutant]:
    """Los mutantes de una solución que escribió `writes`: siempre los mismos, y los dañinos primero."""
    return [*_harmful(writes, declared), *_harmless(writes, declared)]


def unclassified(writes: Sequence[Write], declared: Mutants) -> list[str]:
    """Los campos que la solución escribe y de los que el laboratorio no dice si importan.

    De un objeto que se puede no pedir (`optional`) no hace falta decirlo campo a campo.
    """
    known = (*declared.named, *declared.value, *declared.present, *declared.free, *declared.rename)
    needed = [write for write in writes if not _any(write.about, declared.optional)]
    found = (_route(write, at) for write in needed for at, _ in write.leaves())
    return sorted({route for route in found if not _any(route, known) and not _is_identity(route)})


def _harmful(writes: Sequence[Write], declared: Mutants) -> Iterator[Mutant]:
    seen: set[str] = set()
    for write in writes:
        if not _any(write.about, declared.optional):
            yield Mutant(f"sin {write.method} {write.about} ({write.index + 1}ª petición)", True, _without(write.index))
        for at, value in write.leaves():
            route = _route(write, at)
            where = f"{route} ({write.index + 1}ª petición)"
            if _any(route, declared.named) or (_any(route, declared.present) and route not in seen):
                yield Mutant(f"sin {where}", True, _edit(write.index, at, None))
            if _any(route, (*declared.named, *declared.value)):
                yield Mutant(f"otro valor en {where}", True, _edit(write.index, at, changed(value)))
            seen.add(route)


def _harmless(writes: Sequence[Write], declared: Mutants) -> Iterator[Mutant]:
    yield Mutant("las claves, en otro orden", False, lambda write: replace(write, body=_reversed(write.body)))
    yield Mutant("una etiqueta de más en lo que se crea", False, _decorated("metadata", "labels"))
    yield Mutant("una anotación de más en lo que se crea", False, _decorated("metadata", "annotations"))
    if any(_template(write.body) is not None for write in writes if _creates(write)):
        yield Mutant("una etiqueta de más en los Pods", False, _decorated("spec", "template", "metadata", "labels"))
    yield Mutant("yendo despacio", False, None, SLOWLY)
    for pattern in declared.rename:
        old = {str(value) for write in writes for at, value in write.leaves() if _any(_route(write, at), [pattern])}
        for name in sorted(old):
            yield Mutant(f"otro nombre en vez de {name} en {pattern}", False, _renamed(name, pattern, declared.rename))
    for write in writes:
        for at, value in write.leaves():
            route = _route(write, at)
            if (other := respelled(at, value)) is not None:
                yield Mutant(f"{value} escrito {other} en {route}", False, _edit(write.index, at, other))
            if _any(route, (*declared.free, *declared.present)):
                name = f"otro valor, que es libre, en {route} ({write.index + 1}ª petición)"
                yield Mutant(name, False, _edit(write.index, at, changed(value)))


def changed(value: Any) -> Any:
    """Otro valor del mismo tipo: otro número, otra cantidad, otra palabra."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    text = str(value)
    number = re.fullmatch(r"(\d+)(\.\d+)?([a-zA-Z]*)", text)
    if number:
        return f"{int(number[1]) + 1 if not number[2] else int(number[1]) * 10 + 70}{number[3]}"
    return f"{text}-otro" if text else "otro"


def respelled(at: Steps, value: Any) -> str | None:
    """La misma cantidad escrita de otra manera: 50m y 0.05, 64Mi y 65536Ki; `None` si no es una cantidad."""
    if not ({"requests", "limits"} & set(at)):
        return None
    found = re.fullmatch(r"(\d+)(m|Mi)", str(value))
    if not found:
        return None
    return f"{int(found[1]) / 1000:g}" if found[2] == "m" else f"{int(found[1]) * 1024}Ki"


def _without(index: int) -> Change:
    return lambda write: None if write.index == index else write


def _edit(index: int, at: Steps, value: Any) -> Change:
    """El valor de un sitio, cambiado; con `None`, sin él."""

    def change(write: Write) -> Write:
        if write.index != index:
            return write
        body: Any = json.loads(json.dumps(write.body))
        try:
            holder = body
            for step in at[:-1]:
                holder = holder[step]
            if value is None:
                del holder[at[-1]]
            else:
                holder[at[-1]] = value
        except (KeyError, IndexError, TypeError):
            # El mutante ya cambió lo que la solución pide: aquí no queda nada que tocar.
            return write
        return replace(write, body=body)

    return change


def _decorated(*at: str) -> Change:
    """Una clave más en un mapa de lo que se crea, si el mapa tiene sitio."""

    def change(write: Write) -> Write:
        if not _creates(write) or (at[0] == "spec" and _template(write.body) is None):
            return write
        body: Any = json.loads(json.dumps(write.body))
        holder = body
        for step in at:
            holder[step] = holder.get(step) or {}
            holder = holder[step]
        holder[MARK] = "si"
        return replace(write, body=body)

    return change


def _creates(write: Write) -> bool:
    """Si lleva un objeto entero: lo crea, o lo aplica."""
    return write.method in ("POST", "PATCH") and {"apiVersion", "kind", "metadata"} <= set(write.body or ())


def _template(body: Any) -> Any:
    spec = body.get("spec") if isinstance(body, dict) else None
    return spec.get("template") if isinstance(spec, dict) else None


def _renamed(old: str, pattern: str, patterns: Sequence[str]) -> Change:
    """El mismo nombre, cambiado en todos los sitios donde es libre, también en las rutas si es el de un objeto."""
    new = f"{old}-otro"
    an_object = pattern.endswith(" metadata.name")

    def change(write: Write) -> Write:
        body: Any = json.loads(json.dumps(write.body))
        for at, value in write.leaves():
            if str(value) == old and _any(_route(write, at), patterns):
                _put(body, at, new)
        path = write.path
        if an_object and fnmatchcase(write.about.split("/")[0] + "/", pattern.split("/")[0] + "/"):
            path = "/".join(new if part == old else part for part in path.split("/"))
        return replace(write, body=body, path=path)

    return change


def _put(body: Any, at: Steps, value: Any) -> None:
    for step in at[:-1]:
        body = body[step]
    body[at[-1]] = value


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _route(write: Write, at: Steps) -> str:
    return f"{write.about} {written(at)}"


def _is_identity(route: str) -> bool:
    """Lo que dice de qué objeto se habla: cambiarlo es hablar de otro."""
    return route.rpartition(" ")[2] in ("apiVersion", "kind", "metadata.name", "metadata.namespace") or " " not in route


def _any(route: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(route, pattern.replace("[", "[[]")) for pattern in patterns)
