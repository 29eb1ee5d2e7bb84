"""Lo que un tipo propio trae consigo y los de Kubernetes tienen en tablas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lab_tools.objects import Object

if TYPE_CHECKING:
    from lab_tools.objects.printers.printer import Printer
    from lab_tools.objects.schema import Definition
    from lab_tools.objects.validation.problem import Problem


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Dónde están las réplicas de un objeto: pasos desde la raíz. `selector` puede no estar."""

    spec: tuple[str, ...]
    status: tuple[str, ...]
    selector: tuple[str, ...] | None = None


class Own(Protocol):
    """Un tipo que se explica a sí mismo: lo usan el descodificador, los valores por omisión, la validación…"""

    @property
    def singular(self) -> str:
        """Su nombre en singular y minúsculas."""

    @property
    def list_kind(self) -> str:
        """Cómo se llama una lista de sus objetos."""

    @property
    def definition(self) -> Definition:
        """Sus campos, como los entiende `apply`."""

    @property
    def printer(self) -> Printer:
        """Sus columnas."""

    @property
    def scale(self) -> ScalePaths | None:
        """Dónde están sus réplicas, si se puede escalar."""

    @property
    def selectable(self) -> tuple[str, ...]:
        """Las rutas («spec.color») por las que se puede filtrar, además de las de siempre."""

    @property
    def document(self) -> Mapping[str, Any]:
        """Su esquema, como va en OpenAPI."""

    def pruned(self, obj: Object) -> tuple[Object, list[str]]:
        """Una copia sin los campos que el esquema no conoce, y las rutas de lo que se quitó."""

    def complete(self, obj: Object) -> None:
        """Pone en `obj`, que es de quien llama, los valores por omisión."""

    def validate(self, obj: Object, old: Object | None = None) -> list[Problem]:
        """Todos los problemas de un objeto (que sustituye a `old`), menos los de sus metadatos."""
