"""Lo que se lee no lleva palabras que nadie conozca."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spelling import dictionary, prose
from tests.spelling.__main__ import found

needs_hunspell = pytest.mark.skipif(
    not dictionary.available(), reason="no está hunspell: instálalo con «apt-get install hunspell hunspell-es»"
)


@needs_hunspell
def test_every_word_that_is_read_is_known() -> None:
    assert [f"{place}: «{word}»" for place, word in found()] == [], "corrígela o apúntala en palabras.txt"


@needs_hunspell
@pytest.mark.parametrize("wrong", ["orquestasion", "clúters", "habeis", "reconciliacion", "descárgualo", "Deploymnet"])
def test_wrong_word_is_seen(wrong: str) -> None:
    assert dictionary.unknown(["un", wrong]) == {wrong}


@needs_hunspell
@pytest.mark.parametrize("right", ["clúster", "Deployments", "descárgalo", "anótalo", "aplícalos", "maxSurge", "HPAs"])
def test_right_word_is_known(right: str) -> None:
    assert dictionary.unknown([right]) == set()


def test_code_is_not_prose_and_lines_are_told(tmp_path: Path) -> None:
    page = tmp_path / "una.md"
    page.write_text(
        "---\ncabecera: nada\n---\n# Título\n\nTexto con `código` y [enlace](../x/y.md).\n\n"
        "```bash\nls -l\n```\n\nFin v1.36\n",
        encoding="utf-8",
    )
    assert list(prose.words(page)) == [
        (4, "Título"), (6, "Texto"), (6, "con"), (6, "enlace"), (12, "Fin"),
    ]  # fmt: skip


def test_of_a_lab_only_what_a_person_reads_counts(tmp_path: Path) -> None:
    lab = tmp_path / "lab.yaml"
    lab.write_text(
        "slug: 06-nada\ntitle: Abrir\ntasks:\n  - text: |\n      Crea `x`\n      ahora.\n    fact: cosa\n",
        encoding="utf-8",
    )
    assert list(prose.words(lab)) == [(2, "Abrir"), (5, "Crea"), (6, "ahora")]
