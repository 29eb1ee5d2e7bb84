"""Los pasos de una orden, de manera que se puedan volver a dar.

Un guion a medias es un generador, y un generador no se copia. Lo que sí se copia es cómo llegó hasta ahí: con qué
máquina empezó, qué le contestaron los archivos (la cinta) y qué le cambiaron desde fuera entre un paso y otro. Al
bifurcar un clúster el guion de la copia se queda sin pasos; si alguna vez le toca dar uno, repite en silencio los que
ya dio, con la cinta por respuestas, y desde ahí sigue por su cuenta.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from lab_tools.embedded.workloads.input import Input

if TYPE_CHECKING:
    from lab_tools.embedded.workloads.shell import Machine, Steps

Emit = Callable[[str], None]
Start = Callable[["Machine", list[str], Emit], "Steps"]
# Lo que una máquina lleva encima y se copia tal cual; lo demás es el mundo, y lo que diga se graba.
_BAGGAGE = (type(None), bool, int, float, str, tuple, dict, list, Input)


class Rerun:
    """Los pasos de `argv` sobre `machine`, de uno en uno, con `next`. Sin `emit`, escribe en la propia máquina."""

    def __init__(self, start: Start, machine: Machine, argv: list[str], emit: Emit | None = None) -> None:
        self.machine = machine
        self.input = machine.input
        """La entrada con que empezó, si la tiene."""
        self._start, self._argv, self._emit, self._errors = start, list(argv), emit, machine.stderr
        self._first = _copied(machine)
        self._world = [one.name for one in fields(machine)
                       if one.name != "stderr" and not isinstance(getattr(machine, one.name), _BAGGAGE)]  # fmt: skip
        self._tape = Tape()
        self._turns = 0
        self._touched: list[_Touch] = []
        self._left = _hands(machine.at, self.input)
        self._steps: Steps | None = start(machine, self._argv, emit or machine.write)

    def __iter__(self) -> Iterator[None]:
        return self

    def __next__(self) -> None:
        self._turn(None)

    def throw(self, fault: BaseException) -> None:
        """Da un paso que empieza por un fallo: alguien pulsó Ctrl-C."""
        self._turn(fault)

    def close(self) -> None:
        """No dará más."""
        if self._steps is not None:
            self._steps.close()

    def fork_state(self) -> dict[str, Any]:
        """Todo menos el generador."""
        return {**vars(self), "_steps": None}

    def _turn(self, fault: BaseException | None) -> None:
        steps = self._steps or self._repeat()
        hands = _hands(self.machine.at, self.input)
        if fault is not None or hands != self._left:
            self._touched.append(_Touch(self._turns, hands, fault))
        self._turns += 1
        with _Swapped(self.machine, {name: Taped(getattr(self.machine, name), self._tape) for name in self._world}):
            try:
                _move(steps, fault)
            finally:
                self._left = _hands(self.machine.at, self.input)

    def _repeat(self) -> Steps:
        """Vuelve a dar, sin que se oiga, los pasos ya dados."""
        machine = _copied(self._first)
        out, errors = _Outlet(), _Outlet()
        machine.stderr = errors if self._errors is not None else None
        source = machine.input
        steps = self._start(machine, self._argv, out if self._emit is not None else machine.write)
        touched = {one.turn: one for one in self._touched}
        recorded = iter(self._tape)
        with _Swapped(machine, {name: Playback(recorded) for name in self._world}):
            for turn in range(self._turns):
                touch = touched.get(turn)
                if touch is not None:
                    machine.at = touch.hands.at
                    if source is not None:
                        source.text, source.ended, source.waiting = touch.hands.text, touch.hands.ended, False
                _move(steps, touch.fault if touch is not None else None)
        if (machine.at, machine.status) != (self.machine.at, self.machine.status):
            raise RuntimeError(f"«{' '.join(self._argv)}» no se repite igual: algo suyo no pasa por la cinta")
        for name in self._world:
            setattr(machine, name, getattr(self.machine, name))
        out.to, errors.to = self._emit, self._errors
        self.machine, self.input, self._steps = machine, source, steps
        return steps


class _Hands(NamedTuple):
    """Lo que otros pueden tocar de un guion parado: su hora y su entrada."""

    at: float
    text: str
    ended: bool
    waiting: bool


class _Touch(NamedTuple):
    """Cómo estaba al empezar un paso, si alguien lo había tocado desde el anterior."""

    turn: int
    hands: _Hands
    fault: BaseException | None


class Reel:
    """Respuestas grabadas. Solo crece: quien recuerde hasta dónde llegaba puede compartirla."""

    fork_shared = True

    def __init__(self) -> None:
        self.results: list[Any] = []


class Tape:
    """Todo lo que el mundo contestó a un guion, en orden."""

    def __init__(self) -> None:
        self._past: tuple[tuple[Reel, int], ...] = ()
        self._reel = Reel()

    def add(self, result: Any) -> None:
        """Graba una respuesta."""
        self._reel.results.append(result)

    def __iter__(self) -> Iterator[Any]:
        for reel, length in self._past:
            yield from itertools.islice(reel.results, length)
        yield from self._reel.results

    def fork_state(self) -> dict[str, Any]:
        """La misma grabación hasta aquí; desde aquí, otra."""
        return {"_past": (*self._past, (self._reel, len(self._reel.results))), "_reel": Reel()}


class _Failed(NamedTuple):
    """Una respuesta que fue un error."""

    why: Exception


class Taped:
    """Algo del mundo que contesta a un guion, con la grabadora en marcha."""

    def __init__(self, real: Any, tape: Tape) -> None:
        self._real = real
        self._tape = tape

    def __getattr__(self, name: str) -> Any:
        real, tape = getattr(self._real, name), self._tape
        if callable(real):
            return lambda *args, **named: _recorded(tape, real, args, named)
        tape.add(real)
        return real

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Lo que conteste, si es una función."""
        return _recorded(self._tape, self._real, args, named)


