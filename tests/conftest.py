"""Lo que toda prueba comparte: qué carpetas son lentas, y cuáles hablan con programas de verdad."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from lab_tools import engine

HERE = Path(__file__).parent
SLOW = tuple(HERE / name for name in ("conformance", "kubectl"))
# Todo pasa dentro de un proceso y en tiempo virtual: el mismo código da siempre lo mismo, y un fallo es un fallo.
VIRTUAL = tuple(HERE / name for name in ("checks", "embedded", "labs", "objects", "properties", "sizing"))
# Salvo lo que, por dentro de esas carpetas, abre puertas de verdad o espera a otro proceso.
SERVED = tuple(
    HERE / "embedded" / name for name in ("observe", "test_certificates.py", "test_pump.py", "test_server.py")
)

# Los mismos ejemplos en cada ejecución, y sin mirar el reloj: quien busque casos nuevos tiene `make fuzz`.
settings.register_profile("promesas", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("promesas")


def pytest_configure() -> None:
    """Quien lanza las pruebas en segundo plano les deja Ctrl-C apagado, y los programas que ellas lanzan lo heredan."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marca las pruebas lentas, y las que otra vez pueden ir de otra manera (decisión 058)."""
    for item in items:
        # Una a una son cortas, pero son cientos de procesos.
        if _within(item, SLOW):
            item.add_marker(pytest.mark.slow)
        if _within(item, SERVED) or not _within(item, VIRTUAL):
            item.add_marker(pytest.mark.flaky(reruns=1))


def _within(item: pytest.Item, folders: tuple[Path, ...]) -> bool:
    return any(item.path.is_relative_to(folder) for folder in folders)


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[Any]:
    """El motor de Docker de esta máquina, por su SDK; donde no contesta, la prueba se salta y dice por qué."""
    if why := engine.lacking():
        pytest.skip(f"hace falta un motor de Docker, y {why.splitlines()[0][0].lower()}{why.splitlines()[0][1:]}")
    with engine.open_() as client:
        yield client
