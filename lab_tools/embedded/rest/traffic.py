"""La puerta del tráfico, bajo `/orquesta/v1/traffic`: pedir algo una vez, o cargar un servicio durante un rato.

    POST request        una petición: contesta su ficha, que se sigue como la de una carga
    POST loads          empieza una carga          GET loads        las que hay
    GET  loads/ID       cómo va (`?full=1`: todas sus cuentas)
    POST loads/ID       {"stop": true}: no sale ninguna petición más

Desde un Pod llama quien podría entrar en él (`create pods/exec` en su espacio de nombres); desde fuera, cualquiera
que tenga credencial. Una petición de aquí no es un objeto de la API: no se guarda, y un reinicio la olvida.
"""

from __future__ import annotations

import json
import math
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes, forbidden
from lab_tools.embedded.network.ask import Ask, BadAddress, NoSource, PodKey
from lab_tools.embedded.rest import answers
from lab_tools.embedded.rest.call import Cluster
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.embedded.traffic.answer import response
from lab_tools.embedded.traffic.arrivals import Step
from lab_tools.embedded.traffic.load import RUNNING, Load, Plan
from lab_tools.embedded.user import AUTHENTICATED

ROOT = "/orquesta/v1/traffic"
MAX_RPS, MAX_SECONDS, MAX_REQUESTS, MAX_TIMEOUT = 10_000.0, 86_400.0, 2_000_000, 300.0
MAX_CONNECTIONS = 10_000
_TIMEOUT = 10.0
_FIELDS = {"url", "from", "method", "headers", "body", "timeout", "seed", "rps", "seconds", "steps", "connections"}


def handle(cluster: Cluster, request: Request) -> Response:
    """Atiende una petición a la puerta. Lanza 400, 403, 404 o 405."""
    if AUTHENTICATED not in request.user.groups and "system:masters" not in request.user.groups:
        raise forbidden(request.user, Attributes(request.method.lower(), path=request.path))
    parts = [part for part in request.path.removeprefix(ROOT).split("/") if part]
    match (request.method, parts):
        case "POST", ["request"]:
            return answers.document(_start(cluster, request, once=True), 201)
        case "POST", ["loads"]:
            return answers.document(_start(cluster, request, once=False), 201)
        case (("GET" | "HEAD"), ["loads"]):
            traffic = cluster.traffic
            return answers.document({"loads": [_told(cluster, traffic.read(name)) for name in list(traffic.loads)]})
        case (("GET" | "HEAD"), ["loads", name]):
            return answers.document(_told(cluster, _found(cluster, name), request.flag("full")))
        case "POST", ["loads", name]:
            return answers.document(_stop(cluster, request, name))
        case _, ["request"] | ["loads"] | ["loads", _]:
            raise status.method_not_allowed()
    raise status.no_such_resource()


def _start(cluster: Cluster, request: Request, *, once: bool) -> dict[str, Any]:
    asked = _body(request)
    if unknown := sorted(set(asked) - _FIELDS):
        raise _bad(f"No hay un campo «{unknown[0]}»", f"usa {', '.join(sorted(_FIELDS))}")
    source = _source(asked)
    if source is not None:
        exec_ = Attributes("create", "", "pods/exec", *source)
        cluster.access.check(request.user, exec_)
    plan = Plan(_ask(cluster, asked, source), str(asked["url"]), () if once else _steps(asked),
                _number(asked, "timeout", MAX_TIMEOUT, _TIMEOUT), _seed(asked), once, request.user.name,
                _connections(asked))  # fmt: skip
    return _told(cluster, cluster.traffic.start(plan))


def _told(cluster: Cluster, load: Load, whole: bool = False) -> dict[str, Any]:
    load.look(cluster.clock.now)
    found = load.document(cluster.clock.now, whole)
    if load.plan.once and load.state != RUNNING and load.book.marks:
        found["response"] = response(load)
    return found


def _found(cluster: Cluster, name: str) -> Load:
    try:
        return cluster.traffic.read(name)
    except KeyError:
        raise status.failure(404, "NotFound", f'loads.traffic.orquesta "{name}" not found', {"name": name}) from None


