"""Cerrar las llamadas al núcleo que un cuaderno no necesita, con un filtro seccomp escrito en BPF clásico.

Lo que se cierra: crear más espacios de nombres, montar, trazar a otros procesos y las puertas por las que suelen
entrar los fallos del núcleo (bpf, io_uring, userfaultfd, keyctl, perf). Las cerradas responden EPERM; `clone3`, ENOSYS,
para que la biblioteca de C use `clone`, cuyas banderas sí se pueden mirar.

Fuente: https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_ARCHITECTURES = {
    # máquina: (identificador de auditoría, {llamada: número})
    "x86_64": (0xC000003E, {"clone": 56, "clone3": 435, "closed": (
        101, 155, 165, 166, 175, 246, 248, 249, 250, 272, 298, 304, 308, 310, 311, 313, 320, 321, 323, 425, 428, 429,
        430, 431, 432, 442)}),
    "aarch64": (0xC00000B7, {"clone": 220, "clone3": 435, "closed": (
        117, 41, 40, 39, 105, 104, 217, 218, 219, 97, 241, 265, 268, 270, 271, 273, 294, 280, 282, 425, 428, 429, 430,
        431, 432, 442)}),
}  # fmt: skip

_LOAD, _EQUAL, _AND, _RETURN, _AT_LEAST = 0x20, 0x15, 0x54, 0x06, 0x35
_ALLOW, _KILL, _DENY = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16  # desplazamientos en `struct seccomp_data`
_X32 = 0x40000000  # los números de la ABI x32 empiezan aquí
_NAMESPACES = 0x7E020080  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET y NEWTIME
_SET_SECCOMP, _FILTER, _NO_NEW_PRIVS = 22, 2, 38


def close() -> bool:
    """Pone el filtro en este proceso y en los que cree. Falso si no se conoce esta arquitectura. Lanza OSError."""
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    code = _program(*known)
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = ctypes.create_string_buffer(b"".join(code))
    program = _Program(len(code), ctypes.addressof(instructions))
    _check(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    _check(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0))
    return True


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("size", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def _program(machine: int, calls: dict[str, object]) -> list[bytes]:
    """El filtro: de otra arquitectura, se mata; de las cerradas, EPERM; lo demás pasa."""
    closed = calls["closed"]
    assert isinstance(closed, tuple)
    code = [
        _step(_LOAD, _MACHINE), _step(_EQUAL, machine, 1, 0), _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER), _step(_AT_LEAST, _X32, 0, 1), _step(_RETURN, _KILL),
        _step(_EQUAL, calls["clone3"], 0, 1), _step(_RETURN, _DENY | errno.ENOSYS),
    ]  # fmt: skip
    for number in closed:
        code += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _DENY | errno.EPERM)]
    return [
        *code,
        _step(_EQUAL, calls["clone"], 0, 3),
        _step(_LOAD, _FIRST_ARGUMENT), _step(_AND, _NAMESPACES), _step(_EQUAL, 0, 0, 1),
        _step(_RETURN, _ALLOW), _step(_RETURN, _DENY | errno.EPERM),
    ]  # fmt: skip


def _step(code: int, value: object, yes: int = 0, no: int = 0) -> bytes:
    assert isinstance(value, int)
    return struct.pack("=HBBI", code, yes, no, value)


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, errno.errorcode.get(number, "?"))
