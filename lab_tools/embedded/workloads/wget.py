"""El `wget` de BusyBox: mismas opciones, mismos mensajes.

Fuente: https://busybox.net/downloads/BusyBox.html#wget
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urljoin

from lab_tools.embedded.workloads import options, wire
from lab_tools.embedded.workloads.place import Place
from lab_tools.embedded.workloads.shell import Machine, Steps
from lab_tools.embedded.workloads.wire import Fetched, Wire

_LONG = {"spider": "\x01", "header": "\x02", "post-data": "\x03", "no-check-certificate": "\x04", "quiet": "q",
         "output-document": "O", "timeout": "T", "tries": "t", "user-agent": "U", "server-response": "S",
         "directory-prefix": "P"}  # fmt: skip
_USAGE = """Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[-P DIR] [-U AGENT] [-T SEC] URL...
"""
_SPIDER, _HEADER, _POST = "\x01", "\x02", "\x03"
_PATIENCE = 900.0
_HOPS = 10
_BAR = "*" * 32
_WHY = {wire.REFUSED: "Connection refused", wire.TIMEOUT: "Connection timed out", wire.NO_ROUTE: "No route to host"}


def run(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str | None) -> Steps:
    """`wget [-q] [-O ARCHIVO] [-T SEG] [--spider] URL...`."""
    try:
        given, urls = options.split(args, "qcS", "OTtUPYo" + _HEADER + _POST, _LONG)
    except options.BadOption as fault:
        machine.complain(f"wget: unrecognized option: {str(fault).lstrip('-')}\n")
        return 1
    if not urls:
        machine.complain(_USAGE)
        return 1
    for url in urls:
        code = yield from _one(machine, url, given, emit)
        if code:
            return code
    return 0


def _one(machine: Machine, url: str, given: dict[str, list[str]], emit: Callable[[str], None]) -> Steps:
    headers = tuple((name.strip(), value.strip()) for name, _, value in (one.partition(":") for one in
                                                                          given.get(_HEADER, [])))  # fmt: skip
    limit = options.seconds(given.get("T")) or _PATIENCE
    for _ in range(_HOPS):
        place = Place.of(url)
        if place is None or place.scheme not in ("http", "https"):
            machine.complain("wget: bad address ''\n" if place is None else f"wget: not an http or ftp url: {url}\n")
            return 1
        found = ask(machine, url, "POST" if _POST in given else "GET", headers, body="".join(given.get(_POST, [])))
        machine.at += min(found.seconds, limit)
        yield
        location = found.headers.get("location")
        problem = _problem(place, found, location, "q" not in given, machine)
        if found.seconds >= limit:
            problem = "download timed out"
        if problem:
            machine.complain(f"wget: {problem}\n")
            return 1
        if location is None or found.status not in range(300, 400):
            return _keep(machine, place, found, given, emit)
        url = urljoin(url, location)
    machine.complain("wget: too many redirections\n")
    return 1


def ask(machine: Machine, url: str, method: str, headers: tuple[tuple[str, str], ...], via: str = "",
        body: str = "") -> Fetched:  # fmt: skip
    """Pregunta por el cable de la máquina; sin cable, ningún nombre se resuelve."""
    cable: Wire | None = machine.wire
    return cable.fetch(url, method, headers, via, body) if cable is not None else Fetched(wire.NXDOMAIN, 0.0)


def _problem(place: Place, found: Fetched, location: str | None, chatty: bool, machine: Machine) -> str:
    """Lo que se le dice a quien llama si no salió bien. Por el camino cuenta a dónde se conecta."""
    if found.verdict in wire.NAMELESS:
        return f"bad address '{place.host}'"
    if chatty:
        machine.complain(f"Connecting to {place.netloc} ({found.address}:{place.port})\n")
    if found.verdict in _WHY:
        return f"can't connect to remote host ({found.address}): {_WHY[found.verdict]}"
    if found.verdict == wire.RESET:
        return "error getting response: Connection reset by peer"
    if place.scheme == "https" and chatty:
        machine.complain("wget: note: TLS certificate validation not implemented\n")
    if found.status in range(200, 300) or (found.status in range(300, 400) and location):
        return ""
    phrase = HTTPStatus(found.status).phrase if found.status in set(HTTPStatus) else ""
    return f"server returned error: HTTP/1.1 {found.status} {phrase}"


def _keep(
    machine: Machine, place: Place, found: Fetched, given: dict[str, list[str]], emit: Callable[[str], None]
) -> int:
    """Deja el contenido donde toca."""
    chatty = "q" not in given
    if _SPIDER in given:
        if chatty:
            machine.complain("remote file exists\n")
        return 0
    target = given["O"][-1] if "O" in given else place.file or "index.html"
    if target == "-":
        end = "written to stdout"
        if chatty:
            machine.complain("writing to stdout\n")
        emit(found.body)
    else:
        if "O" not in given and machine.read(target) is not None:
            machine.complain(f"wget: can't open '{target}': File exists\n")
            return 1
        end = f"'{target}' saved"
        if chatty:
            machine.complain(f"saving to '{target}'\n")
        if target != "/dev/null":
            machine.save(target, found.body)
    if chatty:
        size = len(found.body.encode())
        machine.complain(f"{target:<20.20} 100% |{_BAR}| {size:5}  0:00:00 ETA\n{end}\n")
    return 0
