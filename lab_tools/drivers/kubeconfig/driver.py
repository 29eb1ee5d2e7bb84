"""El driver «kubeconfig»: apuntar un clúster que ya existe, usarlo y olvidarlo.

Antes de apuntarlo se pregunta, y se dice qué servidor es y hasta dónde llega la credencial. Olvidarlo quita lo que se
creó por aquí y nada más; el clúster sigue donde estaba.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tools import files
from lab_tools.drivers import base, kubeconfig_text, ownership
from lab_tools.drivers.kubeconfig import credentials, merged, record, rights
from lab_tools.drivers.kubeconfig.guard import GuardedConnection
from lab_tools.drivers.kubeconfig.inventory import Entry, Inventory, is_labelled
from lab_tools.drivers.kubeconfig.record import Record
from lab_tools.errors import ClusterError, OrquestaError, UsageError

if TYPE_CHECKING:
    from lab_tools.drivers.http import HttpConnection

# Segundos de pared que se espera a un clúster para decir si contesta.
_PATIENCE = 5.0

CAPABILITIES: tuple[base.Capability, ...] = (
    base.Capability("sin-docker", True, "No necesita Docker: el clúster está en otro sitio, y ya existe."),
    base.Capability("kubectl", True, "Es un Kubernetes sin cambios: lo atiende cualquier cliente."),
    base.Capability("tiempo", False, "El tiempo es el de pared: ni se para, ni se adelanta, ni cambia de velocidad."),
    base.Capability("bifurcar", False, "No se copia. Con permiso para crear namespaces, se copia el tuyo."),
    base.Capability("averias", True, "Se rompe con lo que deja la API y tu credencial (docs/averias.md)."),
    base.Capability("persistencia", True, "El estado es cosa del clúster."),
    base.Capability("contenedores", True, "Ejecuta contenedores de verdad; las imágenes han de estar en un registro."),
)


@dataclass(frozen=True)
class Reach:
    """Hasta dónde se llegaría con un contexto: lo que se cuenta antes de preguntar."""

    context: str
    server: str
    namespace: str
    whole: bool

    def __str__(self) -> str:
        where = f"El contexto «{self.context}» lleva a {self.server}, un clúster que no creó Orquesta."
        limits = (
            "Tu credencial manda en todo el clúster: los laboratorios crearán sus namespaces."
            if self.whole
            else f"Solo se trabajará en el namespace «{self.namespace}»."
        )
        return f"{where}\n{limits}\nNo se borrará nada que no se haya creado desde aquí."


class KubeconfigDriver:
    """El driver «kubeconfig»."""

    name = "kubeconfig"
    capabilities = CAPABILITIES

    def attach(self, name: str, context: str = "", namespace: str = "", kubeconfig: str = "",
               ask: Callable[[Reach], bool] = lambda _reach: False) -> base.Status:  # fmt: skip
        """Apunta un clúster con el nombre que se diga. `ask` recibe lo que se va a tocar y dice si se sigue.

        Sin `namespace`, y si la credencial puede crear los suyos, se usa el clúster entero; si no puede, el del
        contexto o «default». Lanza ClusterError si no se llega, si no se acepta o si el nombre ya está usado.
        """
        ownership.refuse_taken(name)
        config = merged.single(context, kubeconfig, namespace)
        found = config["contexts"][0]
        server = str(config["clusters"][0]["cluster"]["server"])
        connection = _connect(config, name)
        connection.patience = _PATIENCE
        whole = not namespace and rights.makes_namespaces(connection)
        place = "" if whole else str(found["context"].get("namespace") or "default")
        if not whole and not rights.may(connection, "list", "pods", place):
            raise ClusterError(
                f"Con ese contexto no puedes ver los Pods del namespace «{place}».",
                "Di con --namespace en cuál trabajas, o pide permisos en él a quien lleva el clúster.",
            )
        if not ask(Reach(found["name"], server, place, whole)):
            raise ClusterError("No se ha tocado nada.", "Para aceptarlo sin que se pregunte, añade --yes.")
        if place:
            found["context"]["namespace"] = place
        folder = files.private_directory(record.folder(name))
        try:
            files.write_atomic(folder / record.KUBECONFIG, kubeconfig_text.dump(config))
        except OSError as error:
            raise files.explain(error, folder) from error
        made = Record(name, str(found["name"]), server, place)
        made.save()
        return _status(made, base.RUNNING)

    def create(self, request: base.Request) -> base.Status:
        """Este driver no crea clústeres. Lanza UsageError."""
        raise UsageError(
            "El driver «kubeconfig» no crea clústeres: usa uno que ya existe.",
            f"Apúntalo con: orquesta cluster attach {request.name} --context CONTEXTO",
        )

    def list(self) -> list[base.Status]:
        """Los clústeres apuntados, por nombre. No los llama: uno lejano haría esperar a todos."""
        return [_status(record.load(name), base.ATTACHED) for name in record.names()]

    def status(self, name: str) -> base.Status:
        """Cómo está: se le pregunta su versión."""
        found = record.load(_existing(name))
        try:
            connection = _connect(_config(name), name)
            connection.patience = _PATIENCE
            reply = connection.send("GET", "/version")
        except OrquestaError as error:
            return _status(found, base.FALLEN, error.message)
        return _status(found, base.RUNNING if reply.status == 200 else base.FALLEN)

    def start(self, name: str) -> base.Status:
        """Un clúster ajeno lo arranca quien lo lleva: aquí solo se mira si contesta. Lanza ClusterError si no."""
        found = self.status(name)
        if found.state != base.RUNNING:
            raise ClusterError(
                f"El clúster «{name}» no contesta. {found.problem}".strip(), "Lo ha de arrancar quien lo lleva."
            )
        return found

    def stop(self, name: str) -> base.Status:
        """No se para lo que no es nuestro. Lanza UsageError."""
        raise UsageError(
            f"El clúster «{_existing(name)}» no lo creó Orquesta, y no lo para.",
            f"Para dejar de usarlo: orquesta cluster delete {name}",
        )

    def delete(self, name: str) -> None:
        """Quita lo que se creó por aquí y olvida el clúster, que sigue donde estaba.

        Si no se llega a él, no se olvida: se perdería el inventario. Lanza lo que lance el clúster.
        """
        folder = record.folder(_existing(name))
        inventory = Inventory(folder)
        if inventory.entries():
            clean(self.connect(name), inventory)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise files.explain(error, folder, "borrar") from error

    def connect(self, name: str, role: str = "student") -> GuardedConnection:
        """Una conexión. La credencial es la de la persona, sea cual sea el papel. Lanza ClusterError."""
        base.check_role(role)
        found = record.load(_existing(name))
        config = _config(name)
        inner = _connect(config, name)
        user = config["users"][0]["user"]
        renews = "exec" in user or "tokenFile" in user
        return GuardedConnection(
            inner, Inventory(record.folder(name)), found.namespace, (lambda: _connect(config, name)) if renews else None
        )

    def kubeconfig(self, name: str, role: str = "student") -> str:
        """El texto de un kubeconfig que solo habla de este clúster, con su namespace."""
        base.check_role(role)
        return kubeconfig_text.dump(_config(_existing(name)))


def clean(connection: GuardedConnection, inventory: Inventory) -> list[Entry]:
    """Borra lo creado por aquí que siga siendo lo que era. Devuelve lo que se borró."""
    gone = []
    for entry in inventory.entries():
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": entry.uid}}
        headers = {"content-type": "application/json", "accept": "application/json"}
        found = connection.send("GET", entry.path, headers={"accept": "application/json"})
        if found.status != 200 or not _same(found, entry):
            continue
        reply = connection.send("DELETE", entry.path, body=json.dumps(options).encode(), headers=headers)
        if reply.status < 300:
            gone.append(entry)
        elif reply.status not in (404, 409):
            raise ClusterError(
                f"El clúster «{connection.name}» no deja borrar «{entry.path}» ({reply.status}), que creó Orquesta.",
                "Pide a quien lleva el clúster que lo borre, y repite.",
            )
    return gone


def _same(reply: base.Reply, entry: Entry) -> bool:
    found = json.loads(reply.body if isinstance(reply.body, bytes) else b"".join(reply.body))
    return is_labelled(found) and found["metadata"].get("uid") == entry.uid


def _existing(name: str) -> str:
    if record.exists(name):
        return name
    raise ClusterError(
        f"No hay ningún clúster apuntado con el nombre «{name}».",
        f"Apúntalo con: orquesta cluster attach {name} --context CONTEXTO",
    )


def _config(name: str) -> merged.Config:
    """El kubeconfig que se copió al apuntarlo: si el de la persona cambia de servidor, aquí no cambia nada."""
    return merged.single("", str(record.folder(name) / record.KUBECONFIG))


def _connect(config: merged.Config, name: str) -> HttpConnection:
    from lab_tools.drivers.http import HttpConnection

    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    server = str(cluster["server"])
    found = credentials.of(user, server)
    return HttpConnection(
        name, server, credentials.authority(cluster), token=found.token,
        certificate=(found.certificate, found.key) if found.certificate else None,
        kubeconfig=str(record.folder(name) / record.KUBECONFIG),
        cure="Comprueba que llegas a él con kubectl (a veces hace falta la VPN de la escuela).",
    )  # fmt: skip


def _status(found: Record, state: str, problem: str = "") -> base.Status:
    return base.Status(
        found.name, "kubeconfig", state, 0, 1.0, found.server, None, found.context, str(record.folder(found.name)),
        problem,
    )  # fmt: skip
