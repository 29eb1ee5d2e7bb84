"""Las órdenes de BusyBox que los manifiestos del curso usan. Cada una recibe sus argumentos y devuelve código y texto.

La tabla `COMMANDS` es todo lo que «hay en el PATH»; lo demás no se encuentra, como en la imagen de verdad.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise

from lab_tools.embedded.workloads import syntax
from lab_tools.embedded.workloads.disk import ReadOnly
from lab_tools.embedded.workloads.input import Input
from lab_tools.embedded.workloads.program import INTERRUPTED, KILLED
from lab_tools.embedded.workloads.shell import Break, Exit, Interrupt, Machine, Steps, fed, run

Result = tuple[int, str]
Emit = Callable[[str], None]
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"c": 1, "k": 1024, "K": 1024, "M": 1024**2, "G": 1024**3}
FOREVER = 10.0**9
# Cómo empieza cada orden a quejarse de que ahí no se escribe.
_SEALED = {"touch": "{}", "tee": "{}", "rm": "can't remove '{}'", "mkdir": "can't create directory '{}'",
           "dd": "can't open '{}'", "tar": "can't open '{}'", "wget": "can't open '{}'",
           "mv": "can't rename '{}'"}  # fmt: skip


def invoke(machine: Machine, argv: list[str], emit: Emit, stdin: str | None) -> Steps:
    """Ejecuta una orden de la tabla; 127 si no existe. Sin `stdin`, lee (si lee) lo que alguien escriba."""
    name = argv[0].rsplit("/", 1)[-1]
    timed, command = _TIMED.get(name), COMMANDS.get(name)
    if name in _EXTRAS and name not in machine.extras:
        timed = None
    if timed is None and command is None:
        machine.complain(f"sh: {argv[0]}: not found\n")
        return 127
    args = argv[1:]
    if stdin is None and machine.input is not None and _reads(name, args):
        if name in _INTERACTIVE:
            return (yield from _INTERACTIVE[name](machine, emit))
        stdin = yield from _everything(machine)
    try:
        if timed is not None:
            return (yield from timed(machine, args, emit, stdin))
        assert command is not None
        code, text = command(machine, args, stdin or "")
    except ReadOnly as fault:
        start = _SEALED.get(name, "can't create '{}'").format(fault)
        machine.complain(f"{name}: {start}: Read-only file system\n")
        return 1
    if text:
        emit(text)
    return code


def _reads(name: str, args: list[str]) -> bool:
    """Si una orden, con esos argumentos, lee su entrada."""
    plain = [text for text in args if not text.startswith("-")]
    if name == "tar":
        return any("x" in text or "t" in text for text in args[:1]) or "-xmf" in args
    if name == "grep":
        return len(plain) < 2
    if name in _INTERACTIVE and name != "cat":
        return not args or args == ["-i"]
    return name in _READERS and not [text for text in plain if not text.isdigit()]


def _everything(machine: Machine) -> Generator[None, None, str]:
    """Espera a que quien escribe termine, y se queda con todo."""
    source = machine.input
    assert source is not None
    while not source.ended:
        source.waiting = True
        yield
    return source.take()


def _echo_input(machine: Machine, emit: Emit) -> Steps:
    """`cat` sin archivos: repite cada trozo según llega."""
    source = machine.input
    assert source is not None
    while True:
        if text := source.take():
            emit(text)
        elif source.ended:
            return 0
        source.waiting = True
        yield


def _prompt(machine: Machine, emit: Emit) -> Steps:
    """Un `sh` con alguien delante: lee una línea, la ejecuta y pide otra."""
    source = machine.input
    assert source is not None
    pending = ""
    while True:
        if machine.terminal:
            emit("> " if pending else f"{machine.cwd} # ")
        while (line := source.line()) is None:
            if source.ended:
                return machine.status
            source.waiting = True
            yield
        pending += line + "\n"
        try:
            tree = syntax.parse(pending)
        except syntax.SyntaxFault as fault:
            if "end of file" in str(fault):
                continue  # la orden sigue en la línea siguiente
            machine.complain(f"{fault}\n")
            pending, machine.status = "", 2
            continue
        pending = ""
        try:
            machine.status = yield from run(machine, tree, emit)
        except Break:
            machine.status = 0
        except Interrupt:
            machine.status = INTERRUPTED
        except Exit as stop:
            return stop.code


def known(name: str, extras: tuple[str, ...] = ()) -> bool:
    """Si la orden está en el PATH de una imagen con BusyBox y, además, `extras`."""
    bare = name.rsplit("/", 1)[-1]
    if bare in _EXTRAS:
        return bare in extras
    return (bare in COMMANDS or bare in _TIMED) and bare not in _BUILTINS


def _sleep(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    total = 0.0
    for text in args:
        if text in ("infinity", "inf"):
            total += FOREVER
            continue
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
        if match is None:
            machine.complain(f"sleep: invalid number '{text}'\n")
            return 1
        total += float(match[1]) * _UNITS[match[2] or "s"]
    machine.at += total
    yield
    return 0


def _sh(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    given = stdin
    while args and args[0].startswith("-") and "c" not in args[0]:
        args = args[1:]
    if args and args[0].startswith("-"):
        text = args[1] if len(args) > 1 else ""
    elif args:
        found = machine.read(args[0])
        if found is None:
            machine.complain(f"sh: can't open '{args[0]}': No such file or directory\n")
            return 2
        text = found
    else:
        text, given = stdin or "", None
    try:
        return (yield from fed(machine, given, run(machine, syntax.parse(text), emit)))
    except syntax.SyntaxFault as fault:
        machine.complain(f"{fault}\n")
        return 2
    except Exit as stop:
        return stop.code


def _exec(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    code = (yield from invoke(machine, args, emit, stdin)) if args else 0
    raise Exit(code)


def _forever(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    """`tail -f`: no vuelve."""
    machine.at += FOREVER
    yield
    return 0


def _httpd(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    """`httpd [-f] [-p PUERTO] [-h CARPETA]`: sirve una carpeta; sin `-f`, al fondo."""
    given = dict(pairwise([*args, ""]))
    port = given.get("-p", "80").rpartition(":")[2]
    if not port.isdigit():
        machine.complain("httpd: bad port number\n")
        return 1
    machine.web = machine.path(given.get("-h", "."))
    machine.ports.setdefault(int(port), machine.at)
    if "-f" in args:
        machine.at += FOREVER
    yield
    return 0


def _read(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    """`read a b`: parte una línea de la entrada entre las variables; 1 si ya no hay más."""
    source = machine.input if stdin is None else Input(stdin, ended=True)
    names = [text for text in args if not text.startswith("-")] or ["REPLY"]
    if source is None:
        return 1
    while (line := source.line()) is None:
        if source.ended:
            return 1
        source.waiting = True
        yield
    words = line.split(maxsplit=len(names) - 1)
    for index, name in enumerate(names):
        machine.env[name] = words[index].strip() if index < len(words) else ""
    return 0


def _tail(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    if any(flag in args for flag in ("-f", "-F")):
        return (yield from _forever(machine, args, emit, stdin))
    code, text = _ends(machine, args, stdin or "", last=True)
    emit(text)
    return code


def _timeout(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
    limit = float(args[0].rstrip("s")) if args and re.fullmatch(r"\d+(\.\d+)?s?", args[0]) else 0.0
    if len(args) < 2:
        machine.complain("Usage: timeout SECS PROG ARGS\n")
        return 1
    deadline = machine.at + limit
    steps = invoke(machine, args[1:], emit, stdin)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return int(stop.value)
        # Se la corta antes de que nadie espere lo que pedía: lo que tarde de más no llega a pasar.
        if machine.at > deadline:
            steps.close()
            machine.at = deadline
            yield
            return TIMED_OUT
        yield


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
        machine.complain("printf: usage: printf FORMAT [ARG]...\n")
        return 1, ""
    rest = iter(args[1:])
    return 0, re.sub(r"%[sd]", lambda _: next(rest, ""), _unescape(args[0]))


def _unescape(text: str) -> str:
    return re.sub(r"\\([nt\\])", lambda match: {"n": "\n", "t": "\t", "\\": "\\"}[match[1]], text)


def _whole(machine: Machine, name: str, paths: list[str], stdin: str) -> Result:
    """Lo que hay en unos archivos, uno tras otro; sin archivos (o con «-»), lo que llegue por la entrada."""
    code, text = 0, ""
    for path in paths or ["-"]:
        found = stdin if path == "-" else machine.read(path)
        if found is None:
            code = 1
            folder = machine.disk.is_folder(machine.path(path), machine.now)
            why = "read error: Is a directory" if folder else "No such file or directory"
            machine.complain(f"{name}: {why}\n" if folder else f"{name}: can't open '{path}': {why}\n")
        else:
            text += found
    return code, text


def _cat(machine: Machine, args: list[str], stdin: str) -> Result:
    return _whole(machine, "cat", [path for path in args if path == "-" or not path.startswith("-")], stdin)


def _head(machine: Machine, args: list[str], stdin: str) -> Result:
    return _ends(machine, args, stdin, last=False)


def _ends(machine: Machine, args: list[str], stdin: str, last: bool) -> Result:
    """Las primeras (o las últimas) líneas: diez si no se dice cuántas."""
    joined = re.search(r"-n? ?(\d+)", " ".join(args))
    count = int(joined[1]) if joined else 10
    paths = [text for text in args if not text.startswith("-") and not text.isdigit()]
    code, text = _whole(machine, "tail" if last else "head", paths, stdin)
    lines = text.splitlines(keepends=True)
    return code, "".join(lines[-count:] if last and count else lines[:0] if last else lines[:count])


def _sort(machine: Machine, args: list[str], stdin: str) -> Result:
    flags = "".join(text for text in args if text.startswith("-"))
    code, text = _whole(machine, "sort", [path for path in args if not path.startswith("-")], stdin)
    lines = sorted(set(text.splitlines()) if "u" in flags else text.splitlines(), reverse="r" in flags)
    return code, "".join(f"{line}\n" for line in lines)


def _wc(machine: Machine, args: list[str], stdin: str) -> Result:
    flags = "".join(text[1:] for text in args if text.startswith("-"))
    paths = [text for text in args if not text.startswith("-")]
    code, text = _whole(machine, "wc", paths, stdin)
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text.encode(errors="surrogateescape"))}
    shown = [str(counts[flag]) for flag in "lwc" if flag in (flags or "lwc")]
    return code, " ".join(shown if len(shown) == 1 else [one.rjust(9) for one in shown]) + (
        f" {paths[0]}\n" if paths else "\n"
    )


def _tee(machine: Machine, args: list[str], stdin: str) -> Result:
    for path in (text for text in args if not text.startswith("-")):
        machine.save(path, stdin)
    return 0, stdin


def _touch(machine: Machine, args: list[str], stdin: str) -> Result:
    for path in args:
        if machine.read(path) is None:
            machine.save(path, "")
    return 0, ""


def _mkdir(machine: Machine, args: list[str], stdin: str) -> Result:
    code, parents = 0, any(flag.startswith("-") and "p" in flag for flag in args)
    for path in (path for path in args if not path.startswith("-")):
        if not machine.disk.is_folder(machine.path(path), machine.now):
            machine.save(path.rstrip("/") + "/", "")
        elif not parents:
            code = 1
            machine.complain(f"mkdir: can't create directory '{path}': File exists\n")
    return code, ""


def _cd(machine: Machine, args: list[str], stdin: str) -> Result:
    target = args[0] if args else "/root"
    if not machine.disk.is_folder(machine.path(target), machine.now):
        machine.complain(f"sh: cd: can't cd to {target}: No such file or directory\n")
        return 2, ""
    machine.cwd = machine.path(target)
    return 0, ""


def _rm(machine: Machine, args: list[str], stdin: str) -> Result:
    flags = "".join(text[1:] for text in args if text.startswith("-"))
    code = 0
    for path in (path for path in args if not path.startswith("-")):
        full = machine.path(path)
        if machine.disk.read(full, machine.now) is not None:
            machine.disk.write(full, None, machine.now)
        elif machine.disk.is_folder(full, machine.now):
            if "r" not in flags and "R" not in flags:
                code = 1
                machine.complain(f"rm: '{path}' is a directory\n")
                continue
            for inner in machine.disk.tree(full, machine.now):
                machine.disk.write(inner, None, machine.now)
        elif "f" not in flags:
            code = 1
            machine.complain(f"rm: can't remove '{path}': No such file or directory\n")
    return code, ""


def _ls(machine: Machine, args: list[str], stdin: str) -> Result:
    flags = "".join(text[1:] for text in args if text.startswith("-"))
    paths = [path for path in args if not path.startswith("-")]
    code, text = 0, ""
    for path in paths or ["."]:
        full = machine.path(path)
        if machine.disk.is_folder(full, machine.now):
            names = machine.disk.below(full, machine.now)
            shown = [name for name in names if "a" in flags or "A" in flags or not name.startswith(".")]
            text += f"{path}:\n" if len(paths) > 1 else ""
            text += "total 0\n" if "l" in flags else ""
            text += "".join(_entry(machine, f"{full.rstrip('/')}/{name}", name, "l" in flags) for name in shown)
        elif machine.disk.read(full, machine.now) is not None:
            text += _entry(machine, full, path, "l" in flags)
        else:
            code = 1
            machine.complain(f"ls: {path}: No such file or directory\n")
    return code, text


def _entry(machine: Machine, full: str, name: str, long: bool) -> str:
    if not long:
        return f"{name}\n"
    is_file = machine.disk.read(full, machine.now) is not None
    mode, size = ("-rw-r--r--", machine.disk.size(full, machine.now)) if is_file else ("drwxr-xr-x", 4096)
    since = datetime.fromtimestamp(machine.disk.since(full, machine.now) or machine.born, UTC)
    return f"{mode}    1 root     root     {size:>9} {since:%b %e %H:%M} {name}\n"


def _ps(machine: Machine, args: list[str], stdin: str) -> Result:
    owner = "root" if machine.user == 0 else str(machine.user)
    mine = " ".join(["ps", *args])
    commands = machine.processes if machine.processes[-1:] == (mine,) else (*machine.processes, mine)
    rows = [f"{number:>5} {owner:<8}  0:00 {command}\n" for number, command in enumerate(commands, 1)]
    return 0, "PID   USER     TIME  COMMAND\n" + "".join(rows)


def _id(machine: Machine, args: list[str], stdin: str) -> Result:
    if "-u" in args:
        return 0, f"{machine.user}\n"
    if machine.user:
        return 0, f"uid={machine.user} gid=0(root) groups=0(root)\n"
    return 0, "uid=0(root) gid=0(root) groups=0(root),10(wheel)\n"


def _whoami(machine: Machine, args: list[str], stdin: str) -> Result:
    if machine.user:
        machine.complain(f"whoami: unknown uid {machine.user}\n")
        return 1, ""
    return 0, "root\n"


def _tar(machine: Machine, args: list[str], stdin: str) -> Result:
    from lab_tools.embedded.workloads import archive  # solo quien copia archivos paga por saber empaquetarlos

    return archive.tar(machine, args, stdin)


def _test(machine: Machine, args: list[str], stdin: str) -> Result:
    args = args[:-1] if args and args[-1] == "]" else args
    negated = bool(args) and args[0] == "!"
    return int(_truth(machine, args[1:] if negated else args) == negated), ""


def _truth(machine: Machine, args: list[str]) -> bool:
    if len(args) == 1:
        return bool(args[0])
    if len(args) == 2:
        flag, value = args
        value = machine.path(value) if flag in ("-f", "-s", "-d", "-e") else value
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
        name = signal.removeprefix("SIG")
        if args[0] == "-":
            machine.traps.pop(name, None)  # vuelve a lo de siempre
        else:
            machine.traps[name] = args[0]
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


_SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15}


def _kill(machine: Machine, args: list[str], stdin: str) -> Result:
    """`kill [-SEÑAL] PID…`. Al proceso 1 solo le llega lo que quiere oír: SIGKILL, desde dentro, no lo mata."""
    flags = [text.lstrip("-").removeprefix("s").upper().removeprefix("SIG") for text in args if text.startswith("-")]
    named = "".join(flags) or "TERM"
    signal = int(named) if named.isdecimal() else _SIGNALS.get(named, -1)
    pids = [text for text in args if not text.startswith("-")]
    if signal < 0 or not pids:
        machine.complain(f"sh: {named}: invalid signal specification\n" if pids else "sh: you need to specify whom to "
                         "kill\n")  # fmt: skip
        return 1, ""
    code = 0
    for pid in pids:
        if pid != "1":
            machine.complain(f"sh: can't kill pid {pid}: No such process\n")
            code = 1
        elif machine.strike is not None and signal in (2, 3, 15):
            machine.strike()
    return code, ""


def _text(name: str) -> Callable[[Machine, list[str], str], Result]:
    """Una orden de las que tratan texto o archivos, que viven aparte: solo quien la usa paga por leerlas."""

    def run(machine: Machine, args: list[str], stdin: str) -> Result:
        found: Result = getattr(import_module("lab_tools.embedded.workloads.text"), name)(machine, args, stdin)
        return found

    return run


# Lo que escribe un disco en un segundo, en bytes.
_DISK_SPEED = 200e6


def _dd(machine: Machine, args: list[str], stdin: str) -> Result:
    """Reserva un bloque entero: con menos memoria que `bs`, el núcleo lo mata."""
    size = next((text[3:] for text in args if text.startswith("bs=")), "512")
    match = re.fullmatch(r"(\d+)([ckKMG]?)", size)
    block = int(match[1]) * _SIZES.get(match[2], 1) if match else 0
    if machine.memory_limit is not None and block > machine.memory_limit:
        machine.out_of_memory = True
        machine.at += 0.2
        raise Exit(KILLED)
    count = next((text[6:] for text in args if text.startswith("count=")), "")
    blocks = int(count) if count.isdigit() else 0
    source, target = (next((text[3:] for text in args if text.startswith(key)), "") for key in ("if=", "of="))
    if source not in ("/dev/zero", "/dev/urandom") or not target or target == "/dev/null":
        blocks = 0
    else:
        machine.at += blocks * block / _DISK_SPEED
        machine.disk.fill(machine.path(target), blocks * block, machine.now)
    machine.complain(f"{blocks}+0 records in\n{blocks}+0 records out\n")
    return 0, ""


def _truncate(machine: Machine, args: list[str], stdin: str) -> Result:
    """`truncate -s 20M archivo` y `fallocate -l 20M archivo`: un archivo de ese tamaño, al momento."""
    match = re.fullmatch(r"(\d+)([ckKMG]?)", args[1]) if len(args) == 3 and args[0] in ("-s", "-l") else None
    if match is None:
        machine.complain("Usage: truncate -s SIZE FILE\n")
        return 1, ""
    machine.disk.fill(machine.path(args[2]), int(match[1]) * _SIZES.get(match[2], 1), machine.now)
    return 0, ""


def _network(name: str) -> Callable[[Machine, list[str], Emit, str | None], Steps]:
    """Una orden de la red, que tiene su propio archivo: solo quien la usa paga por leerlo."""

    def run(machine: Machine, args: list[str], emit: Emit, stdin: str | None) -> Steps:
        steps: Steps = import_module(f"lab_tools.embedded.workloads.{name}").run(machine, args, emit, stdin)
        return (yield from steps)

    return run


def _constant(code: int, text: str = "") -> Callable[[Machine, list[str], str], Result]:
    return lambda machine, args, stdin: (code, text)


COMMANDS: dict[str, Callable[[Machine, list[str], str], Result]] = {
    "[": _test, "test": _test, ":": _constant(0), "true": _constant(0), "false": _constant(1),
    "echo": _echo, "printf": _printf, "cat": _cat, "touch": _touch, "rm": _rm, "ls": _ls, "dd": _dd,
    "exit": _exit, "break": _break, "continue": _continue, "trap": _trap, "export": _export, "env": _env,
    "printenv": _env, "date": _date, "set": _constant(0), "cd": _cd, "mkdir": _mkdir, "head": _head, "sort": _sort,
    "wc": _wc, "tee": _tee, "tar": _tar, "ps": _ps, "kill": _kill, "id": _id, "whoami": _whoami,
    "truncate": _truncate, "fallocate": _truncate,
    **{name: _text(name) for name in ("grep", "cp", "mv", "seq", "cut", "tr", "uniq", "basename", "dirname")},
    "chmod": _constant(0), "sync": _constant(0), "wait": _constant(0),
    "pwd": lambda machine, args, stdin: (0, f"{machine.cwd}\n"),
    "hostname": lambda machine, args, stdin: (0, f"{machine.hostname}\n"),
}  # fmt: skip

_TIMED: dict[str, Callable[[Machine, list[str], Emit, str | None], Steps]] = {
    "sleep": _sleep, "sh": _sh, "ash": _sh, "bash": _sh, "exec": _exec, "tail": _tail, "httpd": _httpd,
    "timeout": _timeout, "read": _read, **{name: _network(name) for name in ("nc", "wget", "nslookup", "curl")},
}  # fmt: skip

# Lo que no es de BusyBox: solo está si la imagen lo trae.
_EXTRAS = frozenset({"curl"})
# Lo que, con alguien escribiendo, no espera a que termine.
_INTERACTIVE: dict[str, Callable[[Machine, Emit], Steps]] = {
    "cat": _echo_input, "sh": _prompt, "ash": _prompt, "bash": _prompt,
}  # fmt: skip
_READERS = frozenset({"cat", "head", "sort", "wc", "tee", "tail", "tr", "uniq"})
# Lo que es del shell y no un archivo del PATH: no se puede ejecutar suelto.
_BUILTINS = frozenset({"exit", "break", "continue", "trap", "export", ":", "set", "cd", "wait", "exec", "read"})
