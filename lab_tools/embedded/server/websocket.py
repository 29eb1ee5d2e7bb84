"""El WebSocket de uvicorn, con los nombres de subprotocolo que usa Kubernetes.

`SPDY/3.1+portforward.k8s.io` lleva una barra, que la norma no permite y la biblioteca rechaza; kubectl lo envía así
y el servidor real lo acepta. Quién habla qué lo decide la puerta REST, no la biblioteca.
Solo se importa con la primera conversación.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.server import ServerProtocol


class _Handshake(ServerProtocol):
    """El saludo, sin mirar los subprotocolos."""

    def process_subprotocol(self, headers: Headers) -> None:
        """Ninguno: lo pondrá quien responda."""
        return


class WebSocket(WebSocketsSansIOProtocol):
    """Una conexión."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any],
                 _loop: asyncio.AbstractEventLoop | None = None) -> None:  # fmt: skip
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _Handshake(max_size=config.ws_max_size, logger=logging.getLogger("orquesta.websocket"))
