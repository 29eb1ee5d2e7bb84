"""Lo que toda prueba comparte: qué carpetas son lentas porque hablan con programas de verdad."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_tools import engine

SLOW = tuple(Path(__file__).parent / name for name in ("conformance", "kubectl"))


def pytest_configure() -> None:
    """Quien lanza las pruebas en segundo plano les deja Ctrl-C apagado, y los programas que ellas lanzan lo heredan."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marca como lentas las pruebas de esas carpetas: una a una son cortas, pero son cientos de procesos."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[Any]:
    """El motor de Docker de esta máquina, por su SDK; donde no contesta, la prueba se salta y dice por qué."""
    if why := engine.lacking():
        pytest.skip(f"hace falta un motor de Docker, y {why.splitlines()[0][0].lower()}{why.splitlines()[0][1:]}")
    with engine.open_() as client:
        yield client
