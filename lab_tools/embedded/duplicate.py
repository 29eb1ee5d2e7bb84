"""Copiar algo en marcha: el mismo presente, dos futuros.

Se recorre todo lo que cuelga de una raíz y se copia pieza a pieza, también las funciones que esperan en el reloj
con lo que recuerdan. Lo que nunca cambia se comparte. No hay lista de piezas que copiar: quien añada una no tiene
que acordarse de esto. Lo que no se sabe copiar se dice, con su sitio.

Las señas que una clase puede dar: `fork_shared = True` si sus objetos no cambian; `fork_outside = True` si son de
quien mira desde fuera y no viajan (lo que se les iba a contar no llega a nadie); `fork_state()`, que devuelve los
atributos de los que hacer la copia; y `fork_held`, atributo → capas de diccionarios y listas que hay sobre cosas que
no cambian, para no mirar una a una miles de ellas (cero: el atributo mismo no cambia nunca por dentro).
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gc
import logging
import operator
import random
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from lab_tools.errors import OrquestaError

T = TypeVar("T")

# Lo que no cambia nunca: se comparte sin mirar dentro.
ATOMS: frozenset[type] = frozenset({
    type(None), bool, int, float, complex, str, bytes, range, slice, type, type(...), type(NotImplemented),
    types.ModuleType, types.GenericAlias, types.MappingProxyType, re.Pattern, logging.Logger, decimal.Decimal,
    datetime.datetime, datetime.timedelta, datetime.timezone, fractions.Fraction, functools._lru_cache_wrapper,
})  # fmt: skip
_OURS = ("lab_tools.",)
# Clases de la biblioteca estándar que son datos y nada más.
_PLAIN = ("codecs", "encodings.", "types")
# Quien espera noticias desde un bucle de eventos o desde un hilo es de fuera.
_OUTSIDE = ("asyncio.", "threading")


class CannotFork(OrquestaError):
    """Algo del clúster no se puede copiar: un generador, un hilo, un archivo abierto."""


def duplicate(root: T, frozen: Iterable[Any] = (), shared: Iterable[type] = ()) -> T:
    """Una copia de `root` y de todo lo que alcanza. `frozen` y los objetos de las clases `shared` se comparten.

    Cuesta en torno a dos microsegundos por pieza. Lanza `CannotFork` si encuentra lo que no sabe copiar.
    """
    with _without_collector():
        copier = Copier(frozen, shared)
        found: T = copier.copy(root)
        copier.finish()
        return found


def nobody(*_: Any, **__: Any) -> None:
    """A quien no ha viajado no le llega nada."""


class Copier:
    """Una copia en curso. Nada se copia dos veces: lo que compartían dos piezas lo comparten sus copias."""

    def __init__(self, frozen: Iterable[Any] = (), shared: Iterable[type] = ()) -> None:
        self._done: dict[int, Any] = {id(one): one for one in frozen}
        self._atoms = ATOMS | set(shared)
        # Lo que ya tiene copia, aún vacía, y falta llenar: sin recursión, una cadena larga no agota la pila.
        self._pending: list[tuple[Callable[[Any, Any], None], Any, Any]] = []
        # Lo hecho solo para copiarlo vive hasta el final: otra cosa podría nacer con su misma identidad.
        self._kept: list[Any] = []
        self._outside: dict[type, bool] = {}
        self._how: dict[type, Callable[[Any], Any]] = {
            dict: self._dict, list: self._list, tuple: self._tuple, set: self._set, frozenset: self._frozenset,
            collections.deque: self._deque, collections.OrderedDict: self._dict, collections.Counter: self._dict,
            collections.defaultdict: self._defaultdict, bytearray: self._bytearray,
            types.FunctionType: self._function, types.MethodType: self._method, types.CellType: self._cell,
            types.BuiltinFunctionType: self._built_in,
            functools.partial: self._partial, random.Random: self._random,
        }  # fmt: skip

    def copy(self, value: Any) -> Any:
        """La copia de un valor. Puede estar aún vacía: se llena en `finish`."""
        kind = type(value)
        if kind in self._atoms:
            return value
        found = self._done.get(id(value))
        if found is not None:
            return found
        how = self._how.get(kind)
        if how is None:
            how = self._how[kind] = self._learn(kind, value)
        return how(value)

    def finish(self) -> None:
        """Llena lo que quedaba vacío."""
        pending = self._pending
        while pending:
            fill, source, target = pending.pop()
            try:
                fill(source, target)
            except CannotFork as fault:
                where = f"Está dentro de un {type(source).__qualname__}."
                raise CannotFork(f"{fault.message} {where}", fault.cure) from fault

    # Colecciones

    def _dict(self, source: Any) -> Any:
        flat = self._atoms.issuperset
        if not flat(map(type, source)):
            target = type(source)()
            self._pending.append((self._fill_dict, source, target))
        else:
            # Las claves no cambian: nace con todo, y después solo se sustituye lo que haga falta.
            target = source.copy()
            if not flat(map(type, source.values())):
                self._pending.append((self._replace_values, source, target))
        self._done[id(source)] = target
        return target

    def _replace_values(self, source: Any, target: Any) -> None:
        atoms, done, copy = self._atoms, self._done, self.copy
        for key, value in source.items():
            if type(value) not in atoms:
                found = done.get(id(value))
                target[key] = copy(value) if found is None else found

    def _defaultdict(self, source: Any) -> Any:
        target = self._done[id(source)] = collections.defaultdict(self.copy(source.default_factory))
        self._pending.append((self._fill_dict, source, target))
        return target

    def _fill_dict(self, source: Any, target: Any) -> None:
        # El bucle más caliente: `copy`, escrito aquí para no llamarlo.
        atoms, done, hows, flat = self._atoms, self._done, self._how, self._atoms.issuperset
        for key, value in source.items():
            if type(key) is not str and not (type(key) is tuple and flat(map(type, key))):
                key = self.copy(key)
            kind = type(value)
            if kind in atoms:
                target[key] = value
                continue
            found = done.get(id(value))
            if found is None:
                how = hows.get(kind)
                found = how(value) if how is not None else self.copy(value)
            target[key] = found

    def _list(self, source: Any) -> Any:
        if self._atoms.issuperset(map(type, source)):
            target = source.copy()
        else:
            target = []
            self._pending.append((self._fill_list, source, target))
        self._done[id(source)] = target
        return target

    def _deque(self, source: Any) -> Any:
        flat = self._atoms.issuperset(map(type, source))
        target = self._done[id(source)] = source.copy() if flat else collections.deque(maxlen=source.maxlen)
        if not flat:
            self._pending.append((self._fill_list, source, target))
        return target

    def _fill_list(self, source: Any, target: Any) -> None:
        atoms, done, copy = self._atoms, self._done, self.copy
        for value in source:
            if type(value) in atoms:
                target.append(value)
            else:
                found = done.get(id(value))
                target.append(copy(value) if found is None else found)

    def _set(self, source: Any) -> Any:
        target = self._done[id(source)] = {self.copy(value) for value in source}
        return target

    def _frozenset(self, source: Any) -> Any:
        return frozenset(self.copy(value) for value in source)

    def _tuple(self, source: Any) -> Any:
        if self._atoms.issuperset(map(type, source)):
            return source
        found = [self.copy(value) for value in source]
        # Una tupla de cosas que no cambian tampoco cambia.
        same = all(one is other for one, other in zip(found, source, strict=True))
        target = self._done[id(source)] = source if same else tuple(found)
        return target

    def _bytearray(self, source: Any) -> Any:
        target = self._done[id(source)] = bytearray(source)
        return target

    # Funciones, con lo que recuerdan

    def _function(self, source: Any) -> Any:
        if source.__closure__ is None:
            target = source
        else:
            cells = tuple([self._done.get(id(cell)) or self._cell(cell) for cell in source.__closure__])
            target = types.FunctionType(
                source.__code__, source.__globals__, source.__name__, source.__defaults__, cells
            )
        if source.__defaults__ or source.__kwdefaults__:
            target = self._with_defaults(source, target)
        self._done[id(source)] = target
        return target

    def _with_defaults(self, source: Any, target: Any) -> Any:
        """Los valores por omisión también son memoria: `lambda one=worker: …`."""
        before = source.__kwdefaults__ or {}
        defaults, named = self.copy(source.__defaults__), {name: self.copy(value) for name, value in before.items()}
        same = defaults is source.__defaults__ and all(value is before[name] for name, value in named.items())
        if target is source and same:
            return source
        target = types.FunctionType(source.__code__, source.__globals__, source.__name__, defaults, target.__closure__)
        target.__kwdefaults__ = named or None
        return target

    def _cell(self, source: Any) -> Any:
        target = self._done[id(source)] = types.CellType()
        self._pending.append((self._fill_cell, source, target))
        return target

    def _fill_cell(self, source: Any, target: Any) -> None:
        try:
            value = source.cell_contents
        except ValueError:
            return  # una celda vacía se copia vacía
        target.cell_contents = self.copy(value)

    def _method(self, source: Any) -> Any:
        owner = source.__self__
        kind = type(owner)
        outside = self._outside.get(kind)
        if outside is None:
            outside = self._outside[kind] = getattr(kind, "fork_outside", False) or kind.__module__.startswith(_OUTSIDE)
        # Lo que se iba a contar a alguien de fuera (también a un bucle de eventos) no se cuenta a nadie.
        return nobody if outside else types.MethodType(source.__func__, self.copy(owner))

    def _built_in(self, source: Any) -> Any:
        owner = source.__self__
        if owner is None or isinstance(owner, types.ModuleType | type):
            return source
        return getattr(self.copy(owner), source.__name__)

    def _partial(self, source: Any) -> Any:
        keywords = {name: self.copy(value) for name, value in source.keywords.items()}
        return functools.partial(self.copy(source.func), *(self.copy(value) for value in source.args), **keywords)

    def _random(self, source: Any) -> Any:
        target = self._done[id(source)] = random.Random.__new__(random.Random)
        target.setstate(source.getstate())
        return target

    # Objetos

    def _learn(self, kind: type, value: Any) -> Callable[[Any], Any]:
        """Cómo se copia una clase que se ve por primera vez."""
        if issubclass(kind, enum.Enum | type | BaseException) or getattr(kind, "fork_shared", False):
            return _same
        if issubclass(kind, tuple):
            return self._named_tuple
        if issubclass(kind, str | bytes | int | float):
            return _same
        if issubclass(kind, dict | list | set | collections.deque) or not kind.__module__.startswith((*_OURS, *_PLAIN)):
            raise CannotFork(f"No sé copiar un {kind.__module__}.{kind.__qualname__}: {value!r:.80}.",
                             "Guárdalo como datos, o di con `fork_state` qué copiar en su lugar.")  # fmt: skip
        if getattr(kind, "fork_outside", False):
            return _nothing
        if hasattr(kind, "fork_state"):
            return self._instance(kind, self._fill_from_state)
        if hasattr(kind, "fork_held"):
            return self._instance(kind, self._holding(kind))
        parameters = getattr(kind, "__dataclass_params__", None)
        if parameters is not None and parameters.frozen and parameters.eq:
            return self._constant
        names = _names(kind)
        if not names:
            return self._instance(kind, self._fill_attributes)
        fill = self._fill_both if kind.__dictoffset__ else self._fill_slots
        return self._instance(kind, functools.partial(fill, names, _reader(names)))

    def _instance(self, kind: type, fill: Callable[[Any, Any], None]) -> Callable[[Any], Any]:
        """Cómo se copian los objetos de una clase: uno vacío ahora, y lo que lleva dentro después."""
        done, later = self._done, self._pending.append
        new: Any = kind.__new__

        def how(source: Any) -> Any:
            target = done[id(source)] = new(kind)
            later((fill, source, target))
            return target

        return how

    def _fill_attributes(self, source: Any, target: Any) -> None:
        values, found = source.__dict__, target.__dict__
        found.update(values)
        self._replace_values(values, found)

    def _fill_slots(self, names: list[str], read: Callable[[Any], Any], source: Any, target: Any) -> None:
        atoms, done, copy, put = self._atoms, self._done, self.copy, object.__setattr__
        try:
            values = read(source)
        except AttributeError:  # a alguno nadie le ha dado valor
            names = [name for name in names if hasattr(source, name)]
            values = [getattr(source, name) for name in names]
        for name, value in zip(names, values, strict=True):
            if type(value) in atoms:
                put(target, name, value)
            else:
                found = done.get(id(value))
                put(target, name, copy(value) if found is None else found)

    def _fill_both(self, names: list[str], read: Callable[[Any], Any], source: Any, target: Any) -> None:
        self._fill_slots(names, read, source, target)
        self._fill_attributes(source, target)

    def _fill_from_state(self, source: Any, target: Any) -> None:
        state = source.fork_state()
        self._kept.append(state)
        for name, value in state.items():
            object.__setattr__(target, name, self.copy(value))

    def _holding(self, kind: type) -> Callable[[Any, Any], None]:
        """Cómo llenar los objetos de una clase con `fork_held`."""
        held: Mapping[str, int] = kind.fork_held  # type: ignore[attr-defined]
        names = _names(kind)
        if not names:
            return functools.partial(self._fill_holding, held, None, None)
        loose = [name for name in names if name not in held]
        return functools.partial(self._fill_holding, held, loose, _reader(loose))

    def _fill_holding(self, held: Mapping[str, int], loose: list[str] | None, read: Callable[[Any], Any] | None,
                      source: Any, target: Any) -> None:  # fmt: skip
        if loose is None or read is None:  # sin `__slots__`, los atributos los dice cada objeto
            loose = [name for name in vars(source) if name not in held]
            read = _reader(loose)
        self._fill_slots(loose, read, source, target)
        put = object.__setattr__
        for name, depth in held.items():
            value = getattr(source, name)
            put(target, name, _shallow(value, depth) if depth else value)

    def _constant(self, source: Any) -> Any:
        """Un dato congelado: si lo que lleva no cambia, es él mismo; y su huella debe valer desde que nace."""
        names = [one.name for one in dataclasses.fields(source)]
        values = [getattr(source, name) for name in names]
        found = [self.copy(value) for value in values]
        target = source
        if any(one is not other for one, other in zip(found, values, strict=True)):
            target = object.__new__(type(source))
            for name, value in zip(names, found, strict=True):
                object.__setattr__(target, name, value)
        self._done[id(source)] = target
        return target

    def _named_tuple(self, source: Any) -> Any:
        target = tuple.__new__(type(source), [self.copy(value) for value in source])
        self._done[id(source)] = target
        return target


def _shallow(value: Any, depth: int) -> Any:
    """Copia `depth` capas de diccionarios y listas; lo de dentro se comparte. Con cero, todo."""
    if depth < 2:
        return value.copy() if depth else value
    return {name: _shallow(inner, depth - 1) for name, inner in value.items()}


def _same(source: Any) -> Any:
    return source


def _nothing(source: Any) -> None:
    """Lo de fuera no está en la copia."""


def _names(kind: type) -> list[str]:
    """Los atributos que una clase guarda en `__slots__`, también los heredados."""
    return [name for one in reversed(kind.__mro__) for name, member in vars(one).items()
            if isinstance(member, types.MemberDescriptorType)]  # fmt: skip


@functools.cache
def _read(names: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(names) == 1:
        return lambda source: (getattr(source, names[0]),)
    return operator.attrgetter(*names) if names else lambda source: ()


def _reader(names: list[str]) -> Callable[[Any], Any]:
    """Lee varios atributos de una vez."""
    return _read(tuple(names))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Miles de piezas nuevas y ninguna basura: el recolector solo estorbaría."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
