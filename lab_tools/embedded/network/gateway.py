"""Gateway API: qué ruta atiende a cada petición que llega a un Gateway, y a cuál de sus destinos va.

Entre las reglas que encajan manda la ruta Exact, luego el prefijo más largo, el método, las cabeceras y los
parámetros; entre iguales, la HTTPRoute más antigua y la primera regla. El peso de cada destino es su parte.
Fuente: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule (precedencia y filtros)
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab_tools.embedded.network import certificate, filters, http
from lab_tools.embedded.network.ask import Ask
from lab_tools.embedded.network.atlas import Atlas
from lab_tools.embedded.network.filters import Filtered
from lab_tools.embedded.network.http import Decision
from lab_tools.embedded.network.walk import Reply, Step
from lab_tools.objects import Object, gateway_api
from lab_tools.objects.gateway_api import Reference, seconds
from lab_tools.objects.hostname import covers, precision

PLAIN_TO_TLS = "Client sent an HTTP request to an HTTPS server.\n"
_Rank = tuple[tuple[int, int], int, int, bool, int, int]


@dataclass(frozen=True, slots=True)
class Match:
    """La regla que gana: de qué ruta, cuál, y el prefijo que encajó («» si fue otra cosa)."""

    route: Object
    index: int
    rule: Object
    prefix: str


class Gateways:
    """El controlador de Gateway API de la casa."""

    def __init__(self, atlas: Atlas, luck: random.Random) -> None:
        self._atlas = atlas
        self.luck = luck

    def at(self, address: str) -> Object | None:
        """El Gateway que tiene esa dirección, o `None`."""
        return next((one for one in self._served() if address in _addresses(one)), None)

    def ports(self, address: str) -> frozenset[int]:
        """Los puertos en que escucha el Gateway de una dirección."""
        found = self.at(address)
        return frozenset(one["port"] for one in _programmed(found)) if found else frozenset()

    def secure(self, address: str, port: int) -> bool:
        """Si alguna de las puertas de ese puerto habla TLS."""
        found = self.at(address)
        return found is not None and any(
            (one["port"], one["protocol"]) == (port, "HTTPS") for one in _programmed(found)
        )

    def published(self) -> Iterator[tuple[str, str]]:
        """Los nombres que alguien publica, con su dirección."""
        for gateway in self._served():
            for address in _addresses(gateway)[:1]:
                for _, attachment in self._attached(gateway):
                    yield from ((host, address) for _, hosts in attachment.listeners for host in hosts if host)

    def decide(self, ask: Ask, address: str, *, rehearsal: bool = False) -> Decision:
        """Qué se hace con una petición que llega a un Gateway."""
        gateway = self.at(address)
        if gateway is None:
            return Decision([Step("gateway", f"Ningún Gateway tiene la dirección {address}.", False)], http.page(404))
        name, host = _name(gateway), ask.authority
        about = f"Gateway {name}"
        listener = self._listener(gateway, ask.port, host)
        if listener is None:
            text = f"Ninguna puerta del Gateway {name} atiende a {host} en el puerto {ask.port}."
            return Decision([Step("gateway", text, False, about)], Reply(404))
        if listener["protocol"] == "HTTPS" and ask.scheme == "http":
            text = f"La puerta {listener['name']} del Gateway {name} solo habla HTTPS, y la petición llega sin cifrar."
            return Decision([Step("gateway", text, False, about)], Reply(400, PLAIN_TO_TLS))
        blame = self._certificate(gateway, listener, host) if ask.scheme == "https" else ""
        steps = [Step("gateway", f"Entra por la puerta {listener['name']} del Gateway {name}.", True, about)]
        match = self.match(gateway, listener, ask)
        if match is None:
            text = f"Ninguna HTTPRoute de esa puerta atiende {ask.method} {host}{http.bare_path(ask)}."
            return Decision([*steps, Step("gateway", text, False, about)], Reply(404), certificate=blame)
        text = f"Gana la regla {match.index} de la HTTPRoute {_name(match.route)}."
        steps.append(Step("gateway", text, True, f"HTTPRoute {_name(match.route)}"))
        return self._filtered(ask, match, steps, blame, rehearsal)

    def match(self, gateway: Object, listener: Object, ask: Ask) -> Match | None:
        """La regla que gana en una puerta, o `None`."""
        found: list[tuple[_Rank, Match]] = []
        for route, attachment in self._attached(gateway):
            hosts = next((hosts for name, hosts in attachment.listeners if name == listener["name"]), ())
            fitting = [host for host in hosts if covers(host, ask.authority)]
            if not fitting:
                continue
            best = max(map(precision, fitting))
            for index, rule in enumerate(route["spec"].get("rules") or ()):
                for one in rule.get("matches") or [{}]:
                    prefix = _fits(one, ask)
                    if prefix is not None:
                        found.append(((best, *_rank(one)), Match(route, index, rule, prefix)))
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def _filtered(self, ask: Ask, match: Match, steps: list[Step], blame: str, rehearsal: bool) -> Decision:
        """Aplica los filtros de la regla, elige destino y aplica los suyos."""
        about = f"HTTPRoute {_name(match.route)}"
        luck = self._luck(rehearsal)
        done = filters.run(match.rule.get("filters") or (), ask, match.prefix, Filtered(ask.path, dict(ask.headers)))
        if done.location:
            steps.append(Step("gateway", f"El filtro RequestRedirect manda a {done.location}.", True, about))
            return Decision(steps, http.redirect(done.status, done.location), certificate=blame)
        chosen = _destination(match, luck)
        reference = self._refer(match, chosen) if chosen is not None else None
        if chosen is not None:
            done = filters.run(chosen.get("filters") or (), ask, match.prefix, done)
        if reference is None or not reference.valid or done.unknown:
            why = (f"no se sabe aplicar su filtro {done.unknown}" if done.unknown else
                   reference.message if reference else "no tiene ningún destino con peso")  # fmt: skip
            text = f"La regla {match.index} de {about} no puede mandar a nadie: {why}."
            return Decision([*steps, Step("gateway", text, False, about)], Reply(500), certificate=blame)
        many = [one for one in match.rule["backendRefs"] if one.get("weight", 1) > 0]
        if len(many) > 1:
            total = sum(one.get("weight", 1) for one in many)
            text = f"De sus destinos, según su peso (suman {total}), le toca {reference.namespace}/{reference.name}."
            steps.append(Step("gateway", text, True, about))
        copies = [self._refer(match, one["backendRef"]) for one in done.mirrors if _drawn(filters.share(one), luck)]
        mirrors = [(one.namespace, one.name, one.port) for one in copies if one.valid]
        steps += [Step("gateway", f"El filtro RequestMirror manda una copia a {namespace}/{name}.", True, about)
                  for namespace, name, _ in mirrors]  # fmt: skip
        return Decision(steps, None, (reference.namespace, reference.name), reference.port, done.path, done.headers,
                        done.response, blame, mirrors, _patience(match.rule.get("timeouts") or {}))  # fmt: skip

    def _luck(self, rehearsal: bool) -> random.Random:
        """La suerte con que se elige; la de un ensayo es una copia."""
        if not rehearsal:
            return self.luck
        luck = random.Random()
        luck.setstate(self.luck.getstate())
        return luck

    def _refer(self, match: Match, reference: Object) -> Reference:
        grants = self._atlas.gateway_objects("referencegrants")
        return gateway_api.refer(match.route, reference, grants, self._atlas.services.get)

    def _served(self) -> list[Object]:
        classes = {one["metadata"]["name"] for one in self._atlas.gateway_objects("gatewayclasses")
                   if one["spec"]["controllerName"] == gateway_api.CONTROLLER}  # fmt: skip
        return [one for one in self._atlas.gateway_objects("gateways") if one["spec"]["gatewayClassName"] in classes]

    def _attached(self, gateway: Object) -> Iterator[tuple[Object, gateway_api.Attachment]]:
        """Las rutas que un Gateway admite, de la más antigua a la más nueva."""
        meta = gateway["metadata"]
        routes = sorted(self._atlas.gateway_objects("httproutes"),
                        key=lambda one: (one["metadata"]["creationTimestamp"], _name(one)))  # fmt: skip
        for route in routes:
            for parent, namespace, name in gateway_api.parents(route):
                if (namespace, name) == (meta["namespace"], meta["name"]):
                    attachment = gateway_api.attach(route, parent, gateway, self._atlas.namespace_labels)
                    if attachment.accepted:
                        yield route, attachment

    def _listener(self, gateway: Object, port: int, host: str) -> Object | None:
        """La puerta más precisa de ese puerto para un nombre."""
        open_ = [one for one in _programmed(gateway) if one["port"] == port]
        fitting = [one for one in open_ if covers(one.get("hostname", ""), host)]
        return max(fitting, key=lambda one: precision(one.get("hostname", "")), default=None)

    def _certificate(self, gateway: Object, listener: Object, host: str) -> str:
        home = gateway["metadata"]["namespace"]
        for one in (listener.get("tls") or {}).get("certificateRefs") or ():
            where = one.get("namespace") or home
            grants = self._atlas.gateway_objects("referencegrants")
            if gateway_api.granted("Gateway", home, "Secret", where, one["name"], grants):
                secret = self._atlas.secret(where, one["name"])
                if secret is not None:
                    return certificate.judge(secret, host, self._atlas.now())
        return certificate.SELF_SIGNED


def _fits(match: Object, ask: Ask) -> str | None:
    """El prefijo con que encaja (o «»); `None` si no encaja."""
    path = match.get("path") or {"type": "PathPrefix", "value": "/"}
    value, asked = path.get("value", "/"), http.bare_path(ask)
    prefix = ""
    match path.get("type", "PathPrefix"):
        case "Exact":
            fits = asked == value
        case "RegularExpression":
            fits = _regular(value, asked)
        case _:
            fits, prefix = http.under(asked, value), value
    fits = fits and match.get("method") in (None, ask.method)
    fits = fits and all(_value_fits(one, ask.headers.get(one["name"].lower())) for one in match.get("headers") or ())
    query = http.query_of(ask) if match.get("queryParams") else {}
    fits = fits and all(_value_fits(one, query.get(one["name"])) for one in match.get("queryParams") or ())
    return prefix if fits else None


def _value_fits(wanted: Object, found: str | None) -> bool:
    if found is None:
        return False
    return _regular(wanted["value"], found) if wanted.get("type") == "RegularExpression" else wanted["value"] == found


def _regular(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _rank(match: Object) -> tuple[int, int, bool, int, int]:
    path = match.get("path") or {"type": "PathPrefix", "value": "/"}
    kind = {"Exact": 2, "PathPrefix": 1}.get(path.get("type", "PathPrefix"), 0)
    return (kind, len(path.get("value", "/").rstrip("/")), match.get("method") is not None,
            len(match.get("headers") or ()), len(match.get("queryParams") or ()))  # fmt: skip


def _destination(match: Match, luck: random.Random) -> Object | None:
    """Uno de los destinos, con la probabilidad de su peso. También salen los que no valen: les toca su parte."""
    weighted = [one for one in match.rule.get("backendRefs") or () if one.get("weight", 1) > 0]
    if len(weighted) < 2:
        # Con un solo destino no hay nada que sortear, y la suerte de los demás no cambia.
        return weighted[0] if weighted else None
    chosen: Object = luck.choices(weighted, weights=[one.get("weight", 1) for one in weighted])[0]
    return chosen


def _drawn(share: tuple[int, int], luck: random.Random) -> bool:
    """Si le toca, cuando le toca a tantas de cada tantas."""
    some, whole = share
    return some > 0 and (some >= whole or luck.choices((True, False), weights=(some, whole - some))[0])


def _patience(timeouts: Object) -> float:
    """Los segundos que el proxy espera la respuesta, en los `timeouts` de una regla; cero es sin límite."""
    return min((found for one in timeouts.values() if (found := seconds(one))), default=math.inf)


def _programmed(gateway: Object) -> list[Object]:
    """Las puertas en marcha: las que su controlador ha dado por buenas."""
    status = (gateway.get("status") or {}).get("listeners") or ()
    good = {one["name"] for one in status for condition in one["conditions"]
            if (condition["type"], condition["status"]) == ("Programmed", "True")}  # fmt: skip
    return [one for one in gateway["spec"].get("listeners") or () if one["name"] in good]


def _addresses(gateway: Object) -> list[str]:
    return [one["value"] for one in (gateway.get("status") or {}).get("addresses") or ()]


def _name(one: Object) -> str:
    return f"{one['metadata']['namespace']}/{one['metadata']['name']}"
