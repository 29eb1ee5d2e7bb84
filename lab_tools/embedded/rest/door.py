"""La puerta propia del clúster, bajo `/orquesta/v1`: el reloj y el estado, para quien es su dueño.

Una puerta es una entrada de la tabla `DOORS`: método y nombre → función. Nada de esto existe en un
Kubernetes de verdad, y quien mira desde fuera debe poder vivir sin ello.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.clock import EPOCH, timestamp
from lab_tools.embedded.rest import answers, until
from lab_tools.embedded.rest.call import Cluster, Fault
from lab_tools.embedded.rest.edge import Edge
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.objects import kinds

ROOT = "/orquesta/v1"
MIN_SPEED, MAX_SPEED = 0.1, 1000.0
# Un día de golpe: más tendría a todos esperando la respuesta.
MAX_ADVANCE = 86400.0
MAX_STEPS = 10_000
# Segundos del clúster que se espera una condición si no se dice otra cosa.
DEFAULT_TIMEOUT = 600.0
_CLOCK_FIELDS = {"advance", "paused", "speed", "step", "timeout", "until"}
_MARKS = ("start", "ready", "cell", "solved", "hint")
_MARK_LENGTH = 100


def handle(cluster: Cluster, edge: Edge, request: Request) -> Response:
    """Atiende una petición a la puerta. 404 si no hay tal cosa, 405 si no se puede hacer eso con ella."""
    name = request.path.removeprefix(ROOT).strip("/")
    methods = DOORS.get(name)
    if methods is None:
        raise status.no_such_resource()
    door = methods.get("GET" if request.method == "HEAD" else request.method)
    if door is None:
        raise status.method_not_allowed()
    return answers.document(door(cluster, edge, request))


def read_clock(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """La hora. `now` y `time` son comparables con los instantes de los objetos; `elapsed`, con otro `elapsed`.

    Por la red, las fechas son de pared: una duración del clúster se mide restando dos `elapsed`.
    """
    now = edge.dates.at(cluster.clock.now)
    return {"now": now, "time": timestamp(now), "elapsed": cluster.clock.now - EPOCH, "speed": edge.speed,
            "paused": edge.paused}  # fmt: skip


def write_clock(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """Cambia el ritmo (`speed`, `paused`) o adelanta el tiempo (`advance`, `step`, `until`), en ese orden.

    `advance`: segundos. `step`: cuántos sucesos. `until`: una condición (véase `until`), con `timeout` segundos como
    mucho; `met` dice en la respuesta si se cumplió. Un salto muy largo se contesta a medias, para no hacer esperar a
    los demás: `left` dice los segundos que faltan, y quien lo pidió los pide otra vez.
    """
    asked = _body(request)
    if unknown := set(asked) - _CLOCK_FIELDS:
        raise status.bad_request(f"unknown field {sorted(unknown)[0]!r}: expected {', '.join(sorted(_CLOCK_FIELDS))}")
    if "speed" in asked:
        edge.set_speed(_speed(asked))
    if "paused" in asked:
        if not isinstance(asked["paused"], bool):
            raise status.bad_request("paused: Invalid value: must be true or false")
        (edge.pause if asked["paused"] else edge.resume)()
    found: dict[str, Any] = {}
    if "advance" in asked:
        found["left"] = _leap(cluster, edge, lambda: False, _number(asked, "advance", MAX_ADVANCE))
    if "step" in asked:
        events = int(_number(asked, "step", MAX_STEPS))
        edge.jump(lambda: all(cluster.clock.step() for _ in range(events)))
    if "until" in asked:
        found.update(_until(cluster, edge, asked))
    return {**found, **read_clock(cluster, edge, request)}


def _leap(cluster: Cluster, edge: Edge, met: Callable[[], bool], seconds: float) -> float:
    """Deja pasar `seconds` segundos, o hasta que se cumpla `met`. Devuelve los que faltan si hay que seguir luego."""
    tired, clock, end = edge.tired(), cluster.clock, cluster.clock.now + seconds
    edge.jump(lambda: clock.run_until(lambda: tired() or met(), seconds), lambda: clock.now < end and not met())
    return max(end - clock.now, 0.0)


def _until(cluster: Cluster, edge: Edge, asked: dict[str, Any]) -> dict[str, Any]:
    wanted = asked["until"]
    if not isinstance(wanted, dict):
        raise status.bad_request("until: Invalid value: must be an object")
    met, timeout = until.predicate(cluster, wanted), _number({"timeout": DEFAULT_TIMEOUT, **asked}, "timeout",
                                                             MAX_ADVANCE)  # fmt: skip
    left = _leap(cluster, edge, met, timeout)
    return {"met": met(), "left": left}


def read_state(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """Qué clúster es este: su semilla, sus nodos y por qué revisión va."""
    nodes = cluster.api.list(kinds.NODE)
    names = [node["metadata"]["name"] for node in nodes.items]
    return {"seed": cluster.seed, "nodes": names, "revision": nodes.revision, "speed": edge.speed}


def read_record(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """El registro de lo que se ha pedido aquí: lo que hace falta para repetirlo en otro clúster igual."""
    nodes = len(cluster.api.list(kinds.NODE).items)
    return {"version": 1, "seed": cluster.seed, "nodes": nodes, "entries": cluster.record.entries}


def write_mark(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """Deja una señal en el registro: `start` o `ready` (laboratorio), `cell` (celda que se comprueba),
    `solved` (celda que salió bien) o `hint` (pista).

    Con `start` la suerte se renueva.
    """
    asked = _body(request)
    name, value = next(iter(asked.items()), ("", ""))
    if len(asked) != 1 or name not in _MARKS or not isinstance(value, str) or not 0 < len(value) <= _MARK_LENGTH:
        raise status.bad_request("expected one of start, ready, cell, solved or hint, with a short name")
    if name == "start":
        cluster.reseed(value)
    cluster.record.mark(asked, cluster.clock)
    return {"marked": asked}


def read_faults(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """Las averías en vigor, por orden de llegada."""
    return {"faults": [_shown(one, edge) for one in cluster.faults.active()]}


def write_fault(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """Provoca una avería: `{"kind", …sus opciones}`."""
    return _shown(cluster.faults.inject(_body(request)), edge)


def heal_faults(cluster: Cluster, edge: Edge, request: Request) -> dict[str, Any]:
    """Repara la avería que diga `name` en la consulta; sin él, todas."""
    names = request.query.get("name") or [one.name for one in cluster.faults.active()]
    return {"healed": [_shown(cluster.faults.heal(name), edge) for name in names]}


def _shown(fault: Fault, edge: Edge) -> dict[str, Any]:
    return {"name": fault.name, "kind": fault.kind, "since": timestamp(edge.dates.at(fault.since)), **fault.options}


Door = Callable[[Cluster, Edge, Request], dict[str, Any]]
DOORS: dict[str, dict[str, Door]] = {
    "clock": {"GET": read_clock, "POST": write_clock},
    "faults": {"GET": read_faults, "POST": write_fault, "DELETE": heal_faults},
    "marks": {"POST": write_mark},
    "record": {"GET": read_record},
    "state": {"GET": read_state},
}


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError as error:
        raise status.bad_request(f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise status.bad_request("the body is not a JSON object")
    return found


def _speed(asked: dict[str, Any]) -> float:
    found = _number(asked, "speed", MAX_SPEED)
    if 0 < found < MIN_SPEED:
        told = f"must be 0 (paused) or a number from {MIN_SPEED:g} to {MAX_SPEED:g}"
        raise status.bad_request(f"speed: Invalid value: {json.dumps(asked['speed'])}: {told}")
    return found


def _number(asked: dict[str, Any], name: str, most: float) -> float:
    value = asked[name]
    valid = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not valid or not 0 <= value <= most:
        raise status.bad_request(f"{name}: Invalid value: {json.dumps(value)}: must be a number from 0 to {most:g}")
    return float(value)
