"""Auditar un laboratorio: las comprobaciones también se comprueban.

Sin tocar nada han de dar 0; la referencia y la alternativa, todo; cada error típico, la nota que dice; un mutante
dañino ha de perder puntos y uno inofensivo no. Cada caso se juega en su propio clúster, dentro del proceso y en tiempo
virtual, y los casos se reparten entre procesos. Lo que necesita kubectl se juega por TLS en un clúster servido.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from lab_tools.checks.check import BEHAVIOUR
from lab_tools.drivers.base import Connection
from lab_tools.labs import definition, mutants, play
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.writes import Tape, Write

SEEDS = (0, 1, 2, 3, 4)
JOBS = 2
UNTOUCHED, REFERENCE, ALTERNATIVE = "intacto", "reference", "alternative"
FULL, TYPICAL, HARMFUL, HARMLESS, DEMAND = (
    "solución",
    "error típico",
    "mutante dañino",
    "mutante inofensivo",
    "requisito",
)
# Lo que se pide, como poco, de todo laboratorio.
LEAST = {"comprobaciones públicas": 8, "reservadas": 1, TYPICAL: 3, HARMFUL: 10, HARMLESS: 5}


@dataclass(frozen=True)
class Case:
    """Algo que jugar. `least` y `most`: entre qué notas ha de quedar; `mutant`: el lugar del mutante, o -1."""

    kind: str
    name: str
    least: float
    most: float
    solution: str = ""
    seed: int | None = None
    mutant: int = -1


@dataclass(frozen=True)
class Row:
    """Un caso jugado: la nota que se esperaba, la que salió y, si no cuadran, por qué."""

    kind: str
    name: str
    expected: str
    mark: float
    ok: bool
    why: str = ""


@dataclass(frozen=True)
class Audit:
    """La auditoría de un laboratorio. `unclassified`: campos de los que no se dice si importan."""

    slug: str
    points: float
    rows: tuple[Row, ...]
    unclassified: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Todo salió como debía."""
        return all(row.ok for row in self.rows)

    def count(self, kind: str) -> tuple[int, int]:
        """De los casos de una clase, cuántos salieron bien y cuántos hay."""
        rows = [row for row in self.rows if row.kind == kind]
        return sum(row.ok for row in rows), len(rows)

    def as_json(self) -> dict[str, object]:
        """La auditoría en tipos de JSON."""
        rows = [asdict(row) for row in self.rows]
        return {"lab": self.slug, "points": self.points, "ok": self.ok, "rows": rows,
                "unclassified": list(self.unclassified)}  # fmt: skip


def audit(
    folder: Path,
    jobs: int = JOBS,
    seeds: Sequence[int] = SEEDS,
    progress: Callable[[int, int], None] | None = None,
    limit: int | None = None,
) -> Audit:
    """La auditoría del laboratorio de `folder`.

    `progress` recibe cuántos casos van y cuántos son; `limit` deja como mucho ese número de mutantes, repartidos.
    """
    lab = definition.load(folder)
    writes = record(folder)
    cases = [*plain_cases(lab, seeds), *mutant_cases(lab, writes, limit)]
    rows: list[Row] = []
    for row in _played(folder, cases, jobs):
        rows.append(row)
        if progress:
            progress(len(rows), len(cases))
    rows += demands(lab, rows)
    return Audit(lab.slug, lab.max_points, tuple(rows), tuple(mutants.unclassified(writes, lab.mutants)))


def plain_cases(lab: LabDefinition, seeds: Sequence[int] = SEEDS) -> Iterator[Case]:
    """Sin tocar y las soluciones del repositorio: las de toda la nota, con cada semilla."""
    for seed in seeds:
        yield Case(UNTOUCHED, f"semilla {seed}", 0, 0, "", seed)
    for one in lab.solutions:
        full = one.mark == lab.max_points
        kind = FULL if full else TYPICAL
        if full and one.driver == "python":
            yield from (Case(kind, f"{one.name}, semilla {seed}", one.mark, one.mark, one.name, seed) for seed in seeds)
        else:
            yield Case(
                kind, f"{one.name}{' (kubectl)' if one.driver == 'kubectl' else ''}", one.mark, one.mark, one.name
            )


