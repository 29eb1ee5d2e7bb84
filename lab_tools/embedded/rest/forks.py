"""Las copias de un clúster servidas por la misma puerta, para probar algo sin que al original le pase nada.

    POST   /orquesta/v1/fork             abre una: {"id", "path"}
    *      /orquesta/v1/forks/ID/RUTA    la misma RUTA, pero en la copia
    DELETE /orquesta/v1/forks/ID         la cierra

En una copia el tiempo está parado: solo avanza por su `/orquesta/v1/clock`. Solo la usa quien la abrió (y la dueña), y
si nadie la usa en un rato se cierra sola.

Quien estudia también puede abrirlas, porque la copia no le da nada que no tuviera: dentro sigue siendo quien era, con
los mismos permisos; solo manda sobre el tiempo y las averías de la copia, que desaparecen con ella, y nada de lo que
haga se guarda ni cuenta como trabajo suyo. Así su `lab.check()` mide lo mismo que la corrección. La correctora, que
fuera solo lee, dentro actúa con los permisos de una estudiante: para eso son las copias.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.access.house import CHECKER, OWNER, STUDENT
from lab_tools.embedded.rest import answers
from lab_tools.embedded.rest.call import Cluster
from lab_tools.embedded.rest.edge import Alarm, Edge, Still
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.embedded.user import AUTHENTICATED, User

DOOR = "/orquesta/v1"
OPEN, COPIES = f"{DOOR}/fork", f"{DOOR}/forks/"
# Cuántas a la vez, y cuánto (segundos de quien espera) sigue abierta una que nadie usa.
MOST = 8
PATIENCE = 300.0
# De la puerta propia, aquello en lo que manda quien abrió la copia.
_MINE = ("clock", "faults", "traces", "traffic", "why")


class Handler(Protocol):
    """La puerta de una copia."""

    def handle(self, request: Request) -> Response:
        """Atiende una petición."""


Build = Callable[[Cluster, Edge], Handler]


@dataclass
class _Copy:
    cluster: Cluster
    handler: Handler
    opened_by: str
    alarm: Alarm


class Forks:
    """Las copias abiertas de un clúster."""

    def __init__(self, cluster: Cluster, edge: Edge, build: Build) -> None:
        self._cluster, self._edge, self._build = cluster, edge, build
        self._copies: dict[str, _Copy] = {}
        self._opened = 0

    def fork_state(self) -> dict[str, Any]:
        """Una copia no hereda las copias del original."""
        return {**vars(self), "_copies": {}}

    def handle(self, request: Request) -> Response:
        """Abre una copia, la cierra o le pasa la petición. Lanza 403, 404, 405 o 429."""
        verb = {"GET": "get", "HEAD": "get", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}
        path = request.path.rstrip("/")
        asked = Attributes(verb.get(request.method, "post"), path=path)
        self._cluster.access.check(request.user, asked)
        if path == OPEN:
            return answers.document(self._open(request), 201)
        name, _, inner = path.removeprefix(COPIES).partition("/")
        copy = self._of(name, request.user)
        if not inner:
            return answers.document(self._close_or_show(name, request))
        copy.alarm.cancel()
        copy.alarm = self._edge.call_in(PATIENCE, lambda: self._close(name))
        within = replace(request, path=f"/{inner}", user=inside(request.user, f"/{inner}"))
        response = copy.handler.handle(within)
        copy.cluster.clock.settle()
        return response

    def _open(self, request: Request) -> dict[str, Any]:
        if request.method != "POST":
            raise status.method_not_allowed()
        if len(self._copies) >= MOST:
            raise status.failure(429, "TooManyRequests", f"there are already {MOST} forks open: close one and retry",
                                 {})  # fmt: skip
        self._opened += 1
        name = str(self._opened)
        copied = self._cluster.fork()
        handler = self._build(copied, Still(copied.clock, self._edge))
        alarm = self._edge.call_in(PATIENCE, lambda: self._close(name))
        self._copies[name] = _Copy(copied, handler, request.user.name, alarm)
        return self._shown(name)

    def _of(self, name: str, user: User) -> _Copy:
        copy = self._copies.get(name)
        if copy is None or (copy.opened_by != user.name and OWNER not in user.groups):
            raise status.failure(404, "NotFound", f'fork "{name}" not found', {"name": name})
        return copy

    def _close_or_show(self, name: str, request: Request) -> dict[str, Any]:
        if request.method == "DELETE":
            self._close(name)
        elif request.method not in ("GET", "HEAD"):
            raise status.method_not_allowed()
        return self._shown(name)

    def _shown(self, name: str) -> dict[str, Any]:
        return {"id": name, "path": f"{COPIES}{name}"}

    def _close(self, name: str) -> None:
        copy = self._copies.pop(name, None)
        if copy is not None:
            copy.alarm.cancel()


def is_for_forks(path: str) -> bool:
    """Si una ruta habla de copias."""
    return path.startswith(COPIES) or path.rstrip("/") == OPEN


def inside(user: User, path: str) -> User:
    """Quién es, dentro de una copia, quien la abrió."""
    if any(path == f"{DOOR}/{name}" or path.startswith(f"{DOOR}/{name}/") for name in _MINE):
        return User(user.name, (OWNER, AUTHENTICATED))
    if CHECKER in user.groups:
        return User(user.name, (STUDENT, AUTHENTICATED))
    return user
