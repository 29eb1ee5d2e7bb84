"""Lo que vale siempre, con cualquier sucesión de pasos: hypothesis los elige.

Todo es determinista: los mismos ejemplos en cada ejecución.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds

# Sin encoger: cada ejemplo es ya pequeño, y reducir un fallo del mundo cuesta minutos.
_HOW = settings(suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))
FEW, SOME = settings(_HOW, max_examples=10), settings(_HOW, max_examples=25)

Object = dict[str, Any]


def template(labels: dict[str, str], image: str = "nginx:1.27", **container: Any) -> Object:
    """Una plantilla de Pod de un contenedor."""
    return {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image, **container}]}}


def deployment(name: str, replicas: int, **spec: Any) -> Object:
    """Un Deployment de nginx."""
    labels = {"app": name}
    return {"metadata": {"name": name}, "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                                                 "template": template(labels), **spec}}  # fmt: skip


def pods(cluster: EmbeddedCluster) -> list[Object]:
    """Los Pods de `default`."""
    return cluster.api.list(kinds.POD, "default").items


def is_ready(pod: Object) -> bool:
    """Si el Pod atiende."""
    conditions = pod["status"].get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
