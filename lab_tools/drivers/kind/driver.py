"""El driver «kind», con los mismos verbos que el embebido.

kind escribe en un kubeconfig nuestro, dentro de la carpeta del clúster; de ahí pasa al de la persona, que solo
cambia en lo suyo. Lo que se crea a medias se deshace, también con Ctrl-C; lo que había antes no se toca.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tools import files, process
from lab_tools.drivers import base, home, ownership
from lab_tools.drivers.kind import config, failures, images, nodes, program, ready, record, registry, steps
from lab_tools.drivers.kind.record import Record
from lab_tools.errors import ClusterError, OrquestaError

if TYPE_CHECKING:
    from lab_tools.drivers.http import HttpConnection
    from lab_tools.drivers.kubeconfig_file import Access

# Segundos que se espera a otra orden sobre el mismo clúster: crear uno tarda minutos.
_BUSY_TIMEOUT = 5.0

CAPABILITIES: tuple[base.Capability, ...] = (
    base.Capability("sin-docker", False, "Necesita un motor de contenedores, y cerca de 1 GB de memoria por nodo."),
    base.Capability("kubectl", True, "Es un Kubernetes sin cambios: lo atiende cualquier cliente."),
    base.Capability("tiempo", False, "El tiempo es el de pared: ni se para, ni se adelanta, ni cambia de velocidad."),
    base.Capability("bifurcar", False, "No se copia: para empezar de nuevo se borra y se crea."),
    base.Capability("averias", True, "Se rompe con lo que deja la API y parando nodos (docs/averias.md)."),
    base.Capability("persistencia", True, "El estado sobrevive a un reinicio de la máquina o del motor."),
    base.Capability("contenedores", True, "Ejecuta contenedores de verdad, con imágenes de cualquier registro."),
)


class KindDriver:
    """El driver «kind». `say` recibe, en una frase, cada paso de lo que tarda."""

    name = "kind"
    capabilities = CAPABILITIES

    def __init__(self, say: Callable[[str], None] = lambda _text: None) -> None:
        self._say = say

    def create(self, request: base.Request) -> base.Status:
        """Crea un clúster, espera a sus nodos y a CoreDNS y pone su contexto. Si algo falla, no queda nada."""
        from lab_tools.drivers import kubeconfig_file

        options = config.check(base.check_request(request).real)
        kind = program.version()
        image = images.node_image(options.version, kind)
        if image is not None and image.warning:
            self._say(image.warning)
        with _exclusive(request.name):
            _refuse_taken(request.name)
            found = Record(
                request.name, options.workers, options.version, program.provider(),
                kubeconfig=request.kubeconfig and str(kubeconfig_file.paths(request.kubeconfig)[0]), cni=options.cni,
            )  # fmt: skip
            folder = files.private_directory(record.folder(request.name))
            mine = False  # mientras no se llame a kind, en el motor no hay nada que sea de esta creación
            try:
                found.save()
                _write_config(folder, found.name, options, image.name if image else "")
                kubeconfig_file.check_writable(found.kubeconfig)
                previous = kubeconfig_file.current_context(found.kubeconfig)
                found = dataclasses.replace(found, previous_context=previous)
                if nodes.of(found.name, found.provider):
                    raise failures.named("nombre en uso", found.name)
                mine = True
                result = self._run_kind(folder, found)
                if not result.ok:
                    known = failures.recognise(result.out)
                    mine = known is None or known.ours
                    raise failures.explain(result.out, found.name)
                access = _own_access(found.name)
                connection = _connection(access, found.name)
                ready.wait(connection, found.workers + 1, cni=found.cni, say=self._wait_told)
                registry.wire(connection, options.mirrors, self._say)
                written = kubeconfig_file.add(access, found.kubeconfig)
                found = dataclasses.replace(found, born=True, kubeconfig=str(written), server=access.server)
                found.save()
            except BaseException:
                self._undo(found, mine)
                raise
        return _status(found)

    def list(self) -> list[base.Status]:
        """Los clústeres de kind que creó Orquesta, por nombre, tal como están."""
        return [self._look(name) for name in record.names()]

    def status(self, name: str) -> base.Status:
        """Cómo está un clúster. A diferencia del embebido, mirarlo no lo arranca: eso tarda."""
        return self._look(_existing(name))

    def start(self, name: str) -> base.Status:
        """Arranca los nodos parados, por ejemplo tras un reinicio de Docker, y espera; si no vuelve, dice por qué."""
        from lab_tools.drivers import kubeconfig_file

        with _exclusive(_existing(name)):
            found = record.load(name)
            containers = _containers(found)
            nodes.start(name, containers, found.provider)
            program.export_kubeconfig(name, record.folder(name) / record.KUBECONFIG)
            access = _own_access(name)
            connection = _connection(access, name)
            try:
                ready.wait(connection, len(containers), cni=found.cni, say=self._wait_told)
            except ClusterError as error:
                raise _not_back(found, error) from error
            found = dataclasses.replace(found, stopped=False, server=access.server)
            found.save()
            # Con un kubeconfig que no se entiende, el clúster arranca igual: lo contará quien lo use.
            with contextlib.suppress(ClusterError):
                alone = not kubeconfig_file.current_context(found.kubeconfig)
                kubeconfig_file.add(access, found.kubeconfig, make_current=alone)
            return _status(found)

    def stop(self, name: str) -> base.Status:
        """Para los nodos. Lo que hay dentro se queda en sus discos."""
        with _exclusive(_existing(name)):
            found = record.load(name)
            containers = _containers(found)
            dataclasses.replace(found, stopped=True).save()
            nodes.stop(name, containers, found.provider)
            return _status(record.load(name))

    def delete(self, name: str) -> None:
        """Borra el clúster, sus contenedores y su contexto de kubectl. Solo si lo creó Orquesta."""
        from lab_tools.drivers import kubeconfig_file

        with _exclusive(_existing(name)):
            found = _record_or_bare(name)
            program.delete(name, record.folder(name) / record.KUBECONFIG)
            kubeconfig_file.remove(record.context(name), found.previous_context, also=found.kubeconfig)
            _erase(name)

    def connect(self, name: str, role: str = "student") -> HttpConnection:
        """Una conexión con el clúster. kind da una sola credencial, la de administrador: vale para los tres papeles."""
        base.check_role(role)
        return _connection(_own_access(_existing(name)), name)

    def kubeconfig(self, name: str, role: str = "student") -> str:
        """El texto de un kubeconfig que solo habla de este clúster."""
        from lab_tools.drivers import kubeconfig_file

        base.check_role(role)
        return kubeconfig_file.text(_own_access(_existing(name)))

    def export_logs(self, name: str, directory: str) -> Path:
        """Escribe los registros de los nodos y de sus contenedores en una carpeta, y devuelve cuál."""
        target = Path(directory).expanduser().absolute()
        program.export_logs(_existing(name), files.private_directory(target))
        return target

    def load(self, name: str, images_or_archives: Sequence[str]) -> None:
        """Pone en los nodos imágenes del motor, o de archivos .tar. Lanza ClusterError si alguna no está."""
        _existing(name)
        archives = [found for found in images_or_archives if found.endswith(".tar") and Path(found).is_file()]
        named = [found for found in images_or_archives if found not in archives]
        for archive in archives:
            program.load_archive(name, Path(archive).absolute())
        if named:
            program.load_images(name, named)

    def _look(self, name: str) -> base.Status:
        try:
            return _status(record.load(name))
        except OrquestaError as error:
            return base.Status(
                name, "kind", base.DAMAGED, 0, 1.0, "", None, record.context(name), str(record.folder(name)),
                error.message,
            )  # fmt: skip

    def _run_kind(self, folder: Path, found: Record) -> process.Result:
        def told(line: str) -> None:
            step = steps.parse(line)
            if step is not None and step.phase != "bien":
                self._say(f"{step.text}…" if step.phase == "empieza" else f"No se ha podido: {step.text}.")

        return program.create(found.name, folder / record.CONFIG, folder / record.KUBECONFIG, told)

    def _wait_told(self, lacking: str) -> None:
        self._say(f"Esperar: {lacking}…")

    def _undo(self, found: Record, mine: bool) -> None:
        """Deshace una creación. Lo que falle aquí no tapa el error que la interrumpió; se dice cómo acabar a mano."""
        from lab_tools.drivers import kubeconfig_file

        try:
            if mine:
                program.delete(found.name, record.folder(found.name) / record.KUBECONFIG)
        except BaseException as error:
            why = (str(error) or "interrumpido").splitlines()[0]
            self._say(f"Puede quedar algo en el motor ({why}).")
            self._say(f"Bórralo con: kind delete cluster --name {found.name}")
        with contextlib.suppress(OrquestaError):
            kubeconfig_file.remove(record.context(found.name), found.previous_context, also=found.kubeconfig)
        with contextlib.suppress(OrquestaError, OSError):
            _erase(found.name)


def _existing(name: str) -> str:
    if record.exists(name):
        return name
    raise ClusterError(
        f"No hay ningún clúster de kind «{name}» creado por Orquesta.",
        f"Créalo con: orquesta cluster create {name} --driver kind. Los demás que tengas se manejan con kind.",
    )


def _refuse_taken(name: str) -> None:
    ownership.refuse_taken(name)
    shutil.rmtree(record.folder(name), ignore_errors=True)  # el resto de una creación que murió sin deshacerse


@contextlib.contextmanager
def _exclusive(name: str) -> Iterator[None]:
    """Una sola orden a la vez cambia un clúster; clústeres distintos van cada uno por su lado."""
    files.private_directory(home.root())
    path = files.private_directory(home.kind_clusters()) / f".{base.check_name(name)}.lock"
    busy = ClusterError(
        f"Otra orden de Orquesta está cambiando el clúster «{name}».", "Espera a que termine, o ciérrala, y repite."
    )
    with files.locked(path, _BUSY_TIMEOUT, busy):
        yield


def _write_config(folder: Path, name: str, options: base.RealOptions, image: str) -> None:
    """Escribe kind.yaml (en JSON, que también es YAML) y las carpetas de los registros."""
    certs = folder / record.CERTS
    document = config.config(name, options, image, certs)
    try:
        for relative, content in config.host_files(options.mirrors).items():
            target = certs / relative.replace("/hosts.toml", "") / "hosts.toml"
            target.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(target, content, 0o644)  # lo lee containerd, dentro del nodo
        files.write_atomic(folder / record.CONFIG, json.dumps(document, indent=2, ensure_ascii=False))
    except OSError as error:
        raise files.explain(error, folder) from error


def _containers(found: Record) -> list[nodes.Container]:
    """Los contenedores del clúster. Lanza ClusterError si alguien los borró."""
    containers = nodes.of(found.name, found.provider)
    if not containers:
        raise ClusterError(_gone(found), f"Quita lo que queda con: orquesta cluster delete {found.name}")
    return containers


def _gone(found: Record) -> str:
    return f"El motor ya no tiene los contenedores del clúster «{found.name}»: alguien los ha borrado."


def _status(found: Record) -> base.Status:
    """Cómo está un clúster según sus contenedores."""
    expected = found.workers + 1
    try:
        containers = nodes.of(found.name, found.provider)
    except ClusterError as error:
        return _told(found, base.FALLEN, expected, error.message)
    down = [node for node in containers if not node.running]
    if not containers:
        return _told(found, base.DAMAGED, expected, _gone(found))
    if not down:
        return _told(found, base.RUNNING, len(containers))
    if found.stopped:
        return _told(found, base.STOPPED, len(containers))
    why = "; ".join(f"el nodo {node.name} está «{node.told or node.state}»" for node in down)
    return _told(found, base.FALLEN, len(containers), f"No todos sus nodos están en marcha: {why}.")


def _told(found: Record, state: str, count: int, problem: str = "") -> base.Status:
    return base.Status(
        found.name, "kind", state, count, 1.0, found.server, None, record.context(found.name),
        str(record.folder(found.name)), problem,
    )  # fmt: skip


def _not_back(found: Record, error: ClusterError) -> ClusterError:
    """Por qué no vuelve: un nodo que se ha parado otra vez explica más que una espera vencida."""
    down = [node for node in nodes.of(found.name, found.provider) if not node.running]
    if not down:
        return error
    first = ", ".join(f"{node.name} ({node.told or node.state})" for node in down)
    return ClusterError(
        f"El clúster «{found.name}» no vuelve: se paran otra vez sus nodos {first}.",
        f"Mira por qué con: {found.provider} logs {down[0].name}. Si no tiene arreglo, bórralo "
        f"(orquesta cluster delete {found.name}) y créalo de nuevo.",
    )


def _own_access(name: str) -> Access:
    """Por dónde se entra: el kubeconfig que kind escribió en nuestra carpeta."""
    from lab_tools.drivers import kubeconfig_file

    return kubeconfig_file.access(str(record.folder(name) / record.KUBECONFIG), record.context(name))


def _connection(access: Access, name: str) -> HttpConnection:
    from lab_tools.drivers.http import HttpConnection
    from lab_tools.drivers.kind.machines import KindMachines

    found = HttpConnection(
        name, access.server, access.authority, token=access.token,
        certificate=(access.certificate, access.key) if access.certificate else None,
        kubeconfig=str(record.folder(name) / record.KUBECONFIG),
        cure=f"Mira cómo está con: orquesta cluster status {name}. Arráncalo con: orquesta cluster start {name}",
    )  # fmt: skip
    found.machines = KindMachines(name)
    return found


def _record_or_bare(name: str) -> Record:
    try:
        return record.load(name)
    except OrquestaError:
        return Record(name)


def _erase(name: str) -> None:
    """Borra la carpeta. Primero la aparta: si algo la retiene, el clúster ya no existe a medias."""
    folder = record.folder(name)
    doomed = folder.with_name(f".borrado-{name}")
    try:
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except FileNotFoundError:
        return
    except OSError as error:
        raise files.explain(error, folder, "borrar") from error
