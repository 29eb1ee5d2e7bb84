"""El escenario de una corrección: la entrega, su carpeta, su clúster y las comprobaciones que solo tiene el corrector.

`Stage` es lo que `TrustedExecute` necesita saber; `open_stage` monta el de verdad a partir de un laboratorio.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from grading.verdict import Verdict

KERNEL_LOG = "kernel.log"
NO_SANDBOX = "Aviso: todavía no hay aislamiento. Una entrega corre con tu usuario: corrige solo las de quien te fíes."


@dataclass(frozen=True)
class Submission:
    """Qué se corrige. `folder` es la carpeta de nbgrader con la entrega ya saneada, y no la pisa el estudiante."""

    assignment: str
    student: str
    notebook: str
    folder: Path


class Stage(Protocol):
    """Un clúster recién hecho y el registro de las celdas que se puntúan con él."""

    @property
    def cells(self) -> Container[str]:
        """Los `grade_id` que tienen comprobación."""

    @property
    def folder(self) -> Path:
        """Dónde corre el código del estudiante: una copia de su entrega, que se borra al terminar."""

    @property
    def environment(self) -> dict[str, str]:
        """Las variables del kernel: las suyas, y ninguna de las del corrector."""

    def start(self) -> None:
        """Levanta el clúster y lo lleva al estado inicial del laboratorio. Lanza InfrastructureError."""

    def mark(self, cell_id: str) -> Verdict:
        """Mira el clúster en este instante del cuaderno. Lanza InfrastructureError, y entonces no hay nota."""

    def picture(self) -> str:
        """El clúster tal como quedó, en SVG."""

    def kernel_log(self) -> IO[bytes] | int:
        """Adónde va lo que el proceso del kernel escribe por fuera de Jupyter."""

    def __enter__(self) -> Stage:
        """Prepara las carpetas."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cierra el clúster y borra las carpetas."""


class Workshop:
    """Las carpetas privadas de una entrega: dónde trabaja, su HOME y su kubeconfig. Se borran al cerrar.

    No es un aislamiento: el código del estudiante corre con el mismo usuario del sistema. Solo evita lo que pasa sin
    querer: que lea la configuración del profesor o deje archivos en la carpeta del curso.
    """

    def __init__(self, source: Path) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="orquesta-entrega-"))
        self.folder = self.root / "entrega"
        self.home = self.root / "home"
        self.labs = self.root / "labs"
        self.kubeconfig = self.root / "kubeconfig"
        self.home.mkdir()
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns("*.ipynb"), symlinks=True)
        for path in (self.folder, *self.folder.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o700 if path.is_dir() else 0o600)
        self._log: IO[bytes] | None = None

    def environment(self, extra: dict[str, str]) -> dict[str, str]:
        """PATH, idioma y carpetas privadas, más lo que diga `extra`. Nada más se hereda."""
        package = Path(__file__).resolve().parent.parent
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "IPYTHONDIR": str(self.home / ".ipython"),
            "PYTHONPATH": str(package),
            "PYTHONHASHSEED": "0",
            "KUBECONFIG": str(self.kubeconfig),
            **extra,
        }

    def log(self) -> IO[bytes]:
        """El archivo donde el kernel escribe lo que no es de Jupyter."""
        if self._log is None:
            self._log = (self.root / KERNEL_LOG).open("ab")
        return self._log

    def close(self) -> None:
        """Borra todo lo que la entrega dejó en sus carpetas."""
        if self._log is not None:
            self._log.close()
        shutil.rmtree(self.root, ignore_errors=True)
