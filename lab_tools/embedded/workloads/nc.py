"""El `nc` de BusyBox: escuchar en un puerto, probar si uno está abierto o decirle algo.

Fuente: https://busybox.net/downloads/BusyBox.html#nc
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from lab_tools.embedded.workloads import options, wire
from lab_tools.embedded.workloads.shell import Machine, Steps
from lab_tools.embedded.workloads.wget import ask
from lab_tools.embedded.workloads.wire import Dialed, Wire

_WHY = {wire.REFUSED: "Connection refused", wire.TIMEOUT: "Connection timed out", wire.NO_ROUTE: "No route to host"}
# Escuchar no termina solo.
FOREVER = 10.0**9


def run(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str | None) -> Steps:
    """`nc -l -p PUERTO`, o `nc [-z] [-v] [-u] [-w SEG] NOMBRE PUERTO`."""
    try:
        given, words = options.split(args, "lknvzu46", "pwise", {})
    except options.BadOption as fault:
        machine.complain(f"nc: unrecognized option: {str(fault).lstrip('-')}\n")
        return 1
    if "l" in given:
        port = given.get("p", words)[-1:]
        if port and port[0].isdigit():
            machine.ports.setdefault(int(port[0]), machine.at)
        machine.at += FOREVER
        yield
        return 0
    if len(words) != 2 or not words[1].isdigit():
        machine.complain("Usage: nc [IPADDR PORT]\n")
        return 1
    return (yield from _call(machine, words[0], int(words[1]), given, emit, stdin))


def _call(machine: Machine, host: str, port: int, given: dict[str, list[str]], emit: Callable[[str], None],
          stdin: str | None) -> Steps:  # fmt: skip
    cable: Wire | None = machine.wire
    protocol = "UDP" if "u" in given else "TCP"
    found = cable.dial(host, port, protocol) if cable is not None else Dialed(wire.NXDOMAIN, 0.0)
    limit = options.seconds(given.get("w")) or float("inf")
    machine.at += min(found.seconds, limit)
    yield
    if found.verdict in wire.NAMELESS:
        machine.complain(f"nc: bad address '{host}'\n")
        return 1
    if found.seconds > limit:
        machine.complain("nc: timed out\n" if "z" not in given else f"nc: {host} ({found.address}:{port}): timed out\n")
        return 1
    if found.verdict not in wire.GOOD:
        machine.complain(f"nc: can't connect to remote host ({found.address}): {_WHY.get(found.verdict, 'Reset')}\n")
        return 1
    if "v" in given:
        machine.complain(f"{host} ({found.address}:{port}) open\n")
    if "z" not in given and stdin:
        emit(_http(machine, host, port, stdin))
    return 0


def _http(machine: Machine, host: str, port: int, text: str) -> str:
    """Si lo que se dice es una petición HTTP, lo que contestan; si no, nada."""
    method, *rest = text.split("\n")[0].split()
    if len(rest) != 2 or not rest[1].startswith("HTTP/"):
        return ""
    pairs = (line.partition(":") for line in text.splitlines()[1:] if ":" in line)
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    found = ask(machine, f"http://{host}:{port}{rest[0]}", method, headers)
    phrase = HTTPStatus(found.status).phrase if found.status in set(HTTPStatus) else ""
    return f"HTTP/1.1 {found.status} {phrase}\r\n\r\n{found.body}" if found.status else ""
