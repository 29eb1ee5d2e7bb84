"""Lo que gasta cada nodo: según las métricas del clúster o, si no las tiene, según sus máquinas.

`readings` da lo medido; con lo que cada nodo puede repartir (`status.allocatable`), `of` dice qué parte es. Sin
medidas no hay gasto: nunca se inventa uno.
Fuente: https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lab_tools.client import Client
from lab_tools.drivers import machines
from lab_tools.errors import OrquestaError
from lab_tools.objects import Object, kinds
from lab_tools.objects.quantity import parse

# Por nodo: núcleos de CPU y bytes de memoria.
Readings = Mapping[str, tuple[float, int]]

# Desde qué parte de un recurso se avisa de que queda poco.
NEARLY_ALL = 0.9
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True)
class Part:
    """Una parte de un recurso: `used` de `size`, en núcleos o en bytes."""

    used: float
    size: float

    @property
    def share(self) -> float:
        """La parte que es, de 0 a 1; más de 1, si se gasta más de lo que se puede repartir."""
        return self.used / self.size

    @property
    def nearly_all(self) -> bool:
        """Si queda poco."""
        return self.share >= NEARLY_ALL


@dataclass(frozen=True)
class Spending:
    """Lo que gasta un nodo."""

    cpu: Part
    memory: Part


def readings(client: Client) -> Readings:
    """Lo que gasta ahora cada nodo, por su nombre; vacío si nadie lo mide.

    Las máquinas tardan uno o dos segundos en medirse: quien no pueda esperar pide solo `by_metrics`.
    """
    return by_metrics(client) or by_machines_if_any(client)


def by_metrics(client: Client) -> Readings:
    """Lo que dice `metrics.k8s.io`; vacío si no se sirve o no se deja leer. `InfrastructureError` si nadie contesta."""
    reply = client.connection.send("GET", kinds.NODE_METRICS.path(None), headers={"accept": "application/json"})
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    if reply.status != 200:
        return {}
    # Un nodo recién llegado puede estar en la lista sin medida todavía.
    found = [item for item in json.loads(body).get("items") or [] if item.get("usage")]
    return {
        item["metadata"]["name"]: (float(parse(item["usage"]["cpu"])), int(parse(item["usage"]["memory"])))
        for item in found
    }


def by_machines(client: Client) -> Readings:
    """Lo que miden los contenedores de los nodos, donde el driver llega hasta ellos; vacío si no.

    Lanza ClusterError si su motor no contesta.
    """
    found = machines.of(client.connection)
    return {one.node: (one.cpu, one.memory) for one in found.usage()} if found else {}


def by_machines_if_any(client: Client) -> Readings:
    """Lo mismo, y vacío también si su motor no contesta."""
    try:
        return by_machines(client)
    except OrquestaError:
        # Sin motor no hay medida, y el resto del dibujo sigue siendo verdad.
        return {}


def of(node: Object, measured: Readings) -> Spending | None:
    """Lo que gasta un nodo de lo que puede repartir; `None` si no se ha medido."""
    found = measured.get(node["metadata"]["name"])
    room = (node.get("status") or {}).get("allocatable") or {}
    cores, size = (float(parse(room.get(name, 0))) for name in ("cpu", "memory"))
    if found is None or not cores or not size:
        return None
    return Spending(Part(found[0], cores), Part(found[1], size))


def percent(part: Part) -> str:
    """«4 %»; «<1 %» si es menos."""
    share = round(100 * part.share)
    return f"{share} %" if share or not part.used else "<1 %"


def cores(number: float) -> str:
    """«1 núcleo», «4 núcleos», «0,5 núcleos»."""
    return f"{_spanish(number)} {'núcleo' if number == 1 else 'núcleos'}"


def size(number: float) -> str:
    """Bytes en la unidad que los deja por debajo de mil: «310 MiB», «7,8 GiB»."""
    unit = 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{_spanish(number)} {_UNITS[unit]}"


def _spanish(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{round(number, 3):.2g}".replace(".", ",")
