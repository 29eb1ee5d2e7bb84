"""El encierro: ejecuta celdas como un cuaderno, y de él no sale ni entra nada más."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.sandbox import bubblewrap, docker, wall
from grading.sandbox.inside import settle, wire
from grading.sandbox.limits import MEBIBYTE, Limits
from grading.sandbox.sandbox import Door, Luggage, Sandbox, _packed
from grading.sandbox.session import Ending, Session
from lab_tools.errors import GradingError, InfrastructureError

BUBBLEWRAP = pytest.param(
    {},
    id="bubblewrap",
    marks=pytest.mark.skipif(bool(bubblewrap.lacking()), reason=f"sin muros: {bubblewrap.lacking()}"),
)
DOCKER = pytest.param(
    {"docker": True},
    id="docker",
    marks=[pytest.mark.slow, pytest.mark.skipif(bool(docker.lacking()), reason=f"sin Docker: {docker.lacking()}")],
)
FEW = Limits(memory=400 * MEBIBYTE, disk=8 * MEBIBYTE, file=4 * MEBIBYTE, processes=40)


@pytest.fixture(scope="module", params=[pytest.param({"walled": False}, id="sin muros"), BUBBLEWRAP, DOCKER])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(**request.param) as made:
        yield made


@pytest.fixture(scope="module", params=[BUBBLEWRAP, DOCKER])
def walls(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(FEW, **request.param) as made:
        yield made


def pack(door: Door) -> Luggage:
    door.listener.close()
    return Luggage({"entrega/datos.txt": b"hola"}, {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[Session]:
    opened = sandbox.open(pack)
    yield opened
    opened.close()


@pytest.fixture
def prison(walls: Sandbox) -> Iterator[Session]:
    opened = walls.open(pack)
    yield opened
    opened.close()


def say(session: Session, source: str, seconds: float = 30) -> str:
    """Lo que una celda escribe, y con qué error termina si termina con uno."""
    frames: list[dict] = []
    assert session.run(source, seconds, frames.append) is Ending.DONE
    outputs = [frame["output"] for frame in frames]
    return "".join(
        one.get("text") or one.get("evalue") or str(one.get("data", {}).get("text/plain")) for one in outputs
    )


# Como un cuaderno


def test_a_cell_shows_what_it_prints_and_what_it_returns(session: Session) -> None:
    frames: list[dict] = []
    session.run("print('uno')\n'dos'", 30, frames.append)
    kinds = [(frame["output"]["output_type"], frame["output"].get("name")) for frame in frames]
    assert kinds == [("stream", "stdout"), ("execute_result", None)]


def test_a_cell_remembers_what_another_did(session: Session) -> None:
    say(session, "x = 20")
    assert say(session, "x + 1") == "21"


def test_programs_and_their_errors_are_heard(session: Session) -> None:
    frames: list[dict] = []
    session.run(
        "!echo fuera\nimport subprocess\nsubprocess.run('echo mal >&2', shell=True) and None", 30, frames.append
    )
    assert {(frame["output"]["name"], frame["output"]["text"]) for frame in frames} == {
        ("stdout", "fuera\n"), ("stderr", "mal\n"),
    }  # fmt: skip


def test_what_is_awaited_is_awaited(session: Session) -> None:
    assert say(session, "import asyncio\nawait asyncio.sleep(0)\n5") == "5"


def test_an_error_is_an_output(session: Session) -> None:
    frames: list[dict] = []
    session.run("1 / 0", 30, frames.append)
    assert frames[0]["output"]["ename"] == "ZeroDivisionError"


def test_the_submission_is_where_it_works(session: Session) -> None:
    assert say(session, "print(open('datos.txt').read())") == "hola\n"


def test_the_first_pythons_of_3_11_also_unpack_a_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_in_3_11_0(self: tarfile.TarFile, path: str = ".", members: object = None, *, numeric_owner: bool = False):
        raise AssertionError("en 3.11.0-3.11.3 escribiría sin mirar adónde")

    monkeypatch.setattr(tarfile.TarFile, "extractall", as_in_3_11_0)
    settle._unpack(_packed({"entrega/año/datos.txt": b"hola"}), tmp_path)
    assert (tmp_path / "entrega/año/datos.txt").read_bytes() == b"hola"


def test_no_file_of_a_submission_leaves_its_house(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no es un archivo de la entrega"):
        settle._unpack(_packed({"../fuera.txt": b"hola"}), tmp_path / "casa")
    assert not (tmp_path / "fuera.txt").exists()


def test_a_submission_that_cannot_move_in_is_not_a_zero(sandbox: Sandbox) -> None:
    def impossible(door: Door) -> Luggage:
        door.listener.close()
        return Luggage({"entrega/a": b"", "entrega/a/b": b""}, {})

    with pytest.raises(InfrastructureError, match=r"no se levanta: .*Error"):
        sandbox.open(impossible)


def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_one_runs(session: Session) -> None:
    assert session.run("while True: pass", 0.5, lambda frame: None) is Ending.INTERRUPTED
    assert say(session, "1 + 1") == "2"


def test_a_session_that_leaves_is_noticed(session: Session) -> None:
    assert session.run("import os; os._exit(3)", 30, lambda frame: None) is Ending.DEAD


def test_each_session_starts_with_nothing_of_another(sandbox: Sandbox) -> None:
    first, second = sandbox.open(pack), sandbox.open(pack)
    say(first, "import builtins; builtins.secreto = 1; open('/tmp/rastro-de-otra', 'w').close()")
    if sandbox.walled:
        assert "False" in say(second, "import os; print(os.path.exists('/tmp/rastro-de-otra'))")
    else:
        Path("/tmp/rastro-de-otra").unlink()
    assert "False" in say(second, "print(hasattr(__builtins__, 'secreto'))")
    first.close()
    second.close()


# Código ajeno


def _channel(session: Session) -> socket.socket:
    return session._channel


@pytest.mark.parametrize(
    "forged", [b"basura que no es una trama" * 10, wire.SIZES.pack(2**31, 0), wire.SIZES.pack(2, 0) + b"[]",
               wire.SIZES.pack(4, 0) + b"{\xff}}"],
    ids=["basura", "enorme", "lista", "no es JSON"],
)  # fmt: skip
def test_a_session_that_writes_by_hand_on_its_channel_is_broken(session: Session, forged: bytes) -> None:
    write = """
