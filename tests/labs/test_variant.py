"""Variantes: la misma semilla da siempre lo mismo, y todas las opciones salen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab_tools.errors import LabError
from lab_tools.labs.variant import Variant, assigned, choose, descriptions, untold

OPTIONS = {"replicas": [4, 5, 6], "team": ["a", "b"]}


def test_a_seed_always_chooses_the_same() -> None:
    assert choose("L06", OPTIONS, 7) == choose("L06", dict(reversed(OPTIONS.items())), 7)
    assert choose("L06", OPTIONS, 0) == {"replicas": 6, "team": "b"}


def test_seeds_spread_over_every_option() -> None:
    drawn = [choose("L06", OPTIONS, seed) for seed in range(40)]
    assert {one["replicas"] for one in drawn} == {4, 5, 6}
    assert {one["team"] for one in drawn} == {"a", "b"}


def test_holes_are_filled_by_name_and_by_path() -> None:
    variant = Variant({"replicas": 4, "fault": {"kind": "bad-image"}})
    assert variant.render("{{ replicas }} y {{fault.kind}}") == "4 y bad-image"
    with pytest.raises(LabError, match="replica"):
        variant.render("{{ replica }}")


def test_only_what_has_a_description_is_shown() -> None:
    variant = Variant({"replicas": 4, "fault": "secreto"}, {"replicas": "Réplicas"})
    assert repr(variant) == "Réplicas: 4"
    assert "secreto" not in variant._repr_html_()


def test_a_part_of_a_value_is_shown_by_its_own_description() -> None:
    options = [{"peak": 70, "top": 5}, {"peak": 90, "top": 6}]
    declared = {"day": {"parts": {"peak": "Pico de `api`"}, "options": options}}
    variant = Variant({"day": {"peak": 90, "top": 6}}, descriptions(declared))
    assert variant.shown() == [("Pico de api", 90)]
    assert "<code>90</code>" in variant._repr_html_() and repr(variant) == "Pico de api: 90"


def test_what_a_page_says_and_changes_has_to_be_in_the_table() -> None:
    declared: dict[str, dict[str, Any]] = {
        "limit": {"options": [0.6]},
        "team": {"says": "Equipo", "options": ["a", "b"]},
        "day": {"parts": {"peak": "Pico"}, "options": [{"peak": 70, "top": 5}, {"peak": 90, "top": 6}]},
    }
    assert untold(declared, "{{ limit }} {{ team }} {{ day.peak }}") == []
    assert untold(declared, "{{ team }} {{ day.top }}") == ["day.top"]


def test_the_file_of_the_student_rules_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORQUESTA_VARIANT", raising=False)
    assert assigned(tmp_path) is None
    monkeypatch.setenv("ORQUESTA_VARIANT", "ana")
    assert assigned(tmp_path) == "ana"
    (tmp_path / "variant.json").write_text(json.dumps({"seed": 12}))
    assert assigned(tmp_path) == 12
    (tmp_path / "variant.json").write_text(json.dumps(OPTIONS))
    assert assigned(tmp_path) == OPTIONS
    (tmp_path / "variant.json").write_text("[]")
    with pytest.raises(LabError):
        assigned(tmp_path)


def test_the_code_of_a_description_is_drawn_as_code_and_read_without_marks() -> None:
    variant = Variant({"replicas": 4}, {"replicas": "Réplicas de `frontend` <b>"})
    assert "Réplicas de <code>frontend</code> &lt;b&gt;" in variant._repr_html_()
    assert repr(variant) == "Réplicas de frontend <b>: 4"


@pytest.mark.parametrize("content", [b"{", b'{"seed": 3', b"\xff"])
def test_a_damaged_file_is_told_and_never_taken_for_a_seed(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "variant.json").write_bytes(content)
    with pytest.raises(LabError, match=r"estropeada|UTF-8"):
        assigned(tmp_path)
