"""Las páginas para consultar: dónde se enseña cada concepto, y qué trae cada capítulo."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("myst_nb", reason="no está instalado el grupo «site»")

from course import concepts, pieces
from course.concepts import Concept
from course.site import consult, shelf
from course.site.__main__ import _audits
from lab_tools.errors import LabError

TEXT = """---
jupytext: sonda
---

# 7. Preguntar

Una sonda pregunta. Otra sonda insiste. La sonda, siempre la sonda.

## Quién pregunta

La *sonda* la hace el kubelet.

## Lo lógico

`PodDisruptionBudget`, y una asonda.

```{code-cell}
vacuna = 1
```

## Errores frecuentes

### «drain»

Se usa drain, y drain, y cuatro sondas más: sonda, sonda, sonda.

## Glosario

- **Taint**: una mancha.
"""
ENTRIES = [entry for part in shelf.parts() for entry in part.entries if entry.slug in ("06-deployments", "20-gitops")]


def where(name: str) -> str | None:
    return concepts._concept(name, "07-sondas").where(TEXT)


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("sonda", "Quién pregunta"),
        ("chequeo | sondas", "«drain»"),
        ("PodDisruptionBudget (PDB)", "Lo lógico"),
        ("drain", "«drain»"),
        ("taint", None),
        ("vacuna", None),
        ("jupytext", None),
    ],
    ids=[
        "presentado",
        "de otra manera, y solo en los errores",
        "aclarado",
        "solo en los errores",
        "solo en el glosario",
        "código",
        "cabecera",
    ],
)
def test_a_concept_is_where_it_is_taught(name: str, section: str | None) -> None:
    assert where(name) == section


def test_every_concept_belongs_to_a_chapter_of_the_book() -> None:
    known = {entry.slug for part in shelf.parts() for entry in part.entries}
    assert {concept.slug for concept in concepts.listed()} <= known


def test_index_leads_to_the_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concepts, "listed", lambda: [Concept("rollout", ("rollout",), "06-deployments")])
    page = consult.index(ENTRIES)
    link = "capitulos/06-deployments.ipynb#cambiar-de-versión-sin-cerrar"
    assert f"## R\n\n- **rollout** · capítulo 6, [Cambiar de versión sin cerrar]({link})" in page


def test_contents_count_the_pieces_and_the_audit() -> None:
    rows = [{"kind": "intacto", "ok": True}, {"kind": "intacto", "ok": False}, {"kind": "mutante dañino", "ok": True}]
    page = consult.contents(ENTRIES, {"06-deployments": {"rows": rows}})
    assert f"| {ENTRIES[0].numbered.split('.')[0]}. " not in page, "el nombre del capítulo es un enlace"
    assert "(capitulos/06-deployments.ipynb) | 5 | " in page
    assert "20." not in page, "un capítulo que no está no trae nada"
    assert "(laboratorios/06-deployments.ipynb) | 1 de 2 | 0 de 0 | 0 de 0 | 1 de 1 | 0 de 0 | 0 de 0 |" in page


def test_a_chapter_without_its_pieces_is_told_which(tmp_path: Path) -> None:
    chapter = tmp_path / "course" / "07-sondas"
    chapter.mkdir(parents=True)
    (chapter / "leccion.md").write_text(TEXT, encoding="utf-8")
    lacking = pieces.missing(chapter)
    assert {"objetivos: 0 de 3", "preguntas: 0 de 5", "términos: 1 de 5", "laboratorio: 0 de 1"} <= set(lacking)
    assert not [line for line in lacking if line.startswith("errores")]


def test_an_audit_that_cannot_be_read_says_how_to_write_it(tmp_path: Path) -> None:
    wrong = tmp_path / "auditoria.json"
    wrong.write_text("{}x", encoding="utf-8")
    with pytest.raises(LabError, match="make audit"):
        _audits(wrong)
    assert _audits(None) == {}
