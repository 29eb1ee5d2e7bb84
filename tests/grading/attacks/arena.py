"""Dónde se prueban los ataques: un curso con sus secretos, alguien que escucha fuera, y lo que se mira después."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from grading.batch import marking, sheet
from grading.batch.marking import How, Job, Marked
from grading.demo import tour
from grading.release import release
from lab_tools.labs import submission
from tests.grading.attacks.attack import Attack, Prey, arm

SLUG = tour.ASSIGNMENT
CELL_SECONDS = 4


@dataclass
class Damage:
    """Lo que un ataque consiguió. Vacío es que nada."""

    points: float = 0.0
    leaked: bool = False
    heard: bytes = b""
    changed: list[str] = field(default_factory=list)
    alive: list[str] = field(default_factory=list)
    reason: str = ""
    hung: bool = False

    @property
    def told(self) -> list[str]:
        """Lo conseguido, en palabras."""
        return [
            *([f"{self.points:g} puntos"] if self.points else []),
            *(["leyó el secreto"] if self.leaked else []),
            *([f"habló con fuera: {self.heard[:40]!r}"] if self.heard else []),
            *(f"cambió {path}" for path in self.changed),
            *(f"sigue vivo: {command}" for command in self.alive),
            *(["no dejó acabar al corrector"] if self.hung else []),
        ]


class Arena:
    """Un curso publicado en `folder`, con otra entrega, un gradebook y un secreto que nadie debería ver."""

    def __init__(self, folder: Path) -> None:
        self.secret = secrets.token_hex(16)
        self.home = folder / "casa"
        self.course = self.home / "curso"
        release(tour.LAB, self.course)
        other = self.course / "submitted" / "otra" / SLUG
        other.mkdir(parents=True)
        (other / "lab.ipynb").write_text(json.dumps(submission.assemble(tour.LAB)), encoding="utf-8")
        self.canary = self.home / "canario.txt"
        self.canary.write_text(self.secret, encoding="utf-8")
        from grading import config

        self.sheet = sheet.read(config.course(self.course, tour.LAB.parent), SLUG)

    def job(self, attack: Attack, prey: Prey) -> Job:
        """La entrega de quien ataca."""
        notebook = json.dumps(arm(attack, submission.assemble(tour.LAB), prey)).encode()
        extra = {name: text.encode() if isinstance(text, str) else text for name, text in attack.files.items()}
        return Job("atacante", {"lab.ipynb": notebook, **extra})

    def try_(self, attack: Attack, *, walled: bool = True, docker: bool = False) -> Damage:
        """Corrige la entrega de quien ataca con todo lo nuestro, y mira qué consiguió."""
        with listening() as (port, heard):
            prey = Prey(str(self.course), str(self.canary), port)
            before = self.prints()
            os.environ["CANARIO_ENTORNO"] = self.secret
            how = How(tour.LAB.parent, walled=walled, cell_seconds=CELL_SECONDS, notebook_seconds=40, docker=docker)
            marked = marking.mark(self.sheet, how, self.job(attack, prey))
            del os.environ["CANARIO_ENTORNO"]
            return self.damage(marked, before, b"".join(heard), staying(prey.mark))

    def damage(self, marked: Marked, before: dict[str, str], heard: bytes, left: list[str]) -> Damage:
        """Lo que ha cambiado desde `before`; `left` son los procesos que quedaron."""
        written = b"".join(marked.files.values())
        points = sum(grade.score or 0.0 for grades in marked.grades.values() for grade in grades)
        after = self.prints()
        changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        leaked = self.secret.encode() in written or b"RESERVADO" in written.replace(b"print('RESERVADO'", b"")
        return Damage(points, leaked, heard, changed, left, marked.reason)

    def prints(self) -> dict[str, str]:
        """La huella de cada archivo de la casa del profesor, y de lo instalado que se ataca."""
        import nbgrader.utils

        import lab_tools.checks.run

        watched = [*self.home.rglob("*"), Path(nbgrader.utils.__file__), Path(lab_tools.checks.run.__file__)]
        watched += Path.cwd().glob("canario-*")
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in watched if path.is_file()}


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """Alguien escucha fuera: el puerto, y lo que le digan."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def attend() -> None:
            while not over.is_set():
                try:
                    caller, _ = server.accept()
                except OSError:
                    continue
                with caller:
                    caller.settimeout(1)
                    heard.append(b"llamada: ")
                    try:
                        heard.append(caller.recv(4096))
                    except OSError:
                        continue

        listener = threading.Thread(target=attend, daemon=True)
        listener.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            over.set()
            listener.join()


def staying(mark: str, patience: float = 10.0) -> list[str]:
    """Las órdenes de los procesos con esa marca en su entorno que siguen en marcha pasados `patience` segundos.

    A quien se mata se le da tiempo a morir: el núcleo lo hace cuando puede.
    """
    deadline = time.monotonic() + patience
    while (found := alive(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def alive(mark: str) -> list[str]:
    """Las órdenes de los procesos en marcha con esa marca en su entorno."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (path / "environ").read_bytes():
                found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
