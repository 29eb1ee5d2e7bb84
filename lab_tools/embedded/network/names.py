"""De un nombre a una dirección, como lo hace quien llama: lo que sabe sin preguntar, los sufijos y el servidor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab_tools.embedded.network import timing
from lab_tools.embedded.network.party import Party
from lab_tools.embedded.network.walk import Step, Verdict
from lab_tools.embedded.network.zone import DOMAIN, Lookup, Zone
from lab_tools.objects import pod_names

_NUMBERS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
# Si se puede llegar a un servidor de nombres: `None` si sí, o el paso que lo impide.
Reach = Callable[[Party, str], "Step | None"]


def is_address(text: str) -> bool:
    """Si es una dirección IPv4 y no un nombre."""
    return bool(_NUMBERS.fullmatch(text)) and all(int(part) < 256 for part in text.split("."))


@dataclass(frozen=True, slots=True)
class Resolution:
    """Cómo acabó una pregunta. `lookups` son las respuestas del servidor, por orden; `silent`, que no contestó nadie.

    `fault` es el paso que cortó la pregunta, si alguno la cortó. `latency`, en segundos.
    """

    name: str
    addresses: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()
    server: str = ""
    fault: Step | None = None
    latency: float = 0.0

    @property
    def verdict(self) -> Verdict | None:
        """Por qué no hay dirección; `None` si la hay."""
        if self.addresses:
            return None
        return Verdict.DNS_TIMEOUT if self.fault is not None else Verdict.NXDOMAIN

    @property
    def steps(self) -> list[Step]:
        """Lo mismo, contado."""
        if self.fault is not None:
            return [Step("dns", f"Para saber dónde está «{self.name}» hay que preguntar al DNS ({self.server})."),
                    self.fault]  # fmt: skip
        if not self.lookups:
            return []
        last = self.lookups[-1]
        if not self.addresses:
            tried = ", ".join(one.name for one in self.lookups)
            return [Step("dns", f"El DNS ({self.server}) no conoce ninguno de estos nombres: {tried}.", False)]
        aliases = "".join(f", que es otro nombre de {one.value}," for one in last.records if one.type == "CNAME")
        where = ", ".join(self.addresses)
        return [Step("dns", f"El DNS ({self.server}) dice que {last.name}{aliases} está en {where}.")]


class Names:
    """Quien resuelve nombres para un Pod o para alguien de fuera, que del clúster solo ve lo publicado (`upstream`)."""

    def __init__(self, zone: Zone, upstream: Callable[[str], list[str]]) -> None:
        self._zone = zone
        self._upstream = upstream

    def resolve(self, name: str, source: Party, reach: Reach) -> Resolution:
        """La dirección de un nombre, vista desde `source`. `reach` dice si se llega a un servidor."""
        if is_address(name):
            return Resolution(name, (name,))
        if source.pod is None:
            return self._from_outside(name)
        for address, known in pod_names.hosts(source.pod, source.address):
            if name.lower().rstrip(".") in known:
                return Resolution(name, (address,))
        config = pod_names.resolver(source.pod)
        return self.query(name, config.candidates(name), config.servers, source, reach)

    def query(self, name: str, candidates: Iterable[str], servers: Iterable[str], source: Party, reach: Reach,
              kind: str = "A") -> Resolution:  # fmt: skip
        """Pregunta por unos nombres enteros, uno tras otro, hasta que uno tenga respuesta."""
        fault: Step | None = None
        latency = 0.0
        for server in servers:
            fault = reach(source, server)
            if fault is not None:
                latency += timing.DNS_PATIENCE
                continue
            lookups: list[Lookup] = []
            for full in candidates:
                lookups.append(self.lookup(full, server, kind))
                latency += timing.DNS
                if lookups[-1].records:
                    break
            return Resolution(name, lookups[-1].addresses, tuple(lookups), server, None, latency)
        missing = Step("dns", "No hay ningún servidor de nombres al que preguntar (dnsPolicy: None).", False)
        return Resolution(name, (), (), server if fault else "-", fault or missing, latency)

    def lookup(self, full: str, server: str, kind: str = "A") -> Lookup:
        """Lo que contesta un servidor: el del clúster lo sabe todo; los demás, solo lo de fuera."""
        if server == pod_names.NODE_DNS and (full == DOMAIN or full.endswith("." + DOMAIN)):
            return Lookup(full, kind, "NXDOMAIN")
        return self._zone.ask(full, kind)

    def _from_outside(self, name: str) -> Resolution:
        bare = name.lower().rstrip(".")
        found = self._upstream(bare)
        code = "NOERROR" if found else "NXDOMAIN"
        lookup = Lookup(bare, "A", code)
        return Resolution(name, tuple(found), (lookup,), "el de fuera", None, timing.DNS)
