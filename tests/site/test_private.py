"""Ningún enunciado publicado enseña lo que solo conoce quien corrige, y si lo enseñara se vería."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
import yaml

pytest.importorskip("myst_nb", reason="no está instalado el grupo «site»")

from course.site import shelf, tasks
from course.site.shelf import Entry

from . import private

PRACTISED = [entry for part in shelf.parts() for entry in part.entries if entry.practised]
each_lab = pytest.mark.parametrize("entry", PRACTISED, ids=lambda entry: entry.slug)


@each_lab
def test_task_text_and_notebook_tell_neither_solutions_nor_hints_nor_hidden_checks(entry: Entry) -> None:
    page = "\n".join(cell.source for cell in tasks.page(entry, set()).cells)
    assert private.leaks(entry.lab, page) == []
    assert private.leaks(entry.lab, tasks.notebook(entry).decode()) == []


@each_lab
def test_a_leak_would_be_seen(entry: Entry) -> None:
    lab = yaml.safe_load((entry.lab / "lab.yaml").read_text(encoding="utf-8"))
    hint = "\n".join(text for task in lab["tasks"] for check in task["checks"] for text in check["hints"])
    solution = "\n".join(path.read_text("utf-8") for path in _files(entry.lab / "solutions"))
    hidden = "\n".join(path.read_text("utf-8") for path in _files(entry.lab / "hidden"))
    for secret in (hint, solution, hidden):
        assert private.leaks(entry.lab, f"<p>{html.escape(secret)}</p>")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".py", ".yaml", ".sh")]
