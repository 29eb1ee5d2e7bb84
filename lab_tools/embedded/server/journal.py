"""La memoria en disco de un clúster servido: cada cambio aceptado se anota antes de ocurrir.

Promesa: lo que la API respondió sobrevive a un kill -9 del proceso (el sistema ya lo tiene). Un corte de luz
no se promete: no se espera al disco en cada cambio. Lo que no cabe en el disco no ocurre.

Cada generación N son dos archivos: `snapshot-N.json`, el estado al empezar, y `journal-N.jsonl`, los cambios
desde entonces, uno por línea. Una línea es «suma JSON»: la suma encadena con la línea anterior, así que una
línea cambiada, quitada o movida se nota. Solo la última línea puede estar a medias (nadie recibió respuesta
por ella) y se descarta; cualquier otro daño se cuenta y no se toca nada. La generación anterior se guarda:
si la foto nueva se daña, la vieja y sus cambios llevan al mismo sitio.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab_tools import files
from lab_tools.embedded.clock import EPOCH
from lab_tools.embedded.server import settings
from lab_tools.errors import ClusterError

Key = tuple[str, str, str]
Value = dict[str, Any]

# Un codificador para todos: `json.dumps` con estas opciones haría uno nuevo en cada cambio.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode

# Se hace una foto cuando los cambios pesan más que esto y que el doble de la foto anterior.
COMPACT_AFTER = 4 * 1024 * 1024

# Abierto siempre al final: dos escrituras nunca se pisan, y en Windows no se tocan los finales de línea.
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass
class Saved:
    """El estado recuperado: lo que piden `Store.load` (revisión y valores) y el reloj (`time`, segundos virtuales).

    `time` es None si el clúster es nuevo.
    """

    revision: int = 0
    time: float | None = None
    values: dict[Key, Value] = field(default_factory=dict)

    def take(self, record: Value) -> None:
        """Aplica un cambio anotado."""
        self.time = record["t"]
        if "key" in record:
            self.revision = record["revision"]
            resource, namespace, name = record["key"]
            if record["type"] == "DELETED":
                self.values.pop((resource, namespace, name), None)
            else:
                self.values[resource, namespace, name] = record["object"]


class Journal:
    """El diario de una carpeta de estado. Solo un proceso puede tenerlo abierto a la vez.

    `now` da el instante virtual que acompaña a cada cambio: al volver, el tiempo sigue donde estaba. Mientras
    el clúster se pone en marcha no hay reloj que mirar: vale el último instante anotado, o la época si es nuevo.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self.now: Callable[[], float] = lambda: EPOCH
        self._lock = files.Lock(state / settings.LOCK)
        self._generation = 0
        self._descriptor = -1
        self._size = 0
        self._sum = 0
        self._snapshot_size = 0
        self._new = False

    def open(self) -> Saved:
        """Toma la carpeta, recupera lo anotado y queda listo para anotar.

        Lanza ClusterError si otro proceso la tiene o si hay daños, e InfrastructureError si el disco falla.
        """
        # El cerrojo se crea la primera vez y nunca se borra: si ya estaba, aquí hubo un diario y no puede faltar.
        self._new = not self._lock.path.exists()
        try:
            if not self._lock.acquire(timeout=2.0):
                raise ClusterError(
                    f"El estado «{self.state}» ya lo tiene abierto otro proceso.",
                    f"Mira cómo está con: orquesta cluster status {self.state.name}",
                )
            saved = self._recover()
            if saved.time is not None:
                resumed = saved.time
                self.now = lambda: resumed
            self._descriptor = os.open(self._journal_path(self._generation), _FLAGS, 0o600)
            return saved
        except OSError as error:
            self.close()
            raise files.explain(error, self.state, "abrir") from error
        except ClusterError:
            self.close()
            raise

    def append(self, record: Value) -> None:
        """Anota un cambio: cuando vuelve, el sistema ya lo tiene. Lanza OSError, y entonces no se anotó nada."""
        payload = _encode({"t": self.now(), **record}).encode()
        checksum = zlib.crc32(payload, self._sum)
        line = b"%08x %s\n" % (checksum, payload)
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError:
            self._rewind()
            raise
        self._size += len(line)
        self._sum = checksum

    def _rewind(self) -> None:
        """Quita la media línea que dejó un fallo: en medio del diario sería un daño. Volver atrás siempre cabe."""
        try:
            os.truncate(self._journal_path(self._generation), self._size)
        except OSError:
            # Ni eso deja el disco: se cierra, y así ninguna anotación posterior puede caer detrás de la rota.
            os.close(self._descriptor)
            self._descriptor = -1
            raise

    def mark(self) -> None:
        """Anota solo la hora, para un clúster en el que no cambia nada. Lanza OSError."""
        self.append({})

    @property
    def due(self) -> bool:
        """Si ya conviene hacer una foto."""
        return self._size > max(COMPACT_AFTER, 2 * self._snapshot_size)

    def compact(self, revision: int, values: Iterable[tuple[Key, Value]]) -> None:
        """Hace una foto y empieza un diario vacío. Lanza OSError, y entonces se sigue con el diario de antes."""
        following = self._generation + 1
        content = _snapshot(revision, self.now(), values)
        descriptor = os.open(self._journal_path(following), _FLAGS | os.O_TRUNC, 0o600)
        try:
            # El diario nuevo ya existe: el cambio de nombre de la foto es el instante en que se pasa a él.
            files.write_atomic(self._snapshot_path(following), content)
        except OSError:
            os.close(descriptor)
            self._journal_path(following).unlink(missing_ok=True)
            raise
        os.close(self._descriptor)
        self._descriptor, self._generation = descriptor, following
        self._size, self._sum, self._snapshot_size = 0, 0, len(content)
        self._forget(following - 2)

    def close(self) -> None:
        """Cierra el diario y suelta la carpeta. Cerrarlo dos veces no hace daño."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._lock.release()

    def _recover(self) -> Saved:
        generations = sorted(_generations(self.state))
        newest = generations[-1] if generations else 0
        saved, first = self._base(newest)
        for generation in range(first, newest + 1):
            self._replay(generation, saved, last=generation == newest)
        self._generation = newest
        return saved

    def _base(self, newest: int) -> tuple[Saved, int]:
        """La foto más reciente que se puede leer, y su generación. La generación 0 no tiene foto."""
        if newest == 0:
            return Saved(), 0
        path = self._snapshot_path(newest)
        try:
            saved, self._snapshot_size = _read_snapshot(path), path.stat().st_size
            return saved, newest
        except _Damaged as damage:
            previous = newest - 1
            if not self._journal_path(previous).exists():
                raise self._damaged(path, 1, str(damage)) from None
            if previous == 0:
                return Saved(), 0
            try:
                return _read_snapshot(self._snapshot_path(previous)), previous
            except _Damaged as older:
                raise self._damaged(self._snapshot_path(previous), 1, str(older)) from None

    def _replay(self, generation: int, saved: Saved, *, last: bool) -> None:
        path = self._journal_path(generation)
        self._size = self._sum = 0
        if not path.exists():
            if self._new:
                return
            raise self._damaged(path, 0, "el archivo falta")
        data = path.read_bytes()
        end = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:end].splitlines(), start=1):
            try:
                record, self._sum = _read_line(line, self._sum)
                saved.take(record)
            except (_Damaged, KeyError, TypeError, ValueError) as damage:
                raise self._damaged(path, number, str(damage)) from None
        if end < len(data):
            if not last:
                raise self._damaged(path, data.count(b"\n") + 1, "la línea está a medias")
            os.truncate(path, end)
        self._size = end

    def _damaged(self, path: Path, line: int, reason: str) -> ClusterError:
        where = f"{path}:{line}" if line else str(path)
        return ClusterError(
            f"El diario del clúster «{self.state.name}» está dañado en {where}: {reason}.",
            "No se ha tocado nada. Si tienes una copia de ese archivo, ponla en su sitio; si no, empieza de nuevo:\n"
            f"  orquesta cluster delete {self.state.name} && orquesta cluster create {self.state.name}",
        )

    def _forget(self, generation: int) -> None:
        """Borra una generación que ya no hace falta. Si no se puede, sobra pero no estorba."""
        for path in (self._snapshot_path(generation), self._journal_path(generation)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _snapshot_path(self, generation: int) -> Path:
        return self.state / f"snapshot-{generation}.json"

    def _journal_path(self, generation: int) -> Path:
        return self.state / f"journal-{generation}.jsonl"


class _Damaged(Exception):
    """Lo leído no es lo que se escribió."""


def _generations(state: Path) -> Iterator[int]:
    """Las generaciones con foto. Un diario sin su foto es de una foto que no llegó a hacerse."""
    for path in state.glob("snapshot-*.json"):
        number = path.stem.removeprefix("snapshot-")
        if number.isdigit():
            yield int(number)


def _snapshot(revision: int, time: float, values: Iterable[tuple[Key, Value]]) -> bytes:
    state = {"revision": revision, "t": time, "values": [[list(key), value] for key, value in values]}
    payload = _encode(state).encode()
    return b"%08x %s\n" % (zlib.crc32(payload), payload)


def _read_snapshot(path: Path) -> Saved:
    try:
        found, _ = _read_line(path.read_bytes().removesuffix(b"\n"), 0)
        values = {(key[0], key[1], key[2]): value for key, value in found["values"]}
        return Saved(found["revision"], found["t"], values)
    except FileNotFoundError:
        raise _Damaged("el archivo falta") from None
    except (KeyError, TypeError, ValueError) as error:
        raise _Damaged(str(error)) from None


def _read_line(line: bytes, previous: int) -> tuple[Value, int]:
    """Lee «suma JSON» y devuelve el contenido y la suma. Lanza _Damaged."""
    checksum, _, payload = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(payload, previous):
        raise _Damaged("la suma de comprobación no coincide")
    record = json.loads(payload)
    if not isinstance(record, dict):
        raise _Damaged("se esperaba un objeto JSON")
    return record, int(checksum, 16)
