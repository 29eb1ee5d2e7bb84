"""Leer métricas como las lee un programa de verdad: con los analizadores de la biblioteca de Prometheus."""

from __future__ import annotations

from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster

CONTROL, STATE = "/metrics", "/orquesta/v1/metrics/state"
PAGES = (CONTROL, STATE, *(f"/api/v1/nodes/node-1/proxy/metrics{rest}" for rest in ("", "/cadvisor", "/resource")))
MODERN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

Series = dict[frozenset[tuple[str, str]], float]


def client_of(cluster: EmbeddedCluster) -> Client:
    """La ventana de la dueña."""
    return Client(InProcessConnection(cluster))


def page(client: Client, path: str, accept: str = "") -> tuple[str, str]:
    """El tipo de contenido y el texto de una página de métricas."""
    reply = client.connection.send("GET", path, headers={"accept": accept} if accept else {})
    assert reply.status == 200 and isinstance(reply.body, bytes)
    return reply.headers["content-type"], reply.body.decode()


def families(client: Client, path: str, accept: str = "") -> dict[str, Any]:
    """Las familias de una página, analizadas."""
    media, body = page(client, path, accept)
    found = list((openmetrics if media.startswith("application/openmetrics-text") else text)(body))
    assert len({one.name for one in found}) == len(found), "una familia sale dos veces"
    return {one.name: one for one in found}


def value(client: Client, path: str, name: str, /, **labels: str) -> float | None:
    """El valor de la única muestra con ese nombre que lleva esas etiquetas; `None` si no hay."""
    wanted = labels.items()
    found = [sample.value for family in families(client, path).values() for sample in family.samples
             if sample.name == name and wanted <= sample.labels.items()]  # fmt: skip
    assert len(found) < 2, f"{name}{labels} no es una sola serie"
    return found[0] if found else None
