"""Los errores de Orquesta, dibujados primero.

OrquestaError                lo que se le dice a una persona: qué pasó y cómo se cura
├── UsageError               la orden o el argumento no tienen sentido
│   └── UnknownNameError     lo que se pide a un objeto no existe: otro nombre se parece
├── ManifestError            un manifiesto YAML que no se puede leer (archivo y línea)
├── ClusterError             el clúster no se puede crear, encontrar, arrancar o borrar
│   └── ProcessError         un programa externo falló (lleva la orden, lista para pegar)
├── LabError                 un laboratorio que no existe o está mal escrito
├── GradingError             una entrega o un curso que no se puede corregir
└── InfrastructureError      el clúster no responde: se reintenta y se avisa, nunca se puntúa
StatusError                  una respuesta de la API que no es de éxito (Status en inglés, como la real)
Interrupted                  quien esperaba pulsó el botón de parar (es un KeyboardInterrupt, no un OrquestaError)
"""

from __future__ import annotations

import os
from typing import Any


def _rendered(error: BaseException, said: str) -> list[str]:
    """Lo que enseña un cuaderno: en qué línea de la celda fue, y `said`. Con ORQUESTA_DEBUG, la traza entera."""
    import traceback

    if os.environ.get("ORQUESTA_DEBUG"):
        return traceback.format_exception(error)
    cells = [frame for frame in traceback.extract_tb(error.__traceback__) if "ipykernel_" in frame.filename]
    where = [f"En la línea {cells[-1].lineno} de la celda: {cells[-1].line}"] if cells and cells[-1].line else []
    return [*where, *said.splitlines()]


class _Told(Exception):
    """Lo que un cuaderno enseña de un error previsible: qué pasó, y en qué línea de la celda; no nuestras tripas."""

    def _render_traceback_(self) -> list[str]:
        """Así lo pide IPython: las líneas que se imprimen."""
        return _rendered(self, self._said())

    def _said(self) -> str:
        return str(self)


class Interrupted(KeyboardInterrupt):
    """El botón de parar, o Ctrl-C, mientras se esperaba al clúster o a un programa."""

    def _render_traceback_(self) -> list[str]:
        return _rendered(self, "Interrumpido: se ha dejado de esperar. Lo que pediste al clúster sigue pedido.")


class OrquestaError(_Told):
    """Un fallo previsible, contado en español a quien lo sufre.

    `message` nombra el valor y lo que se esperaba; `cure` dice qué hacer. `str(error)` une los dos.
    """

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}\n{self.cure}" if self.cure else self.message


class UsageError(OrquestaError):
    """La orden o el argumento no tienen sentido."""


class UnknownNameError(UsageError, AttributeError):
    """Se pidió a un objeto algo que no tiene. También es un AttributeError: `hasattr` sigue funcionando."""

    def __init__(self, thing: object, name: str) -> None:
        import difflib

        known = [one for one in dir(thing) if not one.startswith("_")]
        near = difflib.get_close_matches(name, known, n=1)
        cure = f"¿Querías decir «{near[0]}»?" if near else f"Lo que hay: {', '.join(known)}."
        super().__init__(f"{type(thing).__name__} no tiene «{name}».", cure)


class ManifestError(OrquestaError):
    """Un manifiesto que no se puede leer. `file` y `line` (desde 1) dicen dónde."""

    def __init__(self, message: str, cure: str = "", *, file: str = "", line: int = 0) -> None:
        super().__init__(message, cure)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else (f"{self.file}: " if self.file else "")
        return where + super().__str__()


class ClusterError(OrquestaError):
    """El clúster no se puede crear, encontrar, arrancar o borrar."""


class ProcessError(ClusterError):
    """Un programa externo falló. `command` es la orden, lista para pegar en una terminal."""

    def __init__(self, message: str, cure: str = "", *, command: str = "", returncode: int | None = None) -> None:
        super().__init__(message, cure)
        self.command = command
        self.returncode = returncode


class LabError(OrquestaError):
    """Un laboratorio que no existe o está mal escrito. `placed`: el mensaje ya dice de qué archivo y línea viene."""

    placed = False


class GradingError(OrquestaError):
    """Una entrega o un curso que no se puede corregir."""


class InfrastructureError(OrquestaError):
    """El clúster no responde. Quien lo recibe reintenta o avisa; nunca pone una nota."""


class StatusError(_Told):
    """Una respuesta de la API que no es de éxito.

    `status` es el objeto Status tal y como lo escribe el servidor real
    (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
    """

    def __init__(self, status: dict[str, Any]) -> None:
        super().__init__(status.get("message", ""))
        self.status = status

    def _said(self) -> str:
        return f"La API responde «{self.message}» ({self.code} {self.reason})."

    @property
    def code(self) -> int:
        """Código HTTP de la respuesta."""
        return int(self.status.get("code", 500))

    @property
    def reason(self) -> str:
        """Motivo en una palabra: NotFound, Conflict, Invalid…"""
        return str(self.status.get("reason", ""))

    @property
    def message(self) -> str:
        """El texto en inglés que escribiría el servidor real."""
        return str(self.status.get("message", ""))

    @property
    def details(self) -> dict[str, Any]:
        """Detalles: nombre, grupo, tipo y causas."""
        found = self.status.get("details")
        return found if isinstance(found, dict) else {}
