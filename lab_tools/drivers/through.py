"""Una conexión delante de otra: lo que no dice de otra manera lo contesta la de dentro."""

from __future__ import annotations

from lab_tools.drivers.base import Connection


class Through:
    """Lo que tienen en común quienes se ponen delante de una conexión: solo les queda decir cómo se pide (`send`)."""

    def __init__(self, inner: Connection) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """El nombre del clúster."""
        return self._inner.name

    @property
    def kubeconfig(self) -> str | None:
        """Ruta de un kubeconfig con el que kubectl llega al mismo sitio."""
        return self._inner.kubeconfig

    @property
    def patience(self) -> float | None:
        """Segundos de pared que se espera una respuesta corriente; None si la conexión no lo sabe."""
        return getattr(self._inner, "patience", None)

    @patience.setter
    def patience(self, seconds: float) -> None:
        self._inner.patience = seconds  # type: ignore[attr-defined]

    def wait(self, seconds: float) -> None:
        """Deja pasar `seconds` segundos del clúster."""
        self._inner.wait(seconds)
