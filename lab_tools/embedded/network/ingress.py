"""Ingress: qué regla atiende a cada nombre y ruta, como la elige el controlador de la casa.

Manda el nombre entero sobre el comodín y este sobre ninguno; dentro, la ruta que más cubre y, a igual longitud, la
Exact. Entre dos iguales, el Ingress más antiguo. Un nombre con TLS pedido por http se manda a https. Se entienden dos
anotaciones de ingress-nginx, con su forma: rewrite-target y ssl-redirect.
Fuente: https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab_tools.embedded.api.protocol import Event
from lab_tools.embedded.network import certificate, http
from lab_tools.embedded.network.ask import Ask
from lab_tools.embedded.network.atlas import Atlas
from lab_tools.embedded.network.http import Decision
from lab_tools.embedded.network.walk import Step
from lab_tools.objects import Object
from lab_tools.objects.entrances import SERVED_INGRESS
from lab_tools.objects.hostname import covers

TLS_PORT = 443
PORTS = frozenset((80, TLS_PORT))
_REWRITE = "nginx.ingress.kubernetes.io/rewrite-target"
_REGEX = "nginx.ingress.kubernetes.io/use-regex"
_SSL_REDIRECT = "nginx.ingress.kubernetes.io/ssl-redirect"
_OLD_CLASS = "kubernetes.io/ingress.class"


@dataclass(frozen=True, slots=True)
class Match:
    """La ruta de un Ingress que atiende una petición. `groups`, lo que una expresión regular apartó."""

    ingress: Object
    rule: int
    path: Object
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Map:
    """Los Ingresses que se atienden, y sus reglas por el nombre que piden («» si ninguno): Ingress, número y regla."""

    served: list[Object]
    by_host: dict[str, list[tuple[Object, int, Object]]]


class Ingresses:
    """El controlador de Ingress: solo atiende las clases que son suyas."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._map: _Map | None = None
        for cache in (atlas.ingresses, atlas.ingress_classes):
            cache.subscribe(self._forget)

    def publishes(self, name: str) -> bool:
        """Si alguna regla nombra esa máquina, entera o con comodín."""
        return any(host in self._read().by_host for host in _forms(name))

    def decide(self, ask: Ask) -> Decision:
        """Qué se hace con una petición que llega al controlador."""
        host, path = ask.authority, http.bare_path(ask)
        if ask.scheme == "http" and ask.port == TLS_PORT:
            text = f"En el puerto {TLS_PORT} el controlador solo habla https, y la petición llega sin cifrar."
            return Decision([Step("ingress", text, False)], http.page(400, "nginx", http.PLAIN_TO_TLS))
        served = self._read().served
        match = self.match(host, path)
        blame = self._certificate(served, host) if ask.scheme == "https" else ""
        if match is None:
            return self._default(served, ask, host, path, blame)
        name = _name(match.ingress)
        about = f"Ingress {name}"
        shown = f"{match.path.get('path', '/')} ({match.path.get('pathType', 'ImplementationSpecific')})"
        steps = [Step("ingress", f"El Ingress {name} atiende {host}{path}: gana su ruta {shown}.", True, about)]
        if ask.scheme == "http" and self._redirects(match.ingress, host):
            steps.append(Step("ingress", f"{host} tiene TLS: se pide volver por https.", True, about))
            return Decision(steps, http.redirect(308, f"https://{host}{ask.path}"))
        backend = match.path.get("backend") or {}
        return _to(backend, match.ingress, steps, _rewritten(match, ask), ask, blame)

    def match(self, host: str, path: str) -> Match | None:
        """La ruta que gana, o `None`."""
        by_host = self._read().by_host
        # Un nombre preciso se queda con todo lo suyo: lo que no encaje no se busca en reglas más amplias.
        rules = next((by_host[form] for form in (*_forms(host), "") if form in by_host), [])
        found: list[tuple[tuple[int, bool], Match]] = []
        for ingress, index, rule in rules:
            for one in (rule.get("http") or {}).get("paths") or ():
                groups = _matches(ingress, one, path)
                if groups is not None:
                    length = len(one.get("path", "/").rstrip("/"))
                    found.append(((length, one.get("pathType") == "Exact"), Match(ingress, index, one, groups)))
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def _default(self, served: list[Object], ask: Ask, host: str, path: str, blame: str) -> Decision:
        own = [one for one in served if one["spec"].get("defaultBackend") and
               any(rule.get("host", "") and covers(rule["host"], host, one_label=True)
                   for rule in one["spec"].get("rules") or ())]  # fmt: skip
        general = [one for one in served if one["spec"].get("defaultBackend") and not one["spec"].get("rules")]
        chosen = next(iter(own or general), None)
        if chosen is not None:
            text = f"Ninguna regla atiende {host}{path}: se usa el defaultBackend del Ingress {_name(chosen)}."
            steps = [Step("ingress", text, True, f"Ingress {_name(chosen)}")]
            return _to(chosen["spec"]["defaultBackend"], chosen, steps, ask.path, ask, blame)
        text = f"Ninguna regla de ningún Ingress atiende {host}{path}, y no hay defaultBackend."
        return Decision([Step("ingress", text, False)], http.page(404, "nginx"), certificate=blame)

    def _forget(self, event: Event) -> None:
        self._map = None

    def _read(self) -> _Map:
        """El mapa al día: se rehace cuando cambia algún Ingress o alguna clase."""
        if self._map is None:
            served = self._served()
            by_host: dict[str, list[tuple[Object, int, Object]]] = {}
            for ingress in served:
                for index, rule in enumerate(ingress["spec"].get("rules") or ()):
                    by_host.setdefault(rule.get("host", "").lower(), []).append((ingress, index, rule))
            self._map = _Map(served, by_host)
        return self._map

    def _served(self) -> list[Object]:
        """Los Ingresses de las clases propias, del más antiguo al más nuevo."""
        mine = {one["metadata"]["name"] for one in self._atlas.ingress_classes.all()
                if one["spec"].get("controller") in SERVED_INGRESS}  # fmt: skip
        found = [one for one in self._atlas.ingresses.all() if _class_of(one) in mine]
        return sorted(found, key=lambda one: (one["metadata"]["creationTimestamp"], _name(one)))

    def _redirects(self, ingress: Object, host: str) -> bool:
        wanted = (ingress["metadata"].get("annotations") or {}).get(_SSL_REDIRECT) != "false"
        return wanted and any(_tls_covers(one, host) for one in ingress["spec"].get("tls") or ())

    def _certificate(self, served: list[Object], host: str) -> str:
        """Lo que se reprocharía al certificado que se enseña para un nombre."""
        for ingress in served:
            for one in ingress["spec"].get("tls") or ():
                secret = self._atlas.secret(ingress["metadata"]["namespace"], one.get("secretName", ""))
                if _tls_covers(one, host) and secret is not None:
                    return certificate.judge(secret, host, self._atlas.now())
        return certificate.SELF_SIGNED