def _stop(cluster: Cluster, request: Request, name: str) -> dict[str, Any]:
    if _body(request) != {"stop": True}:
        raise _bad("A una carga solo se le puede pedir que pare", 'manda {"stop": true}')
    load = _found(cluster, name)
    mine = load.plan.owner == request.user.name
    if not mine:
        # De otro: hace falta poder entrar en el Pod del que sale, o ser quien manda en el clúster.
        namespace, pod = load.plan.ask.source or ("", "")
        cluster.access.check(request.user, Attributes("create", "", "pods/exec", namespace or None, pod))
    return _told(cluster, cluster.traffic.stop(name))


# Lo que se pide


def _ask(cluster: Cluster, asked: dict[str, Any], source: PodKey | None) -> Ask:
    url, method, headers = asked.get("url"), asked.get("method", "GET"), asked.get("headers") or {}
    if not isinstance(url, str) or not url:
        raise _bad("Falta `url`", "escribe a dónde se llama, como http://api:8080/pedidos")
    if not isinstance(method, str) or not method.isalpha():
        raise _bad(f"`method` es {json.dumps(method)}", "escribe GET, POST…")
    if not isinstance(headers, dict) or not all(isinstance(one, str) for one in headers.values()):
        raise _bad("`headers` ha de ser un mapa de textos", 'por ejemplo {"host": "tienda.example"}')
    try:
        ask = Ask.url(url, source, method, headers)
        cluster.network.route.party(source)
    except BadAddress as fault:
        raise _bad(str(fault), "por ejemplo, http://api:8080/pedidos") from None
    except NoSource as fault:
        raise status.failure(404, "NotFound", str(fault), {}) from None
    return ask


def _source(asked: dict[str, Any]) -> PodKey | None:
    value = asked.get("from")
    if value is None:
        return None
    namespace, _, pod = str(value).partition("/")
    if not namespace or not pod or "/" in pod:
        raise _bad(f"`from` es «{value}»", "escribe «espacio/pod», o nada para llamar desde fuera")
    return namespace, pod


def _steps(asked: dict[str, Any]) -> tuple[Step, ...]:
    if "steps" in asked:
        listed = asked["steps"]
        if not isinstance(listed, list) or not listed or not all(isinstance(one, list) and len(one) == 2
                                                                 for one in listed):  # fmt: skip
            raise _bad("`steps` ha de ser una lista de [segundos, peticiones por segundo]", "por ejemplo [[60, 20]]")
    else:
        listed = [[asked.get("seconds"), asked.get("rps")]]
    steps = tuple((_within("seconds", one[0], MAX_SECONDS), _within("rps", one[1], MAX_RPS)) for one in listed)
    whole = sum(seconds * rps for seconds, rps in steps)
    if whole > MAX_REQUESTS or sum(seconds for seconds, _ in steps) > MAX_SECONDS:
        raise _bad(f"Son {whole:.0f} peticiones", f"pide {MAX_REQUESTS} como mucho, y no más de un día")
    return steps


def _seed(asked: dict[str, Any]) -> int:
    seed = asked.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise _bad(f"`seed` es {json.dumps(seed)}", "escribe un número entero")
    return seed


def _connections(asked: dict[str, Any]) -> int:
    found = asked.get("connections", 0)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= MAX_CONNECTIONS:
        cure = f"escribe un entero de 0 (una por petición) a {MAX_CONNECTIONS}"
        raise _bad(f"`connections` es {json.dumps(found)}", cure)
    return found


def _number(asked: dict[str, Any], name: str, most: float, default: float) -> float:
    return _within(name, asked.get(name, default), most)


def _within(name: str, value: Any, most: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    silent = name == "rps"  # un rato sin peticiones también se puede pedir
    if not good or not 0 <= value <= most or (value == 0 and not silent):
        least = "0" if silent else "más de 0"
        raise _bad(f"`{name}` es {json.dumps(value)}", f"escribe un número de {least} a {most:g}")
    return float(value)


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError as error:
        raise _bad(f"El cuerpo no es JSON: {error}", "manda un objeto") from None
    if not isinstance(found, dict):
        raise _bad("El cuerpo no es un objeto JSON", "manda un objeto")
    return found


def _bad(what: str, cure: str) -> Exception:
    return status.bad_request(f"{what}: {cure}.")