def mutant_cases(lab: LabDefinition, writes: Sequence[Write], limit: int | None = None) -> list[Case]:
    """Los mutantes de la solución de partida. Con `limit`, solo tantos, uno de cada tantos."""
    found = list(enumerate(mutants.of(writes, lab.mutants)))
    if limit is not None and len(found) > limit:
        found = [found[index * len(found) // limit] for index in range(limit)]
    base, full = _base(lab), lab.max_points
    return [
        Case(HARMFUL, one.name, 0, full - 0.01, base, None, index)
        if one.harmful
        else Case(HARMLESS, one.name, full, full, base, None, index)
        for index, one in found
    ]


@cache
def record(folder: Path) -> tuple[Write, ...]:
    """Lo que escribe la solución de partida, con la variante pública."""
    tapes: list[Tape] = []

    def through(connection: Connection) -> Connection:
        tapes.append(Tape(connection))
        return tapes[-1]

    play.play(folder, _base(definition.load(folder)), None, through)
    return tuple(tapes[0].writes)


def judge(folder: Path, case: Case) -> Row:
    """Juega un caso y mira si la nota es la que debe."""
    lab = definition.load(folder)
    solution = next((one for one in lab.solutions if one.name == case.solution), None)
    if solution is not None and solution.driver == "kubectl":
        game = _served(folder, case)
    elif case.mutant < 0:
        game = play.play(folder, case.solution, case.seed)
    else:
        mutant = mutants.of(record(folder), lab.mutants)[case.mutant]
        game = play.play(folder, case.solution, None, lambda inner: Tape(inner, mutant.change), mutant.pause)
    ok = case.least <= game.mark <= case.most and game.measured == lab.max_points
    return Row(case.kind, case.name, _range(case), game.mark, ok, "" if ok else _why(game, lab.max_points))


def demands(lab: LabDefinition, rows: Sequence[Row]) -> list[Row]:
    """Lo que se pide de todo laboratorio: comprobaciones bastantes, que miren lo que pasa, y pruebas bastantes."""
    public = [check for check in lab.checks if not check.hidden]
    watching = [check for check in lab.checks if check.looks_at == BEHAVIOUR]
    counts = {"comprobaciones públicas": len(public), "reservadas": len(lab.checks) - len(public)}
    counts |= {kind: sum(row.kind == kind for row in rows) for kind in (TYPICAL, HARMFUL, HARMLESS)}
    half = len(lab.checks) // 2 + 1
    found = [Row(DEMAND, f"miran lo que pasa y no la forma, de {len(lab.checks)}", f"{half} o más", len(watching),
                 len(watching) >= half)]  # fmt: skip
    return found + [
        Row(DEMAND, name, f"{least} o más", counts[name], counts[name] >= least) for name, least in LEAST.items()
    ]


def _base(lab: LabDefinition) -> str:
    """La solución de la que salen los mutantes: la primera de toda la nota que corre dentro del proceso."""
    return next(one.name for one in lab.solutions if one.driver == "python" and one.mark == lab.max_points)


def _played(folder: Path, cases: Sequence[Case], jobs: int) -> Iterator[Row]:
    if jobs <= 1:
        yield from (judge(folder, case) for case in cases)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(judge, [folder] * len(cases), cases, chunksize=4)


def _served(folder: Path, case: Case) -> play.Game:
    """Por TLS y con kubectl, en un clúster servido de usar y tirar."""
    from lab_tools.labs.stage import served

    with served(definition.load(folder).nodes) as (student, checker):
        return play.play_on(folder, case.solution, student, checker, case.seed)


def _range(case: Case) -> str:
    if case.kind == HARMFUL:
        return "menos de todo"
    return f"{case.least:g}".replace(".", ",")


def _why(game: play.Game, points: float) -> str:
    unmeasured = [f"aquí solo se podían ganar {game.measured:g} de {points:g}"] if game.measured != points else []
    return "; ".join([*unmeasured, *game.missing()][:4]) or "no perdió ningún punto"
