"""Un Swarm de verdad, de un nodo, y las imágenes de la tienda. Al acabar no queda nada, tampoco si algo falla."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_tools import files
from lab_tools.errors import InfrastructureError
from lab_tools.images.build import LOCAL, build
from lab_tools.swarm import node, stack

# Un motor solo tiene un Swarm: dos tandas de pruebas a la vez lo usan por turnos, y el que dejó una que murió se quita.
_TURN = 250.0
_MARK = "orquesta.prueba"


@pytest.fixture(scope="module")
def swarm(docker_engine: Any) -> Iterator[Any]:
    turn = Path(tempfile.gettempdir(), "orquesta-pruebas-swarm.lock")
    with files.locked(turn, _TURN, InfrastructureError("Otra tanda de pruebas usa el Swarm de este motor.")):
        if node.in_swarm(docker_engine):
            if not any(_MARK in one.attrs["Spec"].get("Labels", {}) for one in docker_engine.nodes.list()):
                pytest.skip("este motor ya dirige un Swarm, y no es de las pruebas")
            node.leave(docker_engine)
        try:
            assert node.init(docker_engine)
            [mine] = docker_engine.nodes.list()
            mine.update({**mine.attrs["Spec"], "Labels": {_MARK: "1"}})
            yield docker_engine
        finally:
            if node.in_swarm(docker_engine):
                node.leave(docker_engine)


@pytest.fixture(scope="module")
def image(docker_engine: Any) -> Iterator[Callable[[str, str], str]]:
    """Construye una imagen de la tienda la primera vez que se pide."""
    found: dict[tuple[str, str], str] = {}
    prefix = f"prueba-{secrets.token_hex(4)}"

    def make(service: str, version: str) -> str:
        if (service, version) not in found:
            found[service, version] = build(docker_engine, [(service, version)], LOCAL, prefix)[0].name
        return found[service, version]

    yield make
    for name in found.values():
        docker_engine.images.remove(name, force=True)


@pytest.fixture
def name(swarm: Any) -> Iterator[str]:
    """El nombre de un stack que se quita al acabar, y el nodo, otra vez disponible."""
    found = f"prueba{secrets.token_hex(4)}"
    yield found
    for one in node.nodes(swarm):
        node.make(swarm, one.id, node.ACTIVE)
    stack.remove(swarm, found)
