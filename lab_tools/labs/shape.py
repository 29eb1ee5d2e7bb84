"""La forma de `lab.yaml` y de `checks.yaml`: qué claves llevan, cuáles pueden faltar y qué hay en cada una.

Una forma es un tipo (`str`), una lista con la forma de sus elementos (`[str]`), o un mapa con la de cada clave; la que
acaba en «?» puede faltar, «*» vale para cualquier nombre y «…» deja pasar otras. Se cuentan todos los problemas a la
vez, con su línea.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lab_tools.labs.source import placed, where
from lab_tools.objects.yaml_source import Steps

Shape = Any
NUMBER = (int, float)
ANYTHING = object()
OTHERS = "…"

CHECK: Shape = {
    "id": str,
    "question": str,
    "why": str,
    "read": str,
    "looks_at?": str,
    "criteria": [{"points": NUMBER, "fact": str}],
    "hints": [str],
}
MUTANTS: Shape = {key: [str] for key in ("named?", "value?", "present?", "free?", "rename?", "optional?")}
LAB: Shape = {
    "id": str,
    "slug": str,
    "title": str,
    "minutes": int,
    "drivers": [str],
    "needs?": {"*": str},
    "requires?": [str],
    "unmeasured?": {"*": {"*": NUMBER}},
    "nodes": int,
    "speed": NUMBER,
    "public_seed": (int, str),
    "variants": {"*": {"options": [ANYTHING], "says?": str, "parts?": {"*": str}}},
    "setup": {"manifests": [str], "faults?": [ANYTHING]},
    "intro": str,
    "ending": str,
    "tasks": [
        {"id": str, "title": str, "answer": str, "cell": str, "points": NUMBER, "text": str, "gates?": [str],
         "checks": [CHECK]},
    ],
    "solutions": [{"name": str, "title": str, "mark": NUMBER, "driver?": str, "like?": str}],
    "mutants?": MUTANTS,
}  # fmt: skip
# Lo que hace falta para ponerlo en la lista; lo demás se mira al abrirlo.
SUMMARY: Shape = {
    **{key: LAB[key] for key in ("id", "slug", "title", "minutes", "drivers")},
    "tasks": [{"points": NUMBER, OTHERS: ANYTHING}],
    OTHERS: ANYTHING,
}
RESERVED: Shape = {"*": [CHECK]}
DEADLINES: Shape = {"*": ANYTHING}

_NAMES = {str: "un texto", int: "un número entero", NUMBER: "un número", (int, str): "un número o un texto"}


def demand(value: Any, shape: Shape, path: Path) -> None:
    """Lanza `LabError` con todo lo que `value` incumple, línea a línea, si incumple algo."""
    found = list(problems(value, shape))
    if not found:
        return
    told = [f"{where(path, steps)}: {message}" for steps, message, _ in found]
    cures = dict.fromkeys(cure for _, _, cure in found)
    raise placed("\n".join(told), " ".join(cures))


def problems(value: Any, shape: Shape, at: Steps = ()) -> Iterator[tuple[Steps, str, str]]:
    """Cada problema, como (sitio, qué pasa, cómo se cura)."""
    if shape is ANYTHING:
        return
    if isinstance(shape, dict):
        yield from _in_map(value, shape, at)
    elif isinstance(shape, list):
        yield from _in_list(value, shape[0], at)
    elif isinstance(value, bool) or not isinstance(value, shape):
        cure = "Si es un texto con «: », ponlo entre comillas." if isinstance(value, dict) else "Corrige el valor."
        yield at, f"`{_name(at)}` es {_said(value)}, y se esperaba {_NAMES[shape]}.", cure


def _in_list(value: Any, shape: Shape, at: Steps) -> Iterator[tuple[Steps, str, str]]:
    if not isinstance(value, list):
        yield (
            at,
            f"`{_name(at)}` es {_said(value)}, y se esperaba una lista.",
            "Escribe un elemento por línea, con «- ».",
        )
        return
    for index, item in enumerate(value):
        yield from problems(item, shape, (*at, index))


def _in_map(value: Any, shape: dict[str, Shape], at: Steps) -> Iterator[tuple[Steps, str, str]]:
    if not isinstance(value, dict):
        yield (
            at,
            f"{_whole(at)} es {_said(value)}, y se esperaban claves con sus valores.",
            "Compáralo con otro laboratorio.",
        )
        return
    if "*" in shape:
        for key, item in value.items():
            yield from problems(item, shape["*"], (*at, key))
        return
    known = {key.removesuffix("?"): inner for key, inner in shape.items()}
    for key in shape:
        if not key.endswith("?") and key not in value and key != OTHERS:
            yield at, f"{_to(at)} le falta `{key}`.", f"Añade «{key}:», o corrige su nombre si está mal escrito."
    for key, item in value.items():
        if key in known:
            yield from problems(item, known[key], (*at, key))
        elif OTHERS not in shape:
            near = get_close_matches(str(key), known, n=1)
            meant = f"¿Querías decir «{near[0]}»?" if near else f"Las que hay: {', '.join(known)}."
            yield (*at, key), f"{_whole(at)} no lleva ninguna clave `{key}`.", meant


def _to(at: Steps) -> str:
    return f"a `{_name(at)}`" if at else "al archivo"


def _whole(at: Steps) -> str:
    return f"`{_name(at)}`" if at else "el archivo"


def _name(at: Steps) -> str:
    """La ruta, como se escribe: «tasks[0].points»."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).lstrip(".")


def _said(value: Any) -> str:
    if value is None:
        return "nada"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return "un mapa"
    return "una lista" if isinstance(value, list) else f"«{str(value)[:30]}»"
