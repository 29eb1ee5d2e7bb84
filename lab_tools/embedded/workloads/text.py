"""Órdenes de BusyBox que tratan texto (`grep`, `cut`, `tr`, `uniq`, `seq`) y archivos (`cp`, `mv`).

Fuente: https://busybox.net/downloads/BusyBox.html
"""

from __future__ import annotations

import posixpath
import re
import string
from collections.abc import Iterator
from itertools import groupby

from lab_tools.embedded.workloads.options import BadOption, split
from lab_tools.embedded.workloads.shell import Machine

Result = tuple[int, str]
# De las que `seq` escribe, cuántas como mucho.
_MOST = 100_000
# Las clases de caracteres de POSIX, dichas para Python.
_CLASSES = {"digit": "0-9", "alpha": "A-Za-z", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z",
            "space": r"\s", "blank": " \t", "punct": re.escape(string.punctuation), "xdigit": "0-9A-Fa-f"}  # fmt: skip
_PIECE = re.compile(r"\\(.)|\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|[+?|(){}]|.", re.DOTALL)


def _options(args: list[str], valued: str = "") -> tuple[str, dict[str, str], list[str]]:
    """Las letras sueltas, las que llevan valor y los argumentos; las opciones largas no dicen nada."""
    words = [word for word in args if not word.startswith("--")]
    try:
        found, plain = split(words, string.ascii_letters, valued, {})
    except BadOption:
        found, plain = {}, [word for word in words if not word.startswith("-")]
    return "".join(found), {letter: values[-1] for letter, values in found.items() if letter in valued}, plain


def grep(machine: Machine, args: list[str], stdin: str) -> Result:
    """`grep [-vicnlowqEFhH] [-e] patrón [archivo…]`."""
    flags, values, plain = _options(args, "eABCm")
    wanted = [values["e"]] if "e" in values else plain[:1]
    paths = plain if "e" in values else plain[1:]
    if not wanted:
        machine.complain("BusyBox grep: no pattern\nUsage: grep [-HhnlLoqvsrRiwFE] PATTERN [FILE]...\n")
        return 2, ""
    try:
        pattern = _compiled(wanted[0], flags)
    except re.error:
        machine.complain(f"grep: bad regex '{wanted[0]}': Invalid regexp\n")
        return 2, ""
    named = "H" in flags or (len(paths) > 1 and "h" not in flags)
    code, written, any_hit = 0, "", False
    for path, text in _read(machine, "grep", paths, stdin):
        if text is None:
            code = 2
            continue
        hits = _hits(pattern, text, flags)[: int(values["m"]) if values.get("m", "").isdecimal() else None]
        any_hit = any_hit or bool(hits)
        written += _told(hits, flags, path, named)
    if "q" in flags:
        return int(not any_hit), ""
    return code or int(not any_hit), written


