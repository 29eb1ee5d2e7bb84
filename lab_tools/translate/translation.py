"""Traducir unos manifiestos: el documento del otro orquestador, como texto, y lo que se pierde por el camino."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab_tools.errors import UsageError
from lab_tools.translate import ecs, marathon, nomad, swarm
from lab_tools.translate.application import Application
from lab_tools.translate.losses import ECS, MARATHON, NOMAD, SWARM, lost
from lab_tools.translate.read import read

_WRITERS: Mapping[str, Callable[[Application], Any]] = {
    SWARM: swarm.write, NOMAD: nomad.write, MARATHON: marathon.write, ECS: ecs.write,
}  # fmt: skip
TARGETS = tuple(_WRITERS)


@dataclass(frozen=True)
class Translation:
    """Lo traducido. `document` son datos; `text`, como se guarda: YAML para Swarm, JSON para los demás.

    `files`: los archivos que el documento nombra y van a su lado (nombre → texto).
    """

    target: str
    name: str
    document: Any
    lost: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """El documento, listo para guardar."""
        if self.target != SWARM:
            return json.dumps(self.document, indent=2, ensure_ascii=False) + "\n"
        import yaml

        return str(yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True, width=120))


def translate(objects: Iterable[Mapping[str, Any]], target: str, name: str = "tienda") -> Translation:
    """Traduce. Lanza UsageError si no se conoce el destino o no hay nada que ejecutar."""
    if target not in _WRITERS:
        raise UsageError(f"No sé traducir a «{target}».", f"Elige uno de estos: {', '.join(TARGETS)}.")
    application = read(objects, name)
    files = swarm.files(application) if target == SWARM else {}
    return Translation(target, name, _WRITERS[target](application), tuple(lost(application, target)), files)
