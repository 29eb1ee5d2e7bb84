"""Entrar en un contenedor con el kubectl de verdad: ejecutar, copiar, mirar y reenviar un puerto."""

from __future__ import annotations

import os
import pty
import select
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kubectl.conftest import TIMEOUT, Kubectl

BINARY = bytes(range(256)) * 300


@pytest.fixture
def box(kubectl: Kubectl) -> Kubectl:
    """Un Pod «caja» de busybox, en marcha."""
    kubectl("run", "caja", "--image=busybox:1.36", "--env=SALUDO=hola", "--", "sh", "-c", "sleep 3600")
    kubectl("wait", "--for=condition=Ready", "pod/caja", "--timeout=30s")
    return kubectl


def started(kubectl: Kubectl, *args: str) -> list[str]:
    return [str(kubectl.path), "--kubeconfig", str(kubectl.kubeconfig), "-n", kubectl.namespace, *args]


def until(told: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < limit, f"no pasó en {seconds} s"
        time.sleep(0.05)


@contextmanager
def ending(running: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Un proceso que no sobrevive a la prueba, tampoco si la prueba falla esperándolo."""
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def test_a_command_sees_the_environment_and_its_code_comes_back(box: Kubectl) -> None:
    assert box("exec", "caja", "--", "sh", "-c", "echo $SALUDO $HOSTNAME") == "hola caja\n"
    result = box.run("exec", "caja", "--", "sh", "-c", "echo salida; echo error >&2; exit 7")
    assert (result.returncode, result.stdout) == (7, "salida\n")
    assert result.stderr == "error\ncommand terminated with exit code 7\n"


@pytest.mark.parametrize(("command", "said"), [
    (("hostname",), "caja\n"),
    (("id",), "uid=0(root) gid=0(root) groups=0(root),10(wheel)\n"),
    (("ps",), "PID   USER     TIME  COMMAND\n    1 root      0:00 sh -c sleep 3600\n    2 root      0:00 ps\n"),
    (("sh", "-c", "env | grep SALUDO"), "SALUDO=hola\n"),
    (("sh", "-c", "mkdir -p /datos/a && echo x > /datos/a/b && ls /datos && cd /datos/a && cat b"), "a\nx\n"),
    (("sh", "-c", "for i in 1 2; do echo $i; done | wc -l"), "2\n"),
    (("sh", "-c", "printf 'a b\\nc d\\n' | while read x y; do echo $y; done"), "b\nd\n"),
    (("cat", "/etc/hostname"), "caja\n"),
])  # fmt: skip
def test_the_usual_commands_answer(box: Kubectl, command: tuple[str, ...], said: str) -> None:
    assert box("exec", "caja", "--", *command) == said


def test_standard_input_reaches_the_command(box: Kubectl) -> None:
    assert box("exec", "-i", "caja", "--", "cat", stdin="línea uno\nlínea dos\n") == "línea uno\nlínea dos\n"
    assert box("exec", "-i", "caja", "--", "sh", stdin="x=3\necho $((x + 1))\nexit 0\n") == "4\n"
    assert box("exec", "-i", "caja", "--", "sh", "-c", "sort | grep s", stdin="uno\ntres\ndos\n") == "dos\ntres\n"


def test_what_does_not_wait_for_input_ends_without_it(box: Kubectl) -> None:
    command = started(box, "exec", "-i", "caja", "--", "date")
    with ending(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)) as running:
        assert running.wait(TIMEOUT) == 0


def test_time_inside_is_the_time_of_the_cluster(box: Kubectl) -> None:
    before = time.monotonic()
    box("exec", "caja", "--", "sleep", "20")
    assert 0.9 <= time.monotonic() - before < 10


@pytest.mark.parametrize(("command", "why"), [
    (("exec", "caja", "--", "no-existe"), 'exec: "no-existe": executable file not found in $PATH'),
    (("exec", "caja", "--", "/bin/no"), 'exec: "/bin/no": stat /bin/no: no such file or directory'),
    (("exec", "caja", "-c", "z", "--", "true"), "container z is not valid for pod caja"),
    (("exec", "nadie", "--", "true"), 'Error from server (NotFound): pods "nadie" not found'),
])  # fmt: skip
def test_what_cannot_run_is_refused_as_the_real_server_does(box: Kubectl, command: tuple[str, ...], why: str) -> None:
    result = box.run(*command)
    assert result.returncode == 1
    assert why in result.stderr


def test_a_container_that_does_not_run_cannot_be_entered(kubectl: Kubectl) -> None:
    kubectl("run", "falta", "--image=nginx:no-existe")
    kubectl("wait", "--for=condition=PodScheduled", "pod/falta", "--timeout=30s")
    result = kubectl.run("exec", "falta", "--", "true")
    assert (result.returncode, 'container not found ("falta")' in result.stderr) == (1, True)


def test_a_file_goes_in_and_comes_out_byte_for_byte(box: Kubectl, tmp_path: Path) -> None:
    (tmp_path / "ida.bin").write_bytes(BINARY)
    box("cp", str(tmp_path / "ida.bin"), "caja:/tmp/dato.bin")
    box("cp", "caja:/tmp/dato.bin", str(tmp_path / "vuelta.bin"))
    assert (tmp_path / "vuelta.bin").read_bytes() == BINARY


def test_a_folder_goes_in_and_comes_out(box: Kubectl, tmp_path: Path) -> None:
    (tmp_path / "sitio" / "css").mkdir(parents=True)
    (tmp_path / "sitio" / "css" / "a.css").write_text("body {}\n")
    box("cp", str(tmp_path / "sitio"), "caja:/srv")
    assert box("exec", "caja", "--", "cat", "/srv/css/a.css") == "body {}\n"
    box("cp", "caja:/srv", str(tmp_path / "otra"))
    assert (tmp_path / "otra" / "css" / "a.css").read_text() == "body {}\n"


def test_what_is_not_there_cannot_be_copied(box: Kubectl, tmp_path: Path) -> None:
    result = box.run("cp", "caja:/no", str(tmp_path / "no"))
    assert "tar: /no: No such file or directory" in result.stdout


def test_a_file_written_inside_is_seen_by_the_probes(kubectl: Kubectl) -> None:
    kubectl(
        "apply",
        "-f",
        "-",
        stdin="""
apiVersion: v1
kind: Pod
metadata: {name: sonda}
spec:
  containers:
    - {name: c, image: "busybox:1.36", command: [sleep, "3600"],
       readinessProbe: {exec: {command: [cat, /tmp/listo]}, periodSeconds: 1}}
""",
    )
    kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/sonda", "--timeout=30s")
    kubectl("exec", "sonda", "--", "touch", "/tmp/listo")
    kubectl("wait", "--for=condition=Ready", "pod/sonda", "--timeout=30s")


# Segundos de silencio tras los que kubectl mismo aconseja pulsar Intro.
PATIENCE = 5.0


def typed(kubectl: Kubectl, args: tuple[str, ...], talk: list[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    """Teclea en una terminal cada texto cuando se oye lo que espera; devuelve el código y lo que se vio."""
    master, slave = pty.openpty()
    heard, waiting = b"", list(talk)
    limit, silent_since = time.monotonic() + TIMEOUT, time.monotonic()
    with ending(subprocess.Popen(started(kubectl, *args), stdin=slave, stdout=slave, stderr=slave)) as running:
        os.close(slave)
        while time.monotonic() < limit:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    heard += os.read(master, 4096)
                except OSError:  # en Linux, así se cuelga la otra punta
                    break
                silent_since = time.monotonic()
            elif running.poll() is not None:
                break
            if waiting and waiting[0][0] in heard:
                os.write(master, waiting.pop(0)[1])
            elif waiting and time.monotonic() > silent_since + PATIENCE:
                # El indicador se escribió antes de llegar nosotros: lo que haría una persona es pulsar Intro.
                os.write(master, b"\r")
                silent_since = time.monotonic()
        assert time.monotonic() < limit, f"sin fin, después de ver {heard!r}"
        code = running.wait(TIMEOUT)
    os.close(master)
    return code, heard


def test_a_terminal_is_a_shell_that_answers(box: Kubectl) -> None:
    talk = [(b"/ # ", b"echo ho\x7f\x7fhola\rcd /tmp\r"), (b"/tmp # ", b"exit 5\r")]
    code, heard = typed(box, ("exec", "-it", "caja", "--", "sh"), talk)
    assert (code, b"hola\r\n/ # " in heard) == (5, True)


def test_a_pod_for_one_conversation(kubectl: Kubectl) -> None:
    run = ("run", "-it", "--rm", "rato", "--image=busybox:1.36", "--restart=Never", "--", "sh")
    code, heard = typed(kubectl, run, [(b"/ # ", b"echo hola\r"), (b"\nhola", b"exit 4\r")])
    assert (code, b'pod "rato" deleted' in heard) == (4, True)
    piped = ("run", "-i", "--rm", "cuenta", "--image=busybox:1.36", "--restart=Never", "--", "wc", "-l")
    assert kubectl(*piped, stdin="uno\ndos\n").startswith("2\n")


def test_attach_hears_the_program_until_it_ends(kubectl: Kubectl) -> None:
    text = "for i in 1 2 3 4 5 6 7 8; do sleep 10; echo paso $i; done"
    kubectl("run", "habla", "--image=busybox:1.36", "--restart=Never", "--", "sh", "-c", text)
    kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/habla", "--timeout=30s")
    assert kubectl("attach", "habla").splitlines()[-1] == "paso 8"


@contextmanager
def forwarding(kubectl: Kubectl, target: str, port: int) -> Iterator[tuple[str, Path]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        local = free.getsockname()[1]
    log = kubectl.kubeconfig.parent / f"{kubectl.namespace}-{port}.log"
    command = started(kubectl, "port-forward", "--address=127.0.0.1", target, f"{local}:{port}")
    with log.open("w") as file, ending(subprocess.Popen(command, stdout=file, stderr=file)) as running:
        until(lambda: "Forwarding from" in log.read_text() or running.poll() is not None)
        yield f"http://127.0.0.1:{local}", log


def test_a_port_answers_what_the_workload_says(kubectl: Kubectl) -> None:
    kubectl("create", "deployment", "web", "--image=nginx:1.27")
    kubectl("expose", "deployment", "web", "--port=8000", "--target-port=80")
    kubectl("rollout", "status", "deployment/web", "--timeout=40s")
    for target, port in (("deployment/web", 80), ("service/web", 8000)):
        with forwarding(kubectl, target, port) as (address, _):
            for _ in range(3):
                assert b"Welcome to nginx!" in urllib.request.urlopen(address, timeout=TIMEOUT).read()
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{address}/no-esta", timeout=TIMEOUT)


def test_a_port_where_nobody_listens_refuses(box: Kubectl) -> None:
    with forwarding(box, "pod/caja", 81) as (address, log):
        with pytest.raises(OSError):
            urllib.request.urlopen(address, timeout=TIMEOUT)
        until(lambda: "connection refused" in log.read_text())
