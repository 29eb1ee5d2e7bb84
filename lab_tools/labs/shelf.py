"""Dónde están los laboratorios: en la carpeta `labs` de donde se trabaja, o en la que vino con el paquete."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lab_tools.errors import LabError
from lab_tools.labs import shape
from lab_tools.labs.source import read

ENVIRONMENT = "ORQUESTA_LABS"


@dataclass(frozen=True)
class LabInfo:
    """Lo que hace falta para elegir un laboratorio. `minutes` es la banda de tiempo: 15, 30 o 60 como mucho."""

    id: str
    slug: str
    title: str
    minutes: int
    drivers: tuple[str, ...]
    points: float
    folder: Path


def catalogue() -> list[LabInfo]:
    """Los laboratorios que hay, por su número; si dos carpetas traen el mismo, manda la primera."""
    found: dict[str, LabInfo] = {}
    for shelf in _shelves():
        for path in sorted(shelf.glob("*/lab.yaml")):
            found.setdefault(path.parent.name, _info(path))
    return [found[slug] for slug in sorted(found)]


def folder(lab: str | Path) -> Path:
    """La carpeta de un laboratorio por su nombre («06-deployments»), su id («L06»), su número o su ruta."""
    path = Path(lab)
    if (path / "lab.yaml").is_file():
        return path.resolve()
    for place in _shelves():
        if (place / str(lab) / "lab.yaml").is_file():
            return (place / str(lab)).resolve()
    known = catalogue()
    for info in known:
        if str(lab).lower() in (info.slug, info.id.lower(), info.slug.split("-")[0], _number(info.id)):
            return info.folder
    names = ", ".join(info.slug for info in known) or "ninguno"
    raise LabError(f"No conozco el laboratorio «{lab}».", f"Los que hay: {names}.")


def _shelves() -> list[Path]:
    named = [Path(part) for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]
    here = Path.cwd()
    around = [place / "labs" for place in (here, *here.parents)]
    shipped = Path(__file__).resolve().parents[2] / "labs"
    return [place for place in (*named, *around, shipped) if place.is_dir()]


def _info(path: Path) -> LabInfo:
    source = read(path)
    shape.demand(source, shape.SUMMARY, path)
    return LabInfo(
        id=source["id"],
        slug=source["slug"],
        title=source["title"],
        minutes=source["minutes"],
        drivers=tuple(source["drivers"]),
        points=float(sum(task["points"] for task in source["tasks"])),
        folder=path.parent.resolve(),
    )


def _number(lab_id: str) -> str:
    return re.sub(r"\D", "", lab_id).lstrip("0")
