"""Dónde actúa quien comprueba: en un bifurcado del clúster o, si no se puede, en una copia del namespace.

El original no cambia: ni su revisión, ni su historia. La copia del namespace es para los clústeres reales, que no
se bifurcan; se borra al terminar, pase lo que pase dentro. Si no se puede ninguna de las dos, el hecho no es medible.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from lab_tools.checks import transplant
from lab_tools.checks.budget import Timed
from lab_tools.checks.finding import NoCopy, NotMeasurable
from lab_tools.client import Client
from lab_tools.errors import ClusterError, InfrastructureError, StatusError, UsageError

REFUSED, ABSENT, BUSY = (401, 403), (404, 405, 501), 429
SETTLING = 60.0  # segundos del clúster que se dejan a la copia de un namespace para parecerse al original


@dataclass(frozen=True)
class Copy:
    """Un sitio donde actuar. `whole` dice si es el clúster entero o solo el namespace `client.namespace`."""

    client: Client
    whole: bool


@contextlib.contextmanager
def copy_of(client: Client, namespace: str, whole: bool = False) -> Iterator[Copy]:
    """Una copia de lo que hay en `namespace`, mientras dure el `with`. `NotMeasurable` si aquí no se puede."""
    with contextlib.ExitStack() as stack:
        forked = _fork(stack, client.within(namespace))
        if forked is not None:
            yield Copy(forked, True)
            return
        if whole:
            raise NoCopy("este clúster no se puede bifurcar, y para esto hace falta una copia entera")
        yield Copy(stack.enter_context(_namespace_copy(client, namespace)), False)


def _fork(stack: contextlib.ExitStack, client: Client) -> Client | None:
    """El clúster bifurcado, con el mismo presupuesto de tiempo; `None` si no sabe, `NotMeasurable` si no nos deja."""
    inner = client.connection
    budget = inner.budget if isinstance(inner, Timed) else None
    bare = Client(inner.inner, client.namespace) if isinstance(inner, Timed) else client
    fork = getattr(bare, "fork", None)
    if fork is None:
        return None
    try:
        found: Client = stack.enter_context(fork())
    except StatusError as error:
        if error.code in REFUSED:
            raise NotMeasurable(
                "esta credencial no puede bifurcar el clúster, y comprobarlo aquí lo cambiaría"
            ) from None
        if error.code in ABSENT:
            return None
        if error.code == BUSY:
            raise InfrastructureError(
                "El clúster ya tiene abiertas todas las copias que admite.",
                "Espera a que termine la otra comprobación, y repite esta.",
            ) from None
        raise
    except InfrastructureError:
        raise
    except (UsageError, ClusterError):
        return None
    if budget is None:
        return found
    return Client(Timed(found.connection, budget), found.namespace)


@contextlib.contextmanager
def _namespace_copy(client: Client, namespace: str) -> Iterator[Client]:
    name = _name(client, namespace)
    try:
        client.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": transplant.metadata(client, namespace, name)}
        )
    except StatusError as error:
        if error.code in (*REFUSED, 409):
            raise NoCopy("este clúster no se puede bifurcar ni deja copiar tu namespace") from None
        raise
    here = client.within(name)
    try:
        transplant.copy_objects(client.within(namespace), here)
        transplant.settle(client.within(namespace), here, SETTLING)
        yield here
    finally:
        # Si el tiempo se acabó dentro, borrar lo que se creó sigue siendo nuestro: sin presupuesto.
        connection = client.connection
        Client(connection.inner if isinstance(connection, Timed) else connection).delete("namespaces", name)


def _name(client: Client, namespace: str) -> str:
    """Un nombre que no choca: lo decide el original y el instante."""
    mark = hashlib.sha256(f"{namespace}/{client.elapsed()}".encode()).hexdigest()[:8]
    return f"{namespace[:40]}-copia-{mark}"
