"""Leer `lab.yaml`, la única fuente de un laboratorio: el enunciado y las comprobaciones no pueden discrepar.

Los textos se rellenan al leerlo con la variante pedida. Los hechos son funciones de `checks.py`, junto al
`lab.yaml`: cada una recibe la variante y devuelve un hecho de `lab_tools.checks`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lab_tools.checks.check import Check, Criterion, Result
from lab_tools.checks.run import run
from lab_tools.checks.snapshot import Snapshot
from lab_tools.errors import LabError
from lab_tools.labs.source import read
from lab_tools.labs.variant import Variant, choose

if TYPE_CHECKING:
    from lab_tools.checks.expect import Fact
    from lab_tools.client import Client

HIDDEN = "hidden"
BANDS = (15, 30, 60)


@dataclass(frozen=True)
class Task:
    """Un ejercicio: su texto, la celda donde se responde, la que se puntúa y lo que vale, reservadas incluidas."""

    id: str
    title: str
    text: str
    answer_id: str
    cell_id: str
    points: float
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Solution:
    """Una solución del repositorio y la nota que merece, sobre `max_points`."""

    name: str
    title: str
    mark: float
    driver: str = "python"


@dataclass(frozen=True)
class LabDefinition:
    """Un laboratorio, con una variante."""

    id: str
    slug: str
    title: str
    minutes: int
    drivers: tuple[str, ...]
    nodes: int
    speed: float
    intro: str
    ending: str
    folder: Path
    variant: Variant
    tasks: tuple[Task, ...]
    manifests: tuple[str, ...]
    faults: tuple[Mapping[str, Any], ...]
    solutions: tuple[Solution, ...] = field(default=(), repr=False)

    @property
    def max_points(self) -> float:
        """Lo más que se puede sacar, reservadas incluidas."""
        return round(sum(task.points for task in self.tasks), 2)

    @property
    def namespace(self) -> str:
        """Donde se trabaja y donde miran las comprobaciones."""
        return str(self.variant["namespace"])

    @property
    def checks(self) -> tuple[Check, ...]:
        """Todas las comprobaciones, en orden."""
        return tuple(check for task in self.tasks for check in task.checks)

    def task(self, name: str) -> Task:
        """El ejercicio que se llama así, por su id, su celda puntuada o su lugar («1»). `LabError` si no lo hay."""
        for place, task in enumerate(self.tasks, 1):
            if name.lower() in (task.id.lower(), task.cell_id.lower(), str(place)):
                return task
        raise LabError(
            f"El laboratorio {self.slug} no tiene ningún ejercicio «{name}».",
            f"Los que hay: {', '.join(task.id for task in self.tasks)}.",
        )

    def checks_for(self, cell_id: str) -> tuple[Check, ...]:
        """Las comprobaciones de una celda puntuada."""
        return self.task(cell_id).checks

    def run(self, cell_id: str, client: Client) -> tuple[Result, ...]:
        """Comprueba una celda puntuada, tal y como está el clúster ahora. Solo lee.

        `InfrastructureError` si el clúster no responde: entonces no hay nota.
        """
        return tuple(run(self.checks_for(cell_id), Snapshot(client, self.namespace)))


def load(folder: Path, variant: int | str | Mapping[str, Any] | None = None, hidden: bool = True) -> LabDefinition:
    """El laboratorio de `folder`. `variant`: una semilla, los valores ya elegidos, o `None` para la pública."""
    path = folder / "lab.yaml"
    try:
        return _definition(folder, read(path), variant, hidden)
    except (KeyError, TypeError) as error:
        raise LabError(f"A «{path}» le falta o le sobra algo: {error}.", "Compáralo con otro laboratorio.") from error


def _definition(folder: Path, source: Any, asked: int | str | Mapping[str, Any] | None, hidden: bool) -> LabDefinition:
    variant = _variant(source, asked)
    reserved = _reserved(folder) if hidden else {}
    facts = Facts(folder / "checks.py", variant)
    secret = Facts(folder / HIDDEN / "checks.py", variant) if reserved else None
    tasks = tuple(_task(task, variant, facts, reserved.get(task["id"], []), secret) for task in source["tasks"])
    definition = LabDefinition(
        id=source["id"],
        slug=source["slug"],
        title=source["title"],
        minutes=source["minutes"],
        drivers=tuple(source["drivers"]),
        nodes=source["nodes"],
        speed=float(source["speed"]),
        intro=variant.render(source["intro"]),
        ending=variant.render(source["ending"]),
        folder=folder,
        variant=variant,
        tasks=tasks,
        manifests=tuple(source["setup"]["manifests"]),
        faults=tuple(source["setup"].get("faults", ())),
        solutions=tuple(Solution(**item) for item in source["solutions"]),
    )
    _judge(definition, complete=bool(reserved))
    return definition


def _variant(source: Mapping[str, Any], asked: int | str | Mapping[str, Any] | None) -> Variant:
    declared: Mapping[str, Mapping[str, Any]] = source["variants"]
    says = {name: item["says"] for name, item in declared.items() if "says" in item}
    if isinstance(asked, Mapping):
        missing = declared.keys() - asked.keys()
        if missing:
            raise LabError(f"A la variante le falta {', '.join(sorted(missing))}.", "Pide que te la generen de nuevo.")
        return Variant({name: asked[name] for name in declared}, says)
    seed = source["public_seed"] if asked is None else asked
    return Variant(choose(source["id"], {name: item["options"] for name, item in declared.items()}, seed), says)


def _reserved(folder: Path) -> dict[str, list[Any]]:
    """Las comprobaciones reservadas, por ejercicio. Sin la carpeta, ninguna."""
    path = folder / HIDDEN / "checks.yaml"
    return dict(read(path)) if path.is_file() else {}


def _task(
    source: Mapping[str, Any], variant: Variant, facts: Facts, reserved: Sequence[Any], secret: Facts | None
) -> Task:
    gates = tuple(facts(name) for name in source.get("gates", ()))
    checks = [_check(item, variant, facts, gates, hidden=False) for item in source["checks"]]
    if secret is not None:
        checks += [_check(item, variant, secret, gates, hidden=True) for item in reserved]
    return Task(
        id=source["id"],
        title=source["title"],
        text=variant.render(source["text"]),
        answer_id=source["answer"],
        cell_id=source["cell"],
        points=float(source["points"]),
        checks=tuple(checks),
    )


def _check(source: Mapping[str, Any], variant: Variant, facts: Facts, gates: tuple[Fact, ...], hidden: bool) -> Check:
    hints = tuple(variant.render(hint) for hint in source["hints"])
    if len(hints) != 3:
        raise LabError(f"La comprobación {source['id']} tiene {len(hints)} pistas.", "Han de ser tres.")
    return Check(
        id=source["id"],
        question=variant.render(source["question"]),
        why=variant.render(source["why"]),
        read=variant.render(source["read"]),
        criteria=tuple(Criterion(float(item["points"]), facts(item["fact"])) for item in source["criteria"]),
        hints=(hints[0], hints[1], hints[2]),
        gates=gates,
        hidden=hidden,
    )


class Facts:
    """Las funciones de un `checks.py`, aplicadas a una variante."""

    def __init__(self, path: Path, variant: Variant) -> None:
        self._path = path
        self._variant = variant
        self._module = _import(path)

    def __call__(self, name: str) -> Fact:
        build: Callable[[Variant], Fact] | None = getattr(self._module, name, None)
        if build is None:
            raise LabError(f"«{self._path}» no define el hecho «{name}».", "Escríbelo, o corrige el nombre en el YAML.")
        return build(self._variant)


def _import(path: Path) -> ModuleType:
    """El módulo de un archivo, sin dejarlo en `sys.modules`: dos laboratorios pueden llamarlo igual."""
    spec = importlib.util.spec_from_file_location(f"orquesta_lab_{path.parent.name}".replace("-", "_"), path)
    if spec is None or spec.loader is None or not path.is_file():
        raise LabError(f"Falta «{path}».", "Ahí van los hechos que las comprobaciones nombran.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _judge(lab: LabDefinition, complete: bool) -> None:
    """Lo que un laboratorio no puede incumplir: una banda de tiempo, ids sin repetir y puntos que cuadran."""
    if lab.minutes not in BANDS:
        raise LabError(f"{lab.slug}: {lab.minutes} minutos no es una banda.", f"Las que hay: {BANDS}.")
    names = [check.id for check in lab.checks] + [name for task in lab.tasks for name in (task.cell_id, task.answer_id)]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise LabError(f"{lab.slug}: ids repetidos: {', '.join(sorted(repeated))}.", "Un id no se usa dos veces.")
    for task in lab.tasks:
        total = round(sum(check.points for check in task.checks), 2)
        if total != task.points if complete else total > task.points:
            raise LabError(
                f"{lab.slug}: «{task.id}» dice valer {task.points:g} y sus comprobaciones suman {total:g}.",
                "Cuadra los puntos en lab.yaml y en las reservadas.",
            )
