"""El `curl` de toda la vida: las opciones del curso, sus códigos de salida y sus frases.

Fuente: https://curl.se/docs/manpage.html (y su lista de códigos de salida)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin

from lab_tools.embedded.workloads import options, wire
from lab_tools.embedded.workloads.place import Place
from lab_tools.embedded.workloads.shell import Machine, Steps
from lab_tools.embedded.workloads.wget import ask
from lab_tools.embedded.workloads.wire import Fetched

_FLAGS = "sSfikILvg46GNO#"
_CONNECT, _RESOLVE, _IGNORED, _FAIL_BODY, _METER, _AUTHORITY = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06"
_VALUED = "mowXHduAexbcTFE" + _CONNECT + _RESOLVE + _IGNORED + _AUTHORITY
_LONG = {"max-time": "m", "connect-timeout": _CONNECT, "output": "o", "write-out": "w", "request": "X", "header": "H",
         "data": "d", "data-raw": "d", "data-binary": "d", "json": "d", "user": "u", "user-agent": "A",
         "resolve": _RESOLVE, "cacert": _AUTHORITY, "retry": _IGNORED, "retry-delay": _IGNORED, "proxy": "x",
         "silent": "s", "show-error": "S", "fail": "f", "fail-with-body": _FAIL_BODY, "include": "i", "insecure": "k",
         "head": "I", "location": "L", "verbose": "v", "no-progress-meter": _METER, "ipv4": "4", "get": "G",
         "retry-connrefused": _METER, "compressed": _METER}  # fmt: skip
_HOPS = 50
_BAD_URL = "URL using bad/illegal format or missing URL"
_TLS_HELP = ("More details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the "
             "server and therefore could not\nestablish a secure connection to it. To learn more about this situation "
             "and\nhow to fix it, please visit the web page mentioned above.\n")  # fmt: skip
_METER_HEAD = ("  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
               "                                 Dload  Upload   Total   Spent    Left  Speed\n")  # fmt: skip


@dataclass(slots=True)
class _Talk:
    """Una petición en curso: lo que se ha tardado, a cuántos sitios mandaron y cómo acabó."""

    url: str
    taken: float = 0.0
    hops: int = 0
    found: Fetched | None = None
    code: int = 0
    why: str = ""


def run(machine: Machine, args: list[str], emit: Callable[[str], None], stdin: str | None) -> Steps:
    """`curl [opciones] URL...`."""
    try:
        given, urls = options.split(args, _FLAGS + _FAIL_BODY + _METER, _VALUED, _LONG)
    except options.BadOption as fault:
        machine.complain(f"curl: option {fault}: is unknown\n"
                         "curl: try 'curl --help' or 'curl --manual' for more information\n")  # fmt: skip
        return 2
    if not urls:
        machine.complain("curl: (2) no URL specified\n")
        return 2
    code = 0
    for url in urls:
        talk = _Talk(url if "://" in url else f"http://{url}")
        yield from _converse(machine, talk, given)
        code = _tell(machine, talk, given, emit)
    return code


def _converse(machine: Machine, talk: _Talk, given: dict[str, list[str]]) -> Steps:
    """Pide, y sigue a donde le manden si se le dijo."""
    data = "&".join(given.get("d", []))
    headers = tuple((name.strip(), value.strip()) for name, _, value in (one.partition(":") for one in
                                                                          given.get("H", [])))  # fmt: skip
    method = given["X"][-1] if "X" in given else "HEAD" if "I" in given else "POST" if "d" in given else "GET"
    whole = options.seconds(given.get("m")) or float("inf")
    opening = min(options.seconds(given.get(_CONNECT)) or float("inf"), whole)
    while talk.hops <= _HOPS:
        place = Place.of(talk.url)
        if place is None or place.scheme not in ("http", "https"):
            talk.code, talk.why = (1, f'Protocol "{place.scheme}" not supported') if place else (3, _BAD_URL)
            return 0
        found = talk.found = ask(machine, talk.url, method, headers, _resolved(place, given), data)
        left = (whole if found.verdict in wire.GOOD else opening) - talk.taken
        spent = min(found.seconds, max(left, 0.0))
        talk.taken += spent
        machine.at += spent
        yield
        _judge(talk, place, found, found.seconds > left, _trusted(machine, found.certificate, given))
        location = found.headers.get("location")
        if talk.code or "L" not in given or not location or found.status not in range(300, 400):
            return 0
        talk.url, talk.hops = urljoin(talk.url, location), talk.hops + 1
    talk.code, talk.why = 47, f"Maximum ({_HOPS}) redirects followed"
    return 0


def _trusted(machine: Machine, blame: str, given: dict[str, list[str]]) -> bool:
    """Si se da por bueno el certificado: con `-k`, o con un `--cacert` cuando solo falta saber quién lo firma."""
    if "k" in given:
        return True
    known = any("BEGIN CERTIFICATE" in (machine.read(path) or "") for path in given.get(_AUTHORITY, []))
    return known and blame in ("self-signed certificate", "unable to get local issuer certificate")


def _judge(talk: _Talk, place: Place, found: Fetched, tired: bool, trusted: bool) -> None:
    """El código de salida y su frase; cero si hubo respuesta."""
    host, port, spent = place.host, place.port, round(talk.taken * 1000)
    if found.verdict == wire.NXDOMAIN or (found.verdict == wire.DNS_TIMEOUT and not tired):
        talk.code, talk.why = 6, f"Could not resolve host: {host}"
    elif tired:
        what = "Resolving" if found.verdict == wire.DNS_TIMEOUT else "Connection"
        what = "Operation" if found.verdict in wire.GOOD else what
        rest = " with 0 bytes received" if found.verdict in wire.GOOD else ""
        talk.code, talk.why = 28, f"{what} timed out after {spent + 1} milliseconds{rest}"
    elif found.verdict in (wire.REFUSED, wire.NO_ROUTE, wire.TIMEOUT):
        talk.code = 28 if found.verdict == wire.TIMEOUT else 7
        talk.why = f"Failed to connect to {host} port {port} after {spent} ms: Couldn't connect to server"
    elif found.verdict == wire.RESET and place.scheme == "https":
        talk.code, talk.why = 35, "error:0A00010B:SSL routines::wrong version number"
    elif found.verdict == wire.RESET:
        talk.code, talk.why = 56, "Recv failure: Connection reset by peer"
    elif found.certificate and not trusted:
        named = found.certificate.startswith("no alternative")
        talk.code = 60
        talk.why = f"SSL: {found.certificate}" if named else f"SSL certificate problem: {found.certificate}"


def _tell(machine: Machine, talk: _Talk, given: dict[str, list[str]], emit: Callable[[str], None]) -> int:
    """Escribe la respuesta (o el error) como se pidió, y da el código de salida."""
    found = talk.found or Fetched(wire.NXDOMAIN, 0.0)
    quiet = "s" in given
    if "v" in given:
        machine.complain(_chat(talk, found))
    if not quiet and _METER not in given and not machine.terminal:
        machine.complain(_METER_HEAD)
    fails = found.status >= 400 and ("f" in given or _FAIL_BODY in given)
    if talk.code == 0 and not ("f" in given and fails):
        text = _head(found) if "i" in given or "I" in given else ""
        text += "" if "I" in given else found.body
        _put(machine, text, Place.of(talk.url), given, emit)
    if talk.code == 0 and fails:
        talk.code, talk.why = 22, f"The requested URL returned error: {found.status}"
    if talk.code and (not quiet or "S" in given):
        machine.complain(f"curl: ({talk.code}) {talk.why}\n" + (_TLS_HELP if talk.code == 60 else ""))
    if "w" in given:
        emit(_written(given["w"][-1], talk, found))
    return talk.code


def _put(
    machine: Machine, text: str, place: Place | None, given: dict[str, list[str]], emit: Callable[[str], None]
) -> None:
    target = given["o"][-1] if "o" in given else "-"
    if "O" in given:
        target = (place.file if place else "") or "curl_response"
    if target == "-":
        emit(text)
    elif target != "/dev/null":
        machine.save(target, text)


def _resolved(place: Place, given: dict[str, list[str]]) -> str:
    """La dirección que `--resolve nombre:puerto:dirección` da a este nombre; «» si ninguna."""
    for one in given.get(_RESOLVE, []):
        name, number, address = [*one.split(":", 2), "", ""][:3]
        if name in (place.host, "*") and number == str(place.port):
            return address
    return ""


def _head(found: Fetched) -> str:
    phrase = HTTPStatus(found.status).phrase if found.status in set(HTTPStatus) else ""
    lines = [f"HTTP/1.1 {found.status} {phrase}", *(f"{name}: {value}" for name, value in found.headers.items())]
    return "".join(f"{line}\r\n" for line in (*lines, ""))


def _chat(talk: _Talk, found: Fetched) -> str:
    """Lo que cuenta `-v`."""
    place = Place.of(talk.url)
    if place is None or not found.address:
        return f"* Could not resolve host: {place.host if place else ''}\n* Closing connection\n"
    port = place.port
    said = f"*   Trying {found.address}:{port}...\n"
    if found.verdict not in wire.GOOD:
        return said + f"* connect to {found.address} port {port} failed\n* Closing connection\n"
    said += f"* Connected to {place.host} ({found.address}) port {port}\n"
    said += f"> GET {place.path} HTTP/1.1\n> Host: {place.netloc}\n> User-Agent: curl/7.88.1\n> Accept: */*\n>\n"
    return said + "".join(f"< {line}\n" for line in _head(found).split("\r\n")[:-1])


def _written(form: str, talk: _Talk, found: Fetched) -> str:
    """Lo que pide `-w`."""
    values = {
        "http_code": f"{found.status if not _failed(talk) else 0:03}", "response_code": f"{found.status:03}",
        "time_total": f"{talk.taken:.6f}", "time_connect": f"{min(talk.taken, 0.001):.6f}",
        "remote_ip": found.address, "size_download": str(len(found.body.encode())), "url_effective": talk.url,
        "num_redirects": str(talk.hops), "exitcode": str(talk.code), "errormsg": talk.why,
        "redirect_url": found.headers.get("location", ""), "content_type": found.headers.get("content-type", ""),
    }  # fmt: skip
    text = re.sub(r"%\{(\w+)\}", lambda name: values.get(name[1], ""), form)
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")


def _failed(talk: _Talk) -> bool:
    return talk.code not in (0, 22)
