"""Recoger las entregas de una clase: de una carpeta, de un zip del LMS o del intercambio de nbgrader.

De cada persona cuentan el cuaderno y su registro; lo demás no entra en el curso. Se sabe de quién es cada archivo por
la carpeta en que viene: su identificador, o «Nombre Apellidos_123456_assignsubmission_file_» como lo escribe Moodle.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from grading import archive, folders, intake
from grading.roster import Student, plain
from lab_tools.errors import GradingError
from lab_tools.labs.handin import FILE as RECORD

NOTEBOOK = "lab.ipynb"
TIMESTAMP = "timestamp.txt"
_MOODLE = re.compile(r"(?P<name>.+?)_\d+_assignsubmission_(file|onlinetext)_?")
_CANVAS = re.compile(r"(?P<name>[a-z0-9-]+?)_(LATE_)?(?P<lms>\d+)_\d+_(?P<file>.+)")


@dataclass
class Gathered:
    """Lo recogido: quién entregó, lo que no se sabe de quién es y por qué no vale lo que no vale.

    `strangers`: quien entregó un cuaderno sin ninguna celda de este laboratorio. Se recoge, y valdrá cero.
    """

    students: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass
class _Parcel:
    """Lo que una carpeta trae: el cuaderno y el registro, si vienen, y cuándo se escribió lo último."""

    files: dict[str, bytes] = field(default_factory=dict)
    when: float = 0.0


def gather(course: CourseDirectory, assignment: str, source: Path, students: Iterable[Student]) -> Gathered:
    """Copia a `submitted/` lo que haya en `source`, una carpeta o un zip. Lo anterior de cada cual se sustituye.

    Lanza GradingError si `source` no se puede leer. Lo de una persona que no vale no estropea lo de las demás.
    """
    if source.is_dir():
        items = _in_folder(source)
    elif source.is_file():
        items = archive.members(source)
    else:
        raise GradingError(f"No existe «{source}».", "Di la carpeta o el zip con las entregas.")
    people, found = list(students), Gathered()
    parcels: dict[str, _Parcel] = {}
    for name, content, when in items:
        _sort(name, content, when, people, parcels, found)
    for student, parcel in sorted(parcels.items()):
        _deliver(course, assignment, student, parcel, found)
    return found


def exchanged(course: CourseDirectory, assignment: str) -> Gathered:
    """Recoge lo que haya en el intercambio de nbgrader, con su propia orden. Lanza GradingError si no se puede."""
    from nbgrader.exchange import ExchangeError, ExchangeFactory

    course.assignment_id = assignment
    factory = ExchangeFactory(config=course.config)
    try:
        factory.Collect(coursedir=course, config=course.config, parent=None).start()
    except (ExchangeError, SystemExit, OSError) as error:
        raise GradingError(
            f"El intercambio de nbgrader no deja recoger «{assignment}»: {error}.",
            "Mira Exchange.root en nbgrader_config.py, y que el laboratorio esté publicado en él.",
        ) from error
    root = Path(course.root) / course.submitted_directory
    return Gathered(sorted(path.parent.name for path in root.glob(f"*/{assignment}") if path.is_dir()))


def moment(files: Mapping[str, bytes]) -> datetime | None:
    """Cuándo se entregó (UTC, sin huso, como lo guarda nbgrader), según su `timestamp.txt`; None si no lo dice.

    Lanza GradingError si lo que dice no es un momento.
    """
    said = files.get(TIMESTAMP, b"").decode("utf-8", "replace").strip()
    try:
        found: datetime | None = parse_utc(said) if said else None
        return found
    except (ValueError, OverflowError, TypeError, OSError) as error:
        raise GradingError(
            f"«{TIMESTAMP}» no dice cuándo se entregó: «{said[:40]}».",
            "Escribe la fecha así: 2026-03-01 12:00:00 UTC. O borra ese archivo, y no contará como retraso.",
        ) from error


def _in_folder(source: Path) -> Iterator[tuple[PurePosixPath, bytes, float]]:
    for path in sorted(source.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size > archive.BIGGEST:
            raise GradingError(f"«{path}» ocupa demasiado.", "Pide que la entregue sin datos.")
        yield PurePosixPath(path.relative_to(source).as_posix()), path.read_bytes(), path.stat().st_mtime


def _sort(name: PurePosixPath, content: bytes, when: float, people: list[Student],
          parcels: dict[str, _Parcel], found: Gathered) -> None:  # fmt: skip
    """Pone un archivo en el paquete de su dueño, si es de los que cuentan."""
    kind = _kind(name)
    if not kind:
        return
    owner = _owner(name, people)
    if owner is None:
        found.unknown.append(str(name))
        return
    parcel = parcels.setdefault(owner, _Parcel())
    parcel.files[kind] = content
    parcel.when = max(when, parcel.when)


def _kind(name: PurePosixPath) -> str:
    """Con qué nombre se guarda, o nada si no cuenta. Los navegadores añaden « (1)» y Canvas, un prefijo."""
    if name.suffix == ".ipynb" and ".ipynb_checkpoints" not in name.parts:
        return NOTEBOOK
    return RECORD if name.suffix == ".json" and name.stem.split("_")[-1].startswith(Path(RECORD).stem) else ""


def _owner(name: PurePosixPath, people: list[Student]) -> str | None:
    """De quién es, por la carpeta de fuera o, si no hay, por el nombre como lo escribe Canvas."""
    by_id = {student.id: student.id for student in people}
    times = Counter(plain(student.name) for student in people)  # con el mismo nombre, nadie sabe de cuál es
    by_name = {plain(student.name): student.id for student in people if times[plain(student.name)] == 1}
    by_lms = {student.lms: student.id for student in people if student.lms}
    for folder in name.parts[:-1]:
        if folder in by_id:
            return folder
        moodle = _MOODLE.fullmatch(folder)
        if moodle and plain(moodle["name"]) in by_name:
            return by_name[plain(moodle["name"])]
    canvas = _CANVAS.fullmatch(name.name)
    if canvas:
        return by_lms.get(canvas["lms"])
    return None


def _deliver(course: CourseDirectory, assignment: str, student: str, parcel: _Parcel, found: Gathered) -> None:
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    files = dict(parcel.files)
    if parcel.when:
        files[TIMESTAMP] = f"{datetime.fromtimestamp(parcel.when, UTC):%Y-%m-%d %H:%M:%S.%f} UTC".encode()
    try:
        folders.replace(folder, files, _admit)
    except GradingError as error:
        found.refused[student] = str(error)
    else:
        found.students.append(student)
        own = _cells(Path(course.format_path(course.release_directory, ".", assignment)) / NOTEBOOK)
        if own and not own & _cells(folder / NOTEBOOK):
            found.strangers.append(student)


def _cells(notebook: Path) -> set[str]:
    """Los nombres que nbgrader puso a las celdas de un cuaderno; ninguno si no está."""
    if not notebook.is_file():
        return set()
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return {str(cell["metadata"]["nbgrader"].get("grade_id")) for cell in cells if "nbgrader" in cell["metadata"]}


def _admit(fresh: Path) -> None:
    if not (fresh / NOTEBOOK).exists():
        raise GradingError("No viene ningún cuaderno.", "Pide que lo entregue.")
    intake.check(fresh / NOTEBOOK)
