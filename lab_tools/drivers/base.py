"""Los sustantivos de un clúster visto desde fuera: cómo se pide, cómo está y por dónde se le habla."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from lab_tools.errors import UsageError

Query = Mapping[str, list[str]]

# El clúster que se usa si nadie nombra otro.
DEFAULT_NAME = "curso"
# Los clústeres de los capítulos se borran al cerrar su cuaderno: nadie se queda a trabajar en uno sin nombrarlo.
LESSON = "leccion-"

# Cuántos nodos, y a qué velocidad, como mínimo y como máximo.
NODES = (1, 1000)
SPEEDS = (0.1, 1000.0)

# Las tres credenciales de la casa. La persona usa la de estudiante salvo que pida otra.
ROLES = ("student", "owner", "checker")

# Lo que lleva, en un clúster que no es nuestro, cada objeto que se crea desde aquí: (etiqueta, valor).
MADE_BY = ("orquesta.dev/creado-por", "orquesta")

# Etiqueta DNS, y corta: el nombre acaba en rutas y contextos. https://www.rfc-editor.org/rfc/rfc1123#section-2.1
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?")


@dataclass
class Reply:
    """La respuesta a una petición. `body` son bytes, o trozos que van llegando si se pidió vigilar o seguir."""

    status: int
    headers: dict[str, str]
    body: bytes | Iterator[bytes]


class Connection(Protocol):
    """Una conversación con la API de un clúster, con una credencial."""

    @property
    def name(self) -> str:
        """El nombre del clúster."""

    @property
    def kubeconfig(self) -> str | None:
        """Ruta de un kubeconfig con el que kubectl llega al mismo sitio, o None si no hay."""

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Hace una petición. Lanza InfrastructureError si el clúster no contesta; un 404 es una respuesta."""

    def wait(self, seconds: float) -> None:
        """Deja pasar `seconds` segundos del clúster (virtuales)."""


@dataclass(frozen=True)
class RealOptions:
    """Lo que solo tiene sentido en un Kubernetes de verdad.

    `workers`: nodos de trabajo además del de control. `http_port` y `https_port`: puertos de esta máquina que llevan
    al 80 y al 443 del nodo de control (0: ninguno). `mirrors`: pares (registro, dirección del espejo). `mounts`:
    pares (ruta de esta máquina, ruta en los nodos). Sin `cni`, la red de los Pods la pone otro.
    """

    workers: int = 0
    version: str = ""
    http_port: int = 0
    https_port: int = 0
    api_port: int = 0
    mirrors: tuple[tuple[str, str], ...] = ()
    mounts: tuple[tuple[str, str], ...] = ()
    cni: bool = True


@dataclass(frozen=True)
class Request:
    """Lo que se pide al crear un clúster. `speed`: segundos del clúster por segundo de pared. `port` 0: cualquiera.

    `images`: archivo con más imágenes que las del curso. `real`: lo que solo entiende un driver de clústeres reales.
    """

    name: str
    nodes: int = 3
    speed: float = 1.0
    seed: int = 0
    port: int = 0
    kubeconfig: str = ""
    images: str = ""
    real: RealOptions = RealOptions()


@dataclass(frozen=True)
class Status:
    """Cómo está un clúster. `state`: «en marcha», «parado», «caído» (murió sin que lo pararan) o «dañado»."""

    name: str
    driver: str
    state: str
    nodes: int
    speed: float
    server: str
    pid: int | None
    context: str
    directory: str
    problem: str = ""


RUNNING, STOPPED, FALLEN, DAMAGED = "en marcha", "parado", "caído", "dañado"
ATTACHED = "apuntado"  # existe en otro sitio: para saber si contesta hay que llamarlo


@dataclass(frozen=True)
class Capability:
    """Algo que un clúster puede o no puede hacer, dicho para una persona."""

    name: str
    able: bool
    text: str


class Driver(Protocol):
    """Una clase de clústeres."""

    name: str
    capabilities: tuple[Capability, ...]

    def create(self, request: Request) -> Status:
        """Crea un clúster y espera a que atienda. Lanza ClusterError o InfrastructureError, y no deja nada a medias."""

    def list(self) -> list[Status]:
        """Los clústeres que hay, por nombre."""

    def status(self, name: str) -> Status:
        """Cómo está un clúster. Lanza ClusterError si no existe."""

    def start(self, name: str) -> Status:
        """Pone en marcha un clúster, si no lo está ya, con el estado que tenía."""

    def stop(self, name: str) -> Status:
        """Para un clúster y guarda su estado."""

    def delete(self, name: str) -> None:
        """Borra un clúster y su contexto de kubectl."""

    def connect(self, name: str, role: str = "student") -> Connection:
        """Una conexión con un clúster; si su proceso había muerto, lo levanta."""

    def kubeconfig(self, name: str, role: str = "student") -> str:
        """El texto de un kubeconfig que solo habla de este clúster."""


def confined(connection: Connection) -> str:
    """El único namespace en el que esta conexión trabaja, o "" si puede crear los suyos."""
    return str(getattr(connection, "confined", ""))


def context_name(name: str) -> str:
    """El contexto de kubectl de un clúster."""
    return f"orquesta-{name}"


def check_name(name: str) -> str:
    """Devuelve el nombre si vale. Lanza UsageError si no."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"«{name}» no vale como nombre de clúster.",
            "Usa de 1 a 50 letras minúsculas sin tilde, cifras o guiones, sin guion al principio ni al final: "
            "por ejemplo, «curso».",
        )
    return name


def check_request(request: Request) -> Request:
    """Devuelve lo que se pide si tiene sentido. Lanza UsageError si no."""
    check_name(request.name)
    for what, value, (least, most), whole in (
        ("nodos", request.nodes, NODES, True),
        ("segundos del clúster por segundo", request.speed, SPEEDS, False),
    ):
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        # «nan» no está entre ningunos límites, y esta comparación lo dice.
        if not (number and least <= value <= most):
            raise UsageError(f"No puede haber un clúster con {value} {what}.", f"Pide entre {least} y {most}.")
    return request


def check_role(role: str) -> str:
    """Devuelve la credencial si existe. Lanza UsageError si no."""
    if role not in ROLES:
        raise UsageError(f"No hay una credencial «{role}».", f"Elige una de estas: {', '.join(ROLES)}.")
    return role
