"""La puerta REST como aplicación ASGI: leer la petición, saber quién es, responder o dejar correr el flujo.

Fuente: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from lab_tools.embedded import status
from lab_tools.embedded.access.house import ANONYMOUS, PUBLIC
from lab_tools.embedded.rest import Request, Response, RestHandler, Session, Stream, User
from lab_tools.embedded.rest.answers import document
from lab_tools.embedded.rest.refusal import unauthorized
from lab_tools.embedded.server.pump import Pump
from lab_tools.errors import StatusError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger("orquesta.asgi")
# Segundos de pared antes de la primera palabra de una conversación. El kubectl 1.32 tira lo que le llega antes de haber
# abierto sus canales («Unknown stream id 1, discarding message»); un kubelet real nunca contesta tan deprisa.
_COURTESY = 0.02

# Dónde deja la conexión el certificado, ya comprobado, de quien llama.
PEER = "certificate"
# El mismo límite que etcd impone a un objeto en un clúster de verdad.
MAX_BODY = 3 * 1024 * 1024
# De cuánto en cuánto sale una respuesta grande: entera, cada capa por la que pasa la tendría copiada a la vez.
CHUNK = 256 * 1024


class Gone(Exception):
    """Quien preguntaba se fue antes de terminar de preguntar."""


class Application:
    """Una aplicación ASGI sobre un `RestHandler`. `who` dice quién presenta una cabecera Authorization."""

    def __init__(self, handler: RestHandler, pump: Pump, who: Callable[[str], User | None]) -> None:
        self._handler = handler
        self._pump = pump
        self._who = who
        self._streams: dict[Stream | Session, asyncio.Event] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Atiende una petición."""
        if scope["type"] == "websocket":
            await self._converse(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            response = await self._answer(scope, receive)
        except Gone:
            return
        if response.delay:
            await asyncio.sleep(response.delay)
        if isinstance(response.body, bytes):
            await _send_whole(response, response.body, send)
        else:
            await self._send_stream(response, response.body, receive, send)
        self._pump.wake()

    def close(self) -> None:
        """Cierra los flujos abiertos: el servidor se va."""
        for stream, ready in list(self._streams.items()):
            stream.close()
            ready.set()

    async def _answer(self, scope: Message, receive: Receive) -> Response:
        try:
            request = await self._request(scope, receive)
        except StatusError as refused:
            return document(refused.status, refused.code)
        self._pump.catch_up()
        return self._handler.handle(request)

    async def _request(self, scope: Message, receive: Receive) -> Request:
        headers: dict[str, str] = {}
        for raw, value in scope["headers"]:
            # Una cabecera repetida es una lista: `--as-group=a --as-group=b`.
            name, text = raw.decode("latin-1"), value.decode("latin-1")
            headers[name] = f"{headers[name]},{text}" if name in headers else text
        user = self._user(scope, headers.get("authorization", ""))
        body = await _body(receive) if scope["type"] == "http" else b""
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return Request(scope.get("method", "GET"), scope["path"], query, headers, body, user)

    def _user(self, scope: Message, authorization: str) -> User:
        if certificate := (scope.get("state") or {}).get(PEER):
            from lab_tools.embedded.server.signing import identity_of  # solo si alguien llega con uno

            known = identity_of(certificate)
            if known is not None:
                return known
        if not authorization and scope["path"].rstrip("/") in PUBLIC:
            return ANONYMOUS
        user = self._who(authorization)
        if user is None:
            raise unauthorized()
        return user

    async def _converse(self, scope: Message, receive: Receive, send: Send) -> None:
        """Una conversación por WebSocket, o la respuesta que la niega."""
        await receive()
        response = await self._answer(scope, receive)
        session = response.session
        if session is None:
            await send({**_start(response), "type": "websocket.http.response.start"})
            body = response.body if isinstance(response.body, bytes) else b""
            await send({"type": "websocket.http.response.body", "body": body})
            return
        ready = self._streams[session] = asyncio.Event()
        session.on_ready(ready.set)
        listening = asyncio.ensure_future(self._listen(session, receive, ready))
        try:
            await send({"type": "websocket.accept", "subprotocol": response.headers["sec-websocket-protocol"]})
            await asyncio.sleep(_COURTESY)
            self._pump.wake()
            while True:
                ready.clear()
                messages = session.read()
                for message in messages:
                    await send({"type": "websocket.send", "bytes": message})
                if not messages and (session.closed or listening.done()):
                    await send({"type": "websocket.close", "code": 1000 if session.closed else 1011})
                    break
                if not messages:
                    await ready.wait()
        finally:
            listening.cancel()
            session.close()
            del self._streams[session]

    async def _listen(self, session: Session, receive: Receive, ready: asyncio.Event) -> None:
        try:
            while (message := await receive())["type"] == "websocket.receive":
                self._pump.catch_up()
                # Los clientes de Python mandan texto cuando lo que mandan es texto.
                session.feed(message.get("bytes") or str(message.get("text") or "").encode())
                self._pump.wake()
        except Exception:
            # La conversación se cierra; las demás siguen.
            _log.exception("una conversación ha fallado")
        finally:
            ready.set()

    async def _send_stream(self, response: Response, stream: Stream, receive: Receive, send: Send) -> None:
        ready = self._streams[stream] = asyncio.Event()
        stream.on_ready(ready.set)
        gone = asyncio.ensure_future(_disconnected(receive, ready))
        try:
            await send(_start(response))
            while True:
                ready.clear()
                chunks = stream.read()
                if chunks:
                    await send({"type": "http.response.body", "body": b"".join(chunks), "more_body": True})
                elif stream.closed or gone.done():
                    break
                else:
                    await ready.wait()
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            stream.close()
            del self._streams[stream]


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY:
            text = f"Request entity too large: limit is {MAX_BODY}"
            raise status.failure(413, "RequestEntityTooLarge", text, {})
        if not message.get("more_body"):
            return body


async def _disconnected(receive: Receive, ready: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    ready.set()


async def _send_whole(response: Response, body: bytes, send: Send) -> None:
    response.headers.setdefault("content-length", str(len(body)))
    await send(_start(response))
    rest = memoryview(body)
    while len(rest) > CHUNK:
        await send({"type": "http.response.body", "body": bytes(rest[:CHUNK]), "more_body": True})
        rest = rest[CHUNK:]
    await send({"type": "http.response.body", "body": bytes(rest)})


def _start(response: Response) -> Message:
    headers = [(name.encode("latin-1"), value.encode()) for name, value in response.headers.items()]
    return {"type": "http.response.start", "status": response.status, "headers": headers}
