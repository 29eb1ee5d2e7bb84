"""El otro muro de fuera: un contenedor de Docker para cada entrega, donde no hay bubblewrap.

No se descarga ninguna imagen: la nuestra no lleva más que carpetas y enlaces, y el sistema, este Python y el curso se
ven montados, solo para leer. Dentro no hay más red que la local, ni privilegios, ni más disco que uno en memoria. El
contenedor no deja estrenar espacios de nombres, así que no se bifurca: es de una entrega y muere con ella. Se habla con
él por un socket en una carpeta privada, que deja de escuchar en cuanto alguien llama.

Fuente: https://docs.docker.com/reference/cli/docker/container/run/
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from grading.sandbox import bubblewrap
from grading.sandbox.inside import wire
from grading.sandbox.inside.places import HOUSE, TEMPORARY
from grading.sandbox.limits import MEBIBYTE, Limits

DOOR = "/puerta"
LABEL = "orquesta.corrector"  # el proceso que lo lanzó
_SOCKET = "canal"
_OVERHEAD = 256 * MEBIBYTE  # lo que ocupa Python con todo importado
_PATIENCE = 60.0  # segundos para cada orden de docker
_STEP = 0.5  # segundos entre mirar si el contenedor sigue vivo


class Container:
    """Un contenedor con una sesión caliente dentro. `channel` es el socket por el que se habla con ella."""

    def __init__(self, own: Mapping[Path, Path], environment: Mapping[str, str], limits: Limits) -> None:
        """Lo arranca y espera a que esté listo. Lanza OSError o `wire.Broken` si no lo consigue."""
        self._name = f"orquesta-entrega-{secrets.token_hex(8)}"
        self._private = tempfile.mkdtemp(prefix="orquesta-puerta-")  # de quien corrige y de nadie más
        self._process: subprocess.Popen[bytes] | None = None
        self._sweep()
        try:
            self.channel = self._called(own, environment, limits)
            self._awake(limits)
        except BaseException:
            self.kill()
            raise

    def interrupt(self) -> None:
        """Ctrl-C a lo que esté ejecutando."""
        _docker("kill", "--signal", "INT", self._name)

    def kill(self) -> None:
        """Mata todo lo que haya dentro. Se puede repetir."""
        _docker("rm", "--force", "--volumes", self._name)
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        shutil.rmtree(self._private, ignore_errors=True)

    def _called(self, own: Mapping[Path, Path], environment: Mapping[str, str], limits: Limits) -> socket.socket:
        """Arranca el contenedor y espera a que llame."""
        door = Path(self._private) / "puerta"
        door.mkdir()
        door.chmod(0o755)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as waiting:
            waiting.bind(str(door / _SOCKET))
            (door / _SOCKET).chmod(0o666)
            waiting.listen(1)
            waiting.settimeout(_STEP)
            program = [sys.executable, "-s", "-m", "inside.alone", f"{DOOR}/{_SOCKET}"]
            command = _command(self._name, {**own, door: Path(DOOR)}, environment, limits, program)
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
            for _ in range(round(_PATIENCE / _STEP)):
                with suppress(TimeoutError):
                    return waiting.accept()[0]
                if self._process.poll() is not None:
                    raise wire.Broken(f"el contenedor no arranca: {self._last_words()}")
        raise wire.Broken("el contenedor no llama")

    def _last_words(self) -> str:
        """Lo último que escribió antes de morir; si no ha muerto, se le mata."""
        assert self._process is not None
        try:
            return _last_line(self._process.communicate(timeout=_STEP)[1])
        except subprocess.TimeoutExpired:
            self._process.kill()
            return _last_line(self._process.communicate()[1])

    def _awake(self, limits: Limits) -> None:
        self.channel.settimeout(_PATIENCE)
        frame = wire.receive(self.channel)
        if frame is None or "ready" not in frame[0]:
            raise wire.Broken(f"la sesión murió al nacer: {self._last_words()}")
        wire.send(self.channel, {"open": limits.as_data()})

    @staticmethod
    @functools.cache
    def _sweep() -> None:
        """Borra los contenedores de quien murió sin poder cerrarlos."""
        told = _docker("ps", "--all", "--filter", f"label={LABEL}", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}')
        for line in told.stdout.decode("utf-8", "replace").splitlines():
            identifier, _, process = line.partition(" ")
            if process.isdigit() and not Path("/proc", process).exists():
                _docker("rm", "--force", "--volumes", identifier)


@functools.cache
def lacking() -> str:
    """Por qué aquí no se puede usar Docker, o nada si se puede. Lo prueba de verdad, una vez."""
    if not sys.platform.startswith("linux"):
        return "un contenedor no puede usar el Python de este sistema"
    if shutil.which("docker") is None:
        return "no está instalado («apt install docker.io» o https://docs.docker.com/engine/install/)"
    told = _docker("version", "--format", "{{.Server.Version}}")
    if told.returncode:
        return f"su motor no contesta: {_last_line(told.stderr)}"
    name = f"orquesta-prueba-{secrets.token_hex(8)}"
    program = [sys.executable, "-c", "import socket; socket.create_server(('127.0.0.1', 0))"]
    try:
        told = _run(_command(name, {}, {}, Limits(), program))
    except OSError as error:
        return str(error)
    if told.returncode:
        _docker("rm", "--force", name)
        return f"el contenedor no arranca: {_last_line(told.stderr)}"
    return ""


def _command(name: str, own: Mapping[Path, Path], environment: Mapping[str, str], limits: Limits,
             program: Sequence[str]) -> list[str]:  # fmt: skip
    """La orden que arranca un contenedor con todos sus muros. Lanza OSError si la imagen no se puede hacer."""
    memory = str(limits.memory + limits.disk + _OVERHEAD)
    found = [
        "docker", "run", "--rm", "--pull", "never", "--name", name, "--label", f"{LABEL}={os.getpid()}",
        "--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--security-opt", "label=disable",  # SELinux no dejaría leer lo montado, que no es del contenedor
        "--user", f"{bubblewrap.NOBODY}:{bubblewrap.NOBODY}", "--hostname", "entrega", "--ipc", "private",
        "--pids-limit", str(limits.processes), "--memory", memory, "--memory-swap", memory, "--cpus", "1",
        "--log-driver", "none", "--shm-size", str(limits.disk // 4), "--workdir", "/",
        "--tmpfs", f"{HOUSE}:rw,exec,nosuid,nodev,mode=700,uid={bubblewrap.NOBODY},gid={bubblewrap.NOBODY},"
                   f"size={limits.disk}",
    ]  # fmt: skip
    for name_, value in environment.items():
        found += ["--env", f"{name_}={value}"]
    for outside, inside in {**bubblewrap.seen(), **own}.items():
        found += ["--mount", f'type=bind,"source={outside}","target={inside}",readonly']
    return [*found, _image(), *program]


@functools.cache
def _image() -> str:
    """La imagen vacía, hecha si no está: los enlaces del sistema, y /tmp dentro del disco de la entrega."""
    skeleton = _skeleton()
    name = f"orquesta-encierro:{hashlib.sha256(skeleton).hexdigest()[:12]}"
    if _docker("image", "inspect", name).returncode:
        told = _run(["docker", "import", "-", name], skeleton)
        if told.returncode:
            raise OSError(f"la imagen no se puede hacer: {_last_line(told.stderr)}")
    return name


def _skeleton() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, target in {**bubblewrap.links(), Path("/tmp"): HOUSE / TEMPORARY}.items():
            one = tarfile.TarInfo(str(path.relative_to("/")))
            one.type, one.linkname = tarfile.SYMTYPE, str(target)
            archive.addfile(one)
    return buffer.getvalue()


def _docker(*words: str) -> subprocess.CompletedProcess[bytes]:
    return _run(["docker", *words])


def _run(command: Sequence[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, b"", b"no contesta")


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    wanted = [line for line in lines if not line.startswith("See 'docker run --help'")]
    return wanted[-1] if wanted else "no dice por qué"
