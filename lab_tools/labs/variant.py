"""La variante de cada estudiante: los mismos ejercicios con otros nombres, otros números y otra avería.

Una semilla elige una opción de cada lista con SHA-256, así que la elección no depende de la versión de
Python ni del orden en que se declaran. Quien estudia por su cuenta usa la semilla pública.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from lab_tools.errors import LabError
from lab_tools.labs.deadline import parse

FILE = "variant.json"
ENVIRONMENT = "ORQUESTA_VARIANT"
_CODE = re.compile(r"`([^`]+)`")
_HOLE = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)\s*\}\}")


class Variant(Mapping[str, Any]):
    """Los valores elegidos: `variant["replicas"]` o `variant.replicas`.

    `says` describe los que se enseñan, por su nombre o por el de una parte suya («day.peak»).
    """

    def __init__(self, values: Mapping[str, Any], says: Mapping[str, str] | None = None) -> None:
        self._values = dict(values)
        self._says = dict(says or {})

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, key: str) -> Any:
        try:
            return self.__dict__["_values"][key]
        except KeyError:
            raise AttributeError(f"La variante no tiene «{key}»: tiene {', '.join(self)}.") from None

    def __repr__(self) -> str:
        return "\n".join(f"{said}: {value}" for said, value in self.shown())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{_marked(said)}</th>'
            f'<td style="text-align:left"><code>{escape(str(self._lookup(key)))}</code></td></tr>'
            for key, said in self._says.items()
        )
        return f'<table><caption style="text-align:left;font-weight:600">Tu encargo</caption>{rows}</table>'

    def shown(self) -> list[tuple[str, Any]]:
        """Lo que se le enseña al estudiante, con su descripción sin marcas. La avería que le toca no está."""
        return [(said.replace("`", ""), self._lookup(key)) for key, said in self._says.items()]

    def render(self, text: str) -> str:
        """El texto con sus huecos `{{ nombre }}` rellenos. `LabError` si un hueco no tiene valor."""
        return _HOLE.sub(lambda hole: str(self._lookup(hole[1])), text)

    def _lookup(self, path: str) -> Any:
        value: Any = self._values
        for part in path.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise LabError(f"El hueco «{path}» no tiene valor.", f"Los que hay: {', '.join(self)}.")
            value = value[part]
        return value


def descriptions(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Lo que se enseña de una variante, según lab.yaml: cada valor con su `says` y cada parte con la suya."""
    found: dict[str, str] = {}
    for name, item in declared.items():
        found |= {name: item["says"]} if "says" in item else {}
        found |= {f"{name}.{part}": said for part, said in item.get("parts", {}).items()}
    return found


def untold(declared: Mapping[str, Mapping[str, Any]], text: str) -> list[str]:
    """Los huecos de un texto que cambian de una variante a otra y no se enseñan.

    Quien lee la página pública vería ahí el valor de otro, y la tabla de su encargo no lo corregiría.
    """
    told = descriptions(declared)
    changing = [name for name, item in declared.items() if len(item["options"]) > 1]
    holes = dict.fromkeys(_HOLE.findall(text))
    return [hole for hole in holes if hole not in told and hole.partition(".")[0] in changing]


def choose(lab_id: str, options: Mapping[str, list[Any]], seed: int | str) -> dict[str, Any]:
    """Una opción de cada lista, siempre la misma para la misma semilla."""
    return {name: values[_draw(f"{lab_id}/{seed}/{name}", len(values))] for name, values in options.items()}


def _marked(said: str) -> str:
    """HTML seguro de una descripción, con su código señalado."""
    return _CODE.sub(r"<code>\1</code>", escape(said))


def _draw(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % size


def assigned(folder: Path | None = None) -> int | str | dict[str, Any] | None:
    """La variante que le toca a quien está aquí: la de su `variant.json`, la del entorno, o `None` (la pública).

    El archivo y la variable traen una semilla, un objeto JSON con `seed` o con los valores ya elegidos.
    """
    found = _given(folder)
    return found["seed"] if isinstance(found, dict) and "seed" in found else found


def due(folder: Path | None = None) -> datetime | None:
    """El plazo que dice el `variant.json` de quien está aquí; `None` si no dice ninguno."""
    found = _given(folder)
    return parse(found["due"]) if isinstance(found, dict) and "due" in found and "seed" in found else None


def _given(folder: Path | None) -> int | str | dict[str, Any] | None:
    path = (folder or Path.cwd()) / FILE
    cure = "Pide que te la generen de nuevo."
    try:
        text = path.read_text(encoding="utf-8").strip() if path.is_file() else os.environ.get(ENVIRONMENT, "").strip()
    except UnicodeError as error:
        raise LabError(f"«{path}» no es un texto en UTF-8.", cure) from error
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        # Una palabra suelta es una semilla; algo que empezaba como JSON se ha estropeado, y no se adivina.
        if text[0] in '{["':
            raise LabError(f"La variante «{text[:40]}» está estropeada.", cure) from error
        return text
    if isinstance(found, (dict, int, str)) and not isinstance(found, bool):
        return found
    raise LabError(f"«{path}» no trae una variante.", "Ha de ser una semilla o un objeto con los valores.")
