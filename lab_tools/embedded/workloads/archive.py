"""`tar` dentro de un contenedor: lo que usa `kubectl cp` para sacar y meter archivos.

Un archivo es texto; los bytes que no son UTF-8 viajan en él como sustitutos, y salen tal como entraron.
"""

from __future__ import annotations

import io
import tarfile

from lab_tools.embedded.workloads.shell import Machine

Result = tuple[int, str]
# Lo que cabe en el disco de un contenedor simulado.
MAX_FILE = 8 * 1024 * 1024


def tar(machine: Machine, args: list[str], stdin: str) -> Result:
    """`tar c` escribe en su salida y `tar x` (o `t`) lee de su entrada; `-C` elige la carpeta."""
    words = [word for word in args if not word.startswith("--")]
    flags = words[0].lstrip("-") if words else ""
    folder, rest, following = machine.cwd, [], iter(words[1:])
    for word in following:
        if word == "-C":
            folder = machine.path(next(following, "."))
        elif word != "-":
            rest.append(word)
    if not machine.disk.is_folder(folder, machine.now):
        machine.complain(f"tar: can't change directory to '{folder}': No such file or directory\n")
        return 1, ""
    if "c" in flags:
        return _pack(machine, folder, rest)
    try:
        return _unpack(machine, folder, stdin.encode(errors="surrogateescape"), listing="t" in flags)
    except tarfile.TarError:
        machine.complain("tar: invalid tar magic\n" if stdin else "tar: short read\n")
        return 1, ""


def _pack(machine: Machine, folder: str, names: list[str]) -> Result:
    code, buffer = 0, io.BytesIO()
    before, machine.cwd = machine.cwd, folder
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as bundle:
        for name in names:
            if name.startswith("/"):
                machine.complain("tar: removing leading '/' from member names\n")
            if not _add(machine, bundle, name):
                machine.complain(f"tar: {name}: No such file or directory\n")
                code = 1
    if code:
        machine.complain("tar: error exit delayed from previous errors\n")
    machine.cwd = before
    return code, buffer.getvalue().decode(errors="surrogateescape")


def _add(machine: Machine, bundle: tarfile.TarFile, name: str) -> bool:
    full = machine.path(name)
    found = machine.disk.read(full, machine.now)
    if found is not None:
        _member(machine, bundle, name.lstrip("/"), found)
        return True
    if not machine.disk.is_folder(full, machine.now):
        return False
    _member(machine, bundle, name.strip("/") + "/", None)
    for path in machine.disk.tree(full, machine.now):
        inner = name.strip("/") + path.removeprefix(full.rstrip("/"))
        _member(machine, bundle, inner, None if path.endswith("/") else machine.disk.read(path, machine.now))
    return True


def _member(machine: Machine, bundle: tarfile.TarFile, name: str, text: str | None) -> None:
    info = tarfile.TarInfo(name.rstrip("/"))
    info.mtime, info.uname, info.gname = int(machine.now), "root", "root"
    if text is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        bundle.addfile(info)
        return
    data = text.encode(errors="surrogateescape")
    info.size, info.mode = len(data), 0o644
    bundle.addfile(info, io.BytesIO(data))


def _unpack(machine: Machine, folder: str, data: bytes, listing: bool) -> Result:
    code, text = 0, ""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as bundle:
        for member in bundle:
            text += f"{member.name}\n"
            content = bundle.extractfile(member)
            if listing or not (member.isdir() or content):
                continue
            if member.size > MAX_FILE:
                machine.complain("tar: write error: No space left on device\n")
                code = 1
                continue
            target = f"{folder.rstrip('/')}/{member.name.lstrip('/')}"
            if content is None:
                machine.save(target.rstrip("/") + "/", "")
            else:
                machine.save(target, content.read().decode(errors="surrogateescape"))
    return code, text if listing else ""
