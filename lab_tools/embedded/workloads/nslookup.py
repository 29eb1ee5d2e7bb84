"""El `nslookup` de BusyBox, con sus rarezas: prueba todos los sufijos con un nombre corto, y ninguno si lleva puntos.

Por eso un nombre corto que existe también da NXDOMAIN, y sale con 1.
Fuente: https://busybox.net/downloads/BusyBox.html#nslookup
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lab_tools.embedded.workloads.shell import Machine, Steps
from lab_tools.embedded.workloads.wire import Found, Wire

_NUMBERS = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})")
_TYPES = ("A", "AAAA", "CNAME", "PTR", "SRV")


def run(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str | None) -> Steps:
    """`nslookup [-type=TIPO] NOMBRE [SERVIDOR]`."""
    wanted = [one.partition("=")[2].upper() for one in args if one.startswith(("-type=", "-query=", "-q="))]
    words = [one for one in args if not one.startswith("-")]
    if not words or any(one not in _TYPES for one in wanted):
        machine.complain("Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n")
        return 1
    cable: Wire | None = machine.wire
    if cable is None:
        machine.complain(f"nslookup: can't resolve '{words[0]}'\n")
        return 1
    answers: list[Found] = []
    for name, kind in _questions(cable, words[0], wanted):
        found = cable.lookup(name, kind, words[1] if len(words) > 1 else "")
        machine.at += found.seconds
        yield
        if not found.code:
            emit(";; connection timed out; no servers could be reached\n\n")
            return 1
        answers.append(found)
    emit(f"Server:\t\t{answers[0].server}\nAddress:\t{answers[0].server}:53\n\n")
    for found in answers:
        emit(_shown(found))
    return int(any(found.code != "NOERROR" for found in answers))


def _questions(cable: Wire, name: str, wanted: list[str]) -> Iterator[tuple[str, str]]:
    """Lo que se pregunta, por orden: cada nombre entero con cada tipo."""
    if address := _NUMBERS.fullmatch(name):
        yield ".".join(reversed(address.groups())) + ".in-addr.arpa", "PTR"
        return
    suffixes = cable.suffixes()
    names = [name.rstrip(".")] if "." in name or not suffixes else [f"{name}.{suffix}" for suffix in suffixes]
    for kind in wanted or ("A", "AAAA"):
        for one in names:
            yield one, kind


def _shown(found: Found) -> str:
    if found.code != "NOERROR":
        return f"** server can't find {found.name}: {found.code}\n\n"
    return "".join(_record(*one) for one in found.records) + "\n"


def _record(name: str, kind: str, value: str) -> str:
    if kind == "CNAME":
        return f"{name}\tcanonical name = {value}\n"
    if kind == "SRV":
        return f"{name}\tservice = {value}\n"
    return f"{name}\tname = {value}\n" if kind == "PTR" else f"Name:\t{name}\nAddress: {value}\n"
