"""Una imagen de la que partir sin registro: el Python de esta máquina, con su biblioteca y lo justo para un `sh`.

Es un tar con las mismas rutas que aquí: el intérprete, la biblioteca estándar sin lo que un servicio no usa, las
bibliotecas compartidas que `ldd` nombra y unas pocas órdenes. Vale en Linux, que es lo que ejecutan los contenedores.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import shutil
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab_tools import process
from lab_tools.errors import ClusterError

REPOSITORY = "orquesta-python"
# Lo que no hace falta para atender peticiones: pruebas, ventanas, instaladores, paquetes y lo ya compilado.
_SPARE = frozenset({
    "site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3",
    "__pycache__", "pydoc_data", "distutils",
})  # fmt: skip
_SPARE_STARTS = ("config-", "_tkinter", "_test", "nis.", "_dbm", "_gdbm")
_TOOLS = ("sh", "cat", "chmod", "env", "head", "hostname", "ls", "mkdir", "printf", "ps", "rm", "sleep", "tail")
_PASSWD = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"


def ensure(client: Any) -> str:
    """El nombre de la imagen, hecha si no está. Lanza ClusterError si esta máquina no da para hacerla."""
    if not sys.platform.startswith("linux") or shutil.which("ldd") is None:
        raise ClusterError(
            "Con el Python de esta máquina no se puede hacer una imagen de Linux.",
            "Usa una que tengas (--base IMAGEN) o deja que el motor baje la de siempre.",
        )
    found = dict(_files())
    name = f"{REPOSITORY}:{platform.python_version()}-{_digest(found)}"
    if not client.images.list(name=name):
        with tempfile.TemporaryFile() as archive:
            _write(found, archive)
            archive.seek(0)
            client.api.import_image_from_data(
                archive, repository=REPOSITORY, tag=name.partition(":")[2],
                changes=["ENV PATH=/usr/local/bin:/usr/bin:/bin", 'CMD ["python"]'],
            )  # fmt: skip
    return name


def _files() -> Iterator[tuple[str, Path]]:
    """Ruta dentro de la imagen → archivo de aquí."""
    python = Path(os.path.realpath(sys.executable))
    library = Path(sysconfig.get_path("stdlib"))
    standard = sorted(_standard(library))
    tools = [Path(found) for name in _TOOLS if (found := shutil.which(name))]
    yield str(python), python
    yield from ((str(path), path) for path in standard)
    yield from ((f"/bin/{path.name}", path) for path in tools)
    programs = [python, *tools, *(path for path in standard if path.suffix == ".so")]
    yield from ((str(path), path) for path in _shared(programs))
    if (cache := Path("/etc/ld.so.cache")).exists():
        yield str(cache), cache


def _standard(library: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(library):
        folders[:] = [name for name in folders if name not in _SPARE and not name.startswith(_SPARE_STARTS)]
        yield from (Path(folder, name) for name in names if not name.startswith(_SPARE_STARTS) and name[-2:] != ".a")


def _shared(programs: list[Path]) -> list[Path]:
    """Las bibliotecas que usan esos programas, y su cargador, según `ldd`."""
    said = process.run(["ldd", *map(str, programs)], check=False).out
    found = set()
    for line in said.splitlines():
        words = line.split()
        # «libz.so.1 => /lib/libz.so.1 (0x…)» o, para el cargador, «/lib64/ld-linux-x86-64.so.2 (0x…)».
        place = words[2] if len(words) > 2 and words[1] == "=>" else words[0] if words else ""
        if place.startswith("/") and not place.endswith(":"):
            found.add(Path(place))
    return sorted(found)


def _digest(found: dict[str, Path]) -> str:
    """Cambia si cambia algo de lo que va dentro."""
    facts = "\n".join(f"{name} {path.stat().st_size} {path.stat().st_mtime_ns}" for name, path in sorted(found.items()))
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def _write(found: dict[str, Path], target: Any) -> None:
    with tarfile.open(fileobj=target, mode="w") as archive:
        for folder, mode in _folders(found):
            one = tarfile.TarInfo(folder)
            one.type, one.mode = tarfile.DIRTYPE, mode
            archive.addfile(one)
        for name, path in sorted(found.items()):
            with path.open("rb") as source:
                one = tarfile.TarInfo(name.lstrip("/"))
                one.size = os.fstat(source.fileno()).st_size
                one.mode = 0o755 if os.access(path, os.X_OK) else 0o644
                archive.addfile(one, source)
        _texts(archive)


def _folders(found: dict[str, Path]) -> list[tuple[str, int]]:
    """Las carpetas, que cualquiera ha de poder atravesar aunque aquí sean de una sola persona."""
    folders = {str(parent).lstrip("/") for name in found for parent in Path(name).parents} - {""}
    return [(folder, 0o755) for folder in sorted({*folders, "etc", "usr/local/bin"})] + [("tmp", 0o1777)]


def _texts(archive: tarfile.TarFile) -> None:
    passwd = tarfile.TarInfo("etc/passwd")
    passwd.size, passwd.mode = len(_PASSWD), 0o644
    archive.addfile(passwd, io.BytesIO(_PASSWD.encode()))
    link = tarfile.TarInfo("usr/local/bin/python")
    link.type, link.linkname = tarfile.SYMTYPE, os.path.realpath(sys.executable)
    archive.addfile(link)
