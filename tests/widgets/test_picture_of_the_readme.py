"""La imagen del README la hace un programa, y enseña lo que dice."""

from __future__ import annotations

import runpy
from pathlib import Path

from lab_tools.widgets.drawing import draw

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = runpy.run_path(str(ROOT / "docs" / "img" / "dibujar.py"))


def test_scene_shows_a_rollout_and_a_fault_and_is_always_the_same() -> None:
    view = PROGRAM["scene"]()
    assert {pod.state.key for pod in view.pods} >= {"ready", "starting", "failing"}
    assert draw(view) == draw(PROGRAM["scene"]())


def test_program_writes_the_picture_of_the_readme(tmp_path: Path) -> None:
    target = tmp_path / "img" / "mapa.svg"
    assert PROGRAM["main"]([str(target)]) == 0
    assert target.read_text(encoding="utf-8").startswith("<svg ")
    assert (ROOT / "docs" / "img" / "mapa.svg").is_file()
