"""Adelantar el reloj de un clúster por su propia puerta, a trozos: un salto largo no hace esperar a los demás."""

from __future__ import annotations

import json

from lab_tools.drivers.base import Connection, Reply

CLOCK = "/orquesta/v1/clock"
_JSON = {"content-type": "application/json", "accept": "application/json"}


def advance(connection: Connection, seconds: float) -> Reply:
    """Deja pasar `seconds` segundos del clúster. Devuelve la última respuesta, sea la que sea."""
    while True:
        reply = connection.send("POST", CLOCK, body=json.dumps({"advance": seconds}).encode(), headers=_JSON)
        if reply.status >= 300 or not isinstance(reply.body, bytes):
            return reply
        seconds = float(json.loads(reply.body).get("left", 0))
        if not seconds:
            return reply
