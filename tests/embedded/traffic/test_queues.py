"""La cola de un contenedor contra lo que dicen los libros: M/M/c, saturación y cuota de CPU."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import pytest

from lab_tools.embedded.traffic.arrivals import Poisson
from lab_tools.embedded.traffic.book import Book, Outcome, quantile
from lab_tools.embedded.traffic.station import PERIOD, Pool, Station
from lab_tools.embedded.workloads.performance import CONSTANT, EXPONENTIAL, Performance
from lab_tools.embedded.workloads.program import ServerProgram
from lab_tools.errors import UsageError
from lab_tools.traffic import theory

SERVICE = 0.02
CLOSE = 0.05  # lo que se promete: la media y el P95, dentro del 5 %


@dataclass
class Server:
    """Un contenedor de mentira: corre desde el segundo cero y nadie le pide que pare."""

    program: ServerProgram
    cores: float = 1000.0
    uid: str = "u"
    namespace: str = "default"
    pod: str = "p"
    container: str = "c"
    born: float = 0.0
    memory: int = 0
    shared_cores: float | None = None
    memory_limit: int | None = None
    drains: bool = True
    closes_at: float = math.inf
    gone_at: float = math.inf


@dataclass
class Measured:
    """Lo medido en una cola: latencias (segundos) de las que entraron, y cuántas no cupieron."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def mean(self) -> float:
        return math.fsum(self.latencies) / len(self.latencies)

    @property
    def p95(self) -> float:
        found = quantile(sorted(self.latencies), 0.95)
        assert found is not None
        return found


def station(cores: float = 1000.0, **how: object) -> Station:
    performance = Performance(**{"time": SERVICE, "cpu": 0.0, "queue": 10**9, **how})  # type: ignore[arg-type]
    return Station(Server(ServerProgram(performance=performance), cores), random.Random("cola"))


def queue(one: Station, rps: float, requests: int, seed: str = "llegadas") -> Measured:
    arrivals, found = Poisson(random.Random(seed), 0.0, [(math.inf, rps)]), Measured()
    for _ in range(requests):
        at = arrivals.following()
        end = one.serve(at)
        if end < 0:
            found.refused += 1
        else:
            found.latencies.append(end - at)
    return found


def close_to_theory(servers: int, busy: float, requests: int, seed: str = "llegadas") -> None:
    rps = busy * servers / SERVICE
    found = queue(station(workers=servers), rps, requests, seed)
    assert found.mean == pytest.approx(theory.mean_latency(rps, 1 / SERVICE, servers), rel=CLOSE)
    assert found.p95 == pytest.approx(theory.latency_quantile(0.95, rps, 1 / SERVICE, servers), rel=CLOSE)


@pytest.mark.parametrize(("servers", "busy", "requests"), [(1, 0.5, 60_000), (4, 0.7, 60_000), (8, 0.9, 200_000)])
def test_a_queue_waits_as_long_as_erlang_said(servers: int, busy: float, requests: int) -> None:
    close_to_theory(servers, busy, requests)


@pytest.mark.slow
@pytest.mark.parametrize("busy", [0.1, 0.3, 0.5, 0.7, 0.8, 0.9])
@pytest.mark.parametrize("servers", [1, 2, 8, 32])
def test_any_queue_waits_as_long_as_erlang_said(servers: int, busy: float) -> None:
    close_to_theory(servers, busy, 1_500_000 if busy > 0.75 else 300_000)


def test_the_wait_itself_is_the_one_of_the_formula() -> None:
    servers, rps = 2, 80.0
    one = station(workers=servers)
    arrivals, waited = Poisson(random.Random("espera"), 0.0, [(math.inf, rps)]), 0.0
    for _ in range(200_000):
        at = arrivals.following()
        waited += max(one._free[0] - at, 0.0)
        one.serve(at)
    assert waited / 200_000 == pytest.approx(theory.mean_wait(rps, 1 / SERVICE, servers), rel=CLOSE)


def test_the_formula_agrees_with_a_table_of_a_book() -> None:
    # Con un solo puesto, C es la utilización; y dos valores de las tablas de Erlang C.
    assert theory.erlang_c(3.0, 10.0, 1) == pytest.approx(0.3)
    assert theory.erlang_c(2.0, 1.0, 3) == pytest.approx(4 / 9)
    assert theory.erlang_c(8.0, 1.0, 10) == pytest.approx(0.4092, abs=1e-4)
    assert theory.mean_latency(3.0, 10.0, 1) == pytest.approx(1 / 7)
    assert theory.latency_quantile(0.95, 3.0, 10.0, 1) == pytest.approx(math.log(20) / 7, rel=1e-6)
    # El caso en que las dos exponenciales de la fórmula coinciden: c·μ − λ = μ.
    assert theory.latency_quantile(0.5, 10.0, 10.0, 2) == pytest.approx(
        theory.latency_quantile(0.5, 10.0001, 10.0, 2), rel=1e-4)  # fmt: skip


def test_a_queue_that_grows_for_ever_has_no_mean() -> None:
    with pytest.raises(UsageError, match="crece sin fin"):
        theory.mean_wait(50.0, 10.0, 5)


