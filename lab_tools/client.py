"""La ventana: la única manera que tienen las correcciones, los dibujos y los cuadernos de mirar un clúster.

Todo pasa por `connection.send(method, path, …)`, de modo que el mismo código sirve dentro del proceso, por
TLS y contra un clúster real. Los objetos son diccionarios recién leídos: quien los recibe es su dueño.

Errores: `StatusError` cuando la API dice que no (en inglés, como la real), `InfrastructureError` cuando el
clúster no contesta, `UsageError` cuando lo que se pide no tiene sentido.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from lab_tools.errors import ClusterError, InfrastructureError, StatusError, UsageError
from lab_tools.objects import Object, announced, kinds
from lab_tools.objects.registry import Kinds

if TYPE_CHECKING:
    from lab_tools.drivers.base import Connection, Reply

T = TypeVar("T")
Objects = list[Object]  # dentro de la clase, `list` es el verbo
Query = dict[str, list[str]]

MANAGER = "orquesta"
CLOCK = "/orquesta/v1/clock"
# Con qué niega la casa lo que solo es de la dueña; un 403 que no lo dice viene de otra parte.
HOUSE = "orquesta: "
WHY = "/orquesta/v1/why"
TRACES = "/orquesta/v1/traces"

# Los cuatro parches de la API: https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
PATCHES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


def kind_named(word: str) -> kinds.Kind:
    """El tipo que alguien nombra como en kubectl («deploy», «pods», «Pod»); `UsageError` si no existe."""
    try:
        return kinds.named(word)
    except KeyError:
        near = get_close_matches(word.lower(), kinds.words(), n=1)
        cure = f"¿Querías decir «{near[0]}»?" if near else "Mira los tipos que hay con «kubectl api-resources»."
        raise UsageError(f"No conozco ningún tipo llamado «{word}».", cure) from None


class Client:
    """Un clúster visto desde fuera, en los verbos de Kubernetes.

    `connection` cumple el contrato de `lab_tools.drivers.base.Connection`; `namespace` es el que se usa
    cuando no se dice otro.
    """

    def __init__(self, connection: Connection, namespace: str = "default") -> None:
        self.connection = connection
        self.namespace = namespace
        self._announced = Kinds(())

    def __repr__(self) -> str:
        return f"Client({self.connection.name!r}, namespace={self.namespace!r})"

    def within(self, namespace: str) -> Client:
        """El mismo clúster, con otro namespace por omisión."""
        return Client(self.connection, namespace)

    def kind_named(self, word: str) -> kinds.Kind:
        """El tipo que alguien nombra: uno de siempre, o uno que anuncie el clúster. `UsageError` si no existe."""
        try:
            return kind_named(word)
        except UsageError:
            if word.lower() not in self._announced.words():
                self._learn()
            if word.lower() in self._announced.words():
                return self._announced.named(word)
            raise

    # --- leer ---------------------------------------------------------------------------------------------

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object:
        """El objeto `name`; `StatusError` 404 si no existe."""
        found = self.kind_named(kind)
        return _object(self._call("GET", found.path(self._scope(found, namespace), name)))

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """El objeto `name`, o `None` si no existe."""
        try:
            return self.get(kind, name, namespace)
        except StatusError as error:
            if error.code == 404:
                return None
            raise

    def list(
        self,
        kind: str,
        namespace: str | None = None,
        labels: str | Mapping[str, str] | None = None,
        fields: str | Mapping[str, str] | None = None,
    ) -> Objects:
        """Los objetos de un namespace (`"*"`: de todos) que cumplen los dos selectores, por nombre."""
        found = self.kind_named(kind)
        query = _query(labelSelector=_selector(labels), fieldSelector=_selector(fields))
        listing = _object(self._call("GET", found.path(self._scope(found, namespace)), query))
        items = listing.get("items") or []
        for item in items:
            # Las listas de la API no repiten el tipo en cada objeto; fuera de la lista sí hace falta.
            item.setdefault("apiVersion", found.api_version)
            item.setdefault("kind", found.kind)
        return sorted(items, key=_place)

    def events(self, obj: Object | None = None, namespace: str | None = None) -> Objects:
        """Los Events del namespace, del más antiguo al más nuevo; con `obj`, solo los que hablan de él."""
        scope = namespace or (obj or {}).get("metadata", {}).get("namespace")
        found = self.list("events", scope)
        if obj is not None:
            uid = obj["metadata"].get("uid")
            found = [event for event in found if event.get("involvedObject", {}).get("uid") == uid]
        return sorted(found, key=lambda event: (event_time(event), event["metadata"]["name"]))

    def logs(
        self,
        pod: str,
        container: str | None = None,
        previous: bool = False,
        tail: int | None = None,
        namespace: str | None = None,
        timestamps: bool = False,
    ) -> str:
        """Lo que un contenedor ha escrito; con `previous`, lo que escribió el anterior.

        Con `timestamps`, cada línea lleva delante su instante (RFC 3339) y un espacio.
        """
        wanted = {"previous": previous, "timestamps": timestamps}
        flags = {name: "true" if asked else None for name, asked in wanted.items()}
        query = _query(container=container, tailLines=tail, **flags)
        path = kinds.POD.path(namespace or self.namespace, pod, "log")
        return _bytes(self._call("GET", path, query)).decode("utf-8", "replace")

    def watch(
        self,
        kind: str,
        namespace: str | None = None,
        labels: str | Mapping[str, str] | None = None,
        fields: str | Mapping[str, str] | None = None,
        since: str | None = None,
        timeout: float = 30,
    ) -> Iterator[tuple[str, Object]]:
        """Lo que va pasando, como parejas (`ADDED|MODIFIED|DELETED|BOOKMARK`, objeto), durante `timeout` segundos.

        Una interrupción en medio (la historia pedida ya no está) llega como `StatusError` 410.
        """
        found = self.kind_named(kind)
        query = _query(
            watch="true",
            labelSelector=_selector(labels),
            fieldSelector=_selector(fields),
            resourceVersion=since,
            timeoutSeconds=max(1, round(timeout)),
        )
        reply = self._call("GET", found.path(self._scope(found, namespace)), query)
        for line in _lines(reply):
            change = json.loads(line)
            if change["type"] == "ERROR":
                raise StatusError(change["object"])
            yield change["type"], change["object"]

    # --- escribir -----------------------------------------------------------------------------------------

    def create(self, obj: Object) -> Object:
        """Crea un objeto; `StatusError` 409 si ya existe."""
        kind = self._kind_of(obj)
        return _object(self._call("POST", kind.path(self._place(kind, obj)), body=obj, query=_managed()))

    def review(self, question: Object) -> Object:
        """El `status` de una pregunta que se hace como si se creara un objeto (SubjectAccessReview…): no guarda nada.

        https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
        """
        kind = kinds.find(str(question.get("apiVersion", "")), str(question.get("kind", "")))
        if kind is None:
            said = question.get("kind", "")
            raise UsageError(f"«{said}» no es una pregunta que conozca.", "Revisa `apiVersion` y `kind`.")
        answer: Object = _object(self._call("POST", kind.path(self._place(kind, question)), body=question))["status"]
        return answer

    def update(self, obj: Object) -> Object:
        """Sustituye un objeto entero; con `resourceVersion`, solo si nadie lo ha cambiado desde entonces."""
        kind = self._kind_of(obj)
        path = kind.path(self._place(kind, obj), obj["metadata"]["name"])
        return _object(self._call("PUT", path, body=obj, query=_managed()))

    @overload
    def apply(self, manifest: Object) -> Object: ...
    @overload
    def apply(self, manifest: str | Path | Sequence[Object]) -> Objects: ...

    def apply(self, manifest: Object | str | Path | Sequence[Object]) -> Object | Objects:
        """Server-side apply de un objeto, o de todos los que trae un texto YAML o un archivo, en su orden.

        Se queda con los campos que otro gestor (kubectl, por ejemplo) reclamaba: gana lo último que se pide.
        """
        if isinstance(manifest, (str, Path)):
            from lab_tools.objects.manifest import load  # arrastra el lector de YAML

            return [self._apply(dict(obj)) for obj in load(manifest)]
        if isinstance(manifest, dict):
            return self._apply(manifest)
        return [self._apply(obj) for obj in manifest]

    def _apply(self, obj: Object) -> Object:
        kind = self._kind_of(obj)
        path = kind.path(self._place(kind, obj), obj["metadata"]["name"])
        query = _managed() | _query(force="true")
        return _object(self._call("PATCH", path, query, obj, {"content-type": PATCHES["apply"]}))

    def patch(
        self,
        kind: str,
        name: str,
        patch: object,
        how: str = "merge",
        namespace: str | None = None,
        subresource: str = "",
    ) -> Object:
        """Cambia una parte de un objeto. `how`: «json», «merge», «strategic» o «apply»."""
        if how not in PATCHES:
            raise UsageError(f"No hay un parche «{how}».", f"Los que hay: {', '.join(PATCHES)}.")
        found = self.kind_named(kind)
        path = found.path(self._scope(found, namespace), name, subresource)
        return _object(self._call("PATCH", path, _managed(), patch, {"content-type": PATCHES[how]}))

    def scale(self, kind: str, name: str, replicas: int, namespace: str | None = None) -> Object:
        """Pide otro número de réplicas por el subrecurso `scale`, como `kubectl scale`."""
        return self.patch(kind, name, {"spec": {"replicas": replicas}}, namespace=namespace, subresource="scale")

    def delete(
        self,
        kind: str,
        name: str,
        namespace: str | None = None,
        grace: int | None = None,
        propagation: str | None = None,
        uid: str | None = None,
    ) -> Object:
        """Borra un objeto y devuelve lo que contesta la API: el objeto que se apaga, o un Status.

        `propagation`: «Background», «Foreground» u «Orphan». Con `uid`, solo si sigue siendo el mismo objeto.
        """
        found = self.kind_named(kind)
        options: Object = {"apiVersion": "v1", "kind": "DeleteOptions"}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        if propagation is not None:
            options["propagationPolicy"] = propagation
        if uid is not None:
            options["preconditions"] = {"uid": uid}
        return _object(self._call("DELETE", found.path(self._scope(found, namespace), name), body=options))

    def evict(self, pod: str, namespace: str | None = None) -> None:
        """Desaloja un Pod como `kubectl drain`; `StatusError` 429 si su PodDisruptionBudget no lo deja ahora.

        https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
        """
        scope = namespace or self.namespace
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": scope}}
        self._call("POST", kinds.POD.path(scope, pod, "eviction"), body=eviction)

    def why(self, pod: str, namespace: str | None = None) -> Object:
        """Por qué un Pod va a un nodo y no a otro: `phrase`, y en `nodes` cada filtro y cada nota de cada nodo.

        Se contesta con las cuentas de ahora. `StatusError` 404 si no hay tal Pod; `ClusterError` si el clúster no es
        de los que saben explicarse.
        """
        name, scope = pod.removeprefix("pod/"), namespace or self.namespace
        try:
            return _object(self._call("GET", f"{WHY}/pods/{scope}/{name}"))
        except StatusError as error:
            if error.code == 404 and error.details.get("kind") != kinds.POD.plural:
                cure = f"Mira sus eventos: kubectl describe pod {name} -n {scope}"
                raise ClusterError(f"El clúster «{self.connection.name}» no sabe explicarse.", cure) from None
            raise

    def trace(self, on: bool = True) -> Object:
        """Empieza a apuntar trazas, o deja de hacerlo: `on`, tramos que guarda (`kept`) y que ya olvidó (`forgotten`).

        `ClusterError` si el clúster no sabe trazar.
        """
        return self._traces("POST", {"on": on})

    def traces(self) -> Object:
        """Las trazas apuntadas, como las lee OpenTelemetry: un ExportTraceServiceRequest de OTLP, en JSON.

        Cada tramo dice su traza, su padre, cuándo empezó y cuándo acabó (nanosegundos). `ClusterError` si el clúster no
        sabe trazar. https://opentelemetry.io/docs/specs/otlp/
        """
        return self._traces("GET")

    def _traces(self, method: str, body: Object | None = None) -> Object:
        try:
            return _object(self._call(method, TRACES, body=body))
        except StatusError as error:
            if error.code == 404:
                cure = "Usa un clúster embebido, o instala en el tuyo un recolector de OpenTelemetry."
                raise ClusterError(f"El clúster «{self.connection.name}» no sabe trazar.", cure) from None
            raise

    # --- copias -------------------------------------------------------------------------------------------

    @contextmanager
    def fork(self) -> Iterator[Client]:
        """Una copia exacta del clúster, aparte, mientras dure el `with`: `with client.fork() as copia: …`.

        En la copia el tiempo solo pasa con `wait` (y `wait_for`). Lo que se haga en ella no le pasa al original.
        `ClusterError` si este clúster no sabe copiarse; `StatusError` 403 o 429 si no deja.
        """
        opening = getattr(self.connection, "fork", None)
        if opening is None:
            raise ClusterError(f"El clúster «{self.connection.name}» no se puede bifurcar.",
                               "Solo saben copiarse los clústeres embebidos.")  # fmt: skip
        with opening() as copy:
            yield Client(copy, self.namespace)

    # --- el tiempo ----------------------------------------------------------------------------------------

    def now(self) -> float:
        """La hora del clúster, en segundos desde 1970. La da el servidor: la de esta máquina no cuenta."""
        return self._clock("now")

    def elapsed(self) -> float:
        """Segundos del clúster desde un origen fijo: la resta de dos es lo que ha durado algo.

        Por la red, la hora que se ve es la de pared: a una velocidad distinta de 1, restar horas mentiría.
        """
        return self._clock("elapsed")

    def _clock(self, hand: str) -> float:
        try:
            found = _object(self._call("GET", CLOCK))
            return float(found[hand] if hand in found else found["now"])
        except StatusError as error:
            if error.code not in (403, 404):
                raise
        if hand == "elapsed":
            return time.monotonic()  # un clúster real va a la hora de la pared, y su fecha solo dice segundos enteros
        from email.utils import parsedate_to_datetime  # arrastra sockets: solo hace falta en un clúster real

        return parsedate_to_datetime(_header(self._send("GET", "/version"), "date")).timestamp()

    def wait(self, seconds: float) -> None:
        """Deja pasar tiempo *del clúster*: dentro del proceso lo adelanta; fuera, espera lo que haga falta."""
        self.connection.wait(seconds)

    def speed(self) -> float:
        """Segundos del clúster por cada segundo de pared; 0 si no se sabe o si el tiempo solo avanza al pedirlo."""
        try:
            return float(_object(self._call("GET", CLOCK)).get("speed", 0))
        except StatusError as error:
            if error.code not in (403, 404):
                raise
        return 0.0

    def set_speed(self, speed: float) -> None:
        """Cambia el ritmo del clúster. Solo puede su dueño: `StatusError` 403 para los demás."""
        self._move({"speed": speed})

    def pause(self) -> None:
        """Para el tiempo del clúster. Solo puede su dueño, como en todo lo que sigue."""
        self._move({"paused": True})

    def resume(self) -> None:
        """Deja que el tiempo siga desde donde se paró, a la velocidad que llevaba."""
        self._move({"paused": False})

    def paused(self) -> bool:
        """Si el tiempo está parado; en proceso lo está siempre, porque solo pasa cuando alguien lo pide."""
        return bool(_object(self._call("GET", CLOCK)).get("paused"))

    def advance(self, seconds: float) -> None:
        """Hace pasar de golpe `seconds` segundos del clúster, tan deprisa como pueda."""
        left = seconds
        while left := float(self._move({"advance": left}).get("left", 0)):
            pass  # un salto largo se da a trozos, para que el clúster atienda también a los demás

    def step(self, events: int = 1) -> float:
        """Salta al próximo suceso (o a los `events` próximos) y devuelve cuántos segundos del clúster faltaban."""
        before = self.elapsed()
        return float(self._move({"step": events})["elapsed"]) - before

    def run_until(self, condition: str, timeout: float = 600, namespace: str | None = None) -> bool:
        """Deja pasar el tiempo, tan deprisa como pueda, hasta que algo se cumpla o pasen `timeout` segundos.

        `condition`: «deployment frontend available» (una condición), «pod web-0 running» (una fase), «job carga
        deleted» o «exists». Devuelve si se cumplió. Lanza `UsageError` si la frase no se entiende.
        """
        words = condition.split()
        if len(words) != 3:
            raise UsageError(f"No entiendo la condición «{condition}».",
                             "Escribe tipo, nombre y estado: «deployment frontend available».")  # fmt: skip
        until = {"kind": words[0], "name": words[1], "is": words[2], "namespace": namespace or self.namespace}
        while True:
            found = self._move({"until": until, "timeout": timeout})
            timeout = float(found.get("left", 0))
            if found["met"] or not timeout:
                return bool(found["met"])

    def _move(self, how: Object) -> Object:
        try:
            return _object(self._call("POST", CLOCK, body=how))
        except StatusError as error:
            if error.code == 403 and HOUSE in error.message:
                raise ClusterError(
                    f"Esta credencial no puede mover el tiempo del clúster «{self.connection.name}».",
                    "Conéctate con la de la dueña: «orquesta cluster» lo hace si le das el nombre con que se creó, y "
                    "en un cuaderno, «connect(…, role='owner')».",
                ) from None
            if error.code not in (403, 404):
                raise
        raise ClusterError(f"El tiempo del clúster «{self.connection.name}» no se puede mover.",
                           "Solo los clústeres embebidos tienen un reloj que se para y se adelanta.")  # fmt: skip

    def wait_for(self, predicate: Callable[[], T], timeout: float = 60, message: str = "", step: float = 0.25) -> T:
        """Lo primero que `predicate()` devuelva y no sea falso; `ClusterError` si pasan `timeout` segundos del clúster.

        `message` completa la frase «Esperé … a que …».
        """
        end = self.elapsed() + timeout
        while True:
            found = predicate()
            if found:
                return found
            if self.elapsed() >= end:
                raise ClusterError(
                    f"Esperé {timeout:g} s a que {message or 'se cumpliera la condición'}, y no pasó.",
                    "Mira qué lo impide con «kubectl get events» o «kubectl describe».",
                )
            self.wait(step)

    # --- por dentro ---------------------------------------------------------------------------------------

    def _learn(self) -> None:
        """Los tipos que el clúster anuncia ahora: los de sus CustomResourceDefinitions vienen y van."""
        reply = self._call("GET", "/apis", headers={"accept": announced.ACCEPT})
        self._announced = Kinds(announced.kinds_in(_object(reply)))

    def _kind_of(self, obj: Object) -> kinds.Kind:
        api_version, name = str(obj.get("apiVersion", "")), str(obj.get("kind", ""))
        kind = kinds.find(api_version, name) or self._announced.find(api_version, name)
        # Solo un tipo propio lleva un punto en el grupo y no está en la tabla.
        if kind is None and "." in api_version.partition("/")[0] and name:
            self._learn()
            kind = self._announced.find(api_version, name)
        if kind is None:
            said = f"{api_version or '¿apiVersion?'} {name or '¿kind?'}"
            raise UsageError(f"No conozco el tipo «{said}».", "Revisa `apiVersion` y `kind`: «kubectl api-resources».")
        meta = obj.get("metadata", {})
        if not meta.get("name") and not meta.get("generateName"):
            raise UsageError(f"A un {kind.kind} le falta `metadata.name`.", "Todo objeto necesita un nombre.")
        return kind

    def _scope(self, kind: kinds.Kind, namespace: str | None) -> str | None:
        if not kind.namespaced or namespace == "*":
            return None
        return namespace or self.namespace

    def _place(self, kind: kinds.Kind, obj: Object) -> str | None:
        return self._scope(kind, obj.get("metadata", {}).get("namespace"))

    def _call(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        data = None if body is None else json.dumps(body).encode()
        reply = self._send(method, path, query, data, headers)
        if reply.status < 400:
            return reply
        raise StatusError(_refusal(reply, method, path))

    def _send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        sent = {"accept": "application/json", "user-agent": MANAGER}
        if body is not None:
            sent["content-type"] = "application/json"
        try:
            return self.connection.send(method, path, query, body, sent | (headers or {}))
        except OSError as error:
            raise InfrastructureError(
                f"El clúster «{self.connection.name}» no contesta: {error}.",
                "Mira si está en marcha con «orquesta cluster status».",
            ) from error


def event_time(event: Object) -> str:
    """Cuándo pasó por última vez lo que cuenta un Event (RFC 3339), venga en el campo que venga."""
    series = event.get("series") or {}
    return str(
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp", "")
    )


def _place(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _managed() -> Query:
    return {"fieldManager": [MANAGER]}


def _query(**values: object) -> Query:
    return {key: [str(value)] for key, value in values.items() if value is not None}


def _selector(terms: str | Mapping[str, str] | None) -> str | None:
    if terms is None or isinstance(terms, str):
        return terms
    return ",".join(f"{key}={value}" for key, value in terms.items())


def _header(reply: Reply, name: str) -> str:
    for key, value in reply.headers.items():
        if key.lower() == name:
            return str(value)
    raise InfrastructureError(f"El servidor no envía la cabecera «{name}».", "¿Es un servidor de Kubernetes?")


def _bytes(reply: Reply) -> bytes:
    return reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)


def _object(reply: Reply) -> dict[str, Any]:
    try:
        decoded = json.loads(_bytes(reply))
    except ValueError as error:
        raise InfrastructureError("El clúster contestó algo que no es JSON.", str(error)) from error
    if not isinstance(decoded, dict):
        raise InfrastructureError("El clúster contestó un JSON que no es un objeto.")
    return decoded


def _refusal(reply: Reply, method: str, path: str) -> Object:
    """El Status de una respuesta de error; si no lo trae (un 404 de texto), uno equivalente."""
    body = _bytes(reply)
    try:
        decoded = json.loads(body)
    except ValueError:
        decoded = None
    if isinstance(decoded, dict) and decoded.get("kind") == "Status":
        return decoded
    text = body.decode("utf-8", "replace").strip() or f"{method} {path}"
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": text, "code": reply.status}


def _lines(reply: Reply) -> Iterator[bytes]:
    """Las líneas de un cuerpo que llega a trozos; un trozo puede cortar una línea por cualquier sitio."""
    pending = b""
    for chunk in [reply.body] if isinstance(reply.body, bytes) else reply.body:
        *whole, pending = (pending + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())
    if pending.strip():
        yield pending
