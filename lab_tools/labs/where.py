"""En qué clúster se trabaja: el que dé quien corrige, el que esté en uso, o uno nuevo."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from lab_tools import drivers
from lab_tools.client import Client
from lab_tools.drivers.base import RUNNING, Connection, Request


@dataclass(frozen=True)
class Cluster:
    """Un clúster al alcance de la mano: su nombre, y la ventana por la que se mira."""

    name: str
    connection: Connection

    @property
    def client(self) -> Client:
        """Un cliente sobre el namespace `default`; `client.within(otro)` cambia de namespace."""
        return Client(self.connection)

    @property
    def kubeconfig(self) -> str | None:
        """El kubeconfig con el que kubectl llega a él, o `None` si vive dentro de este proceso."""
        return self.connection.kubeconfig

    def __repr__(self) -> str:
        nodes = [node["metadata"]["name"] for node in self.client.list("nodes")]
        return f"Clúster «{self.name}»: {len(nodes)} nodos ({', '.join(nodes)})"

    @classmethod
    def in_process(cls, nodes: int = 3, seed: int = 0, role: str = "student") -> Cluster:
        """Un clúster nuevo dentro de este proceso: sin kubectl, y con el tiempo en tu mano."""
        from lab_tools.drivers.in_process import in_process

        return cls("en-proceso", in_process(nodes, seed, role=role))

    @classmethod
    def find(cls, nodes: int = 3, speed: float = 1.0) -> Cluster:
        """El clúster que toca: el que dé quien corrige, el del contexto en uso, o uno servido que se crea."""
        if sys.platform == "emscripten":
            return cls.in_process(nodes)
        given = os.environ.get(drivers.ENVIRONMENT)
        if given and os.environ.get("KUBECONFIG"):
            from lab_tools.drivers.http import from_kubeconfig

            return cls(given, from_kubeconfig(os.environ["KUBECONFIG"]))
        return cls._served(nodes, speed)

    @classmethod
    def _served(cls, nodes: int, speed: float) -> Cluster:
        driver = drivers.named()
        known = {status.name: status for status in driver.list()}
        name = drivers.in_use()
        if name not in known:
            driver.create(Request(name=name, nodes=nodes, speed=speed))
        elif known[name].state != RUNNING:
            driver.start(name)
        return cls(name, driver.connect(name))