import os, stat
for n in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): os.write(n, FORGED)
    except OSError: pass
"""
    assert session.run(write.replace("FORGED", repr(forged)), 10, lambda frame: None) in (Ending.BROKEN, Ending.HUNG)


def test_output_that_is_not_output_is_dropped() -> None:
    from grading.outputs import Collector

    collector = Collector(1000, 1)
    for said in (None, 3, {"output_type": "otro"}, {"output_type": "stream", "name": "stdin", "text": "x"},
                 {"output_type": "error", "ename": 1}, {"output_type": "display_data", "data": []},
                 {"output_type": "stream", "name": "stdout", "text": "bien", "transient": 3}):  # fmt: skip
        collector.take({"output": said})
    assert collector.outputs == []


def test_a_display_can_be_updated_and_cleared() -> None:
    from grading.outputs import Collector

    collector = Collector(1000, 1)
    shown = {"output_type": "display_data", "data": {"text/plain": "1"}, "transient": {"display_id": "a"}}
    collector.take({"output": shown})
    collector.take({"output": {**shown, "output_type": "update_display_data", "data": {"text/plain": "2"}}})
    assert [one["data"]["text/plain"] for one in collector.outputs] == ["2"]
    collector.take({"clear": True})
    assert collector.outputs
    collector.take({"output": {"output_type": "stream", "name": "stdout", "text": "nuevo"}})
    assert [one["text"] for one in collector.outputs] == ["nuevo"]


# Los muros


def test_inside_there_is_no_privilege_left(prison: Session) -> None:
    told = say(prison, "print(open('/proc/self/status').read())")
    assert "CapEff:\t0000000000000000" in told and "NoNewPrivs:\t1" in told and "Seccomp:\t2" in told


def test_inside_nobody_is_root(prison: Session) -> None:
    assert say(prison, "import os; print(os.getuid(), os.getgid())") == "65534 65534\n"


@pytest.mark.parametrize(
    "path", ["/etc/motd", "/usr/x", "/orquesta/lab_tools/x", "/x", "/dev/x", "/proc/sys/kernel/hostname"]
)
def test_the_system_is_only_for_reading(prison: Session, path: str) -> None:
    told = say(prison, f"open({path!r}, 'w')")
    assert any(why in told for why in ("Read-only", "denied", "No such file"))


def test_the_house_of_the_teacher_is_not_there(prison: Session) -> None:
    for path in (Path.home() / ".bashrc", Path(__file__), Path(__file__).parents[2] / "labs", "/etc/passwd", "/var"):
        assert say(prison, f"import os; print(os.path.exists({str(path)!r}))") == "False\n"


def test_there_is_no_network_but_its_own(prison: Session) -> None:
    told = say(prison, "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=2)")
    assert "unreachable" in told


def test_no_other_process_can_be_touched(walls: Sandbox) -> None:
    prison = walls.open(pack)
    assert say(prison, "import os; print(os.getpid(), os.getppid())") == "1 0\n"
    prison.run("import os, signal\nos.kill(-1, signal.SIGKILL)", 30, lambda frame: None)
    prison.run("import os, signal\nos.kill(0, signal.SIGSTOP)", 1, lambda frame: None)  # su grupo es solo suyo
    prison.close()
    assert say(walls.open(pack), "1 + 1") == "2"


def test_more_walls_cannot_be_raised_from_inside(prison: Session) -> None:
    assert "not permitted" in say(prison, "!unshare --user true")


def test_the_disk_has_an_end(prison: Session) -> None:
    told = say(prison, "for n in range(9): open(f'f{n}', 'wb').write(b'x' * 1_000_000)")
    assert "No space left" in told
    assert "too large" in say(prison, "import os; os.truncate('f0', 0); open('f0', 'wb').truncate(5 * 2**20)")


def test_memory_has_an_end(prison: Session) -> None:
    frames: list[dict] = []
    prison.run("x = bytearray(2 * 2**30)", 30, frames.append)
    assert frames[0]["output"]["ename"] == "MemoryError"


def test_processes_have_an_end_and_none_survives(walls: Sandbox) -> None:
    prison = walls.open(pack)
    many = """
