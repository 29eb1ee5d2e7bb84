"""`python docs/img/dibujar.py [DESTINO]`: la imagen del README, hecha de una tienda que corre de verdad.

Un clúster en este proceso, con la misma semilla: el escaparate a mitad de un cambio de versión, la API entera y un
catálogo que pide una imagen que no existe. Sale siempre el mismo archivo.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.widgets.picture import Picture
from lab_tools.widgets.state import FAILING, STARTING
from lab_tools.widgets.view import CURRENT, View, look

TARGET = Path(__file__).parent / "mapa.svg"
PATIENCE = 2000
SHOP = (("api", "tienda-api:1.0", 2), ("catalogo", "tienda-catalogo:1.0", 2), ("frontend", "tienda-frontend:1.0", 4))


def main(argv: list[str]) -> int:
    """Escribe la imagen y dice dónde."""
    target = Path(argv[0]) if argv else TARGET
    target.parent.mkdir(parents=True, exist_ok=True)
    print(f"Escrito: {Picture(scene()).save(target)}")
    return 0


def scene() -> View:
    """La vista del instante que se retrata."""
    client = Client(in_process())
    for name, image, replicas in SHOP:
        client.apply(_deployment(name, image, replicas))
    client.wait(60)
    client.apply(_deployment("catalogo", "tienda-catalogo:1.0.1", 2))
    client.wait(30)
    client.apply(_deployment("frontend", "tienda-frontend:1.1", 4))
    return next(view for _ in range(PATIENCE) if (view := _moment(client)) is not None)


def _moment(client: Client) -> View | None:
    """Un paso más; la vista, si enseña a la vez un cambio de versión a medias y un fallo."""
    client.wait(0.05)
    view = look(Snapshot(client))
    new = [pod.state for pod in view.pods if pod.owner == "frontend" and pod.age == CURRENT]
    failing = any(pod.state is FAILING for pod in view.pods)
    return view if failing and STARTING in new and len(set(new)) > 1 else None


def _deployment(name: str, image: str, replicas: int) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": name, "image": image, "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
