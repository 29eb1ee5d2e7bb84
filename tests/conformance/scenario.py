"""Un guion: sus pasos, y lo que se grabó de cada uno."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "scenarios"

Step = dict[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """Un guion leído. `text` es el guion entero: lo que nombra no se normaliza."""

    path: Path
    name: str
    steps: list[Step]
    cleanup: list[str] = field(default_factory=list)
    text: str = ""

    @property
    def family(self) -> str:
        """La primera parte del nombre: api, work, cli…"""
        return self.name.partition("-")[0]

    @cached_property
    def expected(self) -> list[Record]:
        """Lo que respondió el clúster de verdad, paso a paso."""
        found: list[Record] = json.loads(self.path.with_suffix(".expect.json").read_text(encoding="utf-8"))
        return found

    @property
    def only_requests(self) -> bool:
        """Si no llama a kubectl, y por tanto puede repetirse en proceso."""
        return not any("kubectl" in step for step in self.steps) and not self.cleanup


def load(path: Path) -> Scenario:
    """Lee un guion."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Scenario(path, found["name"], found["steps"], found.get("cleanup", []), json.dumps(found))


def every(folder: Path = FOLDER) -> list[Scenario]:
    """Los guiones de una carpeta, por nombre."""
    return [load(path) for path in sorted(folder.glob("*.yaml"))]


def filled(value: Any, words: dict[str, str]) -> Any:
    """El mismo valor con cada `{palabra}` sustituida, también dentro de textos largos."""
    if isinstance(value, dict):
        return {filled(key, words): filled(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, words) for inner in value]
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(word, text)
    return value


def picked(value: Any, fields: list[str] | None) -> Any:
    """Solo los campos nombrados (rutas con puntos) de un objeto, o de cada uno si es una lista."""
    if not fields or not isinstance(value, dict):
        return value
    if "items" in value:
        return {"items": [picked(item, fields) for item in value["items"]]}
    wanted: dict[str, Any] = {}
    for path in fields:
        branch = wanted
        for step in path.split("."):
            branch = branch.setdefault(step, {})
    return _pruned(value, wanted)


def _pruned(value: Any, wanted: dict[str, Any]) -> Any:
    if not wanted:
        return value
    if isinstance(value, list):
        return [_pruned(item, wanted) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _pruned(value[name], below) for name, below in wanted.items() if name in value}
