"""Lo que toda prueba comparte: qué carpetas son lentas porque hablan con programas de verdad."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

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
