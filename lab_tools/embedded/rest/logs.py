"""El subrecurso `log`: lo que un contenedor ha escrito, entero, el final, o según lo va escribiendo.

Fuente: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded import status
from lab_tools.embedded.clock import microtime, parse
from lab_tools.embedded.rest import reads
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.edge import Alarm
from lab_tools.embedded.rest.message import Response
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.validation.problem import forbidden, invalid

Line = tuple[float, str]
_HEADERS = {"content-type": "text/plain", "cache-control": "no-cache, private"}
# Cada cuánto se mira si hay más, en segundos de quien espera.
_POLL = 0.25
_OPTIONS = kinds.Kind("", "v1", "PodLogOptions", "podlogoptions")
# De cada número que se pide, lo menos que puede ser.
_LEAST = (("tailLines", 0, "must be greater than or equal to 0"), ("limitBytes", 1, "must be greater than 0"),
          ("sinceSeconds", 1, "must be greater than 0"))  # fmt: skip
_CANNOT_START = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


def get(call: Call) -> Response:
    """Las líneas de un contenedor. Lanza 400 si no se sabe cuál o si aún no arrancó; 422, si no se sabe cuántas."""
    _check_options(call)
    pod = call.api.get(kinds.POD, call.target.namespace, call.target.name)
    container = container_of(call, pod)
    if not pod["spec"].get("nodeName"):
        return Response(200, dict(_HEADERS), b"")
    _check_started(call, pod, container)
    source = _Source(call, container)
    lines = source.lines()
    first = _selected(call, lines)
    if call.request.flag("follow"):
        return Response(200, dict(_HEADERS), LogStream(call, source, first, len(lines)))
    text = b"".join(_written(call, line) for line in first)
    limit = reads.integer(call.request, "limitBytes")
    return Response(200, dict(_HEADERS), text[:limit] if limit else text)


class _Source:
    """De dónde salen las líneas de un contenedor."""

    def __init__(self, call: Call, container: str) -> None:
        self._call = call
        self._container = container
        self._previous = call.request.flag("previous")

    def lines(self) -> list[Line]:
        """Todas, de la más vieja a la más nueva."""
        target = self._call.target
        return self._call.cluster.logs(target.namespace or "", target.name, self._container, self._previous)

    def finished(self) -> bool:
        """Si ya nadie escribirá más: el contenedor terminó, o el Pod se fue."""
        try:
            pod = self._call.api.get(kinds.POD, self._call.target.namespace, self._call.target.name)
        except StatusError:
            return True
        found = _status_of(pod, self._container)
        return self._previous or "terminated" in (found.get("state") or {})


class LogStream:
    """`logs -f`: lo que había y lo que vaya saliendo, hasta que el contenedor termine."""

    fork_outside = True

    def __init__(self, call: Call, source: _Source, first: list[Line], seen: int) -> None:
        self.closed = False
        self._call = call
        self._source = source
        self._pending = [_written(call, line) for line in first]
        self._seen = seen
        self._ready: Callable[[], None] = lambda: None
        self._alarm: Alarm = call.edge.call_in(_POLL, self._look)

    def read(self) -> list[bytes]:
        """Las líneas sin leer."""
        found, self._pending = self._pending, []
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando haya algo que leer o el flujo se cierre."""
        self._ready = callback

    def close(self) -> None:
        """Deja de mirar."""
        self.closed = True
        self._alarm.cancel()
        self._ready()

    def _look(self) -> None:
        finished = self._source.finished()
        try:
            lines = self._source.lines()
        except StatusError:  # el nodo se apagó, o su kubelet ya no está
            self.close()
            return
        # Si el contenedor volvió a empezar, sus líneas también.
        fresh = lines[self._seen :] if len(lines) >= self._seen else lines
        self._seen = len(lines)
        self._pending.extend(_written(self._call, line) for line in fresh)
        if finished:
            self.closed = True
        else:
            self._alarm = self._call.edge.call_in(_POLL, self._look)
        if fresh or finished:
            self._ready()


def container_of(call: Call, pod: Object) -> str:
    """El contenedor que se pide, o el único que hay. Lanza 400 si no se sabe cuál o no existe."""
    spec, asked = pod["spec"], call.request.one("container")
    regular = [one["name"] for one in spec.get("containers") or ()]
    first = [one["name"] for one in spec.get("initContainers") or ()]
    if not asked and len(regular) == 1 and not first:
        return str(regular[0])
    if not asked:
        text = f"a container name must be specified for pod {call.target.name}, choose one of: [{' '.join(regular)}]"
        if first:
            text += f" or one of the init containers: [{' '.join(first)}]"
        raise status.bad_request(text)
    visiting = [one["name"] for one in spec.get("ephemeralContainers") or ()]
    if asked not in (*regular, *first, *visiting):
        raise status.bad_request(f"container {asked} is not valid for pod {call.target.name}")
    return asked


def _check_started(call: Call, pod: Object, container: str) -> None:
    found, name = _status_of(pod, container), call.target.name
    if call.request.flag("previous"):
        if "terminated" not in (found.get("lastState") or {}):
            raise status.bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        return
    waiting = (found.get("state") or {}).get("waiting")
    if waiting is None or (found.get("lastState") or {}).get("terminated"):
        return
    reason = waiting.get("reason", "ContainerCreating")
    why = _CANNOT_START.get(reason, reason)
    raise status.bad_request(f'container "{container}" in pod "{name}" is waiting to start: {why}')


def _status_of(pod: Object, container: str) -> Object:
    observed = pod.get("status") or {}
    lists = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    every = (one for key in lists for one in observed.get(key) or ())
    return next((one for one in every if one.get("name") == container), {})


def _check_options(call: Call) -> None:
    """Rechaza las opciones que no valen, todas a la vez y sin mirar el Pod. Lanza 422."""
    problems = []
    for name, least, why in _LEAST:
        value = reads.integer(call.request, name)
        both = name == "sinceSeconds" and call.request.one("sinceTime")
        if call.request.one(name) and both:
            problems.append(forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
        elif call.request.one(name) and value < least:
            problems.append(invalid(name, value, why))
    if problems:
        raise status.invalid(_OPTIONS, call.target.name, problems)


def _selected(call: Call, lines: list[Line]) -> list[Line]:
    request = call.request
    since = _since(call)
    found = [line for line in lines if line[0] >= since] if since is not None else lines
    tail = request.one("tailLines")
    if not tail:
        return found
    return found[len(found) - min(int(tail), len(found)) :]


def _since(call: Call) -> float | None:
    request = call.request
    if request.one("sinceSeconds"):
        return call.cluster.clock.now - reads.integer(request, "sinceSeconds")
    try:
        return call.edge.dates.meant(parse(request.one("sinceTime"))) if request.one("sinceTime") else None
    except ValueError as error:
        raise status.bad_request(str(error)) from None


def _written(call: Call, line: Line) -> bytes:
    instant, text = line
    if call.request.flag("timestamps"):
        text = f"{microtime(call.edge.dates.at(instant))} {text}"
    return text.encode(errors="surrogateescape") + b"\n"
