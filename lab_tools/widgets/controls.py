"""Los controles de un Deployment: réplicas, imagen y velocidad del clúster, con teclado o con ratón.

Cada cambio es una petición a la API, la misma que harían `kubectl scale` o `kubectl set image`; lo que conteste se
escribe debajo. Cada control lleva su nombre escrito, y ninguno depende del color.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from lab_tools.checks.wording import count
from lab_tools.client import Client
from lab_tools.errors import OrquestaError, StatusError
from lab_tools.widgets import backup

MOST = 12
SPEEDS = (1.0, 4.0, 20.0, 60.0)
_WIDE = {"description_width": "7em"}


class Controls(widgets.VBox):  # type: ignore[misc]
    """Mueve el Deployment `deployment` que ve `client`. `images`: las que se pueden elegir, además de la suya."""

    def __init__(self, client: Client, deployment: str, images: Sequence[str] = (), most: int = MOST) -> None:
        self.client = client
        self.deployment = deployment
        found = client.get("deployments", deployment)
        template = found["spec"]["template"]["spec"]["containers"][0]
        self._container = template["name"]
        self.replicas = _number(int(found["spec"].get("replicas", 1)), most)
        self.image = _dropdown(template["image"], images)
        self.speed = _speeds(_own_speed(client))
        self.answer = widgets.HTML("Aún no has pedido nada.", layout=widgets.Layout(margin="0 0 0 8px"))
        super().__init__([widgets.HTML(f"<b>Deployment {escape(deployment)}</b>"), *self._live(), self.answer])
        self.add_class(backup.HERE)

    def _ipython_display_(self) -> None:
        said = f"Aquí van los controles del Deployment {self.deployment}: ejecuta la celda para usarlos."
        backup.show(backup.bundle(self._repr_mimebundle_()), said, f"<p>{escape(said)}</p>")

    def _live(self) -> list[widgets.Widget]:
        """Los controles que sirven aquí: la velocidad, solo si la puede cambiar quien mira."""
        self.replicas.observe(self._on(self._scale), names="value")
        self.image.observe(self._on(self._set_image), names="value")
        self.speed.observe(self._on(self._set_speed), names="value")
        return [self.replicas, self.image, *([self.speed] if self.speed.value else [])]

    def _on(self, ask: Callable[[Any], str]) -> Callable[[dict[str, Any]], None]:
        def changed(change: dict[str, Any]) -> None:
            try:
                self.answer.value = escape(ask(change["new"]))
            except (OrquestaError, StatusError) as error:
                self.answer.value = f"La API dijo que no: <code>{escape(str(error))}</code>"

        return changed

    def _scale(self, replicas: int) -> str:
        self.client.scale("deployments", self.deployment, replicas)
        return f"Has pedido {count(replicas, 'réplica', 'réplicas')}."

    def _set_image(self, image: str) -> str:
        containers = [{"name": self._container, "image": image}]
        patch = {"spec": {"template": {"spec": {"containers": containers}}}}
        self.client.patch("deployments", self.deployment, patch, "strategic")
        return f"Has pedido la imagen {image}."

    def _set_speed(self, speed: float) -> str:
        self.client.set_speed(speed)
        return f"El clúster va a ×{speed:g}."


def _number(value: int, most: int) -> widgets.BoundedIntText:
    """Un número con su nombre: el tirador de un deslizador de ipywidgets no tiene ninguno para quien no lo ve."""
    return widgets.BoundedIntText(
        value, 0, max(most, value), description="Réplicas", continuous_update=False, style=_WIDE,
        tooltip="Cuántos Pods pides. Con el teclado, flechas arriba y abajo.",
    )  # fmt: skip


def _dropdown(value: str, images: Sequence[str]) -> widgets.Dropdown:
    options = [value, *(image for image in images if image != value)]
    return widgets.Dropdown(options=sorted(options), value=value, description="Imagen", style=_WIDE)


def _own_speed(client: Client) -> float:
    """La velocidad del clúster si este cliente puede cambiarla; si no, 0. Se averigua pidiendo la que ya hay."""
    try:
        speed = client.speed()
        client.set_speed(speed)
    except (OrquestaError, StatusError):
        return 0.0
    return speed


def _speeds(now: float) -> widgets.Dropdown:
    options = [(f"×{speed:g}", speed) for speed in sorted({*SPEEDS, now} - {0.0})]
    chosen = now if now else None
    return widgets.Dropdown(options=options, value=chosen, description="Velocidad", style=_WIDE)
