"""El curso entero: la lista, recoger, los retrasos, exportar, el informe y lo que se parece demasiado."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from grading import alike, archive, collect, config, export, gradebook, records, roster
from grading.late import LatePolicy
from grading.report import charts, effort, page
from grading.report.figures import Criterion, Effort, Figures, _criteria
from grading.report.figures import collect as collect_figures
from grading.roster import Student
from lab_tools.cli.root import run as orquesta
from lab_tools.errors import GradingError
from tests.grading import fake

SLUG = "90-mentira"
PEOPLE = [Student("ana", "Ana", "Núñez Gil", "ana@x.es", "501"), Student("luis", "Luis", "Peña", "luis@x.es", "502")]
NOTEBOOK = nbformat.writes(fake.notebook()).encode()


@pytest.fixture
def course(tmp_path: Path) -> CourseDirectory:
    from grading.release import release

    release(fake.write_lab(tmp_path / "labs" / SLUG), tmp_path / "curso")
    opened = config.course(tmp_path / "curso", tmp_path / "labs")
    with Gradebook(opened.db_url) as book:
        roster.write(book, PEOPLE)
    return opened


# La lista


@pytest.mark.parametrize(
    "text",
    [
        "id,nombre,apellidos,correo\nana,Ana,Núñez Gil,ana@x.es\n",
        "Nombre de usuario;Nombre;Apellido(s);Dirección de correo\nana;Ana;Núñez Gil;ana@x.es\n",
        "\ufeffUsername,First name,Surname,Email address\nana,Ana,Núñez Gil,ana@x.es\n\n",
    ],
    ids=["la nuestra", "Moodle en español", "Moodle en inglés con BOM"],
)
def test_a_class_list_is_understood_however_the_lms_writes_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lista.csv"
    path.write_text(text, encoding="utf-8")
    assert roster.read(path) == [Student("ana", "Ana", "Núñez Gil", "ana@x.es")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nombre,correo\nAna,a@x.es\n", "identificador"),
        ("id\nana\nana\n", "lista.csv:3: «ana» ya estaba"),
        ("id\n../x\n", r"lista.csv:2: «\.\./x» no vale"),
    ],
)
def test_a_class_list_that_is_wrong_says_where(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "lista.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GradingError, match=why):
        roster.read(path)


def test_putting_the_list_up_to_date_removes_nobody(tmp_path: Path) -> None:
    opened = _empty_course(tmp_path)
    with Gradebook(opened.db_url) as book:
        roster.write(book, PEOPLE)
        roster.write(book, [Student("ana", email="nueva@x.es")])
        assert [(one.id, one.name, one.email) for one in roster.known(book)] == [
            ("ana", "Ana Núñez Gil", "nueva@x.es"), ("luis", "Luis Peña", "luis@x.es"),
        ]  # fmt: skip


# Recoger


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def _handed(course: CourseDirectory, student: str) -> set[str]:
    return {path.name for path in (Path(course.root) / "submitted" / student / SLUG).iterdir()}


def test_the_zip_of_moodle_is_sorted_by_name_with_or_without_accents(course: CourseDirectory, tmp_path: Path) -> None:
    files = {
        "Ana Nunez Gil_4411_assignsubmission_file_/lab.ipynb": NOTEBOOK,
        "Ana Nunez Gil_4411_assignsubmission_file_/registro.json": b"{}",
        "Ana Nunez Gil_4411_assignsubmission_file_/apuntes.docx": b"x",
        "Luis Peña_4412_assignsubmission_file_/lab (1).ipynb": NOTEBOOK,
        "Zoe_4413_assignsubmission_file_/lab.ipynb": NOTEBOOK,
    }
    found = collect.gather(course, SLUG, _zip(tmp_path / "m.zip", files), PEOPLE)
    assert found.students == ["ana", "luis"] and len(found.unknown) == 1
    assert _handed(course, "ana") == {"lab.ipynb", "registro.json", "timestamp.txt"}
    assert _handed(course, "luis") == {"lab.ipynb", "timestamp.txt"}


def test_two_people_with_one_name_are_never_taken_one_for_the_other(course: CourseDirectory, tmp_path: Path) -> None:
    people = [*PEOPLE, Student("ana2", "Ana", "Núñez Gil", "ana2@x.es", "503")]
    files = {
        "Ana Núñez Gil_4411_assignsubmission_file_/lab.ipynb": NOTEBOOK,
        "Ana Núñez Gil_4412_assignsubmission_file_/lab.ipynb": NOTEBOOK,
        "ana2/lab.ipynb": NOTEBOOK,
    }
    found = collect.gather(course, SLUG, _zip(tmp_path / "m.zip", files), people)
    assert found.students == ["ana2"] and len(found.unknown) == 2


def test_the_notebook_of_another_lab_is_taken_and_told(course: CourseDirectory, tmp_path: Path) -> None:
    mine = (Path(course.root) / "release" / SLUG / "lab.ipynb").read_bytes()
    other = (Path(__file__).parents[2] / "labs" / "05-kubectl" / "lab.ipynb").read_bytes()
    files = {"ana/lab.ipynb": other, "luis/lab.ipynb": mine}
    found = collect.gather(course, SLUG, _zip(tmp_path / "m.zip", files), PEOPLE)
    assert found.students == ["ana", "luis"]
    assert found.strangers == ["ana"]


def test_the_files_of_canvas_are_sorted_by_its_number(course: CourseDirectory, tmp_path: Path) -> None:
    files = {"nunezana_501_77_lab.ipynb": NOTEBOOK, "penaluis_LATE_502_78_lab.ipynb": NOTEBOOK}
    assert collect.gather(course, SLUG, _zip(tmp_path / "c.zip", files), PEOPLE).students == ["ana", "luis"]


def test_a_folder_by_identifier_is_enough(course: CourseDirectory, tmp_path: Path) -> None:
    for student in ("ana", "luis"):
        (tmp_path / "e" / student).mkdir(parents=True)
        (tmp_path / "e" / student / "lab.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "e" / "ana" / "enlace.ipynb").symlink_to(tmp_path)
    assert collect.gather(course, SLUG, tmp_path / "e", PEOPLE).students == ["ana", "luis"]


def test_a_bad_one_is_told_and_keeps_what_was_there(course: CourseDirectory, tmp_path: Path) -> None:
    collect.gather(course, SLUG, _zip(tmp_path / "1.zip", {"ana/lab.ipynb": NOTEBOOK}), PEOPLE)
    wrong = {"ana/lab.ipynb": b"roto", "luis/registro.json": b"{}"}
    found = collect.gather(course, SLUG, _zip(tmp_path / "2.zip", wrong), PEOPLE)
    assert set(found.refused) == {"ana", "luis"} and found.students == []
    assert (Path(course.root) / "submitted" / "ana" / SLUG / "lab.ipynb").read_bytes() == NOTEBOOK


@pytest.mark.parametrize(
    "name", ["../../fuera.ipynb", "/etc/lab.ipynb", "ana/../../lab.ipynb", "C:\\lab.ipynb", "a\\..\\lab.ipynb"]
)
def test_a_path_that_leaves_the_zip_is_refused(course: CourseDirectory, tmp_path: Path, name: str) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as made:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        made.writestr(entry, NOTEBOOK)
    with pytest.raises(GradingError, match="se sale"):
        collect.gather(course, SLUG, path, PEOPLE)
    assert not (Path(course.root) / "submitted").exists()


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("ana/lab.ipynb")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as made:
        made.writestr(entry, "/etc/passwd")
    with pytest.raises(GradingError, match="enlace"):
        list(archive.members(tmp_path / "z.zip"))


def test_a_bomb_is_stopped_by_what_it_weighs_and_not_by_what_it_says(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("ana/lab.ipynb", b"0" * (archive.BIGGEST + 1))
    with pytest.raises(GradingError, match="demasiado"):
        list(archive.members(tmp_path / "z.zip"))


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    with pytest.raises(GradingError, match="5 archivos"):
        list(archive.members(_zip(tmp_path / "z.zip", {f"{n}": b"" for n in range(5)})))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04roto", b"no es un zip"])
def test_what_is_not_a_zip_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "z.zip").write_bytes(content)
    with pytest.raises(GradingError, match="no se puede abrir"):
        list(archive.members(tmp_path / "z.zip"))


# Retrasos


@pytest.mark.parametrize(
    ("hours", "lost"), [(0.5, None), (1.0, None), (2, 2.0), (24.9, 2.0), (26, 4.0), (24 * 30, 10.0)]
)
def test_arriving_late_costs_by_the_day_after_some_grace(hours: float, lost: float | None) -> None:
    policy = LatePolicy(grace_hours=1, percent_per_day=10, most=50)
    assert policy.late_submission_penalty("ana", 20.0, hours * 3600) == lost


def test_a_course_that_says_nothing_takes_nothing() -> None:
    assert LatePolicy().late_submission_penalty("ana", 20.0, 1e6) is None


# Exportar


def _table() -> export.Table:
    lines = (export.Line(PEOPLE[0], (7.5, None)), export.Line(Student("eva", "=1+1"), (0.0, 3.0)))
    return export.Table(("L1", "L2"), (10.0, 5.0), lines)


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_each_lms_gets_its_columns() -> None:
    assert _rows(export.moodle(_table()))[:2] == [["username", "email", "L1", "L2"], ["ana", "ana@x.es", "7.5", ""]]
    head, most, ana, _ = _rows(export.canvas(_table()))
    assert head[:2] == ["Student", "ID"] and most[0].strip() == "Points Possible" and most[-2:] == ["10", "5"]
    assert ana == ["Núñez Gil, Ana", "501", "", "ana", "", "7.5", ""]


def test_a_name_never_becomes_a_formula() -> None:
    assert _rows(export.plain_csv(_table()))[2][1] == "'=1+1"


def test_marks_leave_with_what_lateness_takes(course: CourseDirectory) -> None:
    with Gradebook(course.db_url) as book:
        submission = book.add_submission(SLUG, "ana")
        for grade in submission.notebooks[0].grades:
            grade.auto_score = grade.max_score
        submission.notebooks[0].late_submission_penalty = 1.0
        book.db.commit()
        found = export.table(book)
    assert [line.scores for line in found.lines] == [(3.0,), (None,)]


def test_nbgraders_own_command_exports_for_moodle(course: CourseDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbgrader.apps import ExportApp

    monkeypatch.chdir(course.root)
    app = ExportApp()
    app.initialize(["--exporter=grading.export.MoodleExport", "--to=notas.csv"])
    app.start()
    assert Path("notas.csv").read_text(encoding="utf-8").startswith("username,email,")


def test_exporting_what_is_not_there_is_told(course: CourseDirectory) -> None:
    with Gradebook(course.db_url) as book, pytest.raises(GradingError, match=f"Las que hay: {SLUG}|99-nada"):
        export.table(book, ["99-nada"])


# Trabajos parecidos


def _work(course: CourseDirectory, student: str, pauses: list[float]) -> None:
    folder = Path(course.root) / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    entries: list[dict[str, Any]] = []
    now = 1000.0
    for number, pause in enumerate(pauses):
        now += pause
        entries.append({"t": now, "verb": "POST", "path": f"/api/v1/namespaces/x/pods/{number}"})
    (folder / "registro.json").write_text(json.dumps({"entries": entries}), encoding="utf-8")


def test_the_same_work_at_the_same_pace_is_pointed_out_even_with_something_more(course: CourseDirectory) -> None:
    pace = [3.1, 0.7, 12.4, 5.5, 8.2, 1.9, 44.0, 6.3, 2.2, 9.7]
    _work(course, "ana", pace)
    _work(course, "luis", [*pace[:6], 30.0, *pace[6:]])
    _work(course, "eva", [one * 1.7 + 0.3 for one in pace])
    assert [(pair.one, pair.other) for pair in alike.pairs(records.read(course, SLUG))] == [("ana", "luis")]


def test_a_record_that_is_not_one_resembles_nobody(course: CourseDirectory) -> None:
    _work(course, "ana", [1.0] * 12)
    _work(course, "luis", [1.0] * 12)
    (Path(course.root) / "submitted" / "luis" / SLUG / "registro.json").write_text("[", encoding="utf-8")
    assert alike.pairs(records.read(course, SLUG)) == []


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{}", "[]", '{"entries": 3}', '{"entries": [3, {"t": "x"}, {"t": NaN}, {"t": 1e999}]}',
     '{"entries": [{"t": ' + "9" * 400 + "}]}", '{"entries": [{"t": 1, "mark": [3]}, {"t": 2, "mark": {"cell": []}}]}'],
    ids=["anidado", "vacío", "lista", "sin apuntes", "sin instante", "enorme", "señales raras"],
)  # fmt: skip
def test_a_record_of_any_shape_does_not_stop_the_report(course: CourseDirectory, text: str) -> None:
    _work(course, "ana", [3.0] * 12)
    _work(course, "luis", [])
    (Path(course.root) / "submitted" / "luis" / SLUG / "registro.json").write_text(text, encoding="utf-8")
    assert (page.write(course, SLUG)).is_file()
    assert len(records.read(course, SLUG)["ana"]) == 12


# El informe


def test_the_report_tells_the_class_without_running_anything() -> None:
    figures = Figures("06", 10.0, {"ana": 10.0, "<b>eva</b>": 0.0}, ["luis"], [],
                      [Criterion("¿Está `<script>`?", "t", 1, 2)], [Effort("t", 75.0, 2, 2)],
                      [alike.Pair("ana", "eva", 0.9)])  # fmt: skip
    told = page.render(figures)
    assert "<script>" not in told and "<b>eva" not in told and "default-src 'none'" in told
    assert "5 de 10" in told and "1 min 15 s" in told and "90 %" in told and "No entregaron: luis" in told


def test_the_report_calls_people_by_their_name_and_keeps_who_they_are(course: CourseDirectory) -> None:
    found = collect_figures(course, SLUG)
    assert [found.who(one) for one in found.missing] == ["Ana Núñez Gil (ana)", "Luis Peña (luis)"]
    found.scores, found.missing = {"ana": 1.0, "nadie": 0.0, "<b>": 0.0}, ["luis"]
    found.alike = [alike.Pair("ana", "luis", 0.9)]
    found.names["<b>"] = "<i>Eva</i>"
    told = page.render(found)
    assert "<td>Ana Núñez Gil (ana)</td><td>Luis Peña (luis)</td>" in told
    assert "<td>nadie</td>" in told and "No entregaron: Luis Peña (luis)." in told and "<i>" not in told


def test_a_criterion_is_one_whatever_number_the_variant_puts_in_it() -> None:
    def marked(pods: int, passed: bool) -> dict:
        results = [{"id": "L06-1a", "title": f"¿Hay {pods} Pods listos?", "measured": True, "passed": passed},
                   {"id": "", "title": "Criterio reservado", "measured": True, "passed": True}]  # fmt: skip
        return {"L06-1-abrir": {"title": "Abrir", "results": results}}

    found = _criteria([marked(5, True), marked(6, False), marked(6, False)])
    assert found == [Criterion("¿Hay … Pods listos?", "Abrir", 2, 3), Criterion("Criterio reservado", "Abrir", 0, 3)]
    assert _criteria([marked(5, False)])[0].title == "¿Hay 5 Pods listos?"


def at(t: float, **mark: str) -> dict:
    return {"t": t, "mark": mark} if mark else {"t": t, "verb": "GET", "path": "/x"}


def test_time_goes_to_the_task_that_was_being_worked_on_even_if_all_are_checked_at_once() -> None:
    def all_checked(t: float, *solved: str) -> list[dict]:
        return [at(t, cell="a"), at(t, cell="b"), *(at(t, solved=cell) for cell in solved)]

    entries = [at(0), at(10), *all_checked(20), at(50), *all_checked(60, "a"), at(100), *all_checked(160, "a", "b")]
    assert effort.by_task(entries) == {"a": 60, "b": 100}
    assert effort.by_task([at(0), at(30, cell="a"), at(31, cell="b"), at(40, hint="L1-b"), at(50, cell="b")]) == {
        "a": 31, "b": 19,
    }  # fmt: skip
    assert effort.by_task([at(0), at(1e6, cell="a")]) == {"a": effort.LONGEST_BREAK}
    assert effort.by_task([at(5), at(9)]) == {}


def test_the_drawings_say_in_words_what_they_draw() -> None:
    assert "2 entre el 90 y el 100 %" in charts.distribution([10, 9.5, 0], 10)
    long = "¿" + "Dice tu informe quién cayó, " * 4 + "y <cuándo>?"
    bars = charts.bars([("uno", 1, 3), (long, 2, 3)])
    assert "<span>uno</span>" in bars and "<b>1 de 3</b>" in bars and "y &lt;cuándo&gt;?</span>" in bars
    assert "Aún no hay notas" in charts.distribution([], 0)


# Las órdenes


def test_a_term_goes_from_an_empty_folder_to_the_lms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from grading.demo import tour
    from lab_tools.labs import submission

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORQUESTA_LABS", raising=False)
    monkeypatch.setenv("ORQUESTA_LABS", str(tour.LAB.parent))
    (tmp_path / "lista.csv").write_text("id,nombre\nana,Ana\n", encoding="utf-8")
    assert orquesta(["grade", "init", "--course", "curso", "--roster", "lista.csv"]) == 0
    monkeypatch.chdir(tmp_path / "curso")
    assert orquesta(["grade", "release", "6"]) == 0
    assert json.loads(Path("variantes/06-deployments/ana/variant.json").read_text())["lab"] == "L06"
    assert not {path.name for path in Path("release").rglob("*")} & {"hidden", "solutions", "checks.py"}
    empty = {"version": 1, "lab": "06-deployments", "seed": 0, "nodes": 3,
             "entries": [{"t": 0, "mark": {"ready": "06-deployments"}}]}  # fmt: skip
    files = {"ana/lab.ipynb": json.dumps(submission.assemble(tour.LAB)).encode(),
             "ana/registro.json": json.dumps(empty).encode()}  # fmt: skip
    assert orquesta(["grade", "collect", "6", str(_zip(tmp_path / "z.zip", files))]) == 0
    assert orquesta(["grade", "autograde", "6", "-j", "1"]) == 0
    assert orquesta(["grade", "regrade", "-j", "1"]) == 0
    for command in (["feedback", "6"], ["export", "--to", "moodle", "-o", "notas.csv"], ["report", "6"]):
        assert orquesta(["grade", *command]) == 0
    page = Path("feedback/ana/06-deployments/lab.html").read_text(encoding="utf-8")
    assert "dice el registro: 0 peticiones." in page and "Sin respuesta" not in page
    told = capsys.readouterr().out
    assert "ana: 0 de 30 (0 %)" in told and "(sin cambios)" in told
    assert Path("notas.csv").read_text(encoding="utf-8").splitlines()[1] == "ana,,0"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["collect", "6"], "Di de dónde"),
        (["collect", "6", "no-existe.zip"], "No hay ningún curso|No existe"),
        (["report", "99"], "No conozco el laboratorio"),
        (["autograde", "6", "--private", "nada"], "carpeta privada"),
    ],
)
def test_what_is_missing_is_told_in_spanish(
    arguments: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    assert orquesta(["grade", *arguments]) != 0
    told = capsys.readouterr().err
    assert re.search(why, told) and "Traceback" not in told


def _empty_course(folder: Path) -> CourseDirectory:
    (folder / "curso").mkdir()
    opened = config.course(folder / "curso", folder)
    gradebook.prepare(opened)
    return opened


# La configuración del curso


def test_what_the_teacher_writes_in_the_configuration_counts(course: CourseDirectory) -> None:
    path = Path(course.root) / config.CONFIG_FILE
    late = 'c.AssignLatePenalties.plugin_class = "grading.late.LatePolicy"\nc.LatePolicy.percent_per_day = 10\n'
    path.write_text(path.read_text(encoding="utf-8") + late, encoding="utf-8")
    opened = config.course(Path(course.root), Path("labs"))
    assert opened.config.LatePolicy.percent_per_day == 10
    assert opened.config.AssignLatePenalties.plugin_class == "grading.late.LatePolicy"
    assert LatePolicy(config=opened.config).late_submission_penalty("ana", 20.0, 3600.0) == 2.0


def test_a_configuration_that_fails_is_told(course: CourseDirectory) -> None:
    (Path(course.root) / config.CONFIG_FILE).write_text("c.x.y = 1 / 0\n", encoding="utf-8")
    with pytest.raises(GradingError, match="ZeroDivisionError"):
        config.course(Path(course.root), Path("labs"))
