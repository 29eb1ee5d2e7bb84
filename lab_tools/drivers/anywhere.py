"""Todos los clústeres de la casa tras un solo nombre: cada orden va al driver donde vive el suyo.

Crear, sin pedir otra cosa, es crear uno embebido. Preguntar dónde vive uno es mirar una carpeta: quien no tiene
clústeres de kind, ni ajenos, no paga por ellos.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.drivers import home, ownership
from lab_tools.drivers.base import Capability, Connection, Driver, Request, Status


class AnywhereDriver:
    """El driver «auto»."""

    name = "auto"

    def __init__(self, say: Callable[[str], None] = lambda _text: None) -> None:
        self._say = say
        self.capabilities: tuple[Capability, ...] = self._embedded().capabilities

    def of(self, name: str) -> Driver:
        """El driver donde vive un clúster; si no existe, el embebido, que sabrá decirlo."""
        if ownership.is_kind(name):
            from lab_tools.drivers.kind import KindDriver

            return KindDriver(self._say)
        if ownership.is_attached(name):
            from lab_tools.drivers.kubeconfig import KubeconfigDriver

            return KubeconfigDriver()
        return self._embedded()

    def create(self, request: Request) -> Status:
        """Crea un clúster embebido."""
        return self._embedded().create(request)

    def list(self) -> list[Status]:
        """Los clústeres de todos los drivers, por nombre."""
        found = self._embedded().list()
        if home.kind_clusters().is_dir():
            from lab_tools.drivers.kind import KindDriver

            found += KindDriver().list()
        if home.attached().is_dir():
            from lab_tools.drivers.kubeconfig import KubeconfigDriver

            found += KubeconfigDriver().list()
        return sorted(found, key=lambda status: status.name)

    def status(self, name: str) -> Status:
        """Cómo está un clúster."""
        return self.of(name).status(name)

    def start(self, name: str) -> Status:
        """Lo pone en marcha."""
        return self.of(name).start(name)

    def stop(self, name: str) -> Status:
        """Lo para."""
        return self.of(name).stop(name)

    def delete(self, name: str) -> None:
        """Lo borra, con su contexto."""
        self.of(name).delete(name)

    def connect(self, name: str, role: str = "student") -> Connection:
        """Una conexión con él."""
        return self.of(name).connect(name, role)

    def kubeconfig(self, name: str, role: str = "student") -> str:
        """Un kubeconfig que solo habla de él."""
        return self.of(name).kubeconfig(name, role)

    def _embedded(self) -> Driver:
        from lab_tools.drivers.embedded import EmbeddedDriver

        return EmbeddedDriver()
