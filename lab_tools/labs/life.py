"""La vida de un laboratorio en un clúster: prepararlo, saber si lo está, y dejarlo como al principio."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from lab_tools import faults
from lab_tools.client import Client
from lab_tools.drivers.base import confined
from lab_tools.labs import lent
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.trace import is_available
from lab_tools.objects import Object, manifest

# El namespace la lleva cuando la preparación ha terminado: si se quedó a medias, se repite entera.
READY = "orquesta.dev/lab"
VARIANT = "orquesta.dev/variant"
SETTLING = 120.0


def is_ready(lab: LabDefinition, client: Client) -> bool:
    """El clúster ya está preparado para este laboratorio. Un namespace que se está borrando no lo está."""
    if confined(client.connection):
        return lent.prepared(client.within(lab.namespace)) == lab.slug
    namespace = client.find("namespaces", lab.namespace)
    return namespace is not None and not _is_leaving(namespace) and _notes(namespace).items() >= _signed(lab).items()


def start(lab: LabDefinition, client: Client) -> bool:
    """Prepara el clúster si no lo está ya; lo que el estudiante haya hecho no se toca. Dice si hubo que preparar."""
    if is_ready(lab, client):
        return False
    objects = start_objects(lab)
    if confined(client.connection):
        lent.demand_free(client.within(lab.namespace), lab.slug)
        objects = [obj for obj in objects if obj["kind"] != "Namespace"]  # el suyo ya está, y no es nuestro
        _fill(lab, client, objects)
        lent.note(client.within(lab.namespace), lab.slug)
        return True
    names = _namespaces(lab, objects)
    for name in names:
        namespace = client.find("namespaces", name)
        if namespace is not None and _is_leaving(namespace):
            _await_gone(name, client)
        elif namespace is not None:
            lent.demand_ours(client, namespace)
            _demand_free(namespace, lab)
    _fill(lab, client, objects)
    client.patch("namespaces", lab.namespace, {"metadata": {"annotations": _signed(lab)}})
    return True


def _signed(lab: LabDefinition) -> dict[str, str]:
    """Las señales de un namespace preparado: para qué laboratorio y para qué encargo, que no todos son el mismo."""
    values = json.dumps(dict(lab.variant), sort_keys=True, ensure_ascii=False)
    return {READY: lab.slug, VARIANT: hashlib.sha256(values.encode()).hexdigest()[:12]}


def _demand_free(namespace: Object, lab: LabDefinition) -> None:
    notes = _notes(namespace)
    if READY not in notes:
        return
    if notes[READY] != lab.slug:
        raise lent.taken(namespace["metadata"]["name"], notes[READY], lab.slug)
    if notes.get(VARIANT) != _signed(lab)[VARIANT]:
        raise lent.taken(namespace["metadata"]["name"], f"{lab.slug} con otro encargo", lab.slug)


def _fill(lab: LabDefinition, client: Client, objects: list[Object]) -> None:
    """Pone lo del principio, espera a que esté en pie y provoca las averías."""
    here = client.within(lab.namespace)
    for obj in objects:
        here.apply(obj)
    for name in _namespaces(lab, objects):
        there = client.within(name)
        _await_deployments(there, is_available, "los Deployments del principio estuvieran disponibles")
    for fault in lab.faults:
        faults.inject(here, rendered(lab, fault))
    # Quien llega encuentra la avería ya en marcha: repararla antes de que se note no dejaría rastro.
    _await_deployments(here, _is_seen, "la avería se notara")


def clear(lab: LabDefinition, client: Client) -> list[str]:
    """Borra los namespaces del laboratorio con todo lo que haya dentro; uno prestado solo se limpia.

    Devuelve lo que quedó porque no lo creó Orquesta: «service/mio».
    """
    if confined(client.connection):
        return lent.clear(client.within(lab.namespace))
    names = _namespaces(lab, start_objects(lab))
    there = [name for name in names if client.find("namespaces", name) is not None]
    for name in there:
        client.delete("namespaces", name)
    for name in there:
        _await_gone(name, client)
    return []


def _await_gone(namespace: str, client: Client) -> None:
    def gone() -> bool:
        return client.find("namespaces", namespace) is None

    client.wait_for(gone, SETTLING, f"se borrara el namespace {namespace}")


def _namespaces(lab: LabDefinition, objects: list[Object]) -> list[str]:
    """El del laboratorio y los que traiga consigo: los de los vecinos."""
    brought = [obj["metadata"]["name"] for obj in objects if obj["kind"] == "Namespace"]
    return list(dict.fromkeys([lab.namespace, *brought]))


def namespaces(lab: LabDefinition) -> list[str]:
    """Los namespaces de un laboratorio: el suyo, que va el primero, y los que trae consigo."""
    return _namespaces(lab, start_objects(lab))


def start_objects(lab: LabDefinition) -> list[Object]:
    """Los objetos con que empieza, con la variante puesta."""
    return [obj for name in lab.manifests for obj in _objects(lab, name)]


def _is_leaving(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def _objects(lab: LabDefinition, name: str) -> list[Object]:
    text = lab.variant.render((lab.folder / name).read_text(encoding="utf-8"))
    return [dict(obj) for obj in manifest.loads(text, name)]


def rendered(lab: LabDefinition, fault: Mapping[str, Any] | str) -> dict[str, Any]:
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
