"""La vida de un laboratorio en un clúster: prepararlo, saber si lo está, y dejarlo como al principio."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from lab_tools import faults
from lab_tools.client import Client
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.trace import is_available
from lab_tools.objects import Object, manifest

# El namespace la lleva cuando la preparación ha terminado: si se quedó a medias, se repite entera.
READY = "orquesta.dev/lab"
SETTLING = 120.0


def is_ready(lab: LabDefinition, client: Client) -> bool:
    """El clúster ya está preparado para este laboratorio. Un namespace que se está borrando no lo está."""
    namespace = client.find("namespaces", lab.namespace)
    return namespace is not None and not _is_leaving(namespace) and _notes(namespace).get(READY) == lab.slug


def start(lab: LabDefinition, client: Client) -> bool:
    """Prepara el clúster si no lo está ya; lo que el estudiante haya hecho no se toca. Dice si hubo que preparar."""
    if is_ready(lab, client):
        return False
    objects = _start_objects(lab)
    names = _namespaces(lab, objects)
    for name in names:
        namespace = client.find("namespaces", name)
        if namespace is not None and _is_leaving(namespace):
            _await_gone(name, client)
    here = client.within(lab.namespace)
    for obj in objects:
        here.apply(obj)
    for name in names:
        there = client.within(name)
        _await_deployments(there, is_available, "los Deployments del principio estuvieran disponibles")
    for fault in lab.faults:
        faults.inject(here, _rendered(lab, fault))
    # Quien llega encuentra la avería ya en marcha: repararla antes de que se note no dejaría rastro.
    _await_deployments(here, _is_seen, "la avería se notara")
    client.patch("namespaces", lab.namespace, {"metadata": {"annotations": {READY: lab.slug}}})
    return True


def clear(lab: LabDefinition, client: Client) -> None:
    """Borra los namespaces del laboratorio con todo lo que haya dentro."""
    names = _namespaces(lab, _start_objects(lab))
    there = [name for name in names if client.find("namespaces", name) is not None]
    for name in there:
        client.delete("namespaces", name)
    for name in there:
        _await_gone(name, client)


def _await_gone(namespace: str, client: Client) -> None:
    def gone() -> bool:
        return client.find("namespaces", namespace) is None

    client.wait_for(gone, SETTLING, f"se borrara el namespace {namespace}")


def _namespaces(lab: LabDefinition, objects: list[Object]) -> list[str]:
    """El del laboratorio y los que traiga consigo: los de los vecinos."""
    brought = [obj["metadata"]["name"] for obj in objects if obj["kind"] == "Namespace"]
    return list(dict.fromkeys([lab.namespace, *brought]))


def _start_objects(lab: LabDefinition) -> list[Object]:
    return [obj for name in lab.manifests for obj in _objects(lab, name)]


def _is_leaving(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def _objects(lab: LabDefinition, name: str) -> list[Object]:
    text = lab.variant.render((lab.folder / name).read_text(encoding="utf-8"))
    return [dict(obj) for obj in manifest.loads(text, name)]


def _rendered(lab: LabDefinition, fault: Mapping[str, Any] | str) -> dict[str, Any]:
    """Una avería con sus huecos rellenos; si es el nombre de un valor de la variante, la que le tocó."""
    if isinstance(fault, str):
        return dict(lab.variant[fault])
    return dict(json.loads(lab.variant.render(json.dumps(dict(fault)))))


def _await_deployments(client: Client, holds: Callable[[Client, str], bool], message: str) -> None:
    names = [obj["metadata"]["name"] for obj in client.list("deployments")]
    client.wait_for(lambda: all(holds(client, name) for name in names), SETTLING, message)


def _is_seen(client: Client, deployment: str) -> bool:
    """El controlador ya ha visto lo último que se pidió."""
    found = client.get("deployments", deployment)
    observed: int = (found.get("status") or {}).get("observedGeneration", 0)
    return observed >= int(found["metadata"].get("generation", 1))


def _notes(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}
