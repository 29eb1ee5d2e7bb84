"""La función en que todo desemboca: una petición entra, una respuesta sale.

Aquí se reparte: documentos fijos, la puerta propia y los verbos sobre objetos. Nada de lo que llegue de
fuera acaba en una traza: lo previsto es un Status con sus palabras, y lo imprevisto un 500 con el suyo,
que además queda en el registro del servidor.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.observe.tally import APPLY, Class
from lab_tools.embedded.rest import (
    answers,
    components,
    discovery,
    door,
    logs,
    measures,
    openapi,
    pods,
    pretty,
    proxy,
    reads,
    remote,
    reviews,
    routes,
    scale,
    watching,
    writes,
)
from lab_tools.embedded.rest.call import Call, Cluster
from lab_tools.embedded.rest.documents import Library
from lab_tools.embedded.rest.edge import Edge, InProcess
from lab_tools.embedded.rest.encoding import Encoder, dumps
from lab_tools.embedded.rest.forks import Forks, is_for_forks
from lab_tools.embedded.rest.lines import Lines
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.embedded.rest.negotiation import choose
from lab_tools.embedded.rest.routes import Target
from lab_tools.errors import StatusError
from lab_tools.objects import kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.registry import Kinds

_log = logging.getLogger("orquesta.rest")

Verb = Callable[[Call], Response]

# (subrecurso, verbo) → quién lo atiende.
VERBS: Mapping[tuple[str, str], Verb] = {
    ("", "get"): reads.get,
    ("", "list"): reads.list_,
    ("", "watch"): watching.watch,
    ("", "create"): writes.create,
    ("", "update"): writes.update,
    ("", "patch"): writes.patch,
    ("", "delete"): writes.delete,
    ("", "deletecollection"): writes.delete_collection,
    ("status", "get"): reads.get,
    ("status", "update"): writes.update,
    ("status", "patch"): writes.patch,
    ("finalize", "update"): writes.update,
    ("scale", "get"): scale.get,
    ("scale", "update"): scale.update,
    ("scale", "patch"): scale.patch,
    ("log", "get"): logs.get,
    ("binding", "create"): pods.bind,
    ("approval", "get"): reads.get,
    ("approval", "update"): writes.update,
    ("approval", "patch"): writes.patch,
    **{
        (name, verb): attend
        for name in ("ephemeralcontainers", "resize")
        for verb, attend in (("get", reads.get), ("update", writes.update), ("patch", writes.patch))
    },
    ("eviction", "create"): pods.evict,
    ("token", "create"): reviews.token,
    **{("proxy", verb): proxy.forward for verb in routes.SUBRESOURCE_VERBS["proxy"]},
    **{(name, verb): remote.open_ for name in remote.SUBRESOURCES for verb in ("get", "create")},
}

# Tipos que no se guardan: quién contesta en su lugar.
SPECIAL: Mapping[tuple[Kind, str], Verb] = {
    **{(kind, "create"): reviews.answer for kind in reviews.KINDS},
    (kinds.BINDING, "create"): pods.bind_named,
    (kinds.COMPONENTSTATUS, "get"): components.get,
    (kinds.COMPONENTSTATUS, "list"): components.list_,
}

_BY_NAME = re.compile(r"metadata\.name==?([^,=!]+)")
# Un aviso que no cabe en una cabecera no se da: así lo hace el servidor real.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_HEALTH = ("/healthz", "/livez", "/readyz")
# Lo único que aquí se comprueba, y que también se puede preguntar aparte.
_PING = "/ping"
_NON_RESOURCE = {"GET": "get", "HEAD": "get", "POST": "post", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}
_DEPRECATED = {
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}


class RestHandler:
    """La puerta de un clúster. `edge` es el borde por el que se llega; sin él, se llama en proceso."""

    def __init__(self, cluster: Cluster, edge: Edge | None = None) -> None:
        self._cluster = cluster
        self._edge = edge or InProcess(cluster.clock)
        self._encoder = Encoder()
        self._kinds = cluster.api.kinds
        self._library = Library()
        self._kinds.subscribe(self._library.clear)
        self._forks = Forks(cluster, self._edge, RestHandler)
        self._lines = Lines()

    def handle(self, request: Request) -> Response:
        """Atiende una petición. Nunca lanza."""
        if is_for_forks(request.path):
            # Lo que se hace en una copia no es trabajo en este clúster: no se anota.
            return self._answer(request, self._forks.handle)
        entry = self._cluster.record.note(request, self._cluster.clock)
        response = self._answer(request, self._routed)
        response.delay = self._cluster.faults.delay(request.user)
        self._lines.keep(request.user, response)
        if self._cluster.faults.api_down:
            self._lines.cut(lambda user: self._cluster.faults.refusal(user) is not None)
        if entry is not None:
            self._cluster.record.answered(entry, response, lambda: self._cluster.clock.now)
        return response

    def _answer(self, request: Request, how: Callable[[Request], Response]) -> Response:
        try:
            response = how(request)
        except StatusError as refused:
            response = _refused(refused)
        except Exception as error:
            _log.exception("%s %s", request.method, request.path)
            response = _refused(status.internal(f"{type(error).__name__}: {error}"))
        if warnings := [_warning(text) for text in response.warnings if _CONTROL.search(text) is None]:
            response.headers["warning"] = ", ".join(warnings)
        pretty.apply(request, response)
        if request.method == "HEAD" and isinstance(response.body, bytes):
            response.body = b""
        return response

    def _routed(self, request: Request) -> Response:
        if (refused := self._cluster.faults.refusal(request.user)) is not None:
            raise refused
        acting = self._cluster.access.acting(request.user, request.headers)
        if acting is not request.user:
            # Quien se hace pasar por otra no conserva el trato de la dueña.
            if (refused := self._cluster.faults.refusal(acting)) is not None:
                raise refused
            request = replace(request, user=acting)
        parts = [part for part in request.path.split("/") if part]
        found = routes.group_version(parts)
        if found is not None:
            group, version, rest = found
            if version in self._kinds.groups.get(group, ()):
                if not rest:
                    return self._resource_list(request, group, version)
                if group in kinds.NAMED_METRICS:
                    from lab_tools.embedded.rest import measured  # solo con un adaptador de métricas

                    return measured.handle(self._cluster, self._edge, request, group, version, rest)
                return self._resource(request, routes.resolve(self._kinds, group, version, rest))
            if group and group in self._kinds.groups:
                raise status.no_such_resource()
            return _page_not_found()
        path = "/" + "/".join(parts)
        if path.startswith(f"{door.ROOT}/traffic/"):
            # Aquí manda otra regla: quien puede entrar en un Pod puede llamar desde él.
            from lab_tools.embedded.rest import traffic  # solo quien mide paga por ello

            return traffic.handle(self._cluster, replace(request, path=path))
        if path == f"{door.ROOT}/traces":
            from lab_tools.embedded.rest import traces  # quien puede leer las métricas puede leer las trazas

            return traces.handle(self._cluster, self._edge, request)
        if path.startswith(f"{door.ROOT}/why/"):
            from lab_tools.embedded.rest import why  # y quien puede leer un objeto puede preguntar por él

            return why.handle(self._cluster, replace(request, path=path))
        if path == measures.STATE and request.method in ("GET", "HEAD"):
            return measures.state(self._cluster, self._edge, request)
        self._cluster.access.check(request.user, Attributes(_NON_RESOURCE.get(request.method, "get"), path=path))
        if path == door.ROOT or path.startswith(door.ROOT + "/"):
            return door.handle(self._cluster, self._edge, request)
        if request.method not in ("GET", "HEAD"):
            raise status.method_not_allowed()
        response = self._document(request, path, parts) or _page_not_found()
        known = path if response.status < 400 else ""
        self._cluster.tally.count((None, "", request.method, known, False, False, False, False), response.status)
        return response

    # Objetos

    def _resource(self, request: Request, target: Target | None) -> Response:
        if target is None:
            raise status.no_such_resource()
        verb = target.verb(request.method, watch=request.flag("watch"))
        if verb is None or (target.subresource, verb) not in VERBS:
            raise status.method_not_allowed()
        code = 500
        tracer = self._cluster.tracer
        span = tracer.request(*_told(request, target, verb)) if tracer is not None else None
        try:
            response = self._attend(request, target, verb)
            code = response.status
        except StatusError as refused:
            code = refused.code
            raise
        finally:
            delay = self._cluster.faults.delay(request.user)
            self._cluster.tally.count(_class(request, target, verb), code, delay)
            if tracer is not None and span is not None:
                tracer.answered(span, code, delay)
        return response

    def _attend(self, request: Request, target: Target, verb: str) -> Response:
        self._check_access(request, target, verb)
        if target.watching and target.name:
            request.query["fieldSelector"] = [f"metadata.name={target.name}"]
        call = Call(self._cluster, self._edge, self._encoder, request, target)
        # Se negocia antes de actuar: quien no sepa leer la respuesta no debe haber cambiado nada.
        if target.subresource not in ("log", "proxy", *remote.SUBRESOURCES):
            choose(request.headers.get("accept", ""))
        attend = SPECIAL.get((target.kind, verb)) if not target.subresource else None
        try:
            response = (attend or VERBS[target.subresource, verb])(call)
        except StatusError as refused:
            # Quien se equivocó en algo más también se entera de ello.
            if not call.warnings:
                raise
            response = _refused(refused)
            response.warnings = tuple(call.warnings)
        if notice := _DEPRECATED.get(target.kind.resource):
            response.warnings = (*response.warnings, notice)
        return response

    def _check_access(self, request: Request, target: Target, verb: str) -> None:
        kind = target.kind
        resource = f"{kind.plural}/{target.subresource}" if target.subresource else kind.plural
        # Un Namespace se pide dentro de sí mismo; y quien lista por nombre pide ese nombre.
        namespace = target.name or None if kind is kinds.NAMESPACE else target.namespace
        name = target.name or _selected_name(request)
        self._cluster.access.check(request.user, Attributes(verb, kind.group, resource, namespace, name))

    # Documentos

    def _resource_list(self, request: Request, group: str, version: str) -> Response:
        asked = Attributes(_NON_RESOURCE.get(request.method, "get"), path=request.path)
        self._cluster.access.check(request.user, asked)
        if request.method not in ("GET", "HEAD"):
            raise status.method_not_allowed()
        return self._fixed(request, discovery.resource_list(self._kinds, group, version))

    def _document(self, request: Request, path: str, parts: list[str]) -> Response | None:
        if path in ("/api", "/apis"):
            return self._discovery(request, path)
        if parts[:1] == ["apis"] and len(parts) == 2:
            found = discovery.group(self._kinds, parts[1])
            return self._fixed(request, found) if found else None
        if path.startswith(openapi.ROOT):
            return openapi.handle(self._library, self._kinds, request)
        if path == openapi.OLD:
            return openapi.handle_old(self._library, self._kinds, request)
        if path == measures.PATH:
            return measures.answer(self._cluster, self._edge, request, "control-plane")
        if path == "/version":
            return answers.document(discovery.VERSION)
        if path in _HEALTH:
            return _health(request, parts[0])
        if path.removesuffix(_PING) in _HEALTH:
            return answers.text("ok")
        return answers.document({"paths": _paths(self._kinds)}) if path == "/" else None

    def _discovery(self, request: Request, path: str) -> Response:
        version = discovery.aggregated_version(request.headers.get("accept", ""))
        core = path == "/api"
        if not version:
            return self._fixed(request, (discovery.core_versions if core else discovery.group_list)(self._kinds))
        media = discovery.content_type(version)
        found = self._library.get(
            f"{path} {version}", lambda: dumps(discovery.aggregated(self._kinds, core, version)), media
        )
        return found.answer(request)

    def _fixed(self, request: Request, value: object) -> Response:
        form = choose(request.headers.get("accept", ""), shapes=False)
        return answers.document(value, 200, form.media)


def _class(request: Request, target: Target, verb: str) -> Class:
    """De qué clase es una petición a un recurso, para contarla."""
    applies = verb == "patch" and request.headers.get("content-type") == APPLY
    return (target.kind, verb, request.method, target.subresource, bool(target.name), bool(target.namespace), applies,
            "dryRun" in request.query)  # fmt: skip


def _told(request: Request, target: Target, verb: str) -> tuple[str, dict[str, Any]]:
    """El nombre de una petición y lo que se cuenta de ella en su traza."""
    resource = f"{target.kind.plural}/{target.subresource}" if target.subresource else target.kind.plural
    told = {"http.request.method": request.method, "url.path": request.path, "enduser.id": request.user.name,
            "user_agent.original": request.headers.get("user-agent", ""), "k8s.resource": resource,
            "k8s.namespace.name": target.namespace or "", "k8s.object.name": target.name}  # fmt: skip
    return f"{verb} {resource}", {name: value for name, value in told.items() if value}


def _selected_name(request: Request) -> str:
    found = _BY_NAME.fullmatch(request.one("fieldSelector"))
    return found[1] if found else ""


def _refused(refused: StatusError) -> Response:
    response = answers.document(refused.status, refused.code)
    if seconds := refused.details.get("retryAfterSeconds"):
        response.headers["retry-after"] = str(seconds)
    return response


def _page_not_found() -> Response:
    return answers.text("404 page not found\n", 404)


def _health(request: Request, name: str) -> Response:
    if not request.flag("verbose"):
        return answers.text("ok")
    told = "excluded: ok" if "ping" in request.query.get("exclude", ()) else "ok"
    return answers.text(f"[+]ping {told}\n{name} check passed\n")


def _paths(kinds: Kinds) -> list[str]:
    found = ["/api", "/api/v1", "/apis"]
    for group, versions in kinds.groups.items():
        if group:
            found += [f"/apis/{group}", *(f"/apis/{group}/{version}" for version in versions)]
    own = (f"{door.ROOT}/clock", measures.STATE, f"{door.ROOT}/state")
    return sorted([*found, *_HEALTH, measures.PATH, "/openapi/v3", "/version", *own])


def _warning(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'299 - "{escaped}"'
