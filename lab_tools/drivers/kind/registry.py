"""Un registro de imágenes en esta máquina, del que bajan los nodos de kind lo que se construye aquí.

Es un contenedor con nombre, puerto y disco propios, unido a la red de kind; los nodos lo conocen por un `hosts.toml`, y
el clúster lo anuncia en un ConfigMap, como propone KEP-1755. Se sube a `localhost:PUERTO/…` y se pide con ese nombre.
Fuente: https://kind.sigs.k8s.io/docs/user/local-registry/
"""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab_tools.drivers.base import Connection
from lab_tools.errors import ClusterError

NAME = "orquesta-registro"
IMAGE = "registry:2"
PORT = 5001
LABEL = "orquesta.registro"
_INSIDE = 5000
_DISK = "/var/lib/registry"
_STARTS = 60.0


@dataclass(frozen=True)
class Registry:
    """El registro. `host`: lo que va delante del nombre de una imagen; `state`: el de su contenedor."""

    host: str
    state: str
    image: str

    @property
    def mirror(self) -> tuple[str, str]:
        """Cómo lo encuentran los nodos: (nombre del registro, dirección dentro de su red)."""
        return self.host, f"http://{NAME}:{_INSIDE}"


def find(client: Any, name: str = NAME) -> Registry | None:
    """El registro, si lo hay. Lanza ClusterError si con ese nombre hay un contenedor que no es nuestro."""
    found = _container(client, name)
    return None if found is None else _seen(found)


def start(client: Any, port: int = PORT, image: str = IMAGE, name: str = NAME) -> Registry:
    """Lo pone en marcha, si no lo está, y espera a que conteste. Repetirlo no cambia nada; su puerto es el primero."""
    from lab_tools.drivers.kind import machines

    found = _container(client, name)
    if found is None:
        _ensure(client, image)
        found = client.containers.create(
            image, name=name, labels={LABEL: str(port)}, restart_policy={"Name": "unless-stopped"},
            ports={f"{_INSIDE}/tcp": ("127.0.0.1", port)}, volumes={name: {"bind": _DISK, "mode": "rw"}},
        )  # fmt: skip
    if found.status != "running":
        try:
            found.start()
        except BaseException:
            if found.status == "created":  # nunca llegó a arrancar: que no estorbe
                found.remove(force=True)
            raise
    join(client, machines.network(), name)
    found.reload()
    registry = _seen(found)
    _wait(registry)
    return registry


def stop(client: Any, name: str = NAME, *, erase: bool = False) -> bool:
    """Lo para; con `erase`, lo borra con todas sus imágenes. Dice si había algo que parar."""
    found = _container(client, name)
    if found is None:
        return False
    if not erase:
        found.stop(timeout=5)
        return True
    found.remove(force=True)
    for volume in client.volumes.list(filters={"name": name}):
        if volume.name == name:
            volume.remove()
    return True


def join(client: Any, network: str, name: str = NAME) -> None:
    """Lo une a la red de los nodos, si esa red ya existe y él no estaba."""
    for one in client.networks.list(names=[network]):
        if one.name == network:
            container = _container(client, name)
            if container is not None and network not in container.attrs["NetworkSettings"]["Networks"]:
                one.connect(container)


def announce(connection: Connection, host: str) -> None:
    """Lo anuncia en el clúster, para las herramientas que lo busquen (KEP-1755). Que ya esté no es un error."""
    body = {
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "local-registry-hosting", "namespace": "kube-public"},
        "data": {"localRegistryHosting.v1":
                 f'host: "{host}"\nhelp: "https://kind.sigs.k8s.io/docs/user/local-registry/"\n'},
    }  # fmt: skip
    headers = {"content-type": "application/json"}
    path = "/api/v1/namespaces/kube-public/configmaps"
    reply = connection.send("POST", path, body=json.dumps(body).encode(), headers=headers)
    if reply.status >= 300 and reply.status != 409:
        raise ClusterError(f"El clúster no deja anunciar el registro: contesta {reply.status}.", "Úsalo igualmente.")


def wire(connection: Connection, mirrors: tuple[tuple[str, str], ...], say: Callable[[str], None]) -> None:
    """Une a un clúster recién creado el registro que se pidió como espejo. Si no puede, lo dice y sigue."""
    from lab_tools import engine
    from lab_tools.drivers.kind import machines

    host = next((host for host, mirror in mirrors if mirror == f"http://{NAME}:{_INSIDE}"), "")
    if not host:
        return
    try:
        with engine.open_() as client:
            join(client, machines.network())
        announce(connection, host)
    except ClusterError as error:
        say(f"El registro local no se ha unido al clúster: {error.message.splitlines()[0]}")


def _ensure(client: Any, image: str) -> None:
    """Que la imagen esté; el SDK, al crear, no la baja."""
    if not client.images.list(name=image):
        client.images.pull(image)


def _container(client: Any, name: str) -> Any:
    found = [one for one in client.containers.list(all=True, filters={"name": f"^/{name}$"}) if one.name == name]
    if found and LABEL not in found[0].labels:
        raise ClusterError(f"Ya hay un contenedor «{name}», y no es el registro de Orquesta.",
                           f"Cámbiale el nombre: docker rename {name} otro")  # fmt: skip
    return found[0] if found else None


def _seen(container: Any) -> Registry:
    return Registry(f"localhost:{container.labels[LABEL]}", container.status, container.attrs["Config"]["Image"])


def _wait(registry: Registry) -> None:
    """Espera a que conteste a https://distribution.github.io/distribution/spec/api/#api-version-check."""
    deadline = time.monotonic() + _STARTS
    url = f"http://127.0.0.1:{registry.host.rpartition(':')[2]}/v2/"
    # Esto no sale de la máquina: un proxy no tiene nada que decir.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), opener.open(url, timeout=5):
            return
        time.sleep(0.1)
    raise ClusterError(f"El registro no contesta en {url} tras {_STARTS:g} s.", f"Mira qué dice: docker logs {NAME}")
