"""Cada laboratorio del repositorio cumple lo que se pide de todos."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from lab_tools import labs
from lab_tools.errors import LabError
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.variant import choose

SLUGS = [info.slug for info in labs.catalogue()]


@pytest.fixture(params=SLUGS)
def lab(request: pytest.FixtureRequest) -> LabDefinition:
    from lab_tools.labs import shelf

    return labs.load(shelf.folder(request.param))


def test_there_is_a_lab() -> None:
    assert "06-deployments" in SLUGS


def test_no_two_labs_can_fall_in_the_same_namespace() -> None:
    whose: dict[str, str] = {}
    for info in labs.catalogue():
        source = yaml.safe_load((info.folder / "lab.yaml").read_text(encoding="utf-8"))
        for name in source["variants"]["namespace"]["options"]:
            assert whose.setdefault(name, info.slug) == info.slug, name


def test_every_check_explains_itself(lab: LabDefinition) -> None:
    for check in lab.checks:
        assert check.question.endswith("?") and check.question.startswith("¿"), check.id
        assert len(check.hints) == 3 and all(hint.strip() for hint in check.hints), check.id
        assert check.why.strip() and check.read.strip() and check.points > 0, check.id


def test_there_are_enough_checks_some_hidden_and_most_with_partial_credit(lab: LabDefinition) -> None:
    assert len([check for check in lab.checks if not check.hidden]) >= 8
    assert any(check.hidden for check in lab.checks)
    assert any(len(check.criteria) > 1 for check in lab.checks)


def test_hidden_checks_are_not_there_unless_asked_for(lab: LabDefinition) -> None:
    public = labs.load(lab.folder, hidden=False)
    assert not any(check.hidden for check in public.checks)
    assert public.max_points == lab.max_points


def test_no_text_keeps_a_hole(lab: LabDefinition) -> None:
    texts = [lab.intro, lab.ending, *(task.text for task in lab.tasks)]
    texts += [text for check in lab.checks for text in (check.question, check.why, check.read, *check.hints)]
    assert not [text for text in texts if re.search(r"\{\{", text)]


def test_the_text_never_scolds_nor_boasts(lab: LabDefinition) -> None:
    text = " ".join([lab.intro, lab.ending, *(task.text for task in lab.tasks)]).lower()
    assert not re.findall(r"\b(fácil|simplemente|obvio|obviamente|incorrecto)\b|[!¡]", text)


def test_there_are_a_reference_an_alternative_and_three_typical_mistakes(lab: LabDefinition) -> None:
    marks = {one.name: one.mark for one in lab.solutions}
    assert marks.pop("reference") == marks.pop("alternative") == lab.max_points
    mistakes = [mark for mark in marks.values() if mark < lab.max_points]
    assert len(mistakes) >= 3 and all(mark > 0 for mark in mistakes)


def test_a_task_is_found_by_its_name_and_by_its_cell(lab: LabDefinition) -> None:
    first = lab.tasks[0]
    assert lab.task(first.id) is lab.task(first.cell_id) is first
    assert lab.checks_for(first.cell_id) == first.checks
    with pytest.raises(LabError, match=first.id):
        lab.task("otra")


def test_a_lab_is_found_by_any_of_its_names() -> None:
    from lab_tools.labs import shelf

    folders = {shelf.folder(name) for name in ("06-deployments", "L06", "l06", "06", "6")}
    assert len(folders) == 1
    with pytest.raises(LabError, match="06-deployments"):
        shelf.folder("99")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("points: 6\n", "points: 7\n", "dice valer 7"),
        ("minutes: 60", "minutes: 45", "no es una banda"),
        ("fact: lost_one", "fact: lost_wan", "no define el hecho «lost_wan»"),
        ("cell: L06-2-romper", "cell: L06-1-desplegar", "ids repetidos: L06-1-desplegar"),
        ("id: L06\n", "", "le falta"),
        ("intro: |", "intro: {", r"lab.yaml:46: .* empieza por un signo que YAML reserva"),
        ("nodes: 3", "nodes: tres", r"lab.yaml:12: `nodes` es «tres», y se esperaba un número entero"),
        ("nodes: 3", "nodos: 3", r"lab.yaml:12: el archivo no lleva ninguna clave `nodos`"),
        ("nodes: 3", "nodes: 3\nnodes: 4", r"lab.yaml:13: La clave `nodes` está dos veces"),
        ("    points: 5\n", "", r"lab.yaml:\d+: a `tasks\[0\]` le falta `points`"),
        ("public_seed: 0", "public_seed: 0\ncosa: [", r"lab.yaml:\d+: "),
        ("- {points: 1, fact: pods_are_labelled}", "- cosa", r"lab.yaml:\d+: `.*criteria\[1\]` es «cosa», y se esp"),
        ("{{ replicas }}", "{{ copias }}", "«copias» no tiene valor"),
        ("mark: 15}", "mark: 15, like: referencia}", "«partial» no puede partir de «referencia»"),
    ],
)
def test_a_lab_that_contradicts_itself_does_not_open(tmp_path: Path, old: str, new: str, message: str) -> None:
    from lab_tools.labs import shelf

    folder = tmp_path / "lab"
    shutil.copytree(shelf.folder("06-deployments"), folder)
    source = (folder / "lab.yaml").read_text(encoding="utf-8")
    assert old in source
    (folder / "lab.yaml").write_text(source.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LabError, match=message):
        labs.load(folder)


def test_a_solution_brings_only_what_it_does_otherwise(lab: LabDefinition) -> None:
    from lab_tools.labs import submission

    whole = submission.sources(lab, "reference")
    for one in lab.solutions:
        mine = submission.sources(lab, one.name)
        if one.like:
            assert mine.keys() == whole.keys() and mine != whole
            assert not [
                task
                for task in mine
                if mine[task] != whole[task] and mine[task].read_bytes() == whole[task].read_bytes()
            ]


def test_a_variant_may_come_already_chosen() -> None:
    from lab_tools.labs import shelf

    folder = shelf.folder("L06")
    values = dict(labs.load(folder, 3).variant)
    assert dict(labs.load(folder, values).variant) == values
    with pytest.raises(LabError, match="replicas"):
        labs.load(folder, {key: value for key, value in values.items() if key != "replicas"})
    assert choose("L06", {"x": [1]}, 3) == {"x": 1}


def test_what_it_sends_to_read_is_written_in_its_chapter(lab: LabDefinition) -> None:
    path = lab.folder.parents[1] / "course" / lab.slug / "leccion.md"
    if not path.is_file():
        # Mientras su capítulo no esté escrito, manda a una página que sí lo está.
        assert all("kubernetes.io/docs/" in check.read for check in lab.checks)
        return
    headings = set(re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    sections = {section for check in lab.checks for section in re.findall(r"apartado «([^»]+)»", check.read)}
    assert sections and sections <= headings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def a(:\n", r"checks\.py:1: no es Python"),
        ("\nfrom lab_tools.checks.expect import nadie\n", r"checks\.py:2: algo que se usa ahí no existe"),
        ("import math\nX = nadie\n", r"checks\.py:2: algo que se usa ahí no existe: name 'nadie'"),
    ],
)
def test_facts_that_cannot_be_read_say_their_line(tmp_path: Path, text: str, message: str) -> None:
    from lab_tools.labs import shelf

    folder = tmp_path / "lab"
    shutil.copytree(shelf.folder("06-deployments"), folder)
    (folder / "checks.py").write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=message):
        labs.load(folder)


def test_a_damaged_lab_is_told_in_spanish_with_its_cure(tmp_path: Path) -> None:
    from lab_tools.labs import shelf

    folder = tmp_path / "lab"
    shutil.copytree(shelf.folder("06-deployments"), folder)
    source = (folder / "lab.yaml").read_text(encoding="utf-8")
    for line in range(5, 40, 3):
        damaged = source.splitlines(keepends=True)
        damaged.insert(line, '   ]: {"sin cerrar\n')
        (folder / "lab.yaml").write_text("".join(damaged), encoding="utf-8")
        with pytest.raises(LabError, match=r"lab\.yaml:\d+: ") as told:
            labs.load(folder)
        assert told.value.cure
        assert not re.search(r"\b(expected|while|found|could not|mapping|scanning)\b", str(told.value))
    with pytest.raises(LabError, match="no está"):
        labs.load(tmp_path / "nada")
