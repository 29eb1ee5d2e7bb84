"""Lo que un cuaderno enseña de un error nuestro: qué pasó y en qué línea de la celda, sin nuestras tripas."""

from __future__ import annotations

import subprocess

import pytest
from IPython.core.interactiveshell import InteractiveShell

from lab_tools import process
from lab_tools.drivers.http import HttpConnection
from lab_tools.errors import ClusterError, StatusError


@pytest.fixture
def shell() -> InteractiveShell:
    return InteractiveShell()


def test_a_cell_shows_what_happened_and_its_cure(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("from lab_tools.errors import ClusterError\nraise ClusterError('Pasó esto.', 'Haz esto otro.')")
    assert capsys.readouterr().out.strip() == "Pasó esto.\nHaz esto otro."


def test_an_answer_of_the_api_is_quoted() -> None:
    error = StatusError({"message": 'pods "x" not found', "code": 404, "reason": "NotFound"})
    assert error._render_traceback_() == ['La API responde «pods "x" not found» (404 NotFound).']


def test_who_stops_a_program_sees_that_it_stopped_and_not_our_insides(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", stopped)
    shell.user_ns["run"] = process.run
    shell.run_cell("run(['sleep', '60'])")
    assert capsys.readouterr().out.strip().startswith("Interrumpido: se ha dejado de esperar.")


def test_who_stops_a_wait_sees_that_it_stopped_and_not_our_insides(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: float) -> None:
        raise KeyboardInterrupt

    waiting = HttpConnection.__new__(HttpConnection)
    waiting._advances = False
    monkeypatch.setattr(HttpConnection, "_cluster_speed", lambda _: 1.0)
    monkeypatch.setattr("lab_tools.drivers.http.time.sleep", stopped)
    shell.user_ns["wait"] = waiting.wait
    shell.run_cell("wait(5)")
    assert capsys.readouterr().out.strip().startswith("Interrumpido: se ha dejado de esperar.")


def test_the_line_of_the_cell_is_said() -> None:
    code = compile("a = 1\nfail()\n", "/tmp/ipykernel_1/celda.py", "exec")

    def fail() -> None:
        raise ClusterError("Pasó esto.")

    import linecache

    linecache.cache["/tmp/ipykernel_1/celda.py"] = (13, None, ["a = 1\n", "fail()\n"], "/tmp/ipykernel_1/celda.py")
    with pytest.raises(ClusterError) as caught:
        exec(code, {"fail": fail})
    assert caught.value._render_traceback_() == ["En la línea 2 de la celda: fail()", "Pasó esto."]


def test_who_looks_for_a_fault_of_ours_sees_the_whole_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORQUESTA_DEBUG", "1")
    with pytest.raises(ClusterError) as caught:
        raise ClusterError("Pasó esto.")
    assert "Traceback" in "".join(caught.value._render_traceback_())
