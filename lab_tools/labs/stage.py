"""Un clúster servido de usar y tirar, con su propia casa: para jugar con kubectl sin tocar los de nadie."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from lab_tools.drivers.base import Connection, Request

SPEED = 10.0
_NAME = "auditoria"
_MINE = ("ORQUESTA_HOME", "KUBECONFIG", "ORQUESTA_CLUSTER", "ORQUESTA_VARIANT")


@contextmanager
def served(nodes: int) -> Iterator[tuple[Connection, Connection]]:
    """Las conexiones de quien estudia y de quien corrige, mientras dure el `with`; después no queda nada."""
    from lab_tools.drivers.embedded import EmbeddedDriver

    before = {name: os.environ.get(name) for name in _MINE}
    with tempfile.TemporaryDirectory(prefix="orquesta-auditoria-") as home:
        os.environ.update(ORQUESTA_HOME=f"{home}/casa", KUBECONFIG=f"{home}/kubeconfig")
        driver = EmbeddedDriver()
        try:
            driver.create(Request(_NAME, nodes=nodes, speed=SPEED))
            yield driver.connect(_NAME, "student"), driver.connect(_NAME, "checker")
        finally:
            try:
                if any(status.name == _NAME for status in driver.list()):
                    driver.delete(_NAME)
            finally:
                for name, value in before.items():
                    if value is None:
                        os.environ.pop(name, None)
                    else:
                        os.environ[name] = value
