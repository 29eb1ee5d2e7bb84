"""Vigilar: un flujo de noticias que empieza donde el cliente diga y acaba cuando venza su plazo.

Las noticias se guardan según llegan y se hacen bytes al leerlas; nadie espera a nadie.
Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes y
https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from lab_tools.embedded import status
from lab_tools.embedded.api.protocol import Event, Subscription
from lab_tools.embedded.rest import answers, reads, refusal
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.edge import Alarm
from lab_tools.embedded.rest.encoding import dumps
from lab_tools.embedded.rest.message import Response
from lab_tools.embedded.rest.negotiation import TABLE
from lab_tools.errors import StatusError
from lab_tools.objects import Object

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
# El servidor real cierra al azar entre media hora y una hora; aquí, siempre a la hora.
LONGEST = 3600
BOOKMARK_SECONDS = 60
# Noticias sin leer a partir de las cuales se cuelga a quien no las lee: volverá a listar.
PATIENCE = 20_000


def watch(call: Call) -> Response:
    """La respuesta de una vigilancia: 200 y un flujo, incluso si la revisión pedida caducó."""
    _check_options(call)
    stream = WatchStream(call)
    headers = {"content-type": call.form.media, "cache-control": "no-cache, private"}
    return Response(200, headers, stream)


def _check_options(call: Call) -> None:
    request, match = call.request, call.request.one("resourceVersionMatch")
    asked = "sendInitialEvents" in request.query
    if asked and match != "NotOlderThan":
        text = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise reads.forbidden_option("resourceVersionMatch", text)
    if match and not asked:
        text = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise reads.forbidden_option("resourceVersionMatch", text)
    timeout = request.one("timeoutSeconds")
    if timeout and (not timeout.isascii() or not timeout.removeprefix("-").isdecimal() or len(timeout) > 19):
        message = f'Invalid value: "{timeout}": strconv.ParseInt: parsing "{timeout}": invalid syntax'
        raise refusal.invalid_option("ListOptions", "timeoutSeconds", "FieldValueInvalid", message)


class WatchStream:
    """Las noticias de un tipo según ocurren, escritas como JSON una por línea."""

    fork_outside = True

    def __init__(self, call: Call) -> None:
        self.closed = False
        self._call = call
        self._form = call.form
        self._pending: deque[tuple[str, Object]] = deque()
        self._ready: Callable[[], None] = lambda: None
        self._columns_sent = False
        self._alarms: list[Alarm] = []
        self._subscription: Subscription | None = None
        try:
            self._start()
        except StatusError as refused:
            self._pending.append(("ERROR", refused.status))
            self.closed = True

    def _start(self) -> None:
        call, request = self._call, self._call.request
        labels, fields, namespace = call.labels(), call.fields(), call.target.namespace
        since, initial = reads.revision_asked(request), request.flag("sendInitialEvents")
        # Sin revisión (o con 0) se cuenta primero lo que ya existe; con ella, lo ocurrido después.
        current = call.api.list(call.kind, namespace, labels, fields)
        if since > current.revision:
            raise status.too_large(since, current.revision)
        fresh = initial or (since == 0 and "sendInitialEvents" not in request.query)
        self.revision = current.revision
        if fresh:
            self._pending.extend(("ADDED", item) for item in current.items)
        if initial and request.flag("allowWatchBookmarks"):
            self._pending.append(("BOOKMARK", self._bookmark({INITIAL_EVENTS_END: "true"})))
        self._subscription = call.api.watch(
            call.kind,
            self._on_event,
            namespace=namespace,
            since=current.revision if fresh or not since else since,
            labels=labels,
            fields=fields,
        )
        seconds = int(request.one("timeoutSeconds") or 0)
        self._alarms.append(call.edge.call_in(seconds if seconds > 0 else LONGEST, self.close))
        if request.flag("allowWatchBookmarks"):
            self._alarms.append(call.edge.call_in(BOOKMARK_SECONDS, self._periodic_bookmark))

    def read(self) -> list[bytes]:
        """Las noticias sin leer, ya escritas."""
        found = []
        while self._pending:
            found.append(self._line(*self._pending.popleft()))
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando haya algo que leer o el flujo se cierre."""
        self._ready = callback

    def close(self) -> None:
        """Deja de vigilar."""
        self.closed = True
        if self._subscription is not None:
            self._subscription.cancel()
        for alarm in self._alarms:
            alarm.cancel()
        self._ready()

    def _on_event(self, event: Event) -> None:
        self.revision = event.revision
        if len(self._pending) >= PATIENCE:
            self._pending.clear()
            self.close()
            return
        self._pending.append((event.type, event.object))
        self._ready()

    def _periodic_bookmark(self) -> None:
        self.revision = max(self.revision, self._call.api.list(self._call.kind).revision)
        self._pending.append(("BOOKMARK", self._bookmark()))
        self._alarms[-1] = self._call.edge.call_in(BOOKMARK_SECONDS, self._periodic_bookmark)
        self._ready()

    def _bookmark(self, annotations: dict[str, str] | None = None) -> Object:
        metadata: Object = {"resourceVersion": str(self.revision)}
        if annotations:
            metadata["annotations"] = annotations
        return {"metadata": metadata}

    def _line(self, kind: str, obj: Object) -> bytes:
        return b'{"type":"' + kind.encode() + b'","object":' + self._object(kind, obj) + b"}\n"

    def _object(self, kind: str, obj: Object) -> bytes:
        if kind == "ERROR":
            return dumps(obj)
        call = self._call
        if kind == "BOOKMARK":
            if self._form.shape == TABLE:
                return self._table([], obj["metadata"])
            return dumps({"kind": call.kind.kind, "apiVersion": call.kind.api_version, **obj})
        if self._form.shape == TABLE:
            return self._table([obj], {"resourceVersion": obj["metadata"].get("resourceVersion", "")})
        return answers.object_bytes(call, obj, self._form)

    def _table(self, items: list[Object], metadata: Object) -> bytes:
        # Las columnas se explican una sola vez, en la primera tabla.
        first, self._columns_sent = not self._columns_sent, True
        return answers.table_bytes(self._call, items, self._form, metadata, first)
