"""Dibujos de un clúster, mirado solo por la ventana.

Una foto (`checks.snapshot`) se resume en una vista (`view`), que dice de cada Pod lo mismo que `kubectl get pods`;
la vista se dibuja (`drawing`) y se cuenta con palabras (`words`). El dibujo se calcula una sola vez, en Python: el
navegador (`cluster_map.js`) solo lo cambia por el siguiente y mueve las piezas. Por eso el mapa vivo y la imagen
fija que queda para quien lee sin kernel son el mismo.

Aquí vive también el pulso (`pulse`) que mantiene vivo un mapa y los controles (`controls`) que mueven un
Deployment. Aquí nunca se decide si algo está bien o mal (eso es de `checks`), ni se lee otra cosa que la API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab_tools.client import Client
    from lab_tools.widgets.cluster_map import ClusterMap
    from lab_tools.widgets.picture import Picture


def show(client: Client, live: bool = True) -> ClusterMap | Picture:
    """El mapa del namespace de `client`: vivo, o la imagen fija de este instante."""
    if live:
        from lab_tools.widgets.cluster_map import ClusterMap

        return ClusterMap(client)
    from lab_tools.checks.snapshot import Snapshot
    from lab_tools.widgets import spending
    from lab_tools.widgets.picture import Picture
    from lab_tools.widgets.view import look

    return Picture(look(Snapshot(client), spending.readings(client)))
