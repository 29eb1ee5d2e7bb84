"""Ejecuta los capítulos, varios a la vez, cada uno con su casa y su kubeconfig, y guarda lo que salió.

Lo guardado vale mientras no cambie nada de lo que podría cambiarlo: el cuaderno, sus manifiestos y `lab_tools`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course import build
from course.site.shelf import ROOT, Entry
from lab_tools.errors import LabError

PATIENCE = 300  # segundos de pared por celda
_ENGINE = ("*.py", "*.yaml", "*.json", "*.gz")


def run(entries: list[Entry], cache: Path, jobs: int) -> dict[str, Any]:
    """Los capítulos ejecutados (cuadernos de nbformat), por su carpeta. `jobs`: cuántos a la vez.

    Lanza LabError con el capítulo, la celda y lo que dijo si alguno falla o escribe por la salida de errores.
    """
    cache.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_all(entries, cache, jobs))


async def _all(entries: list[Entry], cache: Path, jobs: int) -> dict[str, Any]:
    engine = _engine()
    turn = asyncio.Semaphore(jobs)

    async def one(entry: Entry) -> Any:
        async with turn:
            return await _kept(entry, cache, engine)

    books = await asyncio.gather(*(one(entry) for entry in entries))
    return dict(zip((entry.slug for entry in entries), books, strict=True))


async def _kept(entry: Entry, cache: Path, engine: bytes) -> Any:
    source = build.generated(entry.source.parent)
    mark = hashlib.sha256(source + engine + b"".join(_contents(ROOT / "manifests" / entry.slug, ("*",)))).hexdigest()
    kept = cache / f"{entry.slug}-{mark[:16]}.ipynb"
    if not kept.is_file():
        print(f"» Ejecuto {entry.numbered}", flush=True)
        executed = await _execute(entry, nbformat.reads(source.decode(), as_version=4))
        for old in cache.glob(f"{entry.slug}-*.ipynb"):
            old.unlink()
        nbformat.write(executed, kept)
    return nbformat.read(kept, as_version=4)


async def _execute(entry: Entry, book: Any) -> Any:
    with tempfile.TemporaryDirectory(prefix="orquesta-sitio-") as home:
        client = NotebookClient(
            book, timeout=PATIENCE, resources={"metadata": {"path": str(entry.source.parent)}}, record_timing=False
        )
        try:
            # Lo que el kernel le dice a la terminal (no a las celdas) no es parte del libro.
            with (Path(home) / "kernel.log").open("wb") as log:
                await client.async_execute(env=_environment(Path(home)), stderr=log)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise LabError(
                f"El capítulo {entry.slug} no se ejecuta entero: {error}",
                f"Ábrelo en JupyterLab y repítelo: course/{entry.slug}/leccion.ipynb.",
            ) from error
    _demand_quiet(entry, book)
    _join_streams(book)
    return book


def _join_streams(book: Any) -> None:
    """Junta lo que una celda escribió seguido: en cuántos trozos llegó depende de la prisa de la máquina."""
    for cell in book.cells:
        joined: list[Any] = []
        for output in cell.get("outputs", []):
            if joined and output.get("name") and joined[-1].get("name") == output["name"]:
                joined[-1]["text"] += output["text"]
            else:
                joined.append(output)
        if joined:
            cell["outputs"] = joined


def _demand_quiet(entry: Entry, book: Any) -> None:
    for place, cell in enumerate(book.cells, 1):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise LabError(
                    f"La celda {place} del capítulo {entry.slug} se queja: {output['text'].strip()}",
                    "Una página no se publica con avisos: corrige la celda.",
                )


def _environment(home: Path) -> dict[str, str]:
    own = {
        "ORQUESTA_HOME": home / "orquesta",
        "KUBECONFIG": home / "kubeconfig",
        "IPYTHONDIR": home / "ipython",
        "PYTHONPATH": ROOT,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    return {**os.environ, **{name: str(value) for name, value in own.items()}}


def _engine() -> bytes:
    """La huella de `lab_tools`: si cambia, los capítulos se ejecutan otra vez."""
    mark = hashlib.sha256()
    for content in _contents(ROOT / "lab_tools", _ENGINE):
        mark.update(content)
    return mark.digest()


def _contents(folder: Path, patterns: tuple[str, ...]) -> Iterator[bytes]:
    for path in sorted({path for pattern in patterns for path in folder.rglob(pattern) if path.is_file()}):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()