class Playback:
    """Lo mismo, leído de la cinta: no hace nada, contesta lo que contestó."""

    def __init__(self, recorded: Iterator[Any]) -> None:
        self._recorded = recorded

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        """La respuesta siguiente."""
        found = next(self._recorded, None)
        if isinstance(found, _Failed):
            raise found.why
        return list(found) if isinstance(found, list) else found


class _Outlet:
    """Una salida que se enchufa después."""

    def __init__(self) -> None:
        self.to: Emit | None = None

    def __call__(self, text: str) -> None:
        if self.to is not None:
            self.to(text)


class _Swapped:
    """Una máquina con otro mundo mientras dura un paso: quien la mire desde fuera ve el de verdad."""

    def __init__(self, machine: Machine, world: dict[str, Any]) -> None:
        self._machine = machine
        self._world = world

    def __enter__(self) -> None:
        self._before = {name: getattr(self._machine, name) for name in self._world}
        self._put(self._world)

    def __exit__(self, *_: object) -> None:
        self._put(self._before)

    def _put(self, world: dict[str, Any]) -> None:
        for name, one in world.items():
            setattr(self._machine, name, one)


def _recorded(tape: Tape, real: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        result = real(*args, **named)
    except Exception as fault:
        tape.add(_Failed(fault))
        raise
    tape.add(list(result) if isinstance(result, list) else result)
    return result


def _move(steps: Steps, fault: BaseException | None) -> None:
    if fault is None:
        next(steps)
    else:
        steps.throw(fault)


def _hands(at: float, source: Input | None) -> _Hands:
    return _Hands(at, source.text, source.ended, source.waiting) if source is not None else _Hands(at, "", True, False)


def _copied(machine: Machine) -> Machine:
    """La misma máquina, con su propio equipaje y el mismo mundo."""
    mine: dict[str, Any] = {}
    for one in fields(machine):
        value = getattr(machine, one.name)
        if isinstance(value, dict | list):
            mine[one.name] = value.copy()
        elif isinstance(value, Input):
            mine[one.name] = replace(value)
    return replace(machine, **mine)