def _forms(host: str) -> tuple[str, str]:
    """Las dos maneras de nombrar una máquina en una regla: entera y con comodín."""
    return host.lower(), f"*.{host.lower().partition('.')[2]}"


def _matches(ingress: Object, one: Object, path: str) -> tuple[str, ...] | None:
    """Lo que aparta la ruta si encaja (nada, casi siempre); `None` si no encaja."""
    wanted, kind = one.get("path") or "/", one.get("pathType")
    annotations = ingress["metadata"].get("annotations") or {}
    if kind == "ImplementationSpecific" and (annotations.get(_REGEX) == "true" or "(" in wanted):
        try:
            found = re.match(wanted, path, re.IGNORECASE)
        except re.error:
            return None
        return tuple(group or "" for group in found.groups()) if found else None
    if kind == "ImplementationSpecific":
        return () if path.startswith(wanted) else None  # como una `location` de nginx: letra a letra
    fits = path == wanted if kind == "Exact" else http.under(path, wanted)
    return () if fits else None


def _rewritten(match: Match, ask: Ask) -> str:
    target = (match.ingress["metadata"].get("annotations") or {}).get(_REWRITE)
    if target is None:
        return ask.path
    found = re.sub(r"\$([1-9])", lambda group: (*match.groups, *[""] * 9)[int(group[1]) - 1], target)
    return http.with_query(found or "/", ask)


def _to(backend: Object, ingress: Object, steps: list[Step], path: str, ask: Ask, blame: str) -> Decision:
    service = backend.get("service")
    if service is None:
        text = "Esa ruta manda a un recurso que no es un Service: este controlador no sabe atenderlo."
        return Decision([*steps, Step("ingress", text, False, f"Ingress {_name(ingress)}")], http.page(503, "nginx"),
                        certificate=blame)  # fmt: skip
    port = service.get("port") or {}
    where = (ingress["metadata"]["namespace"], service["name"])
    return Decision(steps, None, where, port.get("number") or port.get("name") or 0, path, ask.headers,
                    certificate=blame)  # fmt: skip


def _tls_covers(tls: Object, host: str) -> bool:
    return any(covers(one, host, one_label=True) for one in tls.get("hosts") or ("",))


def _class_of(ingress: Object) -> str:
    old = (ingress["metadata"].get("annotations") or {}).get(_OLD_CLASS, "")
    return str(ingress["spec"].get("ingressClassName") or old)


def _name(one: Object) -> str:
    return f"{one['metadata']['namespace']}/{one['metadata']['name']}"
