"""Una clase de una persona también es una clase: uno se cuenta en singular."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_tools.cli import root


@pytest.mark.parametrize(("rows", "told"), [(["ana"], "con 1 estudiante."), (["ana", "luis"], "con 2 estudiantes.")])
def test_a_class_is_counted_as_it_is_said(
    rows: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = tmp_path / "lista.csv"
    lines = [f"{name},{name},Ruiz,{name}@example.org" for name in rows]
    roster.write_text("\n".join(["id,nombre,apellidos,correo", *lines]), encoding="utf-8")
    assert root.run(["grade", "init", "--course", str(tmp_path / "curso"), "--roster", str(roster)]) == 0
    assert told in capsys.readouterr().out
