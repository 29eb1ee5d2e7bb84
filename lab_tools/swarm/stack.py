"""Un stack: lo que un Compose pide, puesto en un Swarm; y lo que se hace con él después.

Desplegar otra vez cambia lo que sea distinto y quita lo que ya no esté. Nada se da por hecho: quien quiera esperar usa
`wait`, que mira las tareas.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab_tools.errors import ClusterError, ManifestError, UsageError
from lab_tools.swarm import spec as specs
from lab_tools.swarm.compose import Compose
from lab_tools.swarm.spec import NAMESPACE, full_name

_PAUSE = 0.25


@dataclass(frozen=True)
class Task:
    """Una tarea: un contenedor pedido, y por dónde va. `slot` es su número de réplica (0 si es una por nodo)."""

    id: str
    slot: int
    node: str
    image: str
    state: str
    wanted: str
    error: str = ""


@dataclass(frozen=True)
class Service:
    """Un servicio. `replicas` es lo pedido; `update`, cómo va su última actualización («completed», «paused»…)."""

    id: str
    name: str
    image: str
    replicas: int | None
    update: str
    tasks: tuple[Task, ...]

    @property
    def running(self) -> list[Task]:
        """Las tareas que corren y se quieren corriendo."""
        return [task for task in self.tasks if task.state == "running" and task.wanted == "running"]


def deploy(client: Any, stack: str, found: Compose, say: Callable[[str], None] = lambda _text: None) -> list[str]:
    """Despliega un stack y devuelve los nombres de sus servicios. Lo que falte se crea y lo que sobre se quita."""
    for line in found.ignored:
        say(line)
    ids = {**_networks(client, stack, found), **_texts(client, stack, found, "configs"),
           **_texts(client, stack, found, "secrets")}  # fmt: skip
    wanted = {name: specs.service(stack, name, found, ids) for name in found.services}
    there = {one.name: one for one in client.services.list(filters={"label": f"{NAMESPACE}={stack}"})}
    for name, spec in wanted.items():
        old = there.pop(full_name(stack, name), None)
        say(f"{'Crear' if old is None else 'Actualizar'} {full_name(stack, name)}…")
        if old is None:
            _create(client, spec)
        else:
            _update(client, old.attrs, spec)
    for name, one in there.items():
        say(f"Quitar {name}…")
        one.remove()
    return [full_name(stack, name) for name in wanted]


def scale(client: Any, service: str, replicas: int) -> None:
    """Cambia cuántas réplicas se quieren. Lanza UsageError si no es un servicio de réplicas."""
    attrs = _attrs(client, service)
    if "Replicated" not in attrs["Spec"]["Mode"]:
        raise UsageError(f"El servicio «{service}» es de una tarea por nodo: no se escala.", "Añade o vacía nodos.")
    _update(client, attrs, {**attrs["Spec"], "Mode": {"Replicated": {"Replicas": replicas}}})


def update(client: Any, service: str, image: str) -> None:
    """Cambia la imagen: el motor la pone de tarea en tarea, como diga su `update_config`."""
    attrs = _attrs(client, service)
    template = attrs["Spec"]["TaskTemplate"]
    container = {**template["ContainerSpec"], "Image": image}
    labels = {**attrs["Spec"].get("Labels", {}), specs.IMAGE: image}
    _update(client, attrs, {**attrs["Spec"], "Labels": labels,
                            "TaskTemplate": {**template, "ContainerSpec": container}})  # fmt: skip


def rollback(client: Any, service: str) -> None:
    """Vuelve a lo que el servicio era antes de su último cambio. Lanza UsageError si no cambió nunca.

    El SDK no lo sabe pedir; la API, sí: `rollback=previous`.
    """
    attrs = _attrs(client, service)
    if not attrs.get("PreviousSpec"):
        raise UsageError(f"El servicio «{service}» no ha cambiado: no hay a dónde volver.", "Actualízalo antes.")
    api = client.api
    reply = api.post(
        f"{api.base_url}/v{api.api_version}/services/{attrs['ID']}/update", json=attrs["Spec"],
        params={"version": attrs["Version"]["Index"], "rollback": "previous"},
    )  # fmt: skip
    if reply.status_code >= 300:
        raise ClusterError(f"El motor no ha podido deshacer «{service}»: {reply.json().get('message', '')}",
                           "Mira cómo está con: orquesta swarm status")  # fmt: skip


def remove(client: Any, stack: str) -> None:
    """Quita un stack: servicios, y después configs, secretos y redes, cuando ya nadie los usa."""
    mine = {"label": f"{NAMESPACE}={stack}"}
    services = client.services.list(filters=mine)
    for one in services:
        one.remove()
    gone = {one.id for one in services}
    # De un servicio que ya no está no se puede preguntar: se miran las tareas de todos.
    _until(lambda: not any(one["ServiceID"] in gone for one in client.api.tasks()), f"El stack «{stack}» no se vacía")
    for group in (client.configs, client.secrets):
        for one in group.list(filters=mine):
            one.remove()
    for one in client.networks.list(filters=mine):
        one.remove()


def services(client: Any, stack: str = "") -> list[Service]:
    """Los servicios de un stack, o todos, con sus tareas: las de ahora y las que se guardan de antes."""
    mine = {"label": f"{NAMESPACE}={stack}"} if stack else {}
    names = {one.id: one.attrs["Description"]["Hostname"] for one in client.nodes.list()}
    return sorted((_seen(client, one.attrs, names) for one in client.services.list(filters=mine)),
                  key=lambda service: service.name)  # fmt: skip


def service(client: Any, name: str) -> Service:
    """Un servicio, por su nombre. Lanza UsageError si no lo hay."""
    names = {one.id: one.attrs["Description"]["Hostname"] for one in client.nodes.list()}
    return _seen(client, _attrs(client, name), names)


def wait(client: Any, name: str, timeout: float = 300.0, ready: Callable[[Service], bool] | None = None) -> Service:
    """Espera a que un servicio esté como se pidió, o como diga `ready`. Si no llega, ClusterError con lo que hay."""
    found = service(client, name)
    deadline = time.monotonic() + timeout
    while not (ready or settled)(found):
        if time.monotonic() >= deadline:
            errors = sorted({task.error for task in found.tasks if task.error})
            told = f" Lo último que dijo: {errors[-1]}." if errors else ""
            raise ClusterError(
                f"El servicio «{name}» no está como se pidió tras {timeout:g} s: corren {len(found.running)} de "
                f"{found.replicas} tareas, y su actualización está «{found.update or 'sin empezar'}».{told}",
                f"Míralo con: docker service ps --no-trunc {name}",
            )
        time.sleep(_PAUSE)
        found = service(client, name)
    return found


def settled(found: Service) -> bool:
    """Si corren las tareas pedidas, todas con la imagen pedida, y ninguna de más."""
    live = [task for task in found.tasks if task.state == "running"]
    right = [task for task in found.running if task.image == found.image]
    replicas = len(live) if found.replicas is None else found.replicas
    return len(right) == len(live) == replicas and found.update in ("", "completed", "rollback_completed")


def _networks(client: Any, stack: str, found: Compose) -> dict[tuple[str, str], str]:
    used = {one for given in found.services.values() for one in specs.network_names(given)}
    ids = {}
    for name in sorted(used):
        if name != "default" and name not in found.networks:
            raise ManifestError(f"Un servicio usa la red «{name}», que no está en «networks».", "Añádela.")
        given = found.networks.get(name, {})
        full = name if given.get("external") else full_name(stack, name)
        there = [one for one in client.networks.list(names=[full]) if one.name == full]
        if not there and given.get("external"):
            raise UsageError(
                f"La red «{name}» es externa y no existe.", f"Créala: docker network create -d overlay {name}"
            )
        made = there[0] if there else client.networks.create(
            full, driver=given.get("driver", "overlay"), attachable=bool(given.get("attachable")),
            internal=bool(given.get("internal")), labels={NAMESPACE: stack}, scope="swarm",
        )  # fmt: skip
        ids["networks", name] = str(made.id)
    return ids


def _texts(client: Any, stack: str, found: Compose, group: str) -> dict[tuple[str, str], str]:
    """Los configs o los secretos. No se cambian: para otro texto, otro nombre (el de un secreto no se puede mirar)."""
    ids = {}
    for name, given in getattr(found, group).items():
        external = bool(given.get("external"))
        full = specs.text_name(stack, name, given)
        there = [one for one in getattr(client, group).list(filters={"name": full}) if one.name == full]
        if external and not there:
            raise UsageError(f"«{name}» es externo y no existe.", f"Créalo: docker {group[:-1]} create {full} ARCHIVO")
        data = b"" if external else _content(name, given, found)
        if there and not external and group == "configs" and _stored(there[0]) != data:
            raise UsageError(f"El config «{full}» ya existe con otro texto, y un config no se cambia.",
                             "Dale otro nombre (por ejemplo, acabado en -2) y úsalo en sus servicios.")  # fmt: skip
        made = there[0] if there else getattr(client, group).create(name=full, data=data, labels={NAMESPACE: stack})
        ids[group, name] = str(made.id)
    return ids


def _content(name: str, given: dict[str, Any], found: Compose) -> bytes:
    if "content" in given:
        return str(given["content"]).encode()
    path = found.folder / str(given.get("file", ""))
    if not path.is_file():
        raise UsageError(f"No existe el archivo «{path}» de «{name}».", "Revisa «file»: se busca junto al Compose.")
    return path.read_bytes()


def _stored(config: Any) -> bytes:
    import base64

    return base64.b64decode(config.attrs["Spec"].get("Data") or "")


def _create(client: Any, spec: specs.Spec) -> None:
    client.api.create_service(
        spec["TaskTemplate"], name=spec["Name"], labels=spec["Labels"], mode=spec["Mode"],
        update_config=spec.get("UpdateConfig"), rollback_config=spec.get("RollbackConfig"),
        endpoint_spec=spec.get("EndpointSpec"),
    )  # fmt: skip


def _update(client: Any, attrs: dict[str, Any], spec: specs.Spec) -> None:
    client.api.update_service(
        attrs["ID"], attrs["Version"]["Index"], spec["TaskTemplate"], name=spec["Name"], labels=spec.get("Labels"),
        mode=spec["Mode"], update_config=spec.get("UpdateConfig"), rollback_config=spec.get("RollbackConfig"),
        endpoint_spec=spec.get("EndpointSpec"),
    )  # fmt: skip


def _attrs(client: Any, name: str) -> dict[str, Any]:
    found = [one for one in client.services.list(filters={"name": name}) if one.name == name]
    if not found:
        known = ", ".join(one.name for one in client.services.list()) or "ninguno"
        raise UsageError(f"No hay un servicio «{name}» en este Swarm.", f"Los que hay: {known}.")
    attrs: dict[str, Any] = found[0].attrs
    return attrs


def _tasks(client: Any, service: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.api.tasks(filters={"service": service})
    return found


def _seen(client: Any, attrs: dict[str, Any], nodes: dict[str, str]) -> Service:
    spec = attrs["Spec"]
    tasks = tuple(
        Task(one["ID"], int(one.get("Slot", 0)), nodes.get(one.get("NodeID", ""), ""),
             one["Spec"]["ContainerSpec"]["Image"], one["Status"]["State"], one["DesiredState"],
             str(one["Status"].get("Err") or ""))
        for one in sorted(_tasks(client, attrs["ID"]), key=lambda one: (one.get("Slot", 0), one["CreatedAt"]))
    )  # fmt: skip
    replicas = spec["Mode"].get("Replicated", {}).get("Replicas")
    return Service(attrs["ID"], spec["Name"], spec["TaskTemplate"]["ContainerSpec"]["Image"], replicas,
                   str((attrs.get("UpdateStatus") or {}).get("State") or ""), tasks)  # fmt: skip


def _until(true: Callable[[], bool], told: str, timeout: float = 120.0) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        if time.monotonic() >= deadline:
            raise ClusterError(f"{told} tras {timeout:g} s.", "Mira qué queda con: docker service ls")
        time.sleep(_PAUSE)
