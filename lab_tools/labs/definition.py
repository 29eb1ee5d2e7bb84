"""Leer `lab.yaml`, la única fuente de un laboratorio: el enunciado y las comprobaciones no pueden discrepar.

Los textos se rellenan al leerlo con la variante pedida. Los hechos son funciones de `checks.py`, junto al
`lab.yaml`: cada una recibe la variante y devuelve un hecho de `lab_tools.checks`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lab_tools.checks.check import BEHAVIOUR, SHAPE, Check, Criterion, Result
from lab_tools.checks.run import demand, run_to_the_end
from lab_tools.checks.snapshot import Snapshot
from lab_tools.errors import LabError
from lab_tools.labs import shape
from lab_tools.labs.private import CHECKS, Private, given
from lab_tools.labs.source import located, placed, read
from lab_tools.labs.variant import Variant, choose, descriptions, untold
from lab_tools.objects.yaml_source import Steps

if TYPE_CHECKING:
    from lab_tools.checks.expect import Fact
    from lab_tools.client import Client

HIDDEN = "hidden"
BANDS = (15, 30, 60)
# Lo que `requires` puede pedir; cómo se mira y cómo se cura lo sabe `needs`.
REQUIRED = ("namespaces", "nodes", "cluster-objects", "roles", "embedded", "ingress", "ingress-class", "gateway-api",
            "network-policy", "metrics", "vpa", "storage")  # fmt: skip


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
    gates: tuple[Fact, ...] = ()

    @property
    def reserved(self) -> float:
        """Los puntos que no dan las comprobaciones que lleva: los de las reservadas, si no se han cargado."""
        return round(self.points - sum(check.points for check in self.checks), 2)


@dataclass(frozen=True)
class Mutants:
    """Qué pide el enunciado de cada campo que una solución escribe: `lab_tools.labs.mutants` lo lee.

    `named`: ha de estar y tener ese valor. `value`: si está, ha de tener ese valor. `present`: ha de estar, diga lo que
    diga. `free`: vale cualquiera. `rename`: un nombre que se puede cambiar en todas partes a la vez. `optional`: un
    objeto que se puede no pedir. Son rutas («Deployment/frontend spec.replicas»), con `*` por cualquier trozo.
    """

    named: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    rename: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Solution:
    """Una solución del repositorio y la nota que merece, sobre `max_points`.

    `like`: la solución de la que toma los ejercicios que su carpeta no trae; sin ella, los deja sin hacer.
    """

    name: str
    title: str
    mark: float
    driver: str = "python"
    like: str = ""


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
    needs: Mapping[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    # Lo que en cada driver no se mide: los puntos que pierde cada comprobación pública.
    unmeasured: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    mutants: Mutants = field(default=Mutants(), repr=False)

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

    def run(self, cell_id: str, client: Client, clock: Callable[[], float] | None = None) -> tuple[Result, ...]:
        """Comprueba una celda puntuada, tal y como está el clúster ahora. Solo lee; donde actúa, es en una copia.

        `InfrastructureError` si el clúster no responde o si 30 s, de pared si `clock` no dice otros, no bastan:
        entonces no hay nota.
        """
        results = run_to_the_end(self.checks_for(cell_id), Snapshot(client, self.namespace), clock)
        demand(results, self.task(cell_id).title)
        return tuple(results)


def load(
    folder: Path,
    variant: int | str | Mapping[str, Any] | None = None,
    hidden: bool = True,
    private: Private | Path | None = None,
) -> LabDefinition:
    """El laboratorio de `folder`.

    `variant`: una semilla, los valores ya elegidos, o `None` para la pública. Con `hidden`, lleva también las
    reservadas: las de `private` (o las de la carpeta que diga ORQUESTA_PRIVATE) si traen este laboratorio; si no, la
    muestra del repositorio. Lanza `LabError` con archivo, línea y cura si algo está mal escrito.
    """
    path = folder / "lab.yaml"
    source = read(path)
    shape.demand(source, shape.LAB, path)
    return _definition(folder, source, variant, _reserved(folder, source["slug"], private) if hidden else None)


def within(
    lab: LabDefinition, namespace: str, hidden: bool = True, private: Private | Path | None = None
) -> LabDefinition:
    """El mismo laboratorio y la misma variante, en el namespace que se dé y no en el de la variante."""
    return load(lab.folder, {**lab.variant, "namespace": namespace}, hidden, private)


def _definition(
    folder: Path, source: Any, asked: int | str | Mapping[str, Any] | None, reserved: Path | None
) -> LabDefinition:
    path = folder / "lab.yaml"
    variant = _variant(source, asked)
    extra = _extra(reserved)
    facts = Facts(folder / "checks.py", variant)
    secret = Facts(reserved / "checks.py", variant) if reserved else None
    tasks = []
    for index, task in enumerate(source["tasks"]):
        found = _Maker(path, ("tasks", index), variant, facts).task(task)
        if reserved is not None and secret is not None:
            maker = _Maker(reserved / CHECKS, (task["id"],), variant, secret)
            found = replace(found, checks=found.checks + maker.reserved(extra.get(task["id"], ()), found.gates))
        tasks.append(found)
    whole = _Maker(path, (), variant, facts)
    definition = LabDefinition(
        id=source["id"],
        slug=source["slug"],
        title=source["title"],
        minutes=source["minutes"],
        drivers=tuple(source["drivers"]),
        needs=dict(source.get("needs", {})),
        requires=tuple(source.get("requires", ())),
        unmeasured={driver: dict(lost) for driver, lost in source.get("unmeasured", {}).items()},
        nodes=source["nodes"],
        speed=float(source["speed"]),
        intro=whole.text(source["intro"], "intro"),
        ending=whole.text(source["ending"], "ending"),
        folder=folder,
        variant=variant,
        tasks=tuple(tasks),
        manifests=tuple(source["setup"]["manifests"]),
        faults=tuple(source["setup"].get("faults", ())),
        solutions=tuple(Solution(**item) for item in source["solutions"]),
        mutants=Mutants(**{key: tuple(value) for key, value in source.get("mutants", {}).items()}),
    )
    _judge_told(source, path)
    _judge(definition, path, complete=reserved is not None)
    return definition


def _variant(source: Mapping[str, Any], asked: int | str | Mapping[str, Any] | None) -> Variant:
    declared: Mapping[str, Mapping[str, Any]] = source["variants"]
    says = descriptions(declared)
    if isinstance(asked, Mapping):
        missing = declared.keys() - asked.keys()
        if missing:
            raise LabError(f"A la variante le falta {', '.join(sorted(missing))}.", "Pide que te la generen de nuevo.")
        return Variant({name: asked[name] for name in declared}, says)
    seed = source["public_seed"] if asked is None else asked
    return Variant(choose(source["id"], {name: item["options"] for name, item in declared.items()}, seed), says)


def _reserved(folder: Path, slug: str, private: Private | Path | None) -> Path | None:
    """La carpeta de las reservadas que valen: las de quien imparte el curso o, si no las trae, la muestra."""
    teacher = Private(private) if isinstance(private, Path) else private or given()
    theirs = teacher.hidden(slug) if teacher is not None else None
    sample = folder / HIDDEN
    return theirs or (sample if (sample / CHECKS).is_file() else None)


def _extra(reserved: Path | None) -> dict[str, list[Any]]:
    """Las comprobaciones reservadas, por ejercicio. Sin carpeta, ninguna."""
    if reserved is None:
        return {}
    found = read(reserved / CHECKS)
    shape.demand(found, shape.RESERVED, reserved / CHECKS)
    return dict(found)


@dataclass(frozen=True)
class _Maker:
    """Hace ejercicios y comprobaciones de lo escrito en `path`, a partir de `at`; sus errores dicen la línea."""

    path: Path
    at: Steps
    variant: Variant
    facts: Facts

    def task(self, source: Mapping[str, Any]) -> Task:
        """Un ejercicio con sus comprobaciones públicas."""
        with located(self.path, *self.at, "gates"):
            gates = tuple(self.facts(name) for name in source.get("gates", ()))
        return Task(
            id=source["id"],
            title=source["title"],
            text=self.text(source["text"], *self.at, "text"),
            answer_id=source["answer"],
            cell_id=source["cell"],
            points=float(source["points"]),
            gates=gates,
            checks=tuple(
                self._check(item, (*self.at, "checks", index), gates) for index, item in enumerate(source["checks"])
            ),
        )

    def reserved(self, source: Sequence[Any], gates: tuple[Fact, ...]) -> tuple[Check, ...]:
        """Las comprobaciones reservadas, tras las mismas puertas que las públicas."""
        return tuple(
            replace(self._check(item, (*self.at, index), gates), hidden=True) for index, item in enumerate(source)
        )

    def _check(self, source: Mapping[str, Any], at: Steps, gates: tuple[Fact, ...]) -> Check:
        hints = [self.text(hint, *at, "hints", index) for index, hint in enumerate(source["hints"])]
        with located(self.path, *at, "hints"):
            if len(hints) != 3:
                raise LabError(f"La comprobación {source['id']} tiene {len(hints)} pistas.", "Han de ser tres.")
        looks_at = source.get("looks_at", BEHAVIOUR)
        with located(self.path, *at, "looks_at"):
            if looks_at not in (BEHAVIOUR, SHAPE):
                raise LabError(f"«{looks_at}» no es algo que mirar.", f"Elige «{BEHAVIOUR}» o «{SHAPE}».")
        return Check(
            id=source["id"],
            question=self.text(source["question"], *at, "question"),
            why=self.text(source["why"], *at, "why"),
            read=self.text(source["read"], *at, "read"),
            criteria=tuple(
                Criterion(float(item["points"]), self._fact(item["fact"], *at, "criteria", index, "fact"))
                for index, item in enumerate(source["criteria"])
            ),
            hints=(hints[0], hints[1], hints[2]),
            gates=gates,
            looks_at=looks_at,
        )

    def text(self, text: str, *at: str | int) -> str:
        """Un texto con sus huecos rellenos."""
        with located(self.path, *at):
            return self.variant.render(text)

    def _fact(self, name: str, *at: str | int) -> Fact:
        with located(self.path, *at):
            return self.facts(name)


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
        try:
            return build(self._variant)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise LabError(
                f"El hecho «{name}» de «{self._path}» no se puede hacer con esta variante: {_first_line(error)}.",
                "Compara lo que lee de la variante con lo que declara `variants`.",
            ) from error


def _import(path: Path) -> ModuleType:
    """El módulo de un archivo, sin dejarlo en `sys.modules`: dos laboratorios pueden llamarlo igual."""
    spec = importlib.util.spec_from_file_location(f"orquesta_lab_{path.parent.name}".replace("-", "_"), path)
    if spec is None or spec.loader is None or not path.is_file():
        raise placed(f"Falta «{path}».", "Ahí van los hechos que las comprobaciones nombran.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise placed(
            f"{path}:{error.lineno or 1}: no es Python: «{(error.text or '').strip()}».",
            "Corrige esa línea; si parece buena, mira la anterior.",
        ) from error
    except (ImportError, AttributeError, NameError) as error:
        line = next(
            (frame.lineno for frame in reversed(extract_tb(error.__traceback__)) if frame.filename == str(path)), 1
        )
        raise placed(
            f"{path}:{line}: algo que se usa ahí no existe: {_first_line(error)}.",
            "Mira qué ofrece lab_tools.checks, y cómo se llama.",
        ) from error
    return module


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")


def _judge_told(source: Mapping[str, Any], path: Path) -> None:
    """Lo que el enunciado dice con la variante pública y cambia en otras se enseña en la tabla del encargo."""
    texts: list[tuple[tuple[str | int, ...], str]] = [((key,), source[key]) for key in ("intro", "ending")]
    texts += [(("tasks", index, "text"), task["text"]) for index, task in enumerate(source["tasks"])]
    for place, text in texts:
        with located(path, *place):
            if holes := untold(source["variants"], text):
                raise LabError(f"«{holes[0]}» cambia con la variante y no está en la tabla del encargo.",
                               "Descríbelo en variants: con «says», o con «parts» si es una parte.")  # fmt: skip


def _judge_unmeasured(lab: LabDefinition, path: Path) -> None:
    """Lo que no se mide es de un driver en el que corre, de una comprobación pública, y no más de lo que vale."""
    worth = {check.id: check.points for check in lab.checks if not check.hidden}
    for driver, lost in lab.unmeasured.items():
        with located(path, "unmeasured", driver):
            if driver not in lab.drivers:
                raise LabError(f"No corre en «{driver}».", f"Corre en: {', '.join(lab.drivers)}.")
            wrong = [name for name, points in lost.items() if not 0 < points <= worth.get(name, 0)]
            if wrong:
                raise LabError(f"`{wrong[0]}` no puede perder {lost[wrong[0]]:g} puntos.",
                               "Di una comprobación pública, y cuántos de sus puntos no se miden.")  # fmt: skip


def _judge(lab: LabDefinition, path: Path, complete: bool) -> None:
    """Lo que un laboratorio no puede incumplir: una banda de tiempo, ids sin repetir y puntos que cuadran."""
    with located(path, "minutes"):
        if lab.minutes not in BANDS:
            raise LabError(f"{lab.minutes} minutos no es una banda.", f"Las que hay: {BANDS}.")
    with located(path, "requires"):
        if unknown := [name for name in lab.requires if name not in REQUIRED]:
            raise LabError(f"«{unknown[0]}» no es algo que se pueda pedir.", f"Se puede pedir: {', '.join(REQUIRED)}.")
    _judge_unmeasured(lab, path)
    for index, one in enumerate(lab.solutions):
        others = [other.name for other in lab.solutions if other is not one and not other.like]
        with located(path, "solutions", index):
            if one.like and one.like not in others:
                raise LabError(f"«{one.name}» no puede partir de «{one.like}».", f"Las enteras: {', '.join(others)}.")
    names = [check.id for check in lab.checks] + [name for task in lab.tasks for name in (task.cell_id, task.answer_id)]
    repeated = {name for name in names if names.count(name) > 1}
    with located(path, "tasks"):
        if repeated:
            raise LabError(f"hay ids repetidos: {', '.join(sorted(repeated))}.", "Un id no se usa dos veces.")
    for index, task in enumerate(lab.tasks):
        total = round(sum(check.points for check in task.checks), 2)
        with located(path, "tasks", index, "points"):
            if total != task.points if complete else total > task.points:
                raise LabError(
                    f"«{task.id}» dice valer {task.points:g} y sus comprobaciones suman {total:g}.",
                    "Cuadra los puntos en lab.yaml y en las reservadas.",
                )
