"""Lo que promete `files`: entero o nada, cerrojos que se sueltan al morir, y errores del disco en español."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab_tools import files


def test_a_write_is_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write_atomic(path, "uno")
    files.write_atomic(path, b"dos")
    assert path.read_bytes() == b"dos"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["a"]


def test_a_failed_write_leaves_what_there_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text("lo de antes")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "lleno")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="lleno"):
        files.write_atomic(path, "lo nuevo")
    assert path.read_text() == "lo de antes"
    assert [found.name for found in tmp_path.iterdir()] == ["a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("1")
    (tmp_path / "enlace").symlink_to("real")
    files.write_atomic(tmp_path / "enlace", "2")
    assert (tmp_path / "enlace").is_symlink()
    assert (tmp_path / "real").read_text() == "2"


@pytest.mark.parametrize(
    ("code", "reason"),
    [(errno.ENOSPC, "espacio"), (errno.EROFS, "solo lectura"), (errno.EACCES, "permiso"), (errno.EFBIG, "crecer")],
)
def test_a_disk_error_says_what_where_and_how_to_go_on(tmp_path: Path, code: int, reason: str) -> None:
    told = files.explain(OSError(code, os.strerror(code)), tmp_path / "x")
    assert reason in told.message
    assert str(tmp_path / "x") in told.message
    assert told.cure


def test_whoever_chose_the_place_is_told_with_what_to_choose_another(tmp_path: Path) -> None:
    fault = OSError(errno.ENOENT, "no está")
    assert files.explain(fault, tmp_path / "x" / "y").cure == "Elige otra carpeta: export ORQUESTA_HOME=/una/carpeta"
    chosen = files.explain(fault, tmp_path / "x" / "y", elsewhere="--output ARCHIVO")
    assert chosen.cure == "Elige otra carpeta: --output ARCHIVO"


def test_a_lock_knows_its_owner_and_dies_with_it(tmp_path: Path) -> None:
    path = tmp_path / "cerrojo"
    assert files.lock_owner(path) is None
    program = (
        "import sys, pathlib; from lab_tools import files; lock = files.Lock(pathlib.Path(sys.argv[1]))\n"
        "assert lock.acquire(); print('listo', flush=True); sys.stdin.read()"
    )
    args = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"listo\n"
        assert files.lock_owner(path) == other.pid
        assert not files.Lock(path).acquire()
        other.kill()
    assert files.lock_owner(path) is None
    assert files.Lock(path).acquire()


def test_a_note_left_by_a_dead_owner_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "cerrojo").write_text(str(os.getpid()))
    assert files.lock_owner(tmp_path / "cerrojo") is None
