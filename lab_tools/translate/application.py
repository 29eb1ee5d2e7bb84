"""Lo que cualquier orquestador entiende de una aplicación: sus servicios, y lo que cada uno pide.

Lo que no cabe aquí queda apuntado como un rasgo (`traits`), para que cada traducción diga qué hace con él.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
MEBI = 2**20


@dataclass(frozen=True)
class Port:
    """Un puerto del contenedor. `service`: el del Service que lleva a él; `node`: el que se abre fuera. 0: ninguno."""

    number: int
    name: str
    protocol: str = "tcp"
    service: int = 0
    node: int = 0


@dataclass(frozen=True)
class Probe:
    """Una sonda: de «http», «tcp» o «exec». Los tiempos, en segundos."""

    kind: str
    port: int = 0
    path: str = "/"
    command: tuple[str, ...] = ()
    period: int = 10
    timeout: int = 1
    failures: int = 3
    delay: int = 0


@dataclass(frozen=True)
class Service:
    """Un servicio. CPU en núcleos y memoria en bytes; 0 es no haber pedido nada. `surge` y `unavailable`, en copias.

    `secrets`: variable → (Secret, clave). `files`: ruta → texto.
    """

    name: str
    kind: str
    image: str
    replicas: int = 1
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    cpu: float = 0.0
    cpu_limit: float = 0.0
    memory: int = 0
    memory_limit: int = 0
    probe: Probe | None = None
    grace: int = 30
    surge: int = 1
    unavailable: int = 0
    recreate: bool = False
    schedule: str = ""
    user: str = ""


@dataclass(frozen=True)
class Application:
    """Los servicios, por su orden. `traits`: lo que además pedían los manifiestos, y quién, para contarlo."""

    name: str
    services: tuple[Service, ...]
    traits: Mapping[str, tuple[str, ...]]
