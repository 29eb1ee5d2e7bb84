"""Lo que de un laboratorio solo conoce quien corrige, y si un texto que se publica lo enseña."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

import yaml


def leaks(lab: Path, text: str) -> list[str]:
    """Las líneas privadas que un texto publicado enseña y el cuaderno del estudiante no."""
    public, published = shown((lab / "lab.md").read_text(encoding="utf-8")), shown(text)
    return [line for line in lines(lab) if line in published and line not in public]


@cache
def lines(lab: Path) -> list[str]:
    """Las líneas de código y las frases que solo conoce quien corrige."""
    source = yaml.safe_load((lab / "lab.yaml").read_text(encoding="utf-8"))
    checks = [check for task in source["tasks"] for check in task["checks"]]
    said = [text for check in checks for text in (check["question"], check["why"], *check["hints"])]
    files = [*(lab / "solutions").rglob("*"), *(lab / "hidden").iterdir(), lab / "checks.py"]
    # Una línea corta está en cualquier programa: solo cuentan las que dicen algo de este laboratorio.
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in (".py", ".yaml", ".sh")]
    flattened = (flat(line) for line in [*said, *(line for text in texts for line in text.splitlines())])
    telling = [line for line in flattened if len(line) >= 28 and "{{" not in line]
    return [line for line in telling if not line.startswith(("from ", "import "))]


def shown(text: str) -> str:
    """El texto que se lee, sin etiquetas ni escapes y en una sola línea."""
    return flat(html.unescape(re.sub(r"<[^>]+>", "", text)).replace('\\"', '"'))


def flat(text: str) -> str:
    """El texto con cada hueco reducido a un espacio."""
    return " ".join(text.split())
