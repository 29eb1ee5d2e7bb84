"""Mandar peticiones: una, o muchas durante un rato."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab_tools.client import Client
from lab_tools.errors import InfrastructureError, StatusError, UsageError
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector
from lab_tools.traffic.engine import engine_for
from lab_tools.traffic.result import Load, Response

# Lo que dura, como mucho, una carga que acompaña a otra cosa, en segundos del clúster.
LONGEST = 3600.0
# Las peticiones que caben, como mucho, en una carga.
_MOST = 2_000_000
TIMEOUT = 10.0
Source = str | Object | None
Rate = float | Sequence[tuple[float, float]]
_PODS = ("pod", "pods", "po")
_DEPLOYMENTS = ("deployment", "deployments", "deploy")


def request(client: Client, url: str, from_: Source = None, *, method: str = "GET",
            headers: Mapping[str, str] | None = None, body: str = "", timeout: float = TIMEOUT,
            seed: int = 0) -> Response:  # fmt: skip
    """Hace una petición y espera su respuesta.

    `url`: «http://api/pedidos», «http://api.tienda:8080»… vista desde quien llama. `from_`: el Pod que llama («cli»,
    «tienda/cli», «deployment/frontend» o su objeto); sin él, se llama desde fuera del clúster. `timeout` en segundos
    del clúster. Que no haya respuesta no es un error de esta función: lo dice `Response.error`. Lanza `UsageError` si
    lo que se pide no tiene sentido y `StatusError` 403 si no puedes llamar desde ese Pod.
    """
    engine = engine_for(client)
    asked = _asked(client, url, from_, method, headers, body, timeout, seed)
    found, pause, waited = engine.request(asked), 0.002, 0.0
    while found["state"] == "running":
        if waited > 2 * timeout + 60:
            raise InfrastructureError("El clúster no termina de contestar a la petición.", "¿Está parado su reloj?")
        client.wait(pause)
        waited, pause = waited + pause, min(pause * 2, 0.25)
        found = engine.read(found["id"], whole=False)
    return Response.of(found["response"])


def start(client: Client, url: str, rps: Rate, seconds: float | None = None, from_: Source = None, *,
          method: str = "GET", headers: Mapping[str, str] | None = None, body: str = "", timeout: float = TIMEOUT,
          connections: int = 0, seed: int = 0) -> Load:  # fmt: skip
    """Empieza una carga y vuelve en seguida: `load.wait()` la espera, `load.stop()` la para.

    `rps`: peticiones por segundo durante `seconds` segundos del clúster, o escalones [(segundos, peticiones por
    segundo), …]. Las llegadas son de Poisson; la misma `seed` en el mismo clúster da las mismas. Con `connections`, van
    por ese número de conexiones que no se cierran, cada una con su Pod; con cero, cada petición se reparte sola.
    """
    engine = engine_for(client)
    asked = _asked(client, url, from_, method, headers, body, timeout, seed)
    asked = {**asked, "steps": _steps(rps, seconds), "connections": connections}
    return Load(client, engine, engine.start(asked))


def load(client: Client, url: str, rps: Rate, seconds: float | None = None, from_: Source = None, *,
         method: str = "GET", headers: Mapping[str, str] | None = None, body: str = "", timeout: float = TIMEOUT,
         connections: int = 0, seed: int = 0) -> Load:  # fmt: skip
    """Lo mismo que `start`, y espera a que acabe."""
    return start(client, url, rps, seconds, from_, method=method, headers=headers, body=body, timeout=timeout,
                 connections=connections, seed=seed).wait()  # fmt: skip


@contextlib.contextmanager
def during(client: Client, url: str, rps: float, from_: Source = None, *, method: str = "GET",
           headers: Mapping[str, str] | None = None, body: str = "", timeout: float = TIMEOUT,
           connections: int = 0, seed: int = 0) -> Iterator[Load]:  # fmt: skip
    """Carga mientras dura el cuerpo del `with` (una hora como mucho); al salir, el `Load` tiene todas sus cuentas.

        with during(client, "http://api/", rps=20) as carga:
            ...                        # un rollout, por ejemplo: y esperar a que acabe
        carga.failed
    """  # fmt: skip
    longest = min(LONGEST, _MOST / rps) if rps > 0 else LONGEST
    found = start(client, url, rps, longest, from_, method=method, headers=headers, body=body, timeout=timeout,
                  connections=connections, seed=seed)  # fmt: skip
    try:
        yield found
    except BaseException:
        # Lo que pasó en el cuerpo importa más que una carga que ya no se puede parar.
        with contextlib.suppress(InfrastructureError, StatusError):
            engine_for(client).stop(found.id)
        raise
    found.stop()


def _asked(client: Client, url: str, from_: Source, method: str, headers: Mapping[str, str] | None, body: str,
           timeout: float, seed: int) -> dict[str, Any]:  # fmt: skip
    return {"url": url, "from": _source(client, from_), "method": method, "headers": dict(headers or {}), "body": body,
            "timeout": timeout, "seed": seed}  # fmt: skip


def _source(client: Client, from_: Source) -> str | None:
    """El Pod que llama, como «espacio/nombre»."""
    if from_ is None:
        return None
    if isinstance(from_, Mapping):
        meta = from_["metadata"]
        return f"{meta['namespace']}/{meta['name']}"
    head, _, name = from_.rpartition("/")
    if head in _PODS:
        head = ""
    if head in _DEPLOYMENTS:
        return _pod_of(client, name)
    return f"{head or client.namespace}/{name}"


def _pod_of(client: Client, deployment: str) -> str:
    """El primer Pod en marcha de un Deployment, por nombre."""
    chooses = LabelSelector.from_object(client.get("deployments", deployment)["spec"]["selector"])
    for pod in client.list("pods", labels=str(chooses)):
        if pod["status"].get("phase") == "Running" and not pod["metadata"].get("deletionTimestamp"):
            return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    raise UsageError(f"El Deployment «{deployment}» no tiene ningún Pod en marcha desde el que llamar.",
                     "Espera a que arranque, o llama desde otro Pod.")  # fmt: skip


def _steps(rps: Rate, seconds: float | None) -> list[list[float]]:
    if isinstance(rps, int | float):
        if seconds is None:
            raise UsageError("Falta decir cuánto dura la carga.", "Por ejemplo: rps=20, seconds=60.")
        return [[float(seconds), float(rps)]]
    if seconds is not None:
        raise UsageError("Los escalones ya dicen cuánto duran: sobra `seconds`.", "Quítalo.")
    try:
        return [[float(lasts), float(rate)] for lasts, rate in rps]
    except (TypeError, ValueError):
        cure = "Escribe pares (segundos, peticiones por segundo): [(60, 10), (120, 80)]."
        raise UsageError(f"No entiendo los escalones {rps!r}.", cure) from None
