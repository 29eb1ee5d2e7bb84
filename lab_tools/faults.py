"""Averías: una sola manera de romper cosas, igual en cualquier clúster, y siempre por la API.

Una avería se declara como datos (`{"kind": "bad-image", "deployment": "catalogo", …}`) y se provoca con
`inject`, que devuelve una frase con lo que ha hecho. Ninguna se deshace sola: arreglarla es el ejercicio.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lab_tools.client import Client
from lab_tools.errors import UsageError
from lab_tools.objects import Object


def inject(client: Client, fault: Mapping[str, Any]) -> str:
    """Provoca la avería en el namespace de `client` y cuenta qué ha hecho."""
    options = dict(fault)
    kind = options.pop("kind", "")
    if kind not in FAULTS:
        raise UsageError(f"No conozco la avería «{kind}».", f"Las que hay: {', '.join(FAULTS)}.")
    return FAULTS[kind](client, **options)


def kill_pods(client: Client, selector: str, count: int = 1) -> str:
    """Borra los `count` primeros Pods (por nombre) que el selector elige, sin esperar a que terminen."""
    chosen = client.list("pods", labels=selector)[:count]
    if len(chosen) < count:
        raise UsageError(f"«{selector}» solo elige {len(chosen)} Pods, y había que borrar {count}.")
    for pod in chosen:
        client.delete("pods", pod["metadata"]["name"], uid=pod["metadata"]["uid"])
    return "Borrados: " + ", ".join(pod["metadata"]["name"] for pod in chosen)


def bad_image(client: Client, deployment: str, image: str) -> str:
    """Pide para el primer contenedor de un Deployment una imagen que no existe o que no arranca."""
    name = _container(client, deployment)["name"]
    _patch_container(client, deployment, {"name": name, "image": image})
    return f"El Deployment {deployment} pide ahora la imagen {image}"


def greedy_requests(client: Client, deployment: str, cpu: str) -> str:
    """Pide para el primer contenedor de un Deployment más CPU de la que ningún nodo tiene."""
    name = _container(client, deployment)["name"]
    _patch_container(client, deployment, {"name": name, "resources": {"requests": {"cpu": cpu}}})
    return f"El Deployment {deployment} pide ahora {cpu} de CPU por Pod"


FAULTS: dict[str, Callable[..., str]] = {
    "kill-pods": kill_pods,
    "bad-image": bad_image,
    "greedy-requests": greedy_requests,
}


def _container(client: Client, deployment: str) -> Object:
    containers: list[Object] = client.get("deployments", deployment)["spec"]["template"]["spec"]["containers"]
    return containers[0]


def _patch_container(client: Client, deployment: str, container: Object) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    client.patch("deployments", deployment, patch, how="strategic")
