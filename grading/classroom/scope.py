"""Una conexión que solo mira el namespace de un estudiante, aunque quien corrige mande en todo el clúster.

Lo que haya que mirar fuera no es medible aquí: ni se lee lo de un compañero ni se puntúa por ello.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab_tools.checks.finding import NotMeasurable
from lab_tools.drivers.base import Connection, Query, Reply
from lab_tools.drivers.kubeconfig import address
from lab_tools.drivers.through import Through

_COPY = "-copia-"  # así llaman las comprobaciones al namespace de usar y tirar en el que actúan
# Lo que se hace en el namespace de quien estudia; lo demás, en su copia.
_READS = ("GET", "HEAD")


class Within(Through):
    """La conexión de quien corrige, encerrada en `namespace` y en sus copias. No sabe bifurcar.

    `also` son tipos de todo el clúster que además se pueden leer.
    """

    def __init__(self, inner: Connection, namespace: str, also: tuple[str, ...] = ()) -> None:
        super().__init__(inner)
        self._also = also
        self._namespace = namespace

    @property
    def kubeconfig(self) -> str | None:
        """Nadie sale de aquí por otra puerta."""
        return None

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Hace la petición si es de su sitio. Lanza NotMeasurable si no."""
        where = address.parse(path)
        if where is not None and not self._admits(method, where):
            raise NotMeasurable("para verlo hay que mirar fuera del namespace de quien estudia")
        return self._inner.send(method, path, query, body, headers)

    def _admits(self, method: str, where: address.Address) -> bool:
        if not where.stored and not where.subresource:
            return True  # preguntas
        if where.namespace:
            return self._mine(where.namespace, method)
        if where.resource != "namespaces":
            return where.resource in self._also and method in _READS
        return method == "POST" if not where.name else self._mine(where.name, method)

    def _mine(self, namespace: str, method: str) -> bool:
        """Lo suyo se lee; en su copia, además, se actúa."""
        copy = namespace.startswith(f"{self._namespace[:40]}{_COPY}")
        return copy or (namespace == self._namespace and method in _READS)