def _hits(pattern: re.Pattern[str], text: str, flags: str) -> list[tuple[int, str]]:
    """Las líneas que valen, con su número; con `-o`, solo el trozo."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if bool(pattern.search(line)) is ("v" in flags):
            continue
        pieces = [one[0] for one in pattern.finditer(line) if one[0]] if "o" in flags else [line]
        found += [(number, piece) for piece in pieces]
    return found


def _told(hits: list[tuple[int, str]], flags: str, path: str, named: bool) -> str:
    if "l" in flags:
        return f"{path}\n" if hits else ""
    start = f"{path}:" if named else ""
    if "c" in flags:
        return f"{start}{len(hits)}\n"
    return "".join(f"{start}{f'{number}:' if 'n' in flags else ''}{line}\n" for number, line in hits)


def _compiled(text: str, flags: str) -> re.Pattern[str]:
    """La expresión, dicha para Python: en las básicas, `+ ? | ( ) { }` sin barra son letras."""
    extended = "E" in flags
    if "F" in flags:
        found = re.escape(text)
    else:
        found = "".join(_translated(match, extended) for match in _PIECE.finditer(text))
    if "w" in flags:
        found = rf"\b(?:{found})\b"
    return re.compile(found, re.IGNORECASE if "i" in flags else 0)


def _translated(match: re.Match[str], extended: bool) -> str:
    piece, escaped = match[0], match[1]
    if escaped is not None:
        if escaped in "<>":
            return r"\b"
        return escaped if not extended and escaped in "+?|(){}" else piece
    if piece.startswith("[") and len(piece) > 1:
        inside = re.sub(r"\[:(\w+):\]", lambda one: _CLASSES.get(one[1], ""), piece[1:-1].replace("\\", "\\\\"))
        return f"[{inside}]"
    return "\\" + piece if not extended and piece in "+?|(){}" else piece


def _read(machine: Machine, name: str, paths: list[str], stdin: str) -> Iterator[tuple[str, str | None]]:
    """Cada archivo con lo que contiene; `None` si no se puede leer, y ya queda dicho."""
    for path in paths or ["-"]:
        found = stdin if path == "-" else machine.read(path)
        if found is None:
            machine.complain(f"{name}: {path}: No such file or directory\n")
        yield ("(standard input)" if path == "-" else path), found


def cp(machine: Machine, args: list[str], stdin: str) -> Result:
    """`cp [-r] origen… destino`."""
    return _carry(machine, "cp", args)


def mv(machine: Machine, args: list[str], stdin: str) -> Result:
    """`mv origen… destino`."""
    return _carry(machine, "mv", ["-r", *args])


def _carry(machine: Machine, name: str, args: list[str]) -> Result:
    flags, _, plain = _options(args)
    if len(plain) < 2:
        machine.complain(f"Usage: {name} SOURCE... DEST\n")
        return 1, ""
    *sources, target = plain
    code, into = 0, machine.disk.is_folder(machine.path(target), machine.now)
    for source in sources:
        where = posixpath.join(target, posixpath.basename(source.rstrip("/"))) if into else target
        fault = _copied(machine, source, where, bool({"r", "R", "a"} & set(flags)))
        if fault:
            machine.complain(f"{name}: {fault}\n")
            code = 1
        elif name == "mv":
            for inner in [machine.path(source), *machine.disk.tree(machine.path(source), machine.now)]:
                machine.disk.write(inner, None, machine.now)
    return code, ""


def _copied(machine: Machine, source: str, target: str, deep: bool) -> str:
    """Copia un archivo o, si es `deep`, una carpeta; devuelve de qué se queja."""
    text, full = machine.read(source), machine.path(source)
    if text is not None:
        machine.save(target, text)
        return ""
    if not machine.disk.is_folder(full, machine.now):
        return f"can't stat '{source}': No such file or directory"
    if not deep:
        return f"omitting directory '{source}'"
    machine.save(target.rstrip("/") + "/", "")
    for inner in machine.disk.tree(full, machine.now):
        machine.save(target.rstrip("/") + inner[len(full) :], machine.disk.read(inner, machine.now) or "")
    return ""


def seq(machine: Machine, args: list[str], stdin: str) -> Result:
    """`seq [primero [paso]] último`, con enteros."""
    try:
        numbers = [int(text) for text in args]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3 or (len(numbers) == 3 and numbers[1] == 0):
        machine.complain("Usage: seq [-w] [-s SEP] [FIRST [INC]] LAST\n")
        return 1, ""
    first, step, last = [(1, 1, *numbers), (numbers[0], 1, numbers[-1]), (*numbers,)][len(numbers) - 1]
    return 0, "".join(f"{one}\n" for one in range(first, last + (1 if step > 0 else -1), step)[:_MOST])


def cut(machine: Machine, args: list[str], stdin: str) -> Result:
    """`cut -d CARÁCTER -f CAMPOS [archivo…]` y `cut -c LETRAS`."""
    _, values, paths = _options(args, "dfc")
    listed = values.get("f") or values.get("c")
    if not listed:
        machine.complain("cut: expected a list of bytes, characters, or fields\n")
        return 1, ""
    mark = values.get("d", "\t")
    code, written = 0, ""
    for _, text in _read(machine, "cut", paths, stdin):
        code = code or int(text is None)
        for line in (text or "").splitlines():
            parts = line.split(mark) if "f" in values else list(line)
            chosen = [one for place, one in enumerate(parts, 1) if _listed(listed, place)]
            whole = "f" in values and mark not in line
            written += (line if whole else (mark if "f" in values else "").join(chosen)) + "\n"
    return code, written


def _listed(ranges: str, place: int) -> bool:
    """Si un lugar está en «1,3-5,7-»."""
    for one in ranges.split(","):
        low, dash, high = one.partition("-")
        first = int(low) if low.isdecimal() else 1
        last = (int(high) if high.isdecimal() else place) if dash else first
        if first <= place <= last:
            return True
    return False


def tr(machine: Machine, args: list[str], stdin: str) -> Result:
    """`tr de a` y `tr -d letras`."""
    flags, _, plain = _options(args)
    letters = [_letters(text) for text in plain]
    if "d" in flags and letters:
        return 0, "".join(one for one in stdin if one not in letters[0])
    if len(letters) < 2 or not letters[1]:
        machine.complain("Usage: tr [-cds] STRING1 [STRING2]\n")
        return 1, ""
    padded = letters[1] + letters[1][-1] * len(letters[0])
    return 0, stdin.translate({ord(one): other for one, other in zip(letters[0], padded, strict=False)})


def _letters(text: str) -> str:
    """«a-z\\n» con sus letras una a una."""
    plain = text.replace("\\n", "\n").replace("\\t", "\t").replace("[:upper:]", "A-Z").replace("[:lower:]", "a-z")
    return re.sub(r"(.)-(.)", lambda one: "".join(map(chr, range(ord(one[1]), ord(one[2]) + 1))), plain, flags=re.S)


def uniq(machine: Machine, args: list[str], stdin: str) -> Result:
    """`uniq [-c] [archivo]`: junta las líneas iguales seguidas."""
    flags, _, paths = _options(args)
    lines = [line for _, text in _read(machine, "uniq", paths[:1], stdin) for line in (text or "").splitlines()]
    groups = [(line, len(list(same))) for line, same in groupby(lines)]
    return 0, "".join(f"{f'{count:7d} ' if 'c' in flags else ''}{line}\n" for line, count in groups)


def basename(machine: Machine, args: list[str], stdin: str) -> Result:
    """El último trozo de una ruta, sin el final que se diga."""
    name = posixpath.basename(args[0].rstrip("/")) if args else ""
    return int(not args), (name.removesuffix(args[1]) if len(args) > 1 else name) + "\n"


def dirname(machine: Machine, args: list[str], stdin: str) -> Result:
    """Una ruta sin su último trozo."""
    return int(not args), (posixpath.dirname(args[0].rstrip("/")) or "." if args else "") + "\n"
