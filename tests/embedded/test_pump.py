"""El tiempo servido: al ritmo pedido, sin saltos, y trasladado a la hora de pared."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from lab_tools.embedded.clock import EPOCH, Clock
from lab_tools.embedded.server import pump as module
from lab_tools.embedded.server.pump import Pump


class Wall:
    """Un reloj de pared que se mueve a mano."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    found = Wall()
    fake = SimpleNamespace(
        monotonic=lambda: found.seconds,
        perf_counter=lambda: found.seconds,
        time=lambda: EPOCH + 86400.4 + found.seconds,
    )
    monkeypatch.setattr(module, "time", fake)
    return found


def test_virtual_time_is_wall_time_by_speed(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 20)
    wall.pass_(3)
    assert pump.catch_up() is False
    assert clock.now == EPOCH + 60


def test_changing_the_speed_does_not_move_the_present(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 10)
    wall.pass_(1)
    pump.set_speed(2)
    assert clock.now == EPOCH + 10
    wall.pass_(1)
    pump.catch_up()
    assert clock.now == EPOCH + 12


def test_each_appointment_is_kept_at_its_instant(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    seen: list[float] = []
    clock.call_in(2, lambda: seen.append(clock.now - EPOCH))
    wall.pass_(5)
    pump.catch_up()
    assert seen == [2]


def test_a_component_that_fails_does_not_stop_time(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    clock.call_in(1, lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    wall.pass_(2)
    pump.catch_up()
    assert clock.now == EPOCH + 2


def test_a_machine_that_cannot_keep_up_goes_slower_and_never_jumps(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)

    def slow() -> None:
        wall.pass_(0.02)
        clock.call_in(0.001, slow)

    clock.call_soon(slow)
    wall.pass_(60)
    assert pump.catch_up() is True
    reached = clock.now
    wall.pass_(0.5)
    for _ in range(2000):
        pump.catch_up()
    # El minuto perdido no se recupera: a cada segundo de pared le toca, como mucho, el suyo.
    assert clock.now - reached < 50


def test_now_is_the_wall_clock_and_never_the_future(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 20)
    for _ in range(50):
        wall.pass_(0.37)
        pump.catch_up()
        seen, wanted = pump.dates.at(clock.now), EPOCH + 86400.4 + wall.seconds
        assert wanted - 1.5 <= seen <= wanted


@pytest.mark.parametrize("speed", [0.1, 1, 10, 60, 1000])
def test_an_instant_is_always_seen_at_the_same_hour(wall: Wall, speed: float) -> None:
    clock = Clock()
    pump = Pump(clock, speed)
    wall.pass_(7.3)
    pump.catch_up()
    born, seen = int(clock.now), set()
    for _ in range(50):
        wall.pass_(0.37)
        pump.catch_up()
        seen.add(pump.dates.second(born))
    assert len(seen) == 1
    assert seen.pop() <= EPOCH + 86400.4 + 7.3


def test_neither_a_jump_nor_a_pause_nor_another_speed_moves_the_past(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    seen: dict[int, int] = {}

    def look() -> None:
        wall.pass_(2.5)
        pump.catch_up()
        now = EPOCH + 86400.4 + wall.seconds
        seen[int(clock.now)] = seen.get(int(clock.now), pump.dates.second(int(clock.now)))
        assert {instant: pump.dates.second(instant) for instant in seen} == seen
        assert max(seen.values()) <= now

    for change in (lambda: None, lambda: pump.jump(lambda: clock.advance(3600)), lambda: pump.set_speed(60), pump.pause,
                   lambda: pump.jump(lambda: clock.advance(5)), pump.resume, lambda: pump.set_speed(0.5)):  # fmt: skip
        look()
        change()
        look()
    assert list(seen.values()) == sorted(seen.values())


def test_a_machine_that_sleeps_wakes_up_on_time(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    wall.pass_(5)
    pump.catch_up()
    before = pump.dates.second(int(clock.now))
    monkeypatch.setattr(module.time, "time", lambda: EPOCH + 86400.4 + 3600 + wall.seconds)
    pump.catch_up()
    assert pump.dates.second(int(clock.now)) >= EPOCH + 86400 + 3600
    assert pump.dates.second(int(EPOCH) + 5) == before
    assert clock.now == EPOCH + 6


def test_while_paused_nothing_happens_until_somebody_steps(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 10)
    seen: list[float] = []
    for seconds in (30, 40):
        clock.call_in(seconds, lambda: seen.append(clock.now - EPOCH))
    pump.pause()
    wall.pass_(60)
    pump.catch_up()
    assert (seen, pump.paused, pump.speed) == ([], True, 10)
    assert pump.jump(clock.step)
    assert seen == [30]
    pump.resume()
    wall.pass_(1)
    pump.catch_up()
    assert seen == [30, 40]


def test_the_calendar_is_the_one_on_the_wall(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    heard: list[int] = []
    clock.on_offset(lambda: heard.append(clock.offset))
    assert clock.offset == 86400
    pump.jump(lambda: clock.advance(600))
    clock.settle()
    assert heard == [86400 - 600]


def test_advancing_is_immediate_and_keeps_the_pace(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    pump.jump(lambda: clock.advance(3600))
    wall.pass_(1)
    pump.catch_up()
    assert clock.now == EPOCH + 3601


def test_a_paused_clock_waits(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 0)
    wall.pass_(100)
    pump.catch_up()
    assert clock.now == EPOCH


def test_the_loop_wakes_when_there_is_something_new() -> None:
    async def scene() -> float:
        clock = Clock()
        pump = Pump(clock, 1000)
        task = asyncio.ensure_future(pump.run())
        await asyncio.sleep(0)
        done = asyncio.Event()
        clock.call_in(1, done.set)
        pump.wake()
        await asyncio.wait_for(done.wait(), 5)
        task.cancel()
        return clock.now - EPOCH

    assert asyncio.run(scene()) >= 1


def test_a_leap_in_pieces_has_one_calendar(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    before = clock.offset
    pump.jump(lambda: clock.advance(3600), lambda: True)
    assert clock.offset == before
    pump.catch_up()
    pump.jump(lambda: clock.advance(3600), lambda: False)
    assert clock.offset == before - 7200


def test_a_leap_that_nobody_finishes_gives_the_calendar_back_to_the_wall(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)
    before = clock.offset
    pump.jump(lambda: clock.advance(3600), lambda: True)
    wall.pass_(4)
    pump.catch_up()
    assert clock.offset == before
    wall.pass_(2)
    pump.catch_up()
    assert clock.offset == before - 3600


def test_a_leap_gets_tired_so_that_the_others_are_served_too(wall: Wall) -> None:
    clock = Clock()
    pump = Pump(clock, 1)

    def work() -> None:
        wall.pass_(0.3)
        clock.call_in(1, work)

    clock.call_in(1, work)
    tired = pump.tired()
    pump.jump(lambda: clock.run_until(tired, 86400))
    assert wall.seconds < 2
    assert 1 < clock.now - EPOCH < 10
