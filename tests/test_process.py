"""Lo que promete `process`: el fallo trae la orden para pegar, un plazo no deja nietos, y el fondo sobrevive."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from lab_tools import process
from lab_tools.errors import InfrastructureError, ProcessError

PYTHON = sys.executable


def test_the_result_has_both_outputs_and_the_code() -> None:
    program = "import sys; print('año'); print('mal', file=sys.stderr); sys.exit(3)"
    result = process.run([PYTHON, "-c", program], check=False)
    assert (result.out, result.err, result.code, result.ok) == ("año\n", "mal\n", 3, False)


def test_standard_input_is_what_was_given_or_nothing() -> None:
    echo = [PYTHON, "-c", "import sys; print(len(sys.stdin.read()))"]
    assert process.run(echo, stdin="hola").out == "4\n"
    assert process.run(echo).out == "0\n"


def test_a_failure_shows_a_command_that_can_be_pasted() -> None:
    args = [PYTHON, "-c", "raise SystemExit('no hay manera')", "un argumento", "$HOME"]
    with pytest.raises(ProcessError) as caught:
        process.run(args, env={"KUBECONFIG": "/con espacio"})
    error = caught.value
    assert "no hay manera" in error.message
    assert error.returncode == 1
    assert error.command.startswith("KUBECONFIG='/con espacio' ")
    assert error.command.endswith("'un argumento' '$HOME'")
    assert error.command in error.message


def test_the_command_can_be_pasted_in_a_real_shell(tmp_path: Path) -> None:
    args = [PYTHON, "-c", "import os, sys; print(os.environ['DONDE'], sys.argv[1:])", "it's", "a b", "*"]
    command = process.pretty(args, {"DONDE": "aquí mismo"})
    assert process.run(["/bin/sh", "-c", command]).out == "aquí mismo [\"it's\", 'a b', '*']\n"


@pytest.mark.parametrize(("program", "cure"), [("kubectl-que-no-hay", "PATH"), ("docker", "embebido")])
def test_a_missing_program_says_how_to_get_it(program: str, cure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nada")
    with pytest.raises(ProcessError) as caught:
        process.run([program])
    assert f"«{program}»" in caught.value.message
    assert cure in caught.value.cure


def test_a_file_that_is_not_a_program_is_told_in_spanish(tmp_path: Path) -> None:
    (tmp_path / "nota").write_text("hola")
    with pytest.raises(ProcessError, match="No se puede ejecutar"):
        process.run([str(tmp_path / "nota")])


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match=r"«.*/nada»"):
        process.run([PYTHON, "-c", ""], cwd=tmp_path / "nada")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def eventually(check: object, *args: object) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if check(*args):  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False


def test_a_timeout_takes_the_grandchildren_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    grandchild = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    with pytest.raises(ProcessError, match=r"no terminó en 10 s"):
        process.run([PYTHON, "-c", program], timeout=10)
    assert eventually(gone, int(note.read_text()))


def test_a_background_process_outlives_its_parent_and_keeps_its_log(tmp_path: Path) -> None:
    log, note = tmp_path / "log", tmp_path / "pid"
    child = (
        f"import os, time; print('vivo', flush=True); open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    parent = (
        "import sys; from pathlib import Path; from lab_tools import process\n"
        f"process.spawn_background([sys.executable, '-c', {child!r}], Path({str(log)!r}))"
    )
    process.run([PYTHON, "-c", parent])
    assert eventually(lambda: note.exists() and note.read_text())
    pid = int(note.read_text())
    try:
        assert not gone(pid)
        assert log.read_text() == "vivo\n"
        assert os.getsid(pid) == pid
    finally:
        process.terminate(pid)
    assert eventually(gone, pid)


def test_a_background_process_can_be_stopped_and_tells_its_code(tmp_path: Path) -> None:
    background = process.spawn_background([PYTHON, "-c", "import time; time.sleep(60)"], tmp_path / "log")
    assert background.exit_code() is None
    background.stop()
    assert background.exit_code() == -15


def test_a_log_that_cannot_be_opened_is_told_in_spanish(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="No se puede escribir"):
        process.spawn_background([PYTHON, "-c", ""], tmp_path / "no" / "hay")


def test_ending_a_process_that_is_gone_is_not_an_error() -> None:
    result = process.run([PYTHON, "-c", "import os; print(os.getpid())"])
    process.terminate(int(result.out))


def test_each_line_arrives_when_it_is_written_and_the_whole_at_the_end() -> None:
    seen: list[str] = []
    program = "import sys; print('uno', flush=True); print('dos', file=sys.stderr, flush=True); sys.exit(3)"
    result = process.follow([sys.executable, "-c", program], seen.append)
    assert (seen, result.out, result.code) == (["uno", "dos"], "uno\ndos", 3)


def test_who_interrupts_a_program_that_speaks_takes_its_children_along(tmp_path: Path) -> None:
    program = f"sleep 60 & echo $! > {tmp_path / 'nieto'}; echo listo; wait"

    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.follow(["/bin/sh", "-c", program], interrupt)
    child = int((tmp_path / "nieto").read_text())
    stat = Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text().split()[2] in "ZX"


def test_a_program_that_speaks_and_never_ends_is_cut() -> None:
    with pytest.raises(ProcessError, match="no terminó en"):
        process.follow(["/bin/sh", "-c", "echo hola; sleep 60"], lambda _line: None, timeout=0.3)
