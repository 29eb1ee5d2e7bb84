"""El camino de una petición como datos: cada paso, con la frase que lo explica, y cómo acabó.

Las frases son para quien aprende, en español; los nombres de objetos van tal cual para poder buscarlos.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lab_tools.embedded.network.ask import Ask, PodKey


class Verdict(StrEnum):
    """Lo que le pasa a la petición, como lo vería quien llama."""

    DELIVERED = "delivered"  # llegó a un Pod que escucha: `backend` dice a cuál
    ANSWERED = "answered"  # contestó alguien del camino (un Ingress, el mundo de fuera): `reply`
    NXDOMAIN = "nxdomain"  # el nombre no existe
    DNS_TIMEOUT = "dns_timeout"  # nadie contesta a la pregunta por el nombre
    REFUSED = "refused"  # alguien dice que ahí no escucha nadie
    TIMEOUT = "timeout"  # el paquete se pierde y nadie contesta
    RESET = "reset"  # la conexión se abre y se corta
    NO_ROUTE = "no_route"  # la dirección no es de nadie


@dataclass(frozen=True, slots=True)
class Step:
    """Un paso. `stage`: source, dns, service, endpoint, policy, ingress, gateway, weather, node, pod u outside.

    `about` nombra el objeto que manda en él («NetworkPolicy tienda/cerrar»; «» si ninguno); `passed`, si dejó seguir.
    """

    stage: str
    text: str
    passed: bool = True
    about: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """El Pod que recibe la petición, en qué dirección y puerto, y lo que le llega tras pasar por los proxies."""

    pod: PodKey
    address: str
    port: int
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """Una respuesta HTTP que no dio ningún Pod."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Walk:
    """El camino entero.

    `address` es la dirección a la que se conectó («» si el nombre no se resolvió). `latency` son los segundos que pone
    la red: ida y vuelta si llega; lo que tarda quien llama en saberlo si no, cuando él no se cansa antes.
    `response_headers` son las que un proxy pone a la respuesta del Pod (las de valor vacío, las que quita).
    `answerer` es quien contesta si no es un Pod ni hay `reply`: api o dns, que saben hacerlo ellos.
    `certificate` es lo que quien pide por https sabe del certificado («» si no lo hay o no hay nada que reprochar).
    `mirrors` son los caminos de sus copias, cuya respuesta nadie lee, y `patience`, los segundos que un proxy espera a
    que le conteste el Pod: si se cansa, contesta él 504.
    """

    ask: Ask
    verdict: Verdict
    steps: tuple[Step, ...]
    latency: float
    address: str = ""
    backend: Backend | None = None
    reply: Reply | None = None
    response_headers: Mapping[str, str] = field(default_factory=dict)
    certificate: str = ""
    answerer: str = ""
    mirrors: tuple[Walk, ...] = ()
    patience: float = math.inf

    @property
    def arrived(self) -> bool:
        """Si alguien contesta."""
        return self.verdict in (Verdict.DELIVERED, Verdict.ANSWERED)

    @property
    def rule(self) -> Step:
        """El paso que decidió: el que la paró o, si llegó, la última regla que la dejó pasar (sin reglas, el final)."""
        rules = [one for one in self.steps if one.stage == "policy" and one.about]
        return next((one for one in self.steps if not one.passed), (rules or self.steps)[-1])

    def document(self) -> dict[str, Any]:
        """Lo mismo, en JSON."""
        found: dict[str, Any] = {"verdict": str(self.verdict), "latencySeconds": round(self.latency, 6)}
        if self.address:
            found["address"] = self.address
        if self.backend is not None:
            namespace, name = self.backend.pod
            found["backend"] = {"namespace": namespace, "pod": name, "address": self.backend.address,
                                "port": self.backend.port, "path": self.backend.path}  # fmt: skip
        if self.reply is not None:
            found["reply"] = {"status": self.reply.status, "body": self.reply.body, "headers": dict(self.reply.headers)}
        if self.certificate:
            found["certificate"] = self.certificate
        found["rule"] = _step(self.rule)
        found["steps"] = [_step(one) for one in self.steps]
        return found


def _step(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"stage": step.stage, "passed": step.passed, "text": step.text}
    return {**found, "about": step.about} if step.about else found
