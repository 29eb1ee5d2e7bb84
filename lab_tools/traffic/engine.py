"""Quién manda las peticiones en cada clase de clúster. Lo demás del cuarto no lo sabe.

En el clúster embebido las manda él mismo, por su puerta (`/orquesta/v1/traffic`). Un clúster real no la tiene: allí
las manda un programa nuestro que corre dentro, en un Job (`job`). Los dos cumplen `Engine`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from lab_tools.errors import InfrastructureError, StatusError, UsageError

if TYPE_CHECKING:
    from lab_tools.client import Client

DOOR = "/orquesta/v1/traffic"
DOORLESS = "without_traffic_door"  # nota que se deja en la conexión: preguntarlo una vez basta
Document = dict[str, Any]


class Engine(Protocol):
    """Quien manda peticiones. Los documentos son los de la puerta del tráfico."""

    sip: float
    """Cada cuántos segundos del clúster conviene mirar cómo va una carga."""

    def request(self, asked: Mapping[str, Any]) -> Document:
        """Empieza una petición suelta; devuelve su ficha."""

    def start(self, asked: Mapping[str, Any]) -> Document:
        """Empieza una carga; devuelve su ficha."""

    def read(self, name: str, *, whole: bool) -> Document:
        """Cómo va una carga (o una petición); `whole`: con todas sus cuentas."""

    def stop(self, name: str) -> Document:
        """Para una carga."""


class DoorEngine:
    """El propio clúster, por su puerta."""

    def __init__(self, client: Client) -> None:
        self._client = client
        # En proceso el tiempo pasa de golpe; servido, a su velocidad: medio segundo de pared cada vez.
        self.sip = 30.0 if client.connection.kubeconfig is None else max(0.05, 0.5 * client.speed())

    def request(self, asked: Mapping[str, Any]) -> Document:
        """Empieza una petición suelta; devuelve su ficha."""
        return self._send("POST", "request", asked)

    def start(self, asked: Mapping[str, Any]) -> Document:
        """Empieza una carga; devuelve su ficha."""
        return self._send("POST", "loads", asked)

    def read(self, name: str, *, whole: bool) -> Document:
        """Cómo va una carga (o una petición); `whole`: con todas sus cuentas."""
        return self._send("GET", f"loads/{name}", query={"full": ["1"]} if whole else None)

    def stop(self, name: str) -> Document:
        """Para una carga."""
        return self._send("POST", f"loads/{name}", {"stop": True})

    def _send(self, method: str, path: str, asked: Mapping[str, Any] | None = None,
              query: dict[str, list[str]] | None = None) -> Document:  # fmt: skip
        body = None if asked is None else json.dumps(asked).encode()
        headers = {"accept": "application/json", "content-type": "application/json"}
        reply = self._client.connection.send(method, f"{DOOR}/{path}", query, body, headers)
        content = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
        try:
            found: Document = json.loads(content)
        except ValueError:
            found = {}
        if reply.status < 300:
            return found
        raise _told(reply.status, found, path)


def engine_for(client: Client) -> Engine:
    """Quien manda las peticiones en este clúster: él mismo, si tiene la puerta; si no, un Job."""
    connection = client.connection
    if not isinstance(getattr(connection, DOORLESS, None), bool):
        reply = connection.send("GET", f"{DOOR}/loads", headers={"accept": "application/json"})
        with contextlib.suppress(AttributeError):  # hay conexiones que no admiten notas: se pregunta cada vez
            setattr(connection, DOORLESS, reply.status == 404)
        if reply.status != 404:
            return DoorEngine(client)
    elif not getattr(connection, DOORLESS):
        return DoorEngine(client)
    from lab_tools.traffic.job import JobEngine

    return JobEngine(client)


def _told(code: int, found: Document, path: str) -> Exception:
    message = str(found.get("message", ""))
    if code == 404 and not message.startswith(("El Pod", "loads.")):
        return UsageError("Este clúster no sabe mandar tráfico: solo lo hace el embebido.",
                          "Crea uno con «orquesta cluster create», o mide con tu propia herramienta.")  # fmt: skip
    if code == 404 and message.startswith("loads."):
        name = path.rpartition("/")[2]
        return InfrastructureError(f"El clúster ya no recuerda «{name}».", "Se habrá reiniciado: vuelve a medir.")
    if code in (400, 404):
        return UsageError(message, "Revisa la dirección, el Pod que llama y las cifras.")
    return StatusError(found or {"code": code, "message": message})
