"""Lo que promete el diario: nada aceptado se pierde, nada rechazado aparece, y un daño se cuenta sin tocar nada."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from lab_tools.embedded.server.journal import Journal, Saved
from lab_tools.errors import ClusterError, InfrastructureError

KEY = ("configmaps", "default", "uno")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    directory = tmp_path / "curso"
    directory.mkdir()
    return directory


@pytest.fixture
def journal(state: Path) -> Iterator[Journal]:
    opened = Journal(state)
    opened.open()
    opened.now = lambda: 1000.5
    yield opened
    opened.close()


def change(revision: int, value: object = "x", kind: str = "MODIFIED", name: str = "uno") -> dict[str, Any]:
    return {"revision": revision, "type": kind, "key": ["configmaps", "default", name], "object": {"data": value}}


def reopen(state: Path) -> Saved:
    journal = Journal(state)
    try:
        return journal.open()
    finally:
        journal.close()


def test_a_new_state_is_empty(state: Path) -> None:
    saved = reopen(state)
    assert (saved.revision, saved.time, saved.values) == (0, None, {})


def test_what_was_acknowledged_comes_back_with_its_revision_and_its_time(state: Path, journal: Journal) -> None:
    journal.append(change(7, "ñandú"))
    journal.close()
    saved = reopen(state)
    assert (saved.revision, saved.time, saved.values) == (7, 1000.5, {KEY: {"data": "ñandú"}})


def test_what_is_noted_before_there_is_a_clock_does_not_turn_the_time_back(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.close()
    resumed = Journal(state)
    resumed.open()
    resumed.append(change(2))
    resumed.close()
    assert reopen(state).time == 1000.5


def test_a_deletion_comes_back_as_an_absence(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.append({**change(2, kind="DELETED"), "object": None})
    journal.close()
    assert (reopen(state).values, reopen(state).revision) == ({}, 2)


def test_the_hour_alone_can_be_noted(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.now = lambda: 4600.0
    journal.mark()
    journal.close()
    assert (reopen(state).time, reopen(state).revision) == (4600.0, 1)


def test_it_survives_kill_9(state: Path) -> None:
    program = (
        "import os, sys, pathlib; from lab_tools.embedded.server.journal import Journal\n"
        "journal = Journal(pathlib.Path(sys.argv[1])); journal.open()\n"
        "for n in range(1, 51):\n"
        "    journal.append({'revision': n, 'type': 'ADDED', 'key': ['a', 'b', str(n)], 'object': n})\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(state)], check=False)
    assert done.returncode == -9
    saved = reopen(state)
    assert (saved.revision, len(saved.values)) == (50, 50)


def test_a_torn_last_line_is_dropped_and_writing_goes_on(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.close()
    with (state / "journal-0.jsonl").open("ab") as file:
        file.write(b'deadbeef {"t":1,"revi')
    again = Journal(state)
    assert again.open().revision == 1
    again.append(change(2))
    again.close()
    assert reopen(state).revision == 2


def damage(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b"x", b"y")
    path.write_bytes(b"".join(lines))


def test_damage_in_the_middle_names_the_file_the_line_and_the_cure(state: Path, journal: Journal) -> None:
    for revision in (1, 2, 3):
        journal.append(change(revision))
    journal.close()
    path = state / "journal-0.jsonl"
    damage(path, 2)
    before = path.read_bytes()
    with pytest.raises(ClusterError) as caught:
        reopen(state)
    assert f"{path}:2" in caught.value.message
    assert "orquesta cluster delete curso" in caught.value.cure
    assert path.read_bytes() == before


def test_a_missing_line_is_noticed(state: Path, journal: Journal) -> None:
    for revision in (1, 2, 3):
        journal.append(change(revision))
    journal.close()
    path = state / "journal-0.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(ClusterError, match=r"jsonl:2.*dañado|dañado.*jsonl:2"):
        reopen(state)


def test_a_journal_that_disappears_is_noticed(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.close()
    (state / "journal-0.jsonl").unlink()
    with pytest.raises(ClusterError, match="el archivo falta"):
        reopen(state)


def test_a_snapshot_keeps_everything_and_empties_the_journal(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.compact(1, [(KEY, {"data": "x"})])
    journal.append(change(2, "después"))
    journal.close()
    assert len((state / "journal-1.jsonl").read_bytes().splitlines()) == 1
    assert (reopen(state).revision, reopen(state).values) == (2, {KEY: {"data": "después"}})


def test_only_two_generations_are_kept(state: Path, journal: Journal) -> None:
    for revision in range(1, 6):
        journal.append(change(revision))
        journal.compact(revision, [(KEY, {"data": "x"})])
    kept = sorted(path.name for path in state.glob("*-*.json*"))
    assert kept == ["journal-4.jsonl", "journal-5.jsonl", "snapshot-4.json", "snapshot-5.json"]


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_damaged_snapshot_is_rebuilt_from_the_previous_generation(state: Path, journal: Journal, rounds: int) -> None:
    for revision in range(1, rounds + 1):
        journal.append(change(revision, revision))
        journal.compact(revision, [(KEY, {"data": revision})])
    journal.append(change(9, "último"))
    journal.close()
    (state / f"snapshot-{rounds}.json").write_bytes(b"basura")
    assert (reopen(state).revision, reopen(state).values) == (9, {KEY: {"data": "último"}})


def test_a_snapshot_damaged_without_a_way_back_is_told(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.compact(1, [(KEY, {"data": "x"})])
    journal.close()
    (state / "snapshot-1.json").write_bytes(b"basura")
    (state / "journal-0.jsonl").unlink()
    with pytest.raises(ClusterError, match=r"snapshot-1\.json"):
        reopen(state)


def test_a_crash_between_the_new_journal_and_its_snapshot_loses_nothing(state: Path, journal: Journal) -> None:
    journal.append(change(1))
    journal.close()
    (state / "journal-1.jsonl").write_bytes(b"")
    assert reopen(state).revision == 1


def test_a_full_disk_refuses_the_change_and_leaves_no_half_line(
    state: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(change(1))
    real = os.write

    def half_then_full(descriptor: int, data: bytes) -> int:
        if len(data) > 20:
            return real(descriptor, data[:20])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("lab_tools.embedded.server.journal.os.write", lambda d, data: half_then_full(d, data[:40]))
    with pytest.raises(OSError, match="No space"):
        journal.append(change(2, "no cabe"))
    monkeypatch.undo()
    journal.append(change(2, "ahora sí"))
    journal.close()
    assert reopen(state).values == {KEY: {"data": "ahora sí"}}


def test_a_full_disk_during_a_snapshot_goes_on_with_the_old_journal(
    state: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(change(1))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("lab_tools.files.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        journal.compact(1, [(KEY, {"data": "x"})])
    monkeypatch.undo()
    journal.append(change(2))
    journal.close()
    assert reopen(state).revision == 2


def test_two_processes_cannot_hold_the_same_state(state: Path, journal: Journal) -> None:
    with pytest.raises(ClusterError, match="ya lo tiene abierto otro proceso"):
        Journal(state).open()
    journal.append(change(1))


def test_a_state_that_is_not_there_is_told_in_spanish(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="No se puede abrir"):
        Journal(tmp_path / "nada").open()


NAMES = strategies.sampled_from("abc")
STEPS = strategies.lists(
    strategies.one_of(strategies.tuples(NAMES, strategies.integers()), NAMES, strategies.just(None)), max_size=30
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_replaying_gives_the_same_as_living(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    """Un paso es (nombre, valor) para guardar, un nombre para borrar, o None para hacer una foto."""
    state = tmp_path_factory.mktemp("estado")
    journal, lived, revision = Journal(state), dict[tuple[str, str, str], Any](), 0
    journal.open()
    for step in steps:
        if step is None:
            journal.compact(revision, sorted(lived.items()))
            continue
        revision += 1
        name, value = step if isinstance(step, tuple) else (step, None)
        kind = "MODIFIED" if isinstance(step, tuple) else "DELETED"
        journal.append(change(revision, value, kind, name))
        if kind == "DELETED":
            lived.pop(("configmaps", "default", name), None)
        else:
            lived["configmaps", "default", name] = {"data": value}
    journal.close()
    saved = reopen(state)
    assert (saved.values, saved.revision) == (lived, revision)
