"""El trabajador caliente visto desde fuera: se arranca una vez y da una sesión nueva en milisegundos."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import lab_tools
from grading.sandbox import bubblewrap
from grading.sandbox.cgroup import Group
from grading.sandbox.docker import Container
from grading.sandbox.inside import wire
from grading.sandbox.inside.places import FOLDERS, HOME, HOUSE, SCRATCH, TEMPORARY
from grading.sandbox.limits import Limits
from grading.sandbox.session import Session
from grading.sandbox.wall import Wall, choose
from lab_tools.errors import InfrastructureError

PATIENCE = 60.0  # segundos de pared: importar lo que un cuaderno usa cuesta menos de uno en una máquina tranquila
_INSIDE = Path(__file__).parent / "inside"
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Door:
    """Lo que se sabe de una sesión al nacer: el socket que escucha en su red y su casa, tal como ella la ve."""

    listener: socket.socket
    house: Path


@dataclass(frozen=True)
class Luggage:
    """Lo que una sesión se lleva dentro: archivos (ruta dentro de su casa -> bytes) y variables de entorno."""

    files: Mapping[str, bytes]
    environment: Mapping[str, str]


class Sandbox:
    """Un proceso encerrado que se bifurca para cada entrega. Con `walled=False` es el mismo, sin muros.

    Con Docker (`docker`, o donde no hay bubblewrap) no se bifurca: cada entrega tiene su contenedor. Lanza GradingError
    si se piden muros y esta máquina no los tiene.
    """

    def __init__(self, limits: Limits | None = None, *, walled: bool = True, docker: bool = False) -> None:
        self.wall = choose(walled=walled, docker_first=docker)
        self.walled = self.wall is not Wall.NONE
        self._containers: dict[int, Container] = {}
        self._born = 0  # contenedores lanzados
        self._limits = limits or Limits()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._group: Group | None = None
        self._houses: dict[int, Path] = {}  # sin muros, la casa de cada sesión es una carpeta de verdad

    def open(self, pack: Callable[[Door], Luggage]) -> Session:
        """Una sesión nueva, con el equipaje que `pack` le haga. Lanza InfrastructureError si no se puede."""
        ours: socket.socket | None = None
        try:
            guardian, ours = self._contained() if self.wall is Wall.DOCKER else self._forked()
            door = Door(_listener(ours), self._house(guardian))
            _move_in(ours, door.house, pack(door))
        except (OSError, wire.Broken) as error:
            if ours is not None:
                ours.close()
            self.close()  # el próximo intento, con otro trabajador
            raise InfrastructureError(f"El encierro de la entrega no se levanta: {error}.") from error
        return Session(self, guardian, ours)

    def interrupt(self, guardian: int) -> None:
        """Ctrl-C a lo que la sesión ejecute."""
        if guardian in self._containers:
            self._containers[guardian].interrupt()
        else:
            self._tell({"interrupt": guardian})

    def kill(self, guardian: int) -> None:
        """Mata la sesión con todo lo que haya lanzado, y borra su casa si la tenía fuera."""
        container = self._containers.pop(guardian, None)
        if container is not None:
            container.kill()
            return
        with suppress(OSError):
            self._tell({"kill": guardian})
        house = self._houses.pop(guardian, None)
        if house is not None:
            shutil.rmtree(house, ignore_errors=True)

    def close(self) -> None:
        """Mata al trabajador y a todas sus sesiones. Se puede repetir, y después se puede volver a abrir."""
        for guardian in [*self._houses, *self._containers]:
            self.kill(guardian)
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        if self._group is not None:
            self._group.close()
            self._group = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _house(self, guardian: int) -> Path:
        if self.walled:
            return HOUSE
        self._houses[guardian] = Path(tempfile.mkdtemp(prefix="orquesta-entrega-"))
        return self._houses[guardian]

    def _tell(self, order: dict[str, Any]) -> None:
        if self._control is not None:
            wire.send(self._control, order)

    def _contained(self) -> tuple[int, socket.socket]:
        """Un contenedor nuevo: su número y el canal de su sesión."""
        container = Container(_own(), _inside_environment(HOUSE), self._limits)
        number = self._born = self._born + 1
        self._containers[number] = container
        return number, container.channel

    def _forked(self) -> tuple[int, socket.socket]:
        """Una bifurcación nueva: su guardián y el canal de su sesión."""
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE)
        with theirs:
            try:
                return self._fork(theirs), ours
            except BaseException:
                ours.close()
                raise

    def _fork(self, channel: socket.socket) -> int:
        """Pide una sesión que hable por `channel`; devuelve su guardián. De paso se entera de los que han muerto."""
        control = self._started()
        wire.send(control, {"open": self._limits.as_data()}, fds=(channel.fileno(),))
        while True:
            frame = wire.receive(control)
            if frame is None:
                raise wire.Broken("el trabajador se ha ido")
            if "opened" in frame[0]:
                return int(frame[0]["opened"])
            if "failed" in frame[0]:
                raise wire.Broken(str(frame[0]["failed"]))

    def _started(self) -> socket.socket:
        if self._control is not None:
            return self._control
        control, theirs = socket.socketpair()
        control.settimeout(PATIENCE)
        with theirs:
            self._process = self._launch(theirs.fileno())
        with suppress(OSError, wire.Broken):
            if wire.receive(control) is not None:
                self._control = control
                return control
        control.close()
        raise self._stillborn(self._process)

    def _launch(self, channel: int) -> subprocess.Popen[bytes]:
        options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                                   "stderr": subprocess.PIPE, "start_new_session": True}  # fmt: skip
        program = [sys.executable, "-s", "-m", "inside.zygote", str(channel)]
        if not self.walled:
            environment = {**_ENVIRONMENT, "PYTHONPATH": str(_INSIDE.parent)}
            return subprocess.Popen([*program, "--bare"], pass_fds=(channel,), env=environment, **options)
        with suppress(OSError):  # donde no se puede, `grade` y `doctor` lo dicen
            self._group = self._group or Group(self._limits)
        return bubblewrap.launch(program, _own(), _inside_environment(SCRATCH), (channel,), self._group, **options)

    def _stillborn(self, process: subprocess.Popen[bytes]) -> InfrastructureError:
        process.kill()
        said = process.communicate()[1].decode("utf-8", "replace").strip().splitlines()
        self._process = None
        return InfrastructureError(
            "El trabajador de la corrección no arranca" + (f": {said[-1]}" if said else "") + ".",
            "Comprueba que queda memoria y que el entorno de Python está completo.",
        )


def _own() -> dict[Path, Path]:
    """Lo del curso que se ve dentro, de fuera a dentro."""
    return {_INSIDE: bubblewrap.OURS / "inside", Path(lab_tools.__file__).parent: bubblewrap.OURS / "lab_tools"}


def _inside_environment(scratch: Path) -> dict[str, str]:
    """Las variables de quien arranca dentro. `scratch` es dónde puede escribir mientras lo hace."""
    return {**_ENVIRONMENT, "PYTHONPATH": str(bubblewrap.OURS), "HOME": str(scratch), "TMPDIR": str(scratch)}


def _listener(channel: socket.socket) -> socket.socket:
    frame = wire.receive(channel)
    if frame is None:
        raise wire.Broken("la sesión murió al nacer")
    header, _, fds = frame
    if "up" not in header or len(fds) != 1:
        raise wire.Broken(_why(header))
    return socket.socket(fileno=fds[0])


def _why(header: Mapping[str, Any]) -> str:
    """La última línea de la traza que mandó una sesión que no pudo levantarse."""
    return str(header.get("broken", header)).strip().splitlines()[-1]


def _move_in(channel: socket.socket, house: Path, luggage: Luggage) -> None:
    environment = {"HOME": str(house / HOME), "TMPDIR": str(house / TEMPORARY), **luggage.environment}
    order = {"environment": environment, "root": str(house), "folders": FOLDERS}
    wire.send(channel, order, _packed(luggage.files))
    frame = wire.receive(channel)
    if frame is None or "home" not in frame[0]:
        raise wire.Broken(_why(frame[0]) if frame else "la sesión murió al entrar en su casa")


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Un tar con los archivos: solo archivos corrientes, con rutas que no salen de su sitio."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            one = tarfile.TarInfo(name)
            one.size, one.mode = len(content), 0o600
            archive.addfile(one, io.BytesIO(content))
    return buffer.getvalue()
