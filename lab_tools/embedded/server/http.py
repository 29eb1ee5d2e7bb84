"""El HTTP de uvicorn, que además dice quién es quien llega con un certificado.

Solo se importa al empezar a atender.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lab_tools.embedded.server.asgi import PEER


class Http(HttpToolsProtocol):
    """Una conexión. El certificado ya comprobado de quien llama va en `scope["state"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Alguien se ha conectado: desde aquí, todo lo que pida es suyo."""
        super().connection_made(transport)
        if certificate := transport.get_extra_info("peercert"):
            self.app_state = {**self.app_state, PEER: certificate}
