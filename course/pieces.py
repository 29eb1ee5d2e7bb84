"""Las piezas de un capítulo: lo que no puede faltar en ninguno, y cuánto trae cada uno de cada cosa."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

QUESTIONS = 5
_ANSWERED = re.compile(
    r"^\*\*\d\.\*\* (?:(?!^\*\*\d\.\*\* ).)*?<summary>Respuesta</summary>\n<p><b>\([a-d]\)</b>", re.S | re.M
)


def _matches(pattern: str) -> Callable[[str], int]:
    return lambda text: len(re.findall(pattern, text, re.M))


def _lines_under(opening: str, line: str) -> Callable[[str], int]:
    """Cuántas líneas como `line` (con las que la continúan) siguen a `opening`."""
    block = re.compile(opening + r"((?:" + line + r".+\n(?:  .+\n)*)*)")
    return lambda text: sum(len(re.findall("^" + line, found, re.M)) for found in block.findall(text))


# Cada pieza, cómo se cuenta en la fuente de un capítulo y cuántas tiene que haber como poco.
PIECES: dict[str, tuple[Callable[[str], int], int]] = {
    "objetivos": (_lines_under(r"\*\*Al terminar podrás:\*\*\n\n", "- "), 3),
    "apuestas": (_matches(r"^> \*\*Apuesta\.\*\*"), 1),
    "dibujos": (_matches(r"aula\.show\(|^```mermaid"), 1),
    "experimentos": (_matches(r"<b>Experimento \d"), 2),
    "números medidos": (_matches(r"aula\.tell\("), 1),
    "errores": (_matches(r"^## Errores frecuentes$"), 1),
    "cuándo no": (_matches(r"^## Cuándo no"), 1),
    "en kind": (_matches(r"En kind o en un clúster de verdad"), 1),
    "preguntas": (lambda text: len(_ANSWERED.findall(text)), QUESTIONS),
    "términos": (_lines_under(r"## Glosario\n\n", r"- "), 5),
}
LAB = "laboratorio"


def count(chapter: Path) -> dict[str, int]:
    """De cada pieza, cuántas trae el capítulo de esa carpeta; el laboratorio cuenta como una más."""
    text = (chapter / "leccion.md").read_text(encoding="utf-8")
    found = {name: how(text) for name, (how, _) in PIECES.items()}
    return {**found, LAB: int((chapter.parents[1] / "labs" / chapter.name / "lab.yaml").is_file())}


def missing(chapter: Path) -> list[str]:
    """Lo que le falta al capítulo, con cuánto hay y cuánto tendría que haber."""
    least = {**{name: number for name, (_, number) in PIECES.items()}, LAB: 1}
    return [f"{name}: {there} de {least[name]}" for name, there in count(chapter).items() if there < least[name]]