def test_arrivals_follow_their_steps() -> None:
    arrivals = Poisson(random.Random(1), 100.0, [(50.0, 20.0), (50.0, 0.0), (100.0, 100.0)])
    found = []
    while (at := arrivals.following()) < math.inf:
        found.append(at)
    counts = [sum(low <= at < high for at in found) for low, high in ((100, 150), (150, 200), (200, 300))]
    assert counts[1] == 0 and found == sorted(found) and len(found) == sum(counts)
    assert counts[0] == pytest.approx(1000, rel=0.1) and counts[2] == pytest.approx(10_000, rel=0.03)


def test_the_gaps_between_arrivals_have_no_memory() -> None:
    arrivals, last, gaps = Poisson(random.Random(2), 0.0, [(math.inf, 50.0)]), 0.0, []
    for _ in range(50_000):
        at = arrivals.following()
        gaps.append(at - last)
        last = at
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert mean == pytest.approx(0.02, rel=0.02) and variance == pytest.approx(mean**2, rel=0.05)


def test_a_saturated_queue_serves_what_it_can_and_refuses_the_rest() -> None:
    one = station(workers=2, queue=10, shape=CONSTANT)
    found = queue(one, 200.0, 20_000)  # caben 100 por segundo
    assert found.refused / 20_000 == pytest.approx(0.5, abs=0.02)
    # Quien entra espera, como mucho, a los diez de delante y a quien ocupa el puesto.
    assert max(found.latencies) <= (10 / 2 + 2) * SERVICE + 1e-9


def test_what_a_pod_has_for_all_is_shared_between_its_containers() -> None:
    pool, program = Pool(), ServerProgram(performance=Performance(time=0.1, shape=CONSTANT, cpu=0.1, queue=10**9))
    both = [Station(Server(program, shared_cores=0.5), random.Random("cola"), pool=pool) for _ in range(2)]
    ends = [one.serve(at * 0.2) for at in range(100) for one in both]
    # Doscientas de 0,1 s de CPU, con medio núcleo para las dos colas: cuarenta segundos.
    assert max(ends) == pytest.approx(40.0, rel=0.02)


def test_a_cpu_limit_is_the_ceiling_of_what_gets_done() -> None:
    # 10 ms de CPU por petición y medio núcleo: cincuenta por segundo, por muchos puestos que haya.
    one = station(cores=0.5, cpu=SERVICE / 2, workers=100, shape=CONSTANT)
    found = queue(one, 80.0, 8_000)
    whole = max(at + 0.0 for at in one._free)
    assert len(found.latencies) / whole == pytest.approx(50.0, rel=0.02)


def test_under_its_quota_nobody_is_throttled() -> None:
    free, tight = (station(cores=cores, cpu=SERVICE / 2, workers=100) for cores in (4.0, 0.5))
    slow, fast = queue(tight, 5.0, 5_000), queue(free, 5.0, 5_000)
    assert fast.p95 <= slow.p95 < fast.p95 * 1.5


def test_a_long_job_with_a_quota_runs_in_slices() -> None:
    # 200 ms de CPU con medio núcleo: cuatro rodajas de 50 ms, una cada 100 ms: acaba a los 350 ms.
    one = station(cores=0.5, time=0.2, cpu=0.2, shape=CONSTANT)
    assert one.serve(10.0) - 10.0 == pytest.approx(3 * PERIOD + 0.05)


def test_memory_counts_what_is_in_flight_and_what_was_lost() -> None:
    one = station(workers=10, memory=1000, leak=7, shape=CONSTANT)
    book = Book(10.0)
    for at in (0.0, 0.005, 0.01):
        one.flight.append((one.serve(at), book, 0, at, "/", 200))
    assert one.memory(0.012) == 3 * 1000 + 3 * 7
    assert one.memory(0.026) == 1 * 1000 + 3 * 7
    assert one.memory(1.0) == 3 * 7


def test_cpu_is_charged_to_the_second_in_which_it_is_worked() -> None:
    one = station(workers=1, cpu=SERVICE, shape=CONSTANT)
    for number in range(100):
        one.serve(number * SERVICE)
    spent = dict(one.cpu_until(3.0))
    assert spent == pytest.approx({0: 1.0, 1: 1.0}) and one.cpu_until(3.0) == []


def test_a_cut_only_touches_what_had_not_ended() -> None:
    book = Book(1.0)
    good = book.mark(Outcome(200, "", "1.0", "p"))
    for at, took in ((0.0, 0.1), (0.0, 0.5), (0.2, 5.0)):
        book.add(at, took, good)
    for row in (1, 2):
        book.cut(row, 0.3)
    assert [book.outcomes[mark].label for mark in book.marks] == ["HTTP 200", "reset", "reset"]
    assert book.latencies == pytest.approx([0.1, 0.3, 0.1])
    book.cut(0, 9.0)
    assert book.outcomes[book.marks[0]].status == 200


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert [quantile(list(range(1, 101)), part) for part in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert quantile([3.0], 0.5) == 3.0 and quantile([], 0.5) is None


@pytest.mark.parametrize("shape", [EXPONENTIAL, CONSTANT])
def test_the_same_luck_gives_the_same_queue(shape: str) -> None:
    first, second = (queue(station(workers=3, shape=shape), 100.0, 2_000).latencies for _ in range(2))
    assert first == second
