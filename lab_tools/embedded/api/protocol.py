"""El vocabulario de la API en una página: lo que un componente puede pedir y lo que recibe.

La API en proceso lo cumple; un cliente REST puede cumplirlo también, para que los mismos nodos simulados
sirvan un día a un kube-apiserver de verdad.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lab_tools.embedded.user import SYSTEM, User
from lab_tools.errors import StatusError
from lab_tools.objects import Object
from lab_tools.objects.kinds import Kind
from lab_tools.objects.registry import Kinds
from lab_tools.objects.selector import FieldSelector, LabelSelector


def _as_it_is(obj: Object) -> Object:
    return obj


@dataclass(frozen=True, slots=True)
class Options:
    """Cómo se pide una escritura.

    `manager` es el nombre con que se anota la autoría de los campos («» = no se anota); `dry_run` hace todo
    menos guardar; `field_validation` es Strict, Warn o Ignore; `force` quita a otros los campos en conflicto
    al aplicar. En `warnings` se acumulan los avisos que el servidor real manda en cabeceras Warning. `shown` da un
    objeto como lo ve quien pide, por si una negativa lo cita entero.
    """

    user: User = SYSTEM
    manager: str = ""
    dry_run: bool = False
    field_validation: str = "Warn"
    force: bool = False
    warnings: list[str] = field(default_factory=list)
    shown: Callable[[Object], Object] = _as_it_is


DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Listing:
    """Objetos de una lista y la revisión en que se tomó."""

    items: list[Object]
    revision: int


@dataclass(frozen=True, slots=True)
class Event:
    """Una noticia: `type` es ADDED, MODIFIED o DELETED; `previous` es el objeto anterior, si lo hubo."""

    type: str
    object: Object
    previous: Object | None
    revision: int


class Subscription(Protocol):
    """Una vigilancia en marcha."""

    def cancel(self) -> None:
        """Deja de recibir noticias."""


class Api(Protocol):
    """Lo que un componente puede pedir. Todo objeto que se recibe está congelado; se cambia una copia."""

    kinds: Kinds
    """Los tipos que se sirven, los propios incluidos."""

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        """Un objeto. `StatusError` 404 si no existe."""

    def list(self, kind: Kind, namespace: str | None = None, labels: LabelSelector | None = None,
             fields: FieldSelector | None = None, at: int | None = None) -> Listing:  # fmt: skip
        """Los objetos de un tipo, por espacio y nombre: los de ahora, o los que había en la revisión `at`.

        `StatusError` 410 si esa revisión ya no se recuerda.
        """

    def watch(self, kind: Kind, on_event: Callable[[Event], None], *, namespace: str | None = None,
              since: int | None = None, labels: LabelSelector | None = None,
              fields: FieldSelector | None = None) -> Subscription:  # fmt: skip
        """Llama a `on_event` con cada noticia posterior a la revisión `since` (o desde ahora)."""

    def create(self, kind: Kind, obj: Object, namespace: str | None = None, options: Options = DEFAULT) -> Object:
        """Crea un objeto y devuelve el guardado."""

    def update(self, kind: Kind, obj: Object, *, subresource: str = "", options: Options = DEFAULT) -> Object:
        """Sustituye un objeto. Con `metadata.resourceVersion`, solo si sigue siendo la última (409 si no)."""

    def patch(self, kind: Kind, namespace: str | None, name: str, patch: object, how: str = "merge", *,
              subresource: str = "", options: Options = DEFAULT) -> Object:  # fmt: skip
        """Cambia parte de un objeto. `how` es json, merge, strategic o apply."""

    def delete(self, kind: Kind, namespace: str | None, name: str, *, grace: int | None = None,
               propagation: str | None = None, uid: str | None = None, resource_version: str | None = None,
               options: Options = DEFAULT) -> Object:  # fmt: skip
        """Borra un objeto. Devuelve el objeto si queda marcado, o un Status si ya no está."""


def find(api: Api, kind: Kind, namespace: str | None, name: str) -> Object | None:
    """Un objeto, o `None` si no está. Lanza StatusError por cualquier otro motivo."""
    try:
        return api.get(kind, namespace, name)
    except StatusError as error:
        if error.code != 404:
            raise
        return None
