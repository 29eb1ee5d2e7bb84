"""Hechos sobre peticiones: si llegan, desde quién, qué versión contesta, y cuáles no deben pasar.

Se preguntan en una copia, para que el clúster de quien estudia no note ni el tráfico; donde no la hay, y solo si son
lecturas (GET), en su propio namespace, como las haría quien estudia. Que algo no llegue no vale nada por sí solo (un
servicio caído tampoco contesta): `forbidden` pide además que a otro, desde otro sitio, sí le llegue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from lab_tools import traffic
from lab_tools.checks.copies import Copy
from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding, NoCopy, NotMeasurable
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.errors import StatusError, UsageError
from lab_tools.traffic.result import SEEN, Response

TIMEOUT = 5.0  # segundos del clúster que se espera una respuesta
# Así acaba lo que una NetworkPolicy descarta: nadie contesta, ni siquiera el DNS si es a él a quien no se deja llegar.
_STOPPED = ("timeout", "dns")

T = TypeVar("T")


@dataclass(frozen=True)
class Ask:
    """Una petición: a qué dirección y desde dónde («deployment/frontend», un Pod; vacío, desde fuera del clúster).

    `namespace` es el de quien llama, si no es el de la foto. En `url`, «{namespace}» es el de la foto.
    """

    url: str
    from_: str = ""
    method: str = "GET"
    namespace: str = ""

    def __str__(self) -> str:
        where = f" (namespace `{self.namespace}`)" if self.namespace else ""
        who = f"de `{self.from_.rpartition('/')[2]}`{where}" if self.from_ else "de fuera del clúster"
        return f"una petición {who} a `{self.url.replace('.{namespace}', '')}`"


def request(asked: Ask, status: int = 200, version: str = "", body: str = "") -> Fact:
    """La petición llega y contesta ese código; si se dicen, esa versión y un cuerpo que contiene ese texto."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"que {asked} recibiera un {status}" + (f" de la versión `{version}`" if version else "")
        wanted += f" que dijera «{body}»" if body else ""
        answer = ask(snapshot, asked)
        if isinstance(answer, str):
            return Finding(False, wanted, answer)
        met = answer.status == status and version in ("", answer.version) and body in answer.body
        other = f", que dice «{answer.body.strip()[:80]}»" if body and answer.body and body not in answer.body else ""
        return Finding(met, wanted, said(answer) + other)

    return look


def forbidden(asked: Ask, but: Ask) -> Fact:
    """La petición no llega a ningún Pod, aunque a quien hace `but` sí le llega: lo para una regla, no una avería."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"que {asked} no pasara, y sí {but}"
        answers = ask_all(snapshot, asked, but)
        problem = next((answer for answer in answers if isinstance(answer, str)), "")
        if problem:
            return Finding(False, wanted, problem)
        stopped, passed = answers
        assert isinstance(stopped, Response) and isinstance(passed, Response)
        if not passed.ok:
            return Finding(False, wanted, f"que {but} tampoco llega: {said(passed).removeprefix('que ')}")
        return Finding(not stopped.ok and not stopped.pod, wanted, said(stopped))

    return look


def denied(asked: Ask, service: str, namespace: str = "") -> Fact:
    """Una regla para la petición: no llega a nadie, aunque el Service al que va tiene quien la atienda.

    `namespace` es el del Service, si no es el de la foto.
    """

    def look(snapshot: Snapshot) -> Finding:
        wanted = f"que {asked} no pasara"
        if not ready_addresses(snapshot.client.within(namespace or snapshot.namespace), service):
            told = f"que el Service `{service}` no tiene a nadie detrás: ni se cierra ni se abre"
            return Finding(False, wanted, told)
        answer = ask(snapshot, asked)
        if isinstance(answer, str):
            return Finding(False, wanted, answer)
        return Finding(answer.error in _STOPPED, wanted, said(answer))

    return look


def ready_addresses(client: Client, service: str) -> set[str]:
    """Las direcciones listas que hay detrás de un Service, según sus EndpointSlices."""
    return {
        address
        for piece in client.list("endpointslices", labels={"kubernetes.io/service-name": service})
        for endpoint in piece.get("endpoints") or []
        if (endpoint.get("conditions") or {}).get("ready", True)
        for address in endpoint.get("addresses") or []
    }


def ask(snapshot: Snapshot, asked: Ask) -> Response | str:
    """La respuesta, o la frase que cuenta por qué no se pudo ni preguntar."""
    return ask_all(snapshot, asked)[0]


def ask_all(snapshot: Snapshot, *asked: Ask) -> list[Response | str]:
    """Varias preguntas seguidas en la misma copia. En una foto, cada una se hace una sola vez."""
    new = [one for one in asked if one not in snapshot.answers]
    if new:
        with ExitStack() as stack:
            copy = _place(stack, snapshot, new)
            for one in new:
                snapshot.answers[one] = _one(copy, one)
    return [snapshot.answers[one] for one in asked]


def _place(stack: ExitStack, snapshot: Snapshot, asked: Sequence[Ask]) -> Copy:
    """Dónde se pregunta: en una copia o, si no se dejan hacer, aquí mismo lo que no cambia nada."""
    try:
        return stack.enter_context(snapshot.copy())
    except NoCopy:
        if any(one.method != "GET" for one in asked):
            raise
        return Copy(snapshot.client.within(snapshot.namespace), False)


def _one(copy: Copy, asked: Ask) -> Response | str:
    if asked.namespace and not copy.whole:
        raise NotMeasurable("este clúster no se puede bifurcar, y en una copia del namespace no están los vecinos")
    client = copy.client.within(asked.namespace) if asked.namespace else copy.client
    url = asked.url.replace("{namespace}", copy.client.namespace)
    return reached(lambda: traffic.request(client, url, asked.from_ or None, method=asked.method, timeout=TIMEOUT))


def reached(send: Callable[[], T]) -> T | str:
    """Lo que dé `send`, o la frase que cuenta por qué no se pudo ni preguntar."""
    try:
        return send()
    except UsageError as error:
        return f"que {error.message[0].lower()}{error.message[1:].rstrip('.')}"
    except StatusError as error:
        if error.code == 404:
            return f"que la API responde «{error.message}»"
        if error.code in (401, 403):
            raise NotMeasurable("este clúster no deja mandar peticiones desde tus Pods") from None
        raise


def said(answer: Response) -> str:
    """Lo que se vio, con la regla o el paso que decidió."""
    if answer.error:
        stop = next((step.text for step in reversed(answer.steps) if not step.passed), "")
        return SEEN.get(answer.error, answer.error) + (f": {stop[0].lower()}{stop[1:].rstrip('.')}" if stop else "")
    version = f" de la versión `{answer.version}`" if answer.version else ""
    return f"un {answer.status}{version}" + (f" de `{answer.pod.rpartition('/')[2]}`" if answer.pod else "")
