"""La memoria de una entrega entera: dónde se puede contar, cómo, y qué se dice donde no."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.sandbox import cgroup, wall
from grading.sandbox.limits import MEBIBYTE, Limits

LIMITS = Limits(memory=100 * MEBIBYTE, disk=8 * MEBIBYTE, processes=40)


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Un grupo de control que es nuestro, con este proceso y otro dentro."""
    base = tmp_path / "mio.scope"
    base.mkdir()
    for name, text in (("controllers", "cpu memory pids"), ("procs", "10\n11\n"), ("subtree_control", "")):
        (base / f"cgroup.{name}").write_text(text, encoding="ascii")
    (tmp_path / "own").write_text("4:memory:/otro\n0::/mio.scope\n", encoding="ascii")
    monkeypatch.setattr(cgroup, "ROOT", tmp_path)
    monkeypatch.setattr(cgroup, "OWN", tmp_path / "own")
    return base


def test_a_group_of_ours_counts_the_whole_submission(ours: Path) -> None:
    assert cgroup.lacking() == "" and wall.uncounted() == ""
    group = cgroup.Group(LIMITS)
    (made,) = ours.glob("orquesta-entrega-*")
    assert int((made / "memory.max").read_text()) == LIMITS.memory + LIMITS.disk + cgroup.OVERHEAD
    assert int((made / "pids.max").read_text()) > LIMITS.processes
    assert (ours / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (ours / "orquesta-corrector" / "cgroup.procs").read_text() == "11"  # de uno en uno: aquí queda el último
    command = group.inside(["bwrap", "--args", "3"])
    assert command[0] == "sh" and command[3:] == [str(made / "cgroup.procs"), "bwrap", "--args", "3"]


def test_who_already_stepped_aside_does_not_do_it_again(ours: Path) -> None:
    (cgroup.OWN).write_text("0::/mio.scope/orquesta-corrector\n", encoding="ascii")
    (ours / "cgroup.subtree_control").write_text("memory pids", encoding="ascii")
    cgroup.Group(LIMITS)
    assert (ours / "cgroup.procs").read_text() == "10\n11\n" and not (ours / "orquesta-corrector").exists()


@pytest.mark.parametrize(
    ("own", "offered", "why"),
    [("4:memory:/\n", "memory pids", "versión 2"), ("0::/otro\n", "", "versión 2"),
     ("0::/mio.scope\n", "cpu", "no le dejan contar")],
    ids=["solo la versión 1", "sin árbol", "sin controladores"],
)  # fmt: skip
def test_where_it_cannot_be_counted_it_says_why_and_how(
    ours: Path, own: str, offered: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    cgroup.OWN.write_text(own, encoding="ascii")
    (ours / "cgroup.controllers").write_text(offered, encoding="ascii")
    assert why in wall.uncounted() and "Delegate=yes" in wall.CURE
    with pytest.raises(OSError, match=why):
        cgroup.Group(LIMITS)


@pytest.mark.skipif(bool(cgroup.lacking()), reason=f"sin grupo de control: {cgroup.lacking()}")
def test_a_real_group_is_made_and_unmade() -> None:
    group = cgroup.Group(LIMITS)
    folder = group._folder
    assert (folder / "memory.max").read_text(encoding="ascii").strip() != "max"
    group.close()
    assert not folder.exists()
