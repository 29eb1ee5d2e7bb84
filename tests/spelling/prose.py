"""Qué se lee en cada archivo: su texto sin código, sin marcas y con el número de cada línea."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_MARKDOWN = ("*.md", "course/**/*.md", "labs/**/*.md", "docs/**/*.md", "grading/**/*.md")
_YAML = ("course/*.yaml", "labs/*/lab.yaml", "labs/*/hidden/checks.yaml")
# Los campos de un lab.yaml (y de los datos del curso) que lee una persona.
_SAID = {"title", "intro", "ending", "text", "question", "why", "read", "hints", "says", "titulo", "parte", "dice"}

_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1`*\s*$", re.S | re.M)
_HEADER = re.compile(r"\A---\n.*?^---\n", re.S | re.M)
_SILENT = (
    re.compile(r"<style.*?</style>|<!--.*?-->|<code>.*?</code>|<pre>.*?</pre>", re.S),
    re.compile(r"``.*?``|`[^`]*`", re.S),
    re.compile(r"\{\{.*?\}\}", re.S),
    re.compile(r"(?<=\])\([^)\s]*\)|https?://[^\s)>»]+"),
    re.compile(r"(?:«[^»]+», en )?\b[\w-]+\.(?:io|org|com|dev|net|es)\b[\w./#-]*"),
    re.compile(r"<div lang=\"en\">.*?</div>", re.S),
    re.compile(r"<[^>]+>"),
    re.compile(r"\$[^$\n]+\$"),
    re.compile(r"^\+\+\+ .*$|^\([\w-]+\)=$", re.M),
    re.compile(r"[\w./-]*/[\w./-]*\.\w+|\b[\w-]+\.(?:md|py|yaml|yml|json|ipynb|toml|txt)\b|\S+@\S+"),
)
_WORD = re.compile(r"[^\W\d_]{2,}")


def files() -> list[Path]:
    """Los archivos con prosa. Los generados (lab.md) no: su fuente es lab.yaml."""
    found = {path for pattern in (*_MARKDOWN, *_YAML) for path in ROOT.glob(pattern)}
    return sorted(path for path in found if path.name != "lab.md" and not path.name.startswith("LICENSE"))


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Cada palabra de un archivo con su línea."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        yield from _from_yaml(yaml.compose(text))
    else:
        yield from _from_markdown(text, 1)


def _from_markdown(text: str, first: int) -> Iterator[tuple[int, str]]:
    for pattern in (_HEADER, _FENCE, *_SILENT):
        text = pattern.sub(lambda found: " " + "\n" * found[0].count("\n"), text)
    for number, line in enumerate(text.split("\n"), first):
        for found in _WORD.finditer(line):
            # «v1.36», «L06», «P95»: con una cifra al lado es un nombre, no una palabra.
            beside = line[found.start() - 1 : found.start()] + line[found.end() : found.end() + 1]
            if not any(letter.isdigit() or letter == "_" for letter in beside):
                yield number, found[0]


def _from_yaml(node: Any, said: bool = False) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _from_yaml(value, key.value in _SAID)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _from_yaml(item, said)
    elif said and isinstance(node, yaml.ScalarNode):
        yield from _from_markdown(node.value, node.start_mark.line + 1 + (node.style in ("|", ">")))
