"""La ruta de una petición, de quien llama a quien contesta: nombre, conexión, proxy y Pod, con cada paso contado."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from lab_tools.embedded.clock import Clock
from lab_tools.embedded.network import certificate, outside, party, timing
from lab_tools.embedded.network.ask import Ask, NoSource, PodKey
from lab_tools.embedded.network.atlas import Atlas
from lab_tools.embedded.network.balancer import Balancer
from lab_tools.embedded.network.connection import Connections, Landing, Listens
from lab_tools.embedded.network.gateway import Gateways
from lab_tools.embedded.network.http import Decision, page
from lab_tools.embedded.network.ingress import Ingresses
from lab_tools.embedded.network.names import Names, Resolution
from lab_tools.embedded.network.party import Party
from lab_tools.embedded.network.policies import Policies
from lab_tools.embedded.network.proxy import Proxies
from lab_tools.embedded.network.walk import Backend, Reply, Step, Verdict, Walk
from lab_tools.embedded.network.weather import Weather
from lab_tools.embedded.network.zone import Zone
from lab_tools.objects import Object, pod_names

# Los puertos en que, por costumbre, un contenedor habla TLS; en los demás, nadie se lo espera.
TLS_PORTS = frozenset((443, 6443, 8443, 9443, 10250))


class Route:
    """Las piezas de la red, montadas. `like` es otra ruta de la que tomar el plano, las políticas y las afinidades."""

    def __init__(self, atlas: Atlas, clock: Clock, luck: random.Random, weather: Weather, listens: Listens,
                 address_of: Callable[[str, str], str], like: Route | None = None) -> None:  # fmt: skip
        self.atlas = atlas
        self.weather = weather
        self.luck = luck
        self.policies: Policies = like.policies if like else Policies(atlas)
        self.ingresses: Ingresses = like.ingresses if like else Ingresses(atlas)
        self.balancer = Balancer(atlas, clock, luck)
        if like is not None:
            self.balancer.sticky = dict(like.balancer.sticky)
        self._address_of = address_of
        self._proxies = Proxies(self.ingresses, Gateways(atlas, luck))
        self._connections = Connections(atlas, self.balancer, self.policies, self._proxies, weather, listens)
        self._names = Names(Zone(atlas, self._upstream), self._upstream)

    def walk(self, ask: Ask, *, rehearsal: bool = False) -> Walk:
        """El camino de una petición. Lanza `NoSource`."""
        source = self.party(ask.source)
        found = self.resolve_for(source, ask.via or ask.host)
        steps = [Step("source", f"Llama {source.title} ({source.address})."), *found.steps]
        if found.verdict is not None:
            return Walk(ask, found.verdict, tuple(steps), found.latency)
        address = found.addresses[0]
        if len(found.addresses) > 1:
            # Sin una IP de Service delante, elige quien llama: el DNS baraja las direcciones en cada respuesta.
            address = self._shuffled(found.addresses, rehearsal)
            steps.append(Step("dns", f"De esas direcciones, quien llama prueba primero {address}."))
        landing = self._connections.open(source, address, ask.port, ask.protocol, rehearsal=rehearsal)
        return self._arrived(ask, address, steps, found.latency, landing, rehearsal)

    def resolve(self, name: str, namespace: str = "default", source: PodKey | None = None) -> Resolution:
        """La dirección de un nombre, vista desde un Pod (`source`) o desde uno cualquiera de un espacio de nombres."""
        if source is not None:
            return self.resolve_for(self.party(source), name)
        config = pod_names.resolver({"metadata": {"namespace": namespace}, "spec": {}})
        anyone = Party("pod", "", "", namespace)
        full = config.candidates(name)
        return self._names.query(name, full, config.servers, anyone, lambda _, server: self._dns_fault())

    def resolve_for(self, source: Party, name: str) -> Resolution:
        """La dirección de un nombre, vista desde una parte."""
        return self._names.resolve(name, source, self._reach)

    def query(self, source: PodKey | None, name: str, kind: str = "A", server: str = "") -> Resolution:
        """Pregunta por un nombre entero, sin sufijos. Sin `server`, a los de quien llama. Lanza `NoSource`."""
        who = self.party(source)
        servers = (server,) if server else pod_names.resolver(who.pod).servers if who.pod is not None else ()
        return self._names.query(name, (name.rstrip("."),), servers, who, self._reach, kind)

    def measurable(self, key: PodKey, port: int) -> bool:
        """Si el adaptador de métricas abre una conexión con ese puerto de un Pod."""
        pod = self.pod(key)
        return pod is not None and self._connections.admits(party.adapter_party(), pod["status"]["podIP"], port)

    def pod(self, key: PodKey) -> Object | None:
        """Un Pod con dirección y sin terminar, o `None`. La dirección vale aunque aún no se haya publicado."""
        found = self.atlas.pod(*key)
        fresh = None if found is not None else self.atlas.pods.get(*key)
        if fresh is None or fresh["status"].get("phase") in ("Succeeded", "Failed"):
            return found
        address = self._address_of(*key)
        return {**fresh, "status": {**fresh["status"], "podIP": address}} if address else None

    def party(self, source: PodKey | None) -> Party:
        """Quien llama. Lanza `NoSource`."""
        if source is None:
            return party.OUTSIDE
        pod = self.pod(source)
        if pod is None:
            known = self.atlas.pods.get(*source) is not None
            why = "todavía no tiene dirección, o ya terminó" if known else "no existe"
            raise NoSource(f"El Pod {source[0]}/{source[1]} {why}: desde él no se puede llamar.")
        return party.of_pod(pod)

    # Nombres

    def _upstream(self, name: str) -> list[str]:
        """Lo que sabe el DNS de fuera: los nodos, lo que publican Ingress y Gateway, y el resto del mundo."""
        node = self.atlas.nodes.get("", name)
        if node is not None:
            return [self.atlas.node_party(node).address]
        published = self._proxies.published(name)
        return [published] if published else outside.addresses(name)

    def _reach(self, source: Party, server: str) -> Step | None:
        """El paso que impide preguntar a un servidor de nombres, o `None`."""
        if server in (party.DNS_SERVICE, *party.DNS_ADDRESSES):
            landing = self._connections.open(source, server, 53, "UDP", rehearsal=True)
            stopped = next((one for one in landing.steps if not one.passed), None)
            return stopped or self._dns_fault()
        return None

    def _dns_fault(self) -> Step | None:
        if not self.weather.dns_is_down:
            return None
        return Step("weather", "El DNS del clúster está caído: nadie contesta.", False, "Service kube-system/kube-dns")

    def _shuffled(self, addresses: tuple[str, ...], rehearsal: bool) -> str:
        luck = self.luck
        if rehearsal:
            luck = random.Random()
            luck.setstate(self.luck.getstate())
        return addresses[luck.randrange(len(addresses))]

    # El final del camino

    def _arrived(self, ask: Ask, address: str, steps: list[Step], latency: float, landing: Landing,
                 rehearsal: bool) -> Walk:  # fmt: skip
        steps = [*steps, *landing.steps]
        latency += landing.latency
        end = landing.end
        if end is None:
            return Walk(ask, landing.verdict, tuple(steps), latency, address)
        if landing.reply is not None:
            said = landing.reply if ask.scheme == "http" else None
            return Walk(ask, Verdict.ANSWERED, tuple(steps), latency, address, reply=said)
        latency += timing.TLS_HANDSHAKE if ask.scheme == "https" else 0.0
        if end.what == "outside":
            reply = outside.reply(ask.method) if ask.http else None
            return Walk(ask, Verdict.ANSWERED, tuple(steps), latency, address, reply=reply)
        if self._proxies.ports(end.address):
            if ask.scheme == "https" and not self._proxies.secure(end.address, landing.port):
                return self._no_tls(ask, address, steps, latency, landing)
            return self._through_proxy(ask, address, steps, latency, rehearsal)
        if end.pod is None:
            return self._at_control_plane(ask, address, steps, latency, end)
        if ask.scheme == "https" and landing.port not in TLS_PORTS:
            return self._no_tls(ask, address, steps, latency, landing)
        return self._at_pod(ask, address, steps, latency, landing, Decision((), path=ask.path, headers=ask.headers))

    def _no_tls(self, ask: Ask, address: str, steps: list[Step], latency: float, landing: Landing) -> Walk:
        """Quien pide https donde nadie lo habla ve cómo se corta la conexión."""
        title = party.capital(landing.end.title) if landing.end is not None else address
        text = f"{title} no habla TLS en el puerto {landing.port}: la conexión se corta."
        return Walk(ask, Verdict.RESET, (*steps, Step("pod", text, False)), latency, address)

    def _at_control_plane(self, ask: Ask, address: str, steps: list[Step], latency: float, end: Party) -> Walk:
        """La API o el DNS: quien contesta no es un Pod que se vea."""
        api = end.address == party.CONTROL_PLANE
        steps.append(Step("node", "Contesta la API del clúster." if api else "Contesta el DNS del clúster."))
        blame = certificate.UNKNOWN_ISSUER if api and ask.scheme == "https" else ""
        return Walk(ask, Verdict.ANSWERED, tuple(steps), latency, address, certificate=blame,
                    answerer="api" if api else "dns")  # fmt: skip

    def _through_proxy(self, ask: Ask, address: str, steps: list[Step], latency: float, rehearsal: bool) -> Walk:
        """La segunda mitad: el proxy lee la petición, decide y abre él otra conexión."""
        decision = self._proxies.decide(ask, address, rehearsal=rehearsal) if ask.http else Decision((), Reply(400))
        steps, latency = [*steps, *decision.steps], latency + timing.PROXY
        if decision.service is None:
            return Walk(ask, Verdict.ANSWERED, tuple(steps), latency, address, reply=decision.reply,
                        certificate=decision.certificate)  # fmt: skip
        namespace, name = decision.service
        service, port = self._door(namespace, name, decision.port)
        if service is None or port is None:
            what = "no existe" if service is None else f"no tiene el puerto {decision.port}"
            steps.append(
                Step("service", f"El Service {namespace}/{name} {what}.", False, f"Service {namespace}/{name}")
            )
            return self._apology(ask, address, steps, latency, 503, decision)
        landing = self._connections.to_endpoint(party.proxy_party(), service, port, rehearsal=rehearsal)
        if landing.end is None:
            # El proxy sí contesta, y cuenta con su código lo que le pasó a él por detrás.
            status = 503 if landing.steps[-1].stage == "service" else 502
            if landing.verdict is Verdict.TIMEOUT:
                status, latency = 504, latency + timing.PROXY_PATIENCE
            return self._apology(ask, address, [*steps, *landing.steps], latency, status, decision)
        mirrors = tuple(self._copies(ask, address, decision, rehearsal))
        return self._at_pod(
            ask, address, [*steps, *landing.steps], latency + landing.latency, landing, decision, mirrors
        )

    def _apology(self, ask: Ask, address: str, steps: list[Step], latency: float, status: int,
                 decision: Decision) -> Walk:  # fmt: skip
        return Walk(ask, Verdict.ANSWERED, tuple(steps), latency, address, reply=page(status, "nginx"),
                    certificate=decision.certificate)  # fmt: skip

    def _at_pod(self, ask: Ask, address: str, steps: list[Step], latency: float, landing: Landing,
                decision: Decision, mirrors: tuple[Walk, ...] = ()) -> Walk:  # fmt: skip
        end = landing.end
        if end is None or end.pod is None:
            return Walk(ask, Verdict.ANSWERED, tuple(steps), latency, address)
        meta = end.pod["metadata"]
        steps.append(Step("pod", f"Llega {party.to(end)} ({end.address}:{landing.port})."))
        backend = Backend((meta["namespace"], meta["name"]), end.address, landing.port, decision.path,
                          decision.headers)  # fmt: skip
        return Walk(ask, Verdict.DELIVERED, tuple(steps), latency, address, backend,
                    response_headers=decision.response_headers, certificate=decision.certificate, mirrors=mirrors,
                    patience=decision.patience)  # fmt: skip

    def _door(self, namespace: str, name: str, port: int | str) -> tuple[Object | None, Object | None]:
        """Un Service y uno de sus puertos, por su número o su nombre; `None` lo que no haya."""
        service = self.atlas.services.get(namespace, name)
        listed = service["spec"].get("ports") or () if service is not None else ()
        return service, next((one for one in listed if port in (one["port"], one.get("name"))), None)

    def _copies(self, ask: Ask, address: str, decision: Decision, rehearsal: bool) -> Iterator[Walk]:
        """Los caminos de las copias que el proxy manda de una petición."""
        for namespace, name, number in decision.mirrors:
            service, port = self._door(namespace, name, number)
            if service is not None and port is not None:
                landing = self._connections.to_endpoint(party.proxy_party(), service, port, rehearsal=rehearsal)
                if landing.end is not None:
                    copy = Decision((), path=decision.path, headers=decision.headers)
                    yield self._at_pod(ask, address, list(landing.steps), landing.latency, landing, copy)
