"""Una conversación con el motor: dónde escucha, y qué le falta a esta máquina para tenerla."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from lab_tools.engine.told import told
from lab_tools.errors import ClusterError, OrquestaError

# Segundos sin recibir nada tras los que se da al motor por perdido.
TIMEOUT = 120.0


@contextlib.contextmanager
def open_(timeout: float = TIMEOUT) -> Iterator[Any]:
    """Una conversación (`docker.DockerClient`), que se cierra al salir.

    Escucha donde diga DOCKER_HOST o, si no, el contexto en uso de la orden `docker`. Lo que falle dentro sale como
    ClusterError, con su cura; también que falte el SDK o que el motor no conteste.
    """
    try:
        import docker
        from requests.exceptions import RequestException
    except ImportError as error:
        cure = "Instálalo con: python -m pip install docker"
        raise ClusterError("Falta el paquete «docker», que habla con el motor.", cure) from error
    client = None
    try:
        client = _client(docker, timeout)
        yield client
    except (docker.errors.DockerException, RequestException) as error:
        raise told(error) from error
    finally:
        if client is not None:
            client.close()


def lacking() -> str:
    """Por qué no se puede hablar con el motor, en una frase; "" si contesta."""
    try:
        with open_(timeout=10) as client:
            client.ping()
    except OrquestaError as error:
        return error.message
    return ""


def _client(docker: Any, timeout: float) -> Any:
    if not os.environ.get("DOCKER_HOST"):
        # Docker Desktop, Colima o un motor sin root escuchan donde diga su contexto.
        context = docker.context.ContextAPI.get_current_context()
        if context is not None and context.Name != "default":
            return docker.DockerClient(base_url=context.Host, tls=context.TLSConfig or False, version="auto",
                                       timeout=timeout)  # fmt: skip
    return docker.from_env(version="auto", timeout=timeout)
