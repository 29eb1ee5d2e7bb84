"""Los archivos que no se pueden perder: escritura atómica, cerrojos entre procesos y sus errores, contados en español.

Aquí solo hay disco. Qué se escribe lo decide quien llama.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lab_tools.errors import InfrastructureError, OrquestaError

_PERMISSIONS = "Mira los permisos (ls -ld {directory}) o elige otra carpeta: {elsewhere}"
_ELSEWHERE = "Elige otra carpeta: {elsewhere}"
_HOME = "export ORQUESTA_HOME=/una/carpeta"
_CURES = {
    errno.ENOSPC: ("no queda espacio en el disco", "Libera espacio (mira cuánto hay: df -h {directory}) y repite."),
    errno.EDQUOT: ("has agotado tu cuota de disco", "Libera espacio en tu cuenta y repite."),
    errno.EFBIG: ("el archivo no puede crecer más", "Sube el límite (mira el actual con: ulimit -f) y repite."),
    errno.EROFS: ("el disco es de solo lectura", _ELSEWHERE),
    errno.EACCES: ("no tienes permiso", _PERMISSIONS),
    errno.EPERM: ("no tienes permiso", _PERMISSIONS),
    errno.ENOENT: ("falta una carpeta de la ruta, o no admite otras dentro", _ELSEWHERE),
    errno.ENAMETOOLONG: ("la ruta es demasiado larga", _ELSEWHERE),
    errno.EIO: ("el disco falla", "Comprueba el disco; mientras tanto, usa otra carpeta: {elsewhere}"),
    errno.EMFILE: ("hay demasiados archivos abiertos", "Cierra algún programa (mira el límite con: ulimit -n)."),
    errno.EEXIST: ("ya existe y no es una carpeta", _ELSEWHERE),
    errno.ENOTDIR: ("una parte de la ruta no es una carpeta", _ELSEWHERE),
    errno.EISDIR: ("es una carpeta y se esperaba un archivo", "Borra o cambia de nombre esa carpeta."),
}


def explain(error: OSError, path: Path, action: str = "escribir", elsewhere: str = _HOME) -> InfrastructureError:
    """Cuenta un fallo del disco: qué no se pudo hacer, dónde, por qué y cómo salir.

    `elsewhere` es cómo se pide otra carpeta: la variable de las nuestras, o la opción de la orden que dijo `path`.
    """
    cure = _CURES.get(error.errno or 0, ("", "Comprueba la carpeta {directory}."))[1]
    directory = path if path.is_dir() else path.parent
    told = cure.format(directory=directory, elsewhere=elsewhere)
    return InfrastructureError(f"No se puede {action} «{path}»: {reason(error)}.", told)


def reason(error: OSError) -> str:
    """Por qué falló, en español; si es algo muy raro, como lo dice el sistema."""
    return _CURES.get(error.errno or 0, (error.strerror or str(error), ""))[0]


def private_directory(path: Path) -> Path:
    """Crea la carpeta (y las que falten) con permisos 0700. Lanza InfrastructureError si no se puede."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, path, "crear") from error
    return path


def write_atomic(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Deja en `path` el contenido entero o lo que había: nunca la mitad. Lanza OSError.

    Se escribe al lado y se cambia de nombre. Si `path` es un enlace, cambia el archivo enlazado y el enlace sigue.
    """
    target = Path(os.path.realpath(path))
    data = content.encode() if isinstance(content, str) else content
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


class Lock:
    """Un cerrojo que el sistema suelta solo cuando el proceso muere, aunque sea con kill -9.

    Dentro del archivo queda el PID de quien lo tiene: mientras esté cerrado, ese PID es de fiar.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, timeout: float = 0.0) -> bool:
        """Intenta cerrar durante `timeout` segundos. False si otro lo tiene. Lanza OSError si el archivo no se abre."""
        deadline = time.monotonic() + timeout
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return False
            time.sleep(0.01)
        self._descriptor = descriptor
        with contextlib.suppress(OSError):  # el PID es una ayuda: con el disco lleno, el cerrojo vale igual
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        return True

    def release(self) -> None:
        """Abre el cerrojo. El archivo se queda: borrarlo dejaría a dos procesos con cerrojos distintos."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def held(self) -> bool:
        """Si lo tiene este objeto."""
        return self._descriptor is not None


def lock_owner(path: Path) -> int | None:
    """El PID del proceso vivo que tiene el cerrojo, 0 si lo tiene alguien que aún no se ha apuntado, None si nadie."""
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return None
    try:
        if _try_lock(descriptor):
            return None
        text = os.read(descriptor, 32).decode("ascii", "replace")
        return int(text) if text.isdigit() else 0
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, timeout: float, busy: OrquestaError) -> Iterator[None]:
    """Guarda el cerrojo mientras dura el bloque; lanza `busy` si otro proceso no lo suelta en `timeout` segundos."""
    lock = Lock(path)
    try:
        taken = lock.acquire(timeout)
    except OSError as error:
        raise explain(error, path) from error
    if not taken:
        raise busy
    try:
        yield
    finally:
        lock.release()


def _try_lock(descriptor: int) -> bool:
    """Cierra sin esperar. En Windows se cierra un byte lejano, para que el PID se pueda leer."""
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 4096, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