import subprocess
try:
    for n in range(100): subprocess.Popen(["sleep", "987654"])
except OSError as error: print("basta", n)
"""
    told = say(prison, many)
    assert "basta" in told
    prison.close()
    assert _ends(lambda: not any("987654" in line for line in _commands()))


def test_a_process_that_leaves_home_dies_too(walls: Sandbox) -> None:
    prison = walls.open(pack)
    say(prison, "import ctypes; ctypes.CDLL(None).prctl(1, 0)\n!(setsid sleep 876543 &) ; true")
    assert _ends(lambda: any("876543" in line for line in _commands()))
    prison.close()
    assert _ends(lambda: not any("876543" in line for line in _commands()))


@pytest.mark.skipif(sys.platform != "linux", reason="solo Linux avisa a un proceso de que murió quien lo creó")
def test_a_grader_killed_on_the_spot_leaves_no_submission_running() -> None:
    grader = subprocess.Popen([sys.executable, "-c", _DOOMED], stdout=subprocess.PIPE, text=True)
    assert grader.stdout is not None
    submission = os.pidfd_open(int(grader.stdout.readline()))
    sibling = os.pidfd_open(int(grader.stdout.readline()))
    grader.kill()
    grader.communicate()
    ended, _, _ = select.select([submission], [], [], 30)
    signal.pidfd_send_signal(sibling, signal.SIGKILL)
    assert ended


# Un corrector con una entrega que no acaba, sin muros. Otro proceso guarda copia de su canal con el trabajador: que
# muera el corrector no lo cierra.
_DOOMED = """
import os, time
from grading.sandbox.sandbox import Sandbox
from tests.grading.test_sandbox import pack

session = Sandbox(walled=False).open(pack)
def tell(output):
    print(output["output"]["text"].strip(), flush=True)
    sibling = os.fork()
    if sibling == 0:
        os.close(1)
        time.sleep(60)
        os._exit(0)
    print(sibling, flush=True)
session.run("import os; print(os.getpid(), flush=True)\\nwhile True: pass", 60, tell)
"""


def test_without_walls_it_refuses_and_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "lacking", lambda: "no está instalado")
    monkeypatch.setattr(docker, "lacking", lambda: "su motor no contesta")
    with pytest.raises(GradingError, match=r"bubblewrap: no está instalado.*Docker: su motor no contesta") as refused:
        Sandbox()
    assert "--no-sandbox" in refused.value.cure
    with pytest.raises(GradingError, match="con Docker: su motor no contesta"):
        Sandbox(docker=True)


def test_docker_is_the_other_way_where_bubblewrap_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "lacking", lambda: "")
    assert wall.choose(docker_first=True) is wall.Wall.DOCKER
    monkeypatch.setattr(bubblewrap, "lacking", lambda: "no está instalado")
    assert wall.choose() is wall.Wall.DOCKER
    assert wall.choose(walled=False) is wall.Wall.NONE


def test_the_engine_says_why_it_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(docker, "_image", lambda: "ninguna")
    assert docker.lacking.__wrapped__() == "su motor no contesta: Cannot connect to the Docker daemon"
    monkeypatch.setattr(docker, "lacking", lambda: "")
    with pytest.raises(InfrastructureError, match="Cannot connect to the Docker daemon"):
        Sandbox(docker=True).open(pack)


def _commands() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found


def _ends(holds, patience: float = 30.0) -> bool:
    import time

    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            return False
        os.sched_yield()
    return True
