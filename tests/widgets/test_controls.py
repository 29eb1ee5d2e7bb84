"""Los controles piden a la API lo que dicen, y cuentan su respuesta."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab_tools.client import Client
from lab_tools.widgets.controls import Controls


@pytest.fixture
def controls(shop: Client) -> Iterator[Controls]:
    found = Controls(shop, "frontend", ["tienda-frontend:1.1"])
    yield found
    found.close()


def test_controls_start_where_the_deployment_is(controls: Controls) -> None:
    assert (controls.replicas.value, controls.image.value) == (3, "tienda-frontend:1.0")
    assert controls.image.options == ("tienda-frontend:1.0", "tienda-frontend:1.1")


def test_moving_replicas_scales(controls: Controls, shop: Client) -> None:
    controls.replicas.value = 5
    assert shop.get("deployments", "frontend")["spec"]["replicas"] == 5
    assert controls.answer.value == "Has pedido 5 réplicas."


def test_choosing_an_image_changes_the_template(controls: Controls, shop: Client) -> None:
    controls.image.value = "tienda-frontend:1.1"
    (container,) = shop.get("deployments", "frontend")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "tienda-frontend:1.1"
    assert container["resources"]["requests"]["cpu"] == "100m", "lo demás no se toca"


def test_a_refusal_is_shown_and_not_raised(controls: Controls, shop: Client) -> None:
    shop.delete("deployments", "frontend")
    controls.replicas.value = 4
    assert "not found" in controls.answer.value


def test_every_control_has_its_name_written(controls: Controls) -> None:
    assert [one.description for one in (controls.replicas, controls.image)] == ["Réplicas", "Imagen"]


def test_speed_is_offered_only_where_there_is_one(controls: Controls) -> None:
    assert controls.speed not in controls.children, "en proceso el tiempo no corre solo"


def test_speed_is_offered_only_to_who_may_change_it(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr(Client, "speed", lambda self: 5.0)
    monkeypatch.setattr(Client, "set_speed", lambda self, speed: asked.append(speed))
    controls = Controls(shop, "frontend")
    assert controls.speed in controls.children
    controls.speed.value = 20.0
    assert asked == [5.0, 20.0]
    assert controls.answer.value == "El clúster va a ×20."
    controls.close()
