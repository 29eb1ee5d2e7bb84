"""Un `sh` de BusyBox pequeño que no espera: simula su propio tiempo y apunta qué escribió y cuándo.

`ScriptProgram` adelanta la simulación solo hasta donde le preguntan. Aquí viven la expansión de palabras, el
control de flujo y el reloj del guion; las órdenes están en `commands`.
"""

from __future__ import annotations

import fnmatch
import glob
import posixpath
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from lab_tools.embedded.workloads import syntax
from lab_tools.embedded.workloads.disk import Disk
from lab_tools.embedded.workloads.input import Input
from lab_tools.embedded.workloads.performance import DEFAULT
from lab_tools.embedded.workloads.program import FAR, TERMINATED, Answer, Ending, Farewell, Outcome
from lab_tools.embedded.workloads.rerun import Rerun

if TYPE_CHECKING:
    from lab_tools.embedded.workloads.wire import Wire

# Lo que cuesta una vuelta de bucle que no duerme: sin esto, `while true; do :; done` no dejaría pasar el tiempo.
SPIN = 0.05
# De lo que un guion deja al fondo se simulan, como mucho, estos pasos.
BACKGROUND_TURNS = 200
MAX_LINES = 5000
# Lo que cabe en una variable o en un archivo: un guion que se duplica a sí mismo no se lleva la memoria por delante.
MAX_TEXT = 64 * 1024
TERMINATION_LOG = "/dev/termination-log"

