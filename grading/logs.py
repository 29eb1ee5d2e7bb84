"""El ruido de nbgrader, traitlets y jupyter, en un archivo y no en la pantalla."""

from __future__ import annotations

import logging
from pathlib import Path

NAME = "orquesta.grading"
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def logger() -> logging.Logger:
    """El registro por el que hablan todas las piezas de nbgrader que arrancamos. Sin archivo, calla."""
    log = logging.getLogger(NAME)
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    log.propagate = False
    return log


def to_file(path: Path) -> logging.Logger:
    """Manda a `path` todo lo que se registre desde ahora: lo nuestro, lo de traitlets y los avisos de Python."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.captureWarnings(True)
    for name in (NAME, "traitlets", "py.warnings"):
        log = logging.getLogger(name)
        for old in list(log.handlers):
            log.removeHandler(old)
            old.close()
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
    return logger()
