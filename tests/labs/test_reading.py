"""Los manifiestos se enseñan con lo que importa señalado."""

from __future__ import annotations

from lab_tools.labs.lesson import spanish
from lab_tools.labs.reading import Comparison, Reading

OLD = "# antes\nkind: Deployment\nimage: a:1\n"
NEW = "# después\nkind: Deployment\nimage: a:2\n"


def test_marked_lines_carry_a_sign_and_not_only_a_colour() -> None:
    reading = Reading("x.yaml", OLD, ("image:",))
    assert repr(reading).splitlines() == ["  # antes", "  kind: Deployment", "▶ image: a:1"]
    assert reading._repr_html_().count("▶") == 1


def test_comparison_shows_only_what_changes_and_ignores_comments() -> None:
    assert repr(Comparison(Reading("a", OLD), Reading("b", NEW))) == "- image: a:1\n+ image: a:2"


def test_text_of_a_manifest_is_never_markup() -> None:
    assert "<b>" not in Reading("x.yaml", "name: <b>")._repr_html_()


def test_numbers_are_written_in_spanish() -> None:
    assert [spanish(value) for value in (1.25, 3, ("a", "b"), 0.01)] == ["1,2", "3", "a, b", "menos de 0,1"]