Steps = Generator[None, None, int]
_EXPANSION = re.compile(
    r"\$\(\((?P<math>.*?)\)\)|\$\((?P<command>[^)]*)\)|\$\{(?P<braced>\w+|\?|\$)(?::?(?P<op>[-=+])(?P<default>[^}]*))?\}"
    r"|\$(?P<plain>\w+|\?|\$|\#|@)",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^\s'\"\\$]+\Z")
_QUOTED = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_MAGIC = re.compile(r"[*?]|\[.+\]")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
# Quien usa estas órdenes pregunta al mundo: no se puede adelantar a su hora.
_NETWORK = re.compile(r"\b(wget|curl|nslookup|nc)\b")
# Lo que se pierde al restar dos instantes.
_SLACK = 1e-6
_MATH = re.compile(r"^[\d\s+\-*/%()<>=!&|]+$")


class Exit(Exception):
    """El guion termina aquí."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code & 0xFF


class Break(Exception):
    """Sale del bucle (o, con `again`, pasa a la vuelta siguiente)."""

    def __init__(self, again: bool) -> None:
        super().__init__(again)
        self.again = again


class Interrupt(Exception):
    """Alguien pulsó Ctrl-C: se acaba lo que corre en primer plano."""


@dataclass(slots=True)
class Machine:
    """El estado de un guion: su hora (`at`, en segundos desde que nació), su entorno y lo que ha escrito."""

    env: dict[str, str]
    disk: Disk
    hostname: str = "localhost"
    born: float = 0.0
    at: float = 0.0
    status: int = 0
    memory_limit: int | None = None
    processes: tuple[str, ...] = ()
    """Las órdenes que hay en marcha en el contenedor, de la número 1 en adelante."""
    user: int = 0
    cwd: str = "/"
    terminal: bool = False
    stderr: Callable[[str], None] | None = None
    """A dónde van los errores; `None`, donde todo lo demás."""
    input: Input | None = None
    """La entrada, si hay alguien escribiendo al otro lado."""
    written: list[tuple[float, str]] = field(default_factory=list)
    spoken: list[tuple[float, str]] | None = None
    """Lo escrito a trozos, sin esperar al final de la línea, si puede haber alguien delante que lo oiga."""
    forgotten: int = 0
    ports: dict[int, float] = field(default_factory=dict)
    web: str = "/"
    """La carpeta que sirve `httpd`."""
    traps: dict[str, str] = field(default_factory=dict)
    strike: Callable[[], None] | None = None
    """Cómo pedir al proceso 1 que pare, si es de otro: quien entra con `exec` puede hacer `kill 1`."""
    out_of_memory: bool = False
    deaf: bool = True
    """Si el proceso 1 no atiende SIGTERM: lo normal en un contenedor que no instala un manejador."""
    wire: Wire | None = None
    """La red a la que está enchufada; `None` si a ninguna."""
    extras: tuple[str, ...] = ()
    """Las órdenes que su imagen trae además de las de BusyBox."""
    _line: str = ""

    @property
    def now(self) -> float:
        """La hora del guion en el reloj del clúster."""
        return self.born + self.at

    def write(self, text: str) -> None:
        """Escribe en la salida: las líneas completas quedan con su hora."""
        if self.spoken is not None:
            self.spoken.append((self.at, text))
            if len(self.spoken) > 2 * MAX_LINES:
                self.forgotten += MAX_LINES
                del self.spoken[:MAX_LINES]
        *whole, self._line = (self._line + text).split("\n")
        self.written.extend((self.at, line) for line in whole)
        if len(self.written) > MAX_LINES:
            del self.written[:-MAX_LINES]

    def path(self, text: str) -> str:
        """Una ruta, absoluta y sin «.» ni «..»."""
        return posixpath.normpath(posixpath.join(self.cwd, text)).replace("//", "/")

    def read(self, path: str) -> str | None:
        """Lo que contiene un archivo ahora; `None` si no existe."""
        return self.disk.read(self.path(path), self.now)

    def save(self, path: str, text: str) -> None:
        """Escribe un archivo; si la ruta acaba en «/», crea una carpeta."""
        self.disk.write(self.path(path) + ("/" if path.endswith("/") else ""), text, self.now)

    def complain(self, text: str) -> None:
        """Escribe en la salida de errores."""
        (self.stderr or self.write)(text)

    def flush(self) -> None:
        """Da por terminada la última línea."""
        if self._line:
            self.written.append((self.at, self._line))
            self._line = ""


@dataclass(slots=True)
class _Wiring:
    """A dónde van las tres tuberías de una orden. Sin `stdin`, hereda la de quien la llama."""

    out: Callable[[str], None]
    err: Callable[[str], None] | None
    stdin: str | None
    fault: str = ""


@cache
def _commands() -> ModuleType:
    """Las órdenes necesitan el shell y el shell las órdenes: se buscan la primera vez que hacen falta."""
    return import_module("lab_tools.embedded.workloads.commands")


def run(machine: Machine, tree: syntax.Node, emit: Callable[[str], None], stdin: str | None = None) -> Steps:
    """Ejecuta un árbol. Cede el paso cada vez que deja correr el tiempo; devuelve el código de salida."""
    if stdin is not None and not isinstance(tree, syntax.Command | syntax.Redirected):
        return (yield from fed(machine, stdin, run(machine, tree, emit)))
    if isinstance(tree, syntax.Sequence):
        return (yield from _sequence(machine, tree, emit))
    if isinstance(tree, syntax.Loop):
        return (yield from _loop(machine, tree, emit))
    if isinstance(tree, syntax.For):
        return (yield from _for(machine, tree, emit))
    if isinstance(tree, syntax.If):
        for condition, body in tree.branches:
            if (yield from run(machine, condition, emit)) == 0:
                return (yield from run(machine, body, emit))
        return (yield from run(machine, tree.otherwise, emit)) if tree.otherwise else 0
    if isinstance(tree, syntax.Redirected):
        wiring = _redirect(machine, tree.redirects, emit, stdin)
        return (yield from _wired(machine, wiring, run(machine, tree.body, wiring.out, wiring.stdin)))
    return (yield from _simple(machine, tree, emit, stdin))


def fed(machine: Machine, stdin: str | None, steps: Steps) -> Steps:
    """Da los pasos con `stdin` como entrada de quien la lea; sin él, con la que haya."""
    if stdin is None:
        return (yield from steps)
    before, machine.input = machine.input, Input(stdin, ended=True)
    try:
        return (yield from steps)
    finally:
        machine.input = before


def _sequence(machine: Machine, tree: syntax.Sequence, emit: Callable[[str], None]) -> Steps:
    code = machine.status
    for joint, pipeline in tree.steps:
        if (joint == "&&" and code != 0) or (joint == "||" and code == 0):
            continue
        if joint == "&":
            # Lo que va al fondo empieza ya, y el guion sigue a la misma hora.
            at = machine.at
            _exhaust(_pipeline(machine, pipeline, emit), BACKGROUND_TURNS)
            machine.at = at
            code = 0
        else:
            code = yield from _pipeline(machine, pipeline, emit)
        machine.status = code
    return code


def _pipeline(machine: Machine, pipeline: syntax.Pipeline, emit: Callable[[str], None]) -> Steps:
    text: str | None = None
    code = 0
    for index, command in enumerate(pipeline.commands):
        last = index == len(pipeline.commands) - 1
        buffer: list[str] = []
        code = yield from run(machine, command, emit if last else buffer.append, text)
        text = "".join(buffer)
    return int(code == 0) if pipeline.negated else code


def _loop(machine: Machine, tree: syntax.Loop, emit: Callable[[str], None]) -> Steps:
    code = 0
    while True:
        before = machine.at
        if ((yield from run(machine, tree.condition, emit)) == 0) is tree.inverted:
            return code
        try:
            code = yield from run(machine, tree.body, emit)
        except Break as stop:
            if not stop.again:
                return 0
        if machine.at == before:
            machine.at += SPIN
            yield


def _for(machine: Machine, tree: syntax.For, emit: Callable[[str], None]) -> Steps:
    code = 0
    for value in [item for word in tree.words for item in expand(machine, word)]:
        machine.env[tree.name] = value
        try:
            code = yield from run(machine, tree.body, emit)
        except Break as stop:
            if not stop.again:
                return 0
    return code


def _simple(machine: Machine, command: syntax.Command, emit: Callable[[str], None], stdin: str | None) -> Steps:
    words = command.words
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words[0].partition("=")
        machine.env[name] = "".join(expand(machine, value, split=False))[:MAX_TEXT]
        words = words[1:]
    wiring = _redirect(machine, command.redirects, emit, stdin)
    argv = [item for word in words for item in expand(machine, word)]
    if not argv and not wiring.fault:
        return 0
    steps: Steps = _commands().invoke(machine, argv, wiring.out, wiring.stdin)
    return (yield from _wired(machine, wiring, steps))


def _wired(machine: Machine, wiring: _Wiring, steps: Steps) -> Steps:
    """Da los pasos con los errores enchufados donde digan las redirecciones."""
    if wiring.fault:
        machine.complain(wiring.fault)
        return 1
    before, machine.stderr = machine.stderr, wiring.err
    try:
        return (yield from steps)
    finally:
        machine.stderr = before


def _redirect(machine: Machine, redirects: list[tuple[str, str]], emit: Callable[[str], None],
              stdin: str | None) -> _Wiring:  # fmt: skip
    found = _Wiring(emit, machine.stderr, stdin)
    for operator, word in redirects:
        if "&" in operator:
            # «2>&1» junta los errores con la salida; «>&2», la salida con los errores.
            if operator.startswith("2"):
                found.err = found.out
            elif operator.endswith("2"):
                found.out = found.err or machine.write
            continue
        target = "".join(expand(machine, word, split=False))
        if operator == "<":
            text = machine.read(target)
            if text is None:
                found.fault = f"sh: can't open {target}: no such file\n"
                return found
            found.stdin = text
        elif operator.startswith("2"):
            found.err = _sink(machine, operator, target, found)
        else:
            found.out = _sink(machine, operator, target, found)
        if found.fault:
            return found
    return found


def _sink(machine: Machine, operator: str, target: str, wiring: _Wiring) -> Callable[[str], None]:
    if target == "/dev/null":
        return _nowhere
    if target in ("/dev/stdout", "/proc/1/fd/1"):
        return wiring.out
    if target == "/dev/stderr":
        return wiring.err or machine.write
    if not machine.disk.writable(machine.path(target)):
        wiring.fault = f"sh: can't create {target}: Read-only file system\n"
    elif not operator.endswith(">>"):
        machine.save(target, "")
    return _appender(machine, target)


def _nowhere(text: str) -> None:
    """/dev/null."""


def _appender(machine: Machine, path: str) -> Callable[[str], None]:
    def append(text: str) -> None:
        machine.save(path, ((machine.read(path) or "") + text)[:MAX_TEXT])

    return append


def expand(machine: Machine, word: str, split: bool = True) -> list[str]:
    """Las palabras en que se convierte una: variables, `$(...)`, `$((...))` y comillas."""
    if _PLAIN.match(word):
        return (_matches(machine, word) if split else []) or [word]
    pieces: list[tuple[str, bool]] = []
    for quoted in _QUOTED.finditer(word):
        single, double, escaped, bare = quoted.groups()
        if single is not None:
            pieces.append((single, True))
        elif double is not None:
            pieces.append((re.sub(r'\\(["\\$`])', r"\1", _substitute(machine, double)), True))
        elif escaped is not None:
            pieces.append((escaped, True))
        else:
            pieces.append((_substitute(machine, bare), False))
    whole = "".join(text for text, _ in pieces)
    if not split:
        return [whole]
    if any(protected for _, protected in pieces):
        pattern = "".join(glob.escape(text) if protected else text for text, protected in pieces)
        return _matches(machine, pattern) or [whole]
    return [name for one in whole.split() for name in _matches(machine, one) or [one]]


def _matches(machine: Machine, pattern: str) -> list[str]:
    """Los archivos que hay con esos comodines (`*`, `?`, `[…]`), por orden; ninguno si no los lleva."""
    if not _MAGIC.search(pattern):
        return []
    found = ["/"] if pattern.startswith("/") else [""]
    for part in filter(None, pattern.split("/")):
        found = [where + name for where in found for name in _names(machine, where, part)]
        found = [name + "/" for name in found]
    return sorted(name.rstrip("/") for name in found)


def _names(machine: Machine, where: str, part: str) -> list[str]:
    """Lo que hay en una carpeta con ese nombre. Los que empiezan por punto, solo si se piden así."""
    names = machine.disk.below(machine.path(where or "."), machine.now)
    return [name for name in names if fnmatch.fnmatchcase(name, part)
            and (part.startswith(".") or not name.startswith("."))]  # fmt: skip


def _substitute(machine: Machine, text: str) -> str:
    return _EXPANSION.sub(lambda match: _value(machine, match), text) if "$" in text else text


def _value(machine: Machine, match: re.Match[str]) -> str:
    if match["math"] is not None:
        return _arithmetic(machine, match["math"])
    if match["command"] is not None:
        return _captured(machine, match["command"]).rstrip("\n")
    name = match["braced"] or match["plain"]
    if name in ("?", "$", "#", "@"):
        return {"?": str(machine.status), "$": "1", "#": "0", "@": ""}[name]
    value = machine.env.get(name)
    if match["op"] == "+":
        return match["default"] if value else ""
    if not value and match["op"]:
        return _substitute(machine, match["default"])
    return value or ""


def _arithmetic(machine: Machine, text: str) -> str:
    text = _substitute(machine, text)
    text = re.sub(r"[A-Za-z_]\w*", lambda name: machine.env.get(name[0]) or "0", text)
    if not _MATH.match(text) or any(bomb in text for bomb in ("**", "<<")):
        return "0"
    try:  # aquí solo llegan cifras y operadores
        return str(int(eval(text.replace("/", "//"), {"__builtins__": {}})))
    except (SyntaxError, ArithmeticError, ValueError, MemoryError, RecursionError):
        return "0"


def _captured(machine: Machine, text: str) -> str:
    """Lo que escribe `$(...)`. El tiempo que tarde se suma al del guion."""
    output: list[str] = []
    try:
        steps = run(machine, syntax.parse(text), output.append)
        machine.status = _exhaust(steps)
    except syntax.SyntaxFault as fault:
        output.append(f"{fault}\n")
        machine.status = 2
    return "".join(output)


def _exhaust(steps: Steps, limit: int = 10_000) -> int:
    for _ in range(limit):
        try:
            next(steps)
        except StopIteration as stop:
            return int(stop.value)
    return 124


class ScriptProgram:
    """Un guion, o una orden suelta, como programa de un contenedor."""

    def __init__(self, argv: list[str], machine: Machine) -> None:
        self._argv = argv
        self._machine = machine
        machine.processes = (*machine.processes, self.title)
        self._steps: Rerun | None = None
        self._end: Ending | None = None
        self._env = dict(machine.env)
        self._input = machine.input
        self.foresight = FAR
        self.live = machine.wire is not None and any(map(self._calls_out, argv))

    @property
    def title(self) -> str:
        """Cómo sale en `ps`."""
        return " ".join(self._argv)

    def _calls_out(self, word: str) -> bool:
        """Si una palabra de la orden, o el guion que nombra, usa la red."""
        return bool(_NETWORK.search(word) or (" " not in word and _NETWORK.search(self._machine.read(word) or "")))

    def ending(self, horizon: float) -> Ending | None:
        """Cómo acaba por su cuenta, si acaba antes de la edad `horizon`."""
        self._run_to(horizon)
        return self._end if self._end is not None and self._end.at <= horizon else None

    def next_change(self, age: float) -> float | None:
        """El próximo cambio de un archivo, de un puerto o el final; si no se sabe, hasta donde se ha mirado."""
        self._run_to(age + self.foresight)
        born = self._machine.born
        ahead = [at - born for at in self._machine.disk.changes_after(born + age)]
        ahead += [at for at in self._machine.ports.values() if at > age]
        # El guion ya está parado en su próximo paso: hasta entonces no hay más cambios que los apuntados.
        ahead.append(self._end.at if self._end is not None else self._machine.at)
        return min((at for at in ahead if at > age), default=None)

    def listening(self, port: int, age: float) -> bool:
        """Si el guion abrió ese puerto (`nc -l`, `httpd`)."""
        self._run_to(age)
        return self._machine.ports.get(port, float("inf")) <= age

    def secure(self, port: int) -> bool:
        """Ni `nc` ni `httpd` cifran nada."""
        return False

    def answer(self, path: str, age: float) -> Answer:
        """`httpd` sirve los archivos de su carpeta."""
        machine = self._machine
        full = machine.web.rstrip("/") + posixpath.normpath("/" + path.partition("?")[0].lstrip("/")).rstrip("/")
        found = machine.disk.read(full, machine.born + age)
        # Un solo archivo, montado con `subPath`, también es un montaje: antes de mirar dentro, se mira si es él.
        if found is None and machine.disk.is_folder(full, machine.born + age):
            found = machine.disk.read(f"{full}/index.html".replace("//", "/"), machine.born + age)
        return Answer(200, found) if found is not None else Answer(404, "404 Not Found\n")

    def health(self, service: str, age: float) -> str | None:
        """Un guion no habla gRPC."""
        return None

    def execute(self, command: list[str], age: float) -> Outcome:
        """Ejecuta una orden sobre los archivos que hay a esa edad."""
        inside = self.inside(age)
        output: list[str] = []
        inside.stderr = output.append
        try:
            code = _exhaust(start(inside, command, output.append))
        except Exit as stop:
            code = stop.code
        return Outcome(code, "".join(output), inside.at - age)

    def inside(self, age: float) -> Machine:
        """Una máquina con los archivos de esta y el entorno del contenedor, para lo que se ejecute desde fuera."""
        self._run_to(age)
        mine = self._machine
        return Machine(dict(self._env), mine.disk, mine.hostname, mine.born, age, memory_limit=mine.memory_limit,
                       processes=mine.processes, user=mine.user, wire=mine.wire,
                       extras=mine.extras)  # fmt: skip

    def hear(self, text: str, ended: bool, age: float) -> None:
        """Le llega texto por la entrada, si la dejaron abierta; con `ended`, es lo último."""
        source = self._input
        if source is None or source.ended:
            return
        self._run_to(age)
        source.text += text
        source.ended = ended
        source.waiting = False
        self._machine.at = max(self._machine.at, age)
        self._run_to(age)

    # Un guion que escucha atiende como un servidor cualquiera.
    performance = DEFAULT
    version = ""

    def calls(self, path: str) -> list[tuple[str, float]]:
        """Un guion no llama a nadie para responder."""
        return []

    def trail(self, age: float) -> tuple[int, list[str]]:
        """Lo escrito hasta `age`, tal como salió: cuántos trozos se olvidaron ya, y los que quedan."""
        self._run_to(age)
        if self._machine.spoken is None:
            return 0, [f"{text}\n" for _, text in self.lines(age)]
        return self._machine.forgotten, [text for at, text in self._machine.spoken if at <= age]

    def lines(self, age: float) -> list[tuple[float, str]]:
        """Lo que ha escrito hasta `age`."""
        self._run_to(age)
        return [line for line in self._machine.written if line[0] <= age]

    @property
    def farewell(self) -> Farewell | None:
        """Solo se despide quien instaló un `trap`; quien lo instaló vacío no hace caso, y hay que matarlo."""
        handler = self._machine.traps.get("TERM")
        if handler == "":
            return None
        if handler is None:
            return None if self._machine.deaf else Farewell(0.05, TERMINATED)
        found = re.search(r"exit\s+(\d+)", handler)
        return Farewell(0.1, int(found[1]) if found else TERMINATED)

    def termination_message(self) -> str:
        """Lo que dejó en `/dev/termination-log`."""
        end = self._end.at if self._end else self._machine.at
        return self._machine.disk.read(TERMINATION_LOG, self._machine.born + end) or ""

    def _run_to(self, age: float) -> None:
        if self.live and self._machine.wire is not None:
            age = min(age, self._machine.wire.now() - self._machine.born + _SLACK)
        if self._steps is None:
            self._steps = Rerun(start, self._machine, self._argv)
        while self._end is None and self._machine.at <= age and not (self._input is not None and self._input.waiting):
            code: int | None = None
            try:
                next(self._steps)
            except StopIteration as stop:
                code = int(stop.value)
            except Exit as stop:
                code = stop.code
            # En la copia de un clúster, el primer paso cambia de máquina: la suya ha repetido los anteriores.
            self._machine, self._input = self._steps.machine, self._steps.input
            if code is not None:
                self._finish(code)

    def _finish(self, code: int) -> None:
        self._machine.flush()
        reason = "OOMKilled" if self._machine.out_of_memory else ""
        self._end = Ending(self._machine.at, code, reason)


def start(machine: Machine, argv: list[str], emit: Callable[[str], None]) -> Steps:
    """Arranca una orden ya separada en palabras, sin expandirla: así llega de un manifiesto."""
    steps: Steps = _commands().invoke(machine, list(argv), emit, None)
    return (yield from steps)
