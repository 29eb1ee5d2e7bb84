"""Lo que un paso de admisión puede mirar del resto del clúster, y la forma que tiene un paso."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lab_tools.embedded.api.luck import Luck
from lab_tools.embedded.api.protocol import Options
from lab_tools.embedded.user import User
from lab_tools.objects import Object
from lab_tools.objects.kinds import Kind
from lab_tools.objects.registry import Kinds

# (usuario, verbo, grupo, recurso, namespace, nombre, ruta) → si puede, y por qué.
Allows = Callable[[User, str, str, str, str, str, str], tuple[bool, str]]


class Reader(Protocol):
    """Lo que la admisión necesita saber del resto del clúster."""

    luck: Luck
    kinds: Kinds
    allows: Allows

    def count(self, kind: Kind) -> int:
        """Cuántos objetos hay de un tipo."""

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Un objeto, o `None`."""

    def all(self, kind: Kind) -> list[Object]:
        """Todos los objetos de un tipo."""

    def within(self, kind: Kind, namespace: str) -> list[Object]:
        """Los objetos de un tipo en un Namespace, por nombre."""


# Completa o niega un objeto nuevo, antes de validarlo. Puede cambiarlo.
Step = Callable[[Reader, Kind, Object], None]
# Niega o comenta un objeto ya válido; el tercero es el que había, si se actualiza. No cambia nada.
Review = Callable[[Reader, Kind, Object, Object | None, Options], None]
