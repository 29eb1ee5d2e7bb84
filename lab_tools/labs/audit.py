"""Auditar un laboratorio: las comprobaciones también se comprueban.

Sin tocar nada han de dar 0; la referencia y la alternativa, todo; cada error típico, la nota que dice; un mutante
dañino ha de perder puntos y uno inofensivo no. Cada caso se juega en su propio clúster, dentro del proceso y en tiempo
virtual, y los casos (`cases`) se reparten entre procesos; los mutantes nacen de la vida de la solución (`family`). Lo
que necesita kubectl se juega por TLS en un clúster servido.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from lab_tools.checks.check import BEHAVIOUR
from lab_tools.errors import InfrastructureError
from lab_tools.labs import children, definition, mutants, play
from lab_tools.labs.cases import (
    DEMAND,
    HARMFUL,
    HARMLESS,
    SEEDS,
    TYPICAL,
    Case,
    base,
    mutant_cases,
    plain_cases,
    record,
)
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.family import Family, Mutated

JOBS = 2
# Lo que se pide, como poco, de todo laboratorio.
LEAST = {"comprobaciones públicas": 8, "reservadas": 1, TYPICAL: 3, HARMFUL: 10, HARMLESS: 5}


@dataclass(frozen=True)
class Row:
    """Un caso jugado: la nota que se esperaba, la que salió y por qué no cuadran o, si es dañino, dónde perdió.

    Un mutante dañino se deja de jugar en el ejercicio donde pierde: `mark` es entonces lo más que aún podía sacar.
    """

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
    rows = play_all(folder, cases, jobs, progress)
    rows += demands(lab, rows)
    return Audit(lab.slug, lab.max_points, tuple(rows), tuple(mutants.unclassified(writes, lab.mutants)))


def play_all(
    folder: Path, cases: Sequence[Case], jobs: int = JOBS, progress: Callable[[int, int], None] | None = None
) -> list[Row]:
    """La fila de cada caso, en el orden de los casos y las mismas con cualquier número de procesos.

    `InfrastructureError` si algo no se pudo jugar.
    """
    rows: dict[int, Row] = {}

    def note(index: int, row: Row) -> None:
        rows[index] = row
        if progress:
            progress(len(rows), len(cases))

    if children.possible():
        _forked(folder, cases, jobs, note)
    else:
        _whole(folder, cases, jobs, note)
    return [rows[index] for index in range(len(cases))]


def judge(folder: Path, case: Case) -> Row:
    """Juega un caso entero y mira si la nota es la que debe."""
    lab = definition.load(folder)
    solution = next((one for one in lab.solutions if one.name == case.solution), None)
    try:
        if solution is not None and solution.driver == "kubectl":
            return row(case, _served(folder, case))
        if case.mutant < 0:
            return row(case, play.play(folder, case.solution, case.seed))
        mutant = mutants.of(record(folder), lab.mutants)[case.mutant]
        return row(case, play.play(folder, case.solution, None, Mutated(mutant)))
    except InfrastructureError:
        raise
    except Exception as error:
        return broken(case, error)


def row(case: Case, game: play.Game) -> Row:
    """La fila de un caso ya jugado."""
    ok = case.least <= game.most <= case.most and game.measured == game.offered
    return Row(case.kind, case.name, _range(case), game.most, ok, "" if ok and case.kind != HARMFUL else _why(game))


def broken(case: Case, error: Exception) -> Row:
    """La fila de un caso que no se pudo acabar de jugar porque algo nuestro se rompió."""
    said = " ".join(str(error).split()) or "sin más explicación"
    return Row(case.kind, case.name, _range(case), 0, False, f"se rompió al jugarlo: {type(error).__name__}: {said}")


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


def _whole(folder: Path, cases: Sequence[Case], jobs: int, note: Callable[[int, Row], None]) -> None:
    """Cada caso, su vida entera."""
    if jobs <= 1:
        for index, case in enumerate(cases):
            note(index, judge(folder, case))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for index, found in enumerate(pool.map(judge, [folder] * len(cases), cases, chunksize=4)):
            note(index, found)


def _forked(folder: Path, cases: Sequence[Case], jobs: int, note: Callable[[int, Row], None]) -> None:
    """Cada caso en un hijo de este proceso; los mutantes, desde donde se separan de la solución."""
    lab = definition.load(folder)
    known = mutants.of(record(folder), lab.mutants)
    brood = children.Children(jobs, note)
    family = Family({index: known[case.mutant] for index, case in enumerate(cases) if case.mutant >= 0}, brood)

    def live() -> Row | None:
        for index, case in enumerate(cases):
            if case.mutant < 0 and brood.fork(index):
                return judge(folder, case)
        if not family.unborn:
            return None
        try:
            game = play.play(folder, base(lab), None, family)
        except InfrastructureError:
            raise
        except Exception as error:
            if family.key is None:
                raise
            return broken(cases[family.key], error)
        if family.key is not None:
            return row(cases[family.key], game)
        for index in family.unborn:  # no cambiaron nada: su vida es la de la solución
            note(index, row(cases[index], game))
        return None

    brood.run(live)


def _served(folder: Path, case: Case) -> play.Game:
    """Por TLS y con kubectl, en un clúster servido de usar y tirar."""
    from lab_tools.labs.stage import served

    with served(definition.load(folder).nodes) as (student, checker):
        return play.play_on(folder, case.solution, student, checker, case.seed)


def _range(case: Case) -> str:
    if case.kind == HARMFUL:
        return "menos de todo"
    return f"{case.least:g}".replace(".", ",")


def _why(game: play.Game) -> str:
    short = game.measured != game.offered
    unmeasured = [f"aquí solo se podían ganar {game.measured:g} de {game.offered:g}"] if short else []
    return "; ".join([*unmeasured, *game.missing()][:4]) or "no perdió ningún punto"
