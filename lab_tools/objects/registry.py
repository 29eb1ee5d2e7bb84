"""Los tipos que alguien sirve: los de una tabla y los que se definen después."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from lab_tools.objects import Object
from lab_tools.objects.kind import Kind

_SERIES = {"alpha": 0, "beta": 1, None: 2}


def priority(version: str) -> tuple[int, int, int]:
    """Lo que manda una versión sobre otra: «v2» más que «v1», y cualquiera estable más que una beta."""
    found = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    return (_SERIES[found[2]], int(found[1]), int(found[3] or 0)) if found else (-1, 0, 0)


class Kinds:
    """Un registro de tipos. Los de la tabla no cambian; cada definición trae o retira los suyos."""

    def __init__(self, built_in: Iterable[Kind]) -> None:
        self._built_in = tuple(built_in)
        self._own: dict[str, tuple[Kind, ...]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._index()

    def serve(self, definition: str, kinds: Sequence[Kind]) -> None:
        """Pone los tipos de una definición en lugar de los que tuviera; sin tipos, los retira."""
        if not kinds and definition not in self._own:
            return
        self._own.pop(definition, None)
        if kinds:
            self._own[definition] = tuple(kinds)
        self._index()
        for listener in self._listeners:
            listener()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Llama a `listener` cada vez que cambian los tipos."""
        self._listeners.append(listener)

    @property
    def own(self) -> tuple[Kind, ...]:
        """Los que no son de la tabla."""
        return tuple(kind for kinds in self._own.values() for kind in kinds)

    def find(self, api_version: str, kind: str) -> Kind | None:
        """El tipo que un manifiesto nombra con `apiVersion` y `kind`, o `None`."""
        return self._by_kind.get((api_version, kind))

    def of(self, obj: Object) -> Kind | None:
        """El tipo de un objeto, según lo que él mismo dice, o `None`."""
        return self.find(str(obj.get("apiVersion", "")), str(obj.get("kind", "")))

    def by_plural(self, group: str, version: str, plural: str) -> Kind | None:
        """El tipo de una ruta REST, o `None`."""
        return self._by_plural.get((group, version, plural))

    def named(self, word: str) -> Kind:
        """El tipo que alguien nombra como en kubectl: «deploy», «pods», «Pod», «deployments.apps».

        Lanza `KeyError` con la palabra si nadie se llama así.
        """
        return self._by_word[word.lower()]

    def words(self) -> tuple[str, ...]:
        """Todas las palabras que `named` entiende, para sugerir la más parecida."""
        return tuple(self._by_word)

    def of_version(self, group: str, version: str) -> tuple[Kind, ...]:
        """Los tipos de un grupo y versión, en el orden del descubrimiento."""
        return tuple(kind for kind in self.all if (kind.group, kind.version) == (group, version))

    def _index(self) -> None:
        self.all: tuple[Kind, ...] = (*self._built_in, *self.own)
        self.groups: dict[str, tuple[str, ...]] = {}
        self._by_kind = {(kind.api_version, kind.kind): kind for kind in self.all}
        self._by_plural = {(kind.group, kind.version, kind.plural): kind for kind in self.all}
        self._by_word: dict[str, Kind] = {}
        for kind in self.all:
            versions = self.groups.setdefault(kind.group, ())
            if kind.version not in versions:
                self.groups[kind.group] = tuple(sorted((*versions, kind.version), key=priority, reverse=True))
            for word in (kind.plural, kind.singular, kind.resource, *kind.short_names):
                self._by_word.setdefault(word, kind)
