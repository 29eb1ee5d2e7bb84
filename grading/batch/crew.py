"""Quién corrige: este proceso, varios de esta máquina, o los de un Dask.

Las tres maneras hacen lo mismo con una lista de entregas: dar cada una corregida en cuanto lo está. Si el proceso de
una entrega muere, se intenta otra vez en otro; si vuelve a morir, la culpa es de ella y las demás siguen.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from grading.batch.marking import How, Job, Marked, mark
from grading.batch.sheet import Sheet
from lab_tools.errors import GradingError

DIED = "El proceso que corregía esta entrega murió las dos veces que se intentó: puede que se quedara sin memoria."
_GOODBYE = 5.0  # segundos que se dan a un trabajador para irse


def alone(sheet: Sheet, how: How, jobs: Iterable[Job]) -> Iterator[tuple[Job, Marked]]:
    """Corrige en este mismo proceso, de una en una."""
    for job in jobs:
        yield job, mark(sheet, how, job)


def together(sheet: Sheet, how: How, jobs: Iterable[Job], number: int) -> Iterator[tuple[Job, Marked]]:
    """Corrige en `number` procesos. Al dejar de pedir, los cierra."""
    pending = deque((job, 1) for job in jobs)
    workers: dict[Connection, _Worker] = {}
    try:
        while pending or any(worker.job for worker in workers.values()):
            while pending and (free := _free(workers, sheet, how, number)) is not None:
                free.give(*pending.popleft())
            for line in wait([line for line, worker in workers.items() if worker.job is not None]):
                assert isinstance(line, Connection)
                worker = workers[line]
                assert worker.job is not None
                job, attempt = worker.job
                try:
                    found: Marked = line.recv()
                    worker.job = None
                except (EOFError, OSError):
                    workers.pop(line).close()
                    if attempt == 1:
                        pending.append((job, 2))
                        continue
                    found = Marked(job.student, reason=DIED)
                yield job, found
    finally:
        for worker in workers.values():
            worker.close()


def elsewhere(sheet: Sheet, how: How, jobs: Iterable[Job], address: str) -> Iterator[tuple[Job, Marked]]:
    """Corrige en los trabajadores del Dask que atiende en `address`. Lanza GradingError si no se llega a él."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise GradingError("Falta el paquete «distributed».", "Instálalo con: pip install 'orquesta[dask]'") from error
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise GradingError(
            f"No se llega al Dask de «{address}»: {error}.", "Arranca uno con «dask scheduler» y «dask worker»."
        ) from error
    with client:
        # Lo que vale para todas viaja una vez.
        common = client.scatter((sheet, how), broadcast=True)
        asked = {client.submit(_unpacked, common, job, pure=False, retries=1): job for job in jobs}
        for future in as_completed(asked):
            job = asked[future]
            if future.status == "finished":
                yield job, future.result()
            else:
                yield job, Marked(job.student, reason=DIED)


def _unpacked(common: tuple[Sheet, How], job: Job) -> Marked:
    return mark(*common, job)


@dataclass
class _Worker:
    """Un proceso que corrige, por un extremo de su tubería; `job`, lo que tiene entre manos y qué intento es."""

    process: Any
    line: Connection
    job: tuple[Job, int] | None = None

    def give(self, job: Job, attempt: int) -> None:
        self.job = job, attempt
        with contextlib.suppress(OSError):  # si ha muerto, se sabrá al escucharlo
            self.line.send(job)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.line.send(None)
        self.line.close()
        if self.job is not None:
            self.process.terminate()
        self.process.join(_GOODBYE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _context() -> Any:
    """Cómo nacen los trabajadores. Lo más corto es bifurcar este proceso, que ya lo importó todo.

    Con hilos en marcha no es seguro, ni en macOS: entonces, de otro proceso que lo importa todo o, en Windows, de cero.
    """
    if sys.platform.startswith("linux") and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grading.batch.marking"])
    return context


def _free(workers: dict[Connection, _Worker], sheet: Sheet, how: How, number: int) -> _Worker | None:
    """Un trabajador sin nada que hacer; se contrata otro si aún caben."""
    for worker in workers.values():
        if worker.job is None:
            return worker
    if len(workers) >= number:
        return None
    context = _context()
    ours, theirs = context.Pipe()
    # Quien se bifurca hereda también el otro extremo: si lo guardara, no sabría que quien reparte ha muerto.
    spare = (ours,) if context.get_start_method() == "fork" else ()
    process = context.Process(target=_work, args=(theirs, spare, sheet, how), daemon=True, name="corrector")
    process.start()
    theirs.close()
    workers[ours] = _Worker(process, ours)
    return workers[ours]


def _work(line: Connection, spare: tuple[Connection, ...], sheet: Sheet, how: How) -> None:
    """Un trabajador: corrige lo que llegue por su tubería hasta que le digan que se vaya."""
    for other in spare:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C lo atiende quien reparte
    with contextlib.suppress(EOFError, OSError):
        while (job := line.recv()) is not None:
            line.send(mark(sheet, how, job))
