"""Las órdenes de BusyBox que los manifiestos del curso usan. Cada una recibe sus argumentos y devuelve código y texto.

La tabla `COMMANDS` es todo lo que «hay en el PATH»; lo demás no se encuentra, como en la imagen de verdad.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

from lab_tools.embedded import shell_syntax as syntax
from lab_tools.embedded.program import KILLED
from lab_tools.embedded.shell import Break, Exit, Machine, Steps, run

Result = tuple[int, str]
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"c": 1, "k": 1024, "K": 1024, "M": 1024**2, "G": 1024**3}
FOREVER = 10.0**9


def invoke(machine: Machine, argv: list[str], emit: Callable[[str], None], stdin: str) -> Steps:
    """Ejecuta una orden de la tabla; 127 si no existe."""
    name = argv[0].rsplit("/", 1)[-1]
    if name in _TIMED:
        return (yield from _TIMED[name](machine, argv[1:], emit, stdin))
    command = COMMANDS.get(name)
    if command is None:
        emit(f"sh: {argv[0]}: not found\n")
        return 127
    code, text = command(machine, argv[1:], stdin)
    if text:
        emit(text)
    return code


def known(name: str) -> bool:
    """Si la orden está en el PATH de una imagen con BusyBox."""
    bare = name.rsplit("/", 1)[-1]
    return bare in COMMANDS or bare in _TIMED


def _sleep(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str) -> Steps:
    total = 0.0
    for text in args:
        if text in ("infinity", "inf"):
            total += FOREVER
            continue
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
        if match is None:
            emit(f"sleep: invalid number '{text}'\n")
            return 1
        total += float(match[1]) * _UNITS[match[2] or "s"]
    machine.at += total
    yield
    return 0


def _sh(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str) -> Steps:
    while args and args[0].startswith("-") and "c" not in args[0]:
        args = args[1:]
    if args and args[0].startswith("-"):
        text = args[1] if len(args) > 1 else ""
    elif args:
        found = machine.disk.read(args[0], machine.now)
        if found is None:
            emit(f"sh: can't open '{args[0]}': No such file or directory\n")
            return 2
        text = found
    else:
        text = stdin
    try:
        return (yield from run(machine, syntax.parse(text), emit))
    except syntax.SyntaxFault as fault:
        emit(f"{fault}\n")
        return 2
    except Exit as stop:
        return stop.code


def _exec(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str) -> Steps:
    code = (yield from invoke(machine, args, emit, stdin)) if args else 0
    raise Exit(code)


def _forever(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str) -> Steps:
    """`tail -f`, `httpd -f`, `nc -lk`: abren el puerto que digan y no vuelven."""
    for flag, value in pairwise(args):
        if flag in ("-p", "-lp", "-lkp", "-l") and value.isdigit():
            machine.ports.setdefault(int(value), machine.at)
    machine.at += FOREVER
    yield
    return 0


def _timeout(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str) -> Steps:
    limit = float(args[0].rstrip("s")) if args and re.fullmatch(r"\d+(\.\d+)?s?", args[0]) else 0.0
    before = machine.at
    code = yield from invoke(machine, args[1:], emit, stdin)
    if machine.at > before + limit:
        machine.at, code = before + limit, TIMED_OUT
    return code


TIMED_OUT = 143


def _echo(machine: Machine, args: list[str], stdin: str) -> Result:
    end, escapes = "\n", False
    while args and re.fullmatch(r"-[neE]+", args[0]):
        end = "" if "n" in args[0] else end
        escapes = escapes or "e" in args[0]
        args = args[1:]
    text = " ".join(args)
    return 0, (_unescape(text) if escapes else text) + end


def _printf(machine: Machine, args: list[str], stdin: str) -> Result:
    if not args:
        return 1, "printf: usage: printf FORMAT [ARG]...\n"
    rest = iter(args[1:])
    return 0, re.sub(r"%[sd]", lambda _: next(rest, ""), _unescape(args[0]))


def _unescape(text: str) -> str:
    return re.sub(r"\\([nt\\])", lambda match: {"n": "\n", "t": "\t", "\\": "\\"}[match[1]], text)


def _cat(machine: Machine, args: list[str], stdin: str) -> Result:
    if not args:
        return 0, stdin
    code, text = 0, ""
    for path in args:
        found = machine.disk.read(path, machine.now)
        if found is None:
            code, text = 1, text + f"cat: can't open '{path}': No such file or directory\n"
        else:
            text += found
    return code, text


def _touch(machine: Machine, args: list[str], stdin: str) -> Result:
    for path in args:
        if machine.disk.read(path, machine.now) is None:
            machine.disk.write(path, "", machine.now)
    return 0, ""


def _rm(machine: Machine, args: list[str], stdin: str) -> Result:
    force = any(flag.startswith("-") and "f" in flag for flag in args)
    code, text = 0, ""
    for path in (path for path in args if not path.startswith("-")):
        if machine.disk.read(path, machine.now) is None:
            if not force:
                code, text = 1, text + f"rm: can't remove '{path}': No such file or directory\n"
        else:
            machine.disk.write(path, None, machine.now)
    return code, text


def _ls(machine: Machine, args: list[str], stdin: str) -> Result:
    paths = [path for path in args if not path.startswith("-")] or ["/"]
    code, text = 0, ""
    for path in paths:
        if machine.disk.is_folder(path, machine.now):
            text += "".join(f"{name}\n" for name in machine.disk.below(path, machine.now))
        elif machine.disk.read(path, machine.now) is not None:
            text += f"{path}\n"
        else:
            code, text = 1, text + f"ls: {path}: No such file or directory\n"
    return code, text


def _test(machine: Machine, args: list[str], stdin: str) -> Result:
    args = args[:-1] if args and args[-1] == "]" else args
    negated = bool(args) and args[0] == "!"
    return int(_truth(machine, args[1:] if negated else args) == negated), ""


def _truth(machine: Machine, args: list[str]) -> bool:
    if len(args) == 1:
        return bool(args[0])
    if len(args) == 2:
        flag, value = args
        content = machine.disk.read(value, machine.now)
        return {"-z": not value, "-n": bool(value), "-f": content is not None, "-s": bool(content),
                "-d": machine.disk.is_folder(value, machine.now),
                "-e": content is not None or machine.disk.is_folder(value, machine.now)}.get(flag, False)  # fmt: skip
    if len(args) == 3:
        left, operator, right = args
        if operator in ("=", "=="):
            return left == right
        if operator == "!=":
            return left != right
        if re.fullmatch(r"-?\d+", left) and re.fullmatch(r"-?\d+", right):
            a, b = int(left), int(right)
            return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}.get(
                operator, False
            )
    return False


def _exit(machine: Machine, args: list[str], stdin: str) -> Result:
    raise Exit(int(args[0]) if args and args[0].isdigit() else machine.status)


def _break(machine: Machine, args: list[str], stdin: str) -> Result:
    raise Break(again=False)


def _continue(machine: Machine, args: list[str], stdin: str) -> Result:
    raise Break(again=True)


def _trap(machine: Machine, args: list[str], stdin: str) -> Result:
    for signal in args[1:]:
        machine.traps[signal.removeprefix("SIG")] = args[0]
    return 0, ""


def _export(machine: Machine, args: list[str], stdin: str) -> Result:
    for name, found, value in (text.partition("=") for text in args):
        if found:
            machine.env[name] = value
    return 0, ""


def _env(machine: Machine, args: list[str], stdin: str) -> Result:
    names = args or sorted(machine.env)
    missing = any(name not in machine.env for name in names)
    if args:
        return int(missing), "".join(f"{machine.env[name]}\n" for name in names if name in machine.env)
    return 0, "".join(f"{name}={machine.env[name]}\n" for name in names)


def _date(machine: Machine, args: list[str], stdin: str) -> Result:
    now = datetime.fromtimestamp(machine.now, UTC)
    form = next((text[1:] for text in args if text.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    return 0, now.strftime(form.replace("%s", str(int(machine.now)))) + "\n"


def _grep(machine: Machine, args: list[str], stdin: str) -> Result:
    plain = [text for text in args if not text.startswith("-")]
    if not plain:
        return 2, "grep: no pattern\n"
    text = "".join(machine.disk.read(path, machine.now) or "" for path in plain[1:]) if len(plain) > 1 else stdin
    hits = [line for line in text.splitlines() if plain[0] in line]
    quiet = any(flag.startswith("-") and "q" in flag for flag in args)
    return int(not hits), "" if quiet else "".join(f"{line}\n" for line in hits)


def _dd(machine: Machine, args: list[str], stdin: str) -> Result:
    """Reserva un bloque entero: con menos memoria que `bs`, el núcleo lo mata."""
    size = next((text[3:] for text in args if text.startswith("bs=")), "512")
    match = re.fullmatch(r"(\d+)([ckKMG]?)", size)
    block = int(match[1]) * _SIZES.get(match[2], 1) if match else 0
    if machine.memory_limit is not None and block > machine.memory_limit:
        machine.out_of_memory = True
        machine.at += 0.2
        raise Exit(KILLED)
    return 0, "0+0 records in\n0+0 records out\n"


def _constant(code: int, text: str = "") -> Callable[[Machine, list[str], str], Result]:
    return lambda machine, args, stdin: (code, text)


COMMANDS: dict[str, Callable[[Machine, list[str], str], Result]] = {
    "[": _test, "test": _test, ":": _constant(0), "true": _constant(0), "false": _constant(1),
    "echo": _echo, "printf": _printf, "cat": _cat, "touch": _touch, "rm": _rm, "ls": _ls, "grep": _grep, "dd": _dd,
    "exit": _exit, "break": _break, "continue": _continue, "trap": _trap, "export": _export, "env": _env,
    "printenv": _env, "date": _date, "set": _constant(0), "cd": _constant(0), "mkdir": _constant(0),
    "chmod": _constant(0), "sync": _constant(0), "wait": _constant(0), "id": _constant(0, "uid=0(root) gid=0(root)\n"),
    "whoami": _constant(0, "root\n"), "pwd": _constant(0, "/\n"),
    "hostname": lambda machine, args, stdin: (0, f"{machine.hostname}\n"),
}  # fmt: skip

_TIMED: dict[str, Callable[[Machine, list[str], Callable[[str], None], str], Steps]] = {
    "sleep": _sleep, "sh": _sh, "ash": _sh, "bash": _sh, "exec": _exec, "tail": _forever, "httpd": _forever,
    "nc": _forever, "timeout": _timeout,
}  # fmt: skip
