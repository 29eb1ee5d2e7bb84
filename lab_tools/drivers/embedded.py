"""Clústeres embebidos servidos: un proceso de fondo por clúster, que sobrevive a la terminal y al cuaderno.

Quién está vivo lo dice un cerrojo que el sistema suelta al morir el proceso, nunca un PID apuntado. Cada orden
que cambia un clúster cierra antes la suya: dos a la vez van una detrás de otra. Lo que se crea a medias se deshace.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_tools import files, process
from lab_tools.drivers import base, home, ownership
from lab_tools.embedded.server import settings
from lab_tools.embedded.server.pace import load as load_pace
from lab_tools.embedded.server.settings import Settings
from lab_tools.errors import ClusterError, InfrastructureError, OrquestaError

if TYPE_CHECKING:
    from lab_tools.drivers.http import HttpConnection
    from lab_tools.drivers.kubeconfig_file import Access

# Segundos de pared: arrancar cuesta décimas; una máquina muy cargada puede tardar más.
_READY_TIMEOUT = 30.0
_STOP_TIMEOUT = 5.0
_SETTLE_TIMEOUT = 3.0
_BUSY_TIMEOUT = 40.0
_HOST = "127.0.0.1"
# Con glibc: que lo grande (una lista de miles de Pods) se pida aparte y vuelva al sistema al soltarlo, en vez de dejar
# huecos. Con 5 000 Pods son veinte megas menos. https://man7.org/linux/man-pages/man3/mallopt.3.html
ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "131072"}

CAPABILITIES: tuple[base.Capability, ...] = (
    base.Capability("sin-docker", True, "No necesita Docker, ni permisos de administrador, ni red."),
    base.Capability("kubectl", True, "Lo atienden el kubectl y los clientes oficiales, sin cambiarlos."),
    base.Capability("tiempo", True, "El tiempo va a la velocidad que se pida y, para el dueño, se para y se adelanta."),
    base.Capability("bifurcar", True, "Se copia en marcha, en milisegundos, para probar algo sin que nada le pase."),
    base.Capability("averias", True, "Se rompe a propósito hasta por debajo de la API, y se repara (docs/averias.md)."),
    base.Capability("persistencia", True, "El estado sobrevive a un kill -9; a un corte de luz no se promete."),
    base.Capability("contenedores", False, "No ejecuta contenedores: las imágenes conocidas son modelos."),
)


class EmbeddedDriver:
    """El driver «embedded»."""

    name = "embedded"
    capabilities = CAPABILITIES

    def create(self, request: base.Request) -> base.Status:
        """Crea un clúster, espera a que atienda y pone su contexto en el kubeconfig. Si algo falla, no queda nada."""
        state = _directory(base.check_request(request).name)
        images = _checked_images(request.images)
        home.prepare()
        with _exclusive(request.name):
            _refuse_taken(state, request.name)
            _refuse_busy(request.port)
            found = Settings(
                request.name, request.nodes, request.speed, request.seed, request.port, bool(request.port),
                kubeconfig=_first_file(request.kubeconfig),
            )  # fmt: skip
            try:
                files.private_directory(state)
                found.save(state)
                if images:
                    files.write_atomic(state / settings.IMAGES, images)
                _copy_identity(_shared_identity(), state / settings.PKI)
                server = _spawn(state)
                # Lo que aún hace falta se importa mientras el servidor arranca.
                from lab_tools.drivers import kubeconfig_file

                kubeconfig_file.check_writable(found.kubeconfig)
                previous = kubeconfig_file.current_context(found.kubeconfig)
                ready = _await_ready(state, server)
                written = kubeconfig_file.add(_access(state, found.name, "student"), found.kubeconfig)
                found = dataclasses.replace(
                    found, port=ready["port"], born=True, kubeconfig=str(written), previous_context=previous
                )
                found.save(state)
                _copy_identity(state / settings.PKI, _shared_identity())
            except BaseException:
                _undo(state, found)
                raise
            return _status(state)

    def list(self) -> list[base.Status]:
        """Los clústeres que hay, por nombre, tal como están: no levanta ninguno."""
        if not home.clusters().is_dir():
            return []
        return [_status(state) for state in sorted(home.clusters().iterdir()) if settings.exists(state)]

    def status(self, name: str) -> base.Status:
        """Cómo está un clúster; si su proceso había muerto, antes lo levanta."""
        state = _existing(name)
        _let_it_settle(state)
        found = _status(state)
        if found.state == base.FALLEN:
            return self.start(name)
        return found

    def start(self, name: str) -> base.Status:
        """Pone en marcha un clúster con el estado que tenía, y repone su contexto de kubectl si alguien lo quitó."""
        with _held(name) as state:
            if _pid(state) is None:
                _revive(state)
            _restore_context(state)
            return _status(state)

    def stop(self, name: str) -> base.Status:
        """Para un clúster. Nada se pierde: cada cambio ya estaba guardado."""
        with _held(name) as state:
            found = settings.load(state)
            # Primero se apunta: si ni eso se puede escribir, no se toca nada.
            dataclasses.replace(found, stopped=True).save(state)
            _halt(state)
            return _status(state)

    def delete(self, name: str) -> None:
        """Borra un clúster, dañado o no, y su contexto de kubectl."""
        from lab_tools.drivers import kubeconfig_file

        with _held(name) as state:
            found = settings.load_or_none(state)
            kubeconfig_file.remove(
                base.context_name(name),
                found.previous_context if found else "",
                also=found.kubeconfig if found else "",
            )
            _halt(state)
            _erase(state)

    def connect(self, name: str, role: str = "student") -> HttpConnection:
        """Una conexión con un clúster; si su proceso había muerto, lo levanta. Lanza ClusterError si está parado."""
        from lab_tools.drivers.http import HttpConnection

        state = self._running(name)
        access = _access(state, name, base.check_role(role))
        return HttpConnection(
            name,
            access.server,
            access.authority,
            token=access.token,
            certificate=(access.certificate, access.key) if access.certificate else None,
            kubeconfig=str(_own_kubeconfig(state, access, role)),
            cure=f"Mira cómo está con: orquesta cluster status {name}",
        )

    def kubeconfig(self, name: str, role: str = "student") -> str:
        """El texto de un kubeconfig que solo habla de este clúster, con la credencial que se pida."""
        from lab_tools.drivers import kubeconfig_file

        state = self._running(name)
        return kubeconfig_file.text(_access(state, name, base.check_role(role)))

    def _running(self, name: str) -> Path:
        """La carpeta de un clúster en marcha."""
        found = self.status(name)
        if found.state == base.STOPPED:
            raise ClusterError(f"El clúster «{name}» está parado.", f"Arráncalo con: orquesta cluster start {name}")
        if found.state == base.DAMAGED:
            raise ClusterError(found.problem, f"Bórralo con: orquesta cluster delete {name}")
        return Path(found.directory)


def _checked_images(file: str) -> str:
    """El texto de un archivo de imágenes, ya juzgado: mejor saberlo antes de crear nada."""
    if not file:
        return ""
    from lab_tools.drivers.in_process import read_images  # arrastra el clúster entero

    read_images(file)
    return Path(file).read_text(encoding="utf-8")


def _directory(name: str) -> Path:
    return home.clusters() / base.check_name(name)


def _existing(name: str) -> Path:
    state = _directory(name)
    if settings.exists(state):
        return state
    others = ", ".join(found.name for found in EmbeddedDriver().list())
    hint = f"Los que hay: {others}." if others else "No hay ninguno todavía."
    raise ClusterError(f"No hay ningún clúster «{name}».", f"{hint} Créalo con: orquesta cluster create {name}")


def _refuse_taken(state: Path, name: str) -> None:
    ownership.refuse_taken(name)
    if state.exists():  # el resto de una creación que no llegó a terminar
        _halt(state)
        _erase(state)


def _refuse_busy(port: int) -> None:
    if port and not _free(port):
        raise ClusterError(
            f"El puerto {port} ya está ocupado en {_HOST}.",
            "Elige otro con --port, o quita esa opción y se buscará uno libre.",
        )


def _free(port: int) -> bool:
    """Si se puede escuchar en ese puerto."""
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def _exclusive(name: str) -> Iterator[None]:
    """Una sola orden a la vez cambia un clúster."""
    path = home.prepare() / f".{name}.lock"
    busy = ClusterError(
        f"Otra orden de Orquesta está cambiando el clúster «{name}» desde hace rato.",
        "Espera a que termine, o ciérrala, y repite.",
    )
    with files.locked(path, _BUSY_TIMEOUT, busy):
        yield


@contextlib.contextmanager
def _held(name: str) -> Iterator[Path]:
    """La carpeta de un clúster que existe, para una sola orden. Se mira otra vez: quien esperaba llega tarde."""
    _existing(name)
    with _exclusive(name):
        yield _existing(name)


def _first_file(kubeconfig: str) -> str:
    """Dónde se escribirá el contexto, si se pidió un sitio."""
    if not kubeconfig:
        return ""
    from lab_tools.drivers import kubeconfig_file

    return str(kubeconfig_file.paths(kubeconfig)[0])


def _spawn(state: Path) -> process.Background:
    """Arranca el servidor. Se le dice dónde está este paquete: quizá no está instalado, solo en esta carpeta."""
    (state / settings.READY).unlink(missing_ok=True)
    package = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH", "")
    paths = os.pathsep.join([package, inherited] if inherited else [package])
    return process.spawn_background(
        [sys.executable, "-m", "lab_tools.embedded.server", "--state", str(state)],
        state / settings.LOG, env={**ALLOCATOR, "PYTHONPATH": paths}, cwd=home.root(),
    )  # fmt: skip


def _await_ready(state: Path, server: process.Background) -> dict[str, Any]:
    """Espera a que el servidor atienda y devuelve ready.json. Si muere antes, cuenta lo que dijo."""
    deadline = time.monotonic() + _READY_TIMEOUT
    while time.monotonic() < deadline:
        ready = _ready(state)
        if ready is not None:
            return ready
        code = server.exit_code()
        if code is not None:
            raise _died(state, server, code)
        time.sleep(0.004)
    server.stop()
    raise InfrastructureError(
        f"El clúster «{state.name}» no ha empezado a atender en {_READY_TIMEOUT:g} s.",
        "La máquina puede estar muy cargada: cierra algo y repite.",
    )


def _died(state: Path, server: process.Background, code: int) -> ClusterError:
    """El servidor cuenta sus fallos previsibles en la última línea, como {"message", "cure"}."""
    lines = _log_tail(state)
    with contextlib.suppress(ValueError, KeyError, TypeError, IndexError):
        told = json.loads(lines[-1])
        return ClusterError(told["message"], told["cure"])
    said = "\n".join(lines[-5:]) or "(sin mensaje)"
    return ClusterError(
        f"El servidor del clúster «{state.name}» ha terminado con el código {code}:\n{said}",
        f"Repítelo a mano para verlo: {server.command}",
    )


def _log_tail(state: Path) -> list[str]:
    try:
        data = (state / settings.LOG).read_bytes()[-8000:]
    except OSError:
        return []
    return data.decode("utf-8", "replace").strip().splitlines()


def _ready(state: Path) -> dict[str, Any] | None:
    """ready.json, si lo escribió el proceso que ahora tiene la carpeta."""
    try:
        found = json.loads((state / settings.READY).read_bytes())
    except (OSError, ValueError):
        return None
    pid = files.lock_owner(state / settings.LOCK)
    return found if isinstance(found, dict) and pid is not None and pid in (0, found.get("pid")) else None


def _pid(state: Path) -> int | None:
    """El PID del servidor vivo, o None. El cerrojo no miente: un PID apuntado puede ser ya de otro."""
    try:
        return files.lock_owner(state / settings.LOCK)
    except OSError:
        return None


def _let_it_settle(state: Path) -> None:
    """Un proceso vivo que no atiende está naciendo o muriendo: se le da un momento para que se aclare."""
    deadline = time.monotonic() + _SETTLE_TIMEOUT
    while time.monotonic() < deadline and _pid(state) is not None and not _attends(state):
        time.sleep(0.02)


def _attends(state: Path) -> bool:
    ready = _ready(state)
    if ready is None:
        return False
    with contextlib.suppress(OSError), socket.create_connection((_HOST, ready["port"]), timeout=1):
        return True
    return False


def _revive(state: Path) -> None:
    """Levanta un clúster parado o caído en su puerto; si se lo han quitado y no lo eligió nadie, en otro."""
    from lab_tools.drivers import kubeconfig_file

    found = settings.load(state)
    if not _free(found.port):
        if found.port_asked:
            raise ClusterError(
                f"El puerto {found.port} del clúster «{found.name}» lo ocupa ahora otro programa.",
                "Cierra ese programa y repite.",
            )
        found = dataclasses.replace(found, port=0)
        found.save(state)
    server = _spawn(state)
    try:
        ready = _await_ready(state, server)
    except BaseException:
        server.stop()
        raise
    if found.port != ready["port"]:
        access = _access(state, found.name, "student")
        kubeconfig_file.add(access, found.kubeconfig, make_current=False)
    if found.stopped or found.port != ready["port"]:
        dataclasses.replace(found, port=ready["port"], stopped=False).save(state)


def _restore_context(state: Path) -> None:
    """Repone el contexto que falte. El actual no se toca si hay alguno: quizá es de otro clúster."""
    from lab_tools.drivers import kubeconfig_file

    found = settings.load(state)
    # Con un kubeconfig que no se entiende, el clúster arranca igual: lo contará quien lo use.
    with contextlib.suppress(ClusterError):
        if not kubeconfig_file.has_context(base.context_name(found.name), found.kubeconfig):
            alone = not kubeconfig_file.current_context(found.kubeconfig)
            kubeconfig_file.add(_access(state, found.name, "student"), found.kubeconfig, make_current=alone)


def _halt(state: Path) -> None:
    """Para el servidor, por las buenas o por las malas, y no vuelve hasta que ha soltado la carpeta."""
    deadline = time.monotonic() + _STOP_TIMEOUT
    asked: set[int] = set()
    while pid := _pid(state):
        late = time.monotonic() > deadline
        if pid not in asked or late:
            process.terminate(pid, force=late)
            asked.add(pid)
        time.sleep(0.01)


def _erase(state: Path) -> None:
    """Borra la carpeta. Primero la aparta: si algo la retiene, el clúster ya no existe a medias."""
    doomed = state.with_name(f".borrado-{state.name}-{os.getpid()}")
    try:
        state.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise files.explain(error, state, "borrar") from error


def _undo(state: Path, found: Settings) -> None:
    """Deshace una creación. Lo que falle aquí no tapa el error que la interrumpió."""
    from lab_tools.drivers import kubeconfig_file

    with contextlib.suppress(OrquestaError):
        kubeconfig_file.remove(base.context_name(found.name), found.previous_context, also=found.kubeconfig)
    with contextlib.suppress(OrquestaError, OSError):
        _halt(state)
        if state.exists():
            _erase(state)
        # Por si la causa era ella: la próxima creación hará otra.
        shutil.rmtree(_shared_identity(), ignore_errors=True)


def _shared_identity() -> Path:
    return home.root() / settings.PKI


def _copy_identity(source: Path, target: Path) -> None:
    """La identidad del servidor es una por persona: hacerla cuesta tanto como arrancar media API.

    Si no se puede copiar, el servidor hará la suya.
    """
    if target.exists() or not source.exists():
        return
    # Entera o nada: un certificado de una copia con la autoridad de otra no sirve.
    partial = target.with_name(f".{target.name}-{os.getpid()}")
    with contextlib.suppress(OSError):
        shutil.copytree(source, partial)
        partial.chmod(0o700)
        partial.rename(target)
    shutil.rmtree(partial, ignore_errors=True)


def _status(state: Path) -> base.Status:
    try:
        found = settings.load(state)
    except InfrastructureError as error:
        return base.Status(
            state.name, "embedded", base.DAMAGED, 0, 0.0, "", None, base.context_name(state.name), str(state),
            error.message,
        )  # fmt: skip
    pid = _pid(state)
    phase = base.RUNNING if pid is not None else base.STOPPED if found.stopped else base.FALLEN
    server = f"https://{_HOST}:{found.port}"
    return base.Status(
        found.name, "embedded", phase, found.nodes, load_pace(state, found.speed).speed, server, pid or None,
        base.context_name(found.name), str(state),
    )  # fmt: skip


def _access(state: Path, name: str, role: str) -> Access:
    """Por dónde se entra: el puerto de ready.json y la credencial que dejó el servidor."""
    from lab_tools.drivers.kubeconfig_file import Access

    path = state / settings.CREDENTIALS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        port = (_ready(state) or {})["port"]
        user = found["users"][role]
        return Access(
            base.context_name(name), f"https://{_HOST}:{port}", found["authority"], token=user.get("token", ""),
            certificate=user.get("certificate", ""), key=user.get("key", ""),
        )  # fmt: skip
    except OSError as error:
        raise files.explain(error, path, "leer") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"Las credenciales «{path}» están dañadas: {error}.", f"Bórralo con: orquesta cluster delete {name}"
        ) from error


def _own_kubeconfig(state: Path, access: Access, role: str) -> Path:
    """Un kubeconfig solo de este clúster y esta credencial, para los kubectl que lanza un laboratorio."""
    from lab_tools.drivers import kubeconfig_file

    path = state / f"kubeconfig-{role}.yaml"
    content = kubeconfig_file.text(access)
    try:
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            files.write_atomic(path, content)
    except OSError as error:
        raise files.explain(error, path) from error
    return path
