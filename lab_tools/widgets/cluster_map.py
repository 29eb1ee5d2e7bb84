"""El mapa vivo: un anywidget que enseña el dibujo de ahora, y deja una imagen fija para quien lea sin kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.widgets import backup, spending, words
from lab_tools.widgets.drawing import NARROW, WIDE, draw
from lab_tools.widgets.picture import Picture
from lab_tools.widgets.pulse import pulse
from lab_tools.widgets.view import View, look

_HERE = Path(__file__).parent
_REMEMBERED = 5


class ClusterMap(anywidget.AnyWidget):
    """Un namespace de un clúster, mientras cambia. `stop()` lo deja quieto; `view` es lo último que se vio."""

    _esm = _HERE / "cluster_map.js"
    _css = _HERE / "cluster_map.css"
    estado = traitlets.Dict().tag(sync=True)

    def __init__(self, client: Client, namespace: str = "") -> None:
        self._pulse = pulse(client, namespace or client.namespace)
        self._pulse.measured = spending.by_metrics(client)
        self.view = look(Snapshot(client, self._pulse.namespace), self._pulse.measured)
        self._told: list[str] = []
        super().__init__(estado=self._state("", live=False))
        if self._pulse.join(self._on_view):
            self.estado = self._state("", live=True)

    @property
    def live(self) -> bool:
        """Si sigue mirando el clúster."""
        return bool(self.estado["vivo"])

    def refresh(self) -> None:
        """Mira ahora, sin esperar al próximo latido."""
        self._pulse.look()

    def stop(self) -> None:
        """Deja de mirar. El dibujo se queda como está."""
        self._pulse.leave(self._on_view)
        self.estado = self._state("El mapa está detenido.", live=False)

    def close(self) -> None:
        """Deja de mirar y quita el mapa de la página."""
        self._pulse.leave(self._on_view)
        super().close()

    def picture(self) -> Picture:
        """La imagen fija de lo último que se vio."""
        return Picture(self.view)

    def _on_view(self, view: View | None) -> None:
        if view is None:
            self.estado = self._state("El clúster ya no contesta: el mapa se queda en lo último que vio.", live=False)
            return
        said = words.changes(self.view, view)
        self.view = view
        self._told = [*self._told, *said][-_REMEMBERED:]
        self.estado = self._state(words.announcement(said, view), live=True)

    def _state(self, spoken: str, live: bool) -> dict[str, Any]:
        """Lo que el navegador enseña: los dibujos, las tablas, los últimos cambios y lo que se anuncia."""
        return {
            "ancho": draw(self.view, WIDE),
            "estrecho": draw(self.view, NARROW),
            "nodos": words.node_rows(self.view),
            "filas": words.rows(self.view),
            "cambios": list(self._told),
            "anuncio": spoken,
            "vivo": live,
        }

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """La vista viva y, para quien no tenga dónde pintarla, la imagen fija de ahora."""
        data = backup.bundle(super()._repr_mimebundle_(**kwargs))
        fixed = self.picture()
        return {**data, "text/plain": str(fixed), "text/html": fixed.html()}

    def _ipython_display_(self) -> None:
        live = backup.bundle(super()._repr_mimebundle_())
        backup.show(live, str(self.picture()), self.picture().html())
