"""El driver «embedded»: crear, mirar, parar y borrar clústeres servidos.

Cada orden que cambia un clúster cierra antes la suya: dos a la vez van una detrás de otra. Lo que se crea a medias se
deshace.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tools import files
from lab_tools.drivers import base, home, ownership
from lab_tools.drivers.embedded import daemon, entry, folder, identity
from lab_tools.embedded.server import settings
from lab_tools.embedded.server.pace import load as load_pace
from lab_tools.embedded.server.settings import Settings
from lab_tools.errors import ClusterError, InfrastructureError, OrquestaError

if TYPE_CHECKING:
    from lab_tools.drivers.http import HttpConnection

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
        state = folder.directory(base.check_request(request).name)
        images = _checked_images(request.images)
        home.prepare()
        with folder.exclusive(request.name):
            _refuse_taken(state, request.name)
            _refuse_busy(request.port)
            found = Settings(
                request.name, request.nodes, request.speed, request.seed, request.port, bool(request.port),
                kubeconfig=_first_file(request.kubeconfig),
            )  # fmt: skip
            context = False
            try:
                files.private_directory(state)
                found.save(state)
                if images:
                    files.write_atomic(state / settings.IMAGES, images)
                identity.copy(identity.shared(), state / settings.PKI)
                server = daemon.spawn(state)
                # Lo que aún hace falta se importa mientras el servidor arranca.
                from lab_tools.drivers import kubeconfig_file

                kubeconfig_file.check_writable(found.kubeconfig)
                previous = kubeconfig_file.current_context(found.kubeconfig)
                ready = daemon.await_ready(state, server)
                context = True
                written = kubeconfig_file.add(entry.access(state, found.name, "student"), found.kubeconfig)
                found = dataclasses.replace(
                    found, port=ready["port"], born=True, kubeconfig=str(written), previous_context=previous
                )
                found.save(state)
                identity.copy(state / settings.PKI, identity.shared())
            except BaseException:
                _undo(state, found, context)
                raise
            return _status(state)

    def list(self) -> list[base.Status]:
        """Los clústeres que hay, por nombre, tal como están: no levanta ninguno."""
        return [_status(state) for state in folder.states()]

    def status(self, name: str) -> base.Status:
        """Cómo está un clúster; si su proceso había muerto, antes lo levanta."""
        state = folder.existing(name)
        daemon.let_it_settle(state)
        found = _status(state)
        if found.state == base.FALLEN:
            return self.start(name)
        return found

    def start(self, name: str) -> base.Status:
        """Pone en marcha un clúster con el estado que tenía, y repone su contexto de kubectl si alguien lo quitó."""
        with folder.held(name) as state:
            if daemon.pid(state) is None:
                _revive(state)
            entry.restore_context(state)
            return _status(state)

    def stop(self, name: str) -> base.Status:
        """Para un clúster. Nada se pierde: cada cambio ya estaba guardado."""
        with folder.held(name) as state:
            found = settings.load(state)
            # Primero se apunta: si ni eso se puede escribir, no se toca nada.
            dataclasses.replace(found, stopped=True).save(state)
            daemon.halt(state)
            return _status(state)

    def delete(self, name: str) -> None:
        """Borra un clúster, dañado o no, y su contexto de kubectl."""
        from lab_tools.drivers import kubeconfig_file

        with folder.held(name) as state:
            found = settings.load_or_none(state)
            kubeconfig_file.remove(
                base.context_name(name),
                found.previous_context if found else "",
                also=found.kubeconfig if found else "",
            )
            daemon.halt(state)
            folder.erase(state)

    def connect(self, name: str, role: str = "student") -> HttpConnection:
        """Una conexión con un clúster; si su proceso había muerto, lo levanta. Lanza ClusterError si está parado."""
        from lab_tools.drivers.http import HttpConnection

        state = self._running(name)
        access = entry.access(state, name, base.check_role(role))
        return HttpConnection(
            name,
            access.server,
            access.authority,
            token=access.token,
            certificate=(access.certificate, access.key) if access.certificate else None,
            kubeconfig=str(entry.own_kubeconfig(state, access, role)),
            cure=f"Mira cómo está con: orquesta cluster status {name}",
        )

    def kubeconfig(self, name: str, role: str = "student") -> str:
        """El texto de un kubeconfig que solo habla de este clúster, con la credencial que se pida."""
        from lab_tools.drivers import kubeconfig_file

        state = self._running(name)
        return kubeconfig_file.text(entry.access(state, name, base.check_role(role)))

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


def _refuse_taken(state: Path, name: str) -> None:
    ownership.refuse_taken(name)
    if state.exists():  # el resto de una creación que no llegó a terminar
        daemon.halt(state)
        folder.erase(state)


def _refuse_busy(port: int) -> None:
    if port and not daemon.is_free(port):
        raise ClusterError(
            f"El puerto {port} ya está ocupado en {daemon.HOST}.",
            "Elige otro con --port, o quita esa opción y se buscará uno libre.",
        )


def _first_file(kubeconfig: str) -> str:
    """Dónde se escribirá el contexto, si se pidió un sitio."""
    if not kubeconfig:
        return ""
    from lab_tools.drivers import kubeconfig_file

    return str(kubeconfig_file.paths(kubeconfig)[0])


def _revive(state: Path) -> None:
    """Levanta un clúster parado o caído en su puerto; si se lo han quitado y no lo eligió nadie, en otro."""
    from lab_tools.drivers import kubeconfig_file

    found = settings.load(state)
    if not daemon.is_free(found.port):
        if found.port_asked:
            raise ClusterError(
                f"El puerto {found.port} del clúster «{found.name}» lo ocupa ahora otro programa.",
                "Cierra ese programa y repite.",
            )
        found = dataclasses.replace(found, port=0)
        found.save(state)
    server = daemon.spawn(state)
    try:
        ready = daemon.await_ready(state, server)
    except BaseException:
        server.stop()
        raise
    if found.port != ready["port"]:
        access = entry.access(state, found.name, "student")
        kubeconfig_file.add(access, found.kubeconfig, make_current=False)
    if found.stopped or found.port != ready["port"]:
        dataclasses.replace(found, port=ready["port"], stopped=False).save(state)


def _undo(state: Path, found: Settings, context: bool) -> None:
    """Deshace una creación. Lo que falle aquí no tapa el error que la interrumpió.

    `context`: si se llegó a escribir el contexto. Si no, no se importa nada: quizá lo que se interrumpió fue eso, y un
    módulo a medio importar ya no se puede volver a importar.
    """
    if context:
        from lab_tools.drivers import kubeconfig_file

        with contextlib.suppress(OrquestaError):
            kubeconfig_file.remove(base.context_name(found.name), found.previous_context, also=found.kubeconfig)
    with contextlib.suppress(OrquestaError, OSError):
        daemon.halt(state)
        if state.exists():
            folder.erase(state)
        # Por si la causa era ella: la próxima creación hará otra.
        shutil.rmtree(identity.shared(), ignore_errors=True)


def _status(state: Path) -> base.Status:
    try:
        found = settings.load(state)
    except InfrastructureError as error:
        return base.Status(
            state.name, "embedded", base.DAMAGED, 0, 0.0, "", None, base.context_name(state.name), str(state),
            error.message,
        )  # fmt: skip
    pid = daemon.pid(state)
    phase = base.RUNNING if pid is not None else base.STOPPED if found.stopped else base.FALLEN
    server = f"https://{daemon.HOST}:{found.port}"
    return base.Status(
        found.name, "embedded", phase, found.nodes, load_pace(state, found.speed).speed, server, pid or None,
        base.context_name(found.name), str(state),
    )  # fmt: skip
