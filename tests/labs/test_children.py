"""Los hijos de un proceso: contestan todos, y pase lo que pase no queda ninguno.

Todo se hace en un proceso recién nacido y de un solo hilo, que es donde se puede bifurcar.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from lab_tools.errors import InfrastructureError
from lab_tools.labs import children
from lab_tools.labs.children import Children

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="aquí no se bifurca"),
]


@pytest.fixture(scope="module")
def alone() -> Iterator[Callable[..., Any]]:
    """Llama a una función en un proceso que no tiene nada más en marcha."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield lambda action, *args: pool.submit(action, *args).result()


def _squares(most: int) -> dict[int, Any]:
    heard: dict[int, Any] = {}
    brood = Children(most, heard.__setitem__)

    def live() -> int | None:
        for key in range(6):
            if brood.fork(key):
                return key * key
        return None

    brood.run(live)
    return heard


def _forever() -> None:
    """Espera a que alguien escriba en una tubería en la que no escribe nadie."""
    down, up = os.pipe()
    os.read(down, 1)
    os.write(up, b"")


def _nobody_left() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def _with_one_waiting(*lives: Callable[[], object], parent: Callable[[], object] = lambda: None) -> tuple[str, bool]:
    """Qué error llega al padre de un hijo que espera para siempre y de otros; y si al final no queda ninguno."""
    brood = Children(9, lambda *_: None)

    def live() -> object:
        for key, action in enumerate((_forever, *lives)):
            if brood.fork(key):
                return action()
        return parent()

    try:
        brood.run(live)
    except BaseException as error:
        return f"{type(error).__name__}: {error}", _nobody_left()
    return "", _nobody_left()


def _fails() -> None:
    raise InfrastructureError("El clúster no contesta.", "Repite.")


def _is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _interrupted() -> None:
    raise KeyboardInterrupt


def _told_to_leave() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _forever()


def _one_fails() -> tuple[str, bool]:
    return _with_one_waiting(_fails)


def _one_is_killed() -> tuple[str, bool]:
    return _with_one_waiting(_is_killed)


def _the_parent_is_interrupted() -> tuple[str, bool]:
    return _with_one_waiting(parent=_interrupted)


def _the_parent_is_told_to_leave() -> tuple[str, bool]:
    return _with_one_waiting(parent=_told_to_leave)


def _one_does_not_listen() -> tuple[str, bool]:
    children.GRACE = 0.1
    return _with_one_waiting(_deaf, parent=_interrupted)


@pytest.mark.parametrize("most", [1, 3, 40])
def test_every_child_answers_whatever_their_number(alone: Callable[..., Any], most: int) -> None:
    assert alone(_squares, most) == {key: key * key for key in range(6)}


def test_what_a_child_could_not_do_is_told_by_its_parent(alone: Callable[..., Any]) -> None:
    told, clean = alone(_one_fails)
    assert told == "InfrastructureError: El clúster no contesta.\nRepite."
    assert clean, "el que esperaba para siempre también se ha ido"


def test_a_child_that_dies_without_a_word_is_no_mark(alone: Callable[..., Any]) -> None:
    told, clean = alone(_one_is_killed)
    assert "murió sin contestar (salió con -9)" in told and "--jobs 1" in told
    assert clean


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (_the_parent_is_interrupted, "KeyboardInterrupt: "),
        (_one_does_not_listen, "KeyboardInterrupt: "),
        (_the_parent_is_told_to_leave, "SystemExit: 143"),
    ],
)
def test_after_an_interruption_no_child_is_left(
    alone: Callable[..., Any], how: Callable[[], tuple[str, bool]], told: str
) -> None:
    assert alone(how) == (told, True)
