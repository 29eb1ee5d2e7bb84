"""El dibujo dice lo mismo que el clúster, se entiende sin colores y no pide nada a nadie."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.widgets import palette, words
from lab_tools.widgets.drawing import NARROW, WIDE, cluster_svg
from lab_tools.widgets.picture import Picture
from lab_tools.widgets.state import ALL
from lab_tools.widgets.view import CURRENT, PREVIOUS, look

from .conftest import MANIFESTS

SVG = "{http://www.w3.org/2000/svg}"


def drawn(client: Client, width: int = WIDE) -> ElementTree.Element:
    return ElementTree.fromstring(cluster_svg(Snapshot(client), width))


def said(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def until(client: Client, word: str) -> None:
    client.wait_for(lambda: any(pod.status == word for pod in look(Snapshot(client)).pods))


def test_every_pod_is_drawn_in_its_node_with_its_status(shop: Client) -> None:
    view, root = look(Snapshot(shop)), drawn(shop)
    assert [len(node.pods) for node in view.nodes] == [1, 1, 1]
    assert {pod.attrib["data-key"] for pod in root.iter(f"{SVG}g") if "data-key" in pod.attrib} == {
        pod.name for pod in view.pods
    }
    assert said(root).count("Running") == 3
    assert "3 de 3 listos" in said(root)


def test_drawing_has_a_name_and_tells_everything_in_words(shop: Client) -> None:
    root = drawn(shop)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.attrib["role"] == "img"
    assert title is not None and description is not None
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    for pod in look(Snapshot(shop)).pods:
        assert pod.name in str(description.text)


def test_same_state_gives_the_same_bytes(shop: Client) -> None:
    assert cluster_svg(Snapshot(shop)) == cluster_svg(Snapshot(shop))


def test_drawing_is_valid_and_fits_a_phone(shop: Client) -> None:
    assert drawn(shop, NARROW).attrib["viewBox"].startswith("0 0 360 ")


def test_drawing_asks_nothing_from_the_network(shop: Client) -> None:
    links = re.findall(r"""(?:href|src|url|@import)\W*["'(]?\s*(https?:[^"')\s]+)""", cluster_svg(Snapshot(shop)))
    assert links == []


def test_two_generations_are_told_apart_during_a_rollout(shop: Client) -> None:
    shop.apply(MANIFESTS / "frontend-1.1.yaml")
    shop.wait(1)
    view = look(Snapshot(shop))
    assert {(pod.tag, pod.age) for pod in view.pods} == {("1.0", PREVIOUS), ("1.1", CURRENT)}
    assert {"vigente", "anterior"} <= set(said(drawn(shop)))
    assert "url(#raya-" in cluster_svg(Snapshot(shop)), "la generación anterior va rayada, no solo de otro color"


def test_broken_image_is_drawn_as_a_fault_with_its_exact_word(shop: Client) -> None:
    shop.apply(MANIFESTS / "roto-imagen-inexistente.yaml")
    until(shop, "ImagePullBackOff")
    assert "ImagePullBackOff" in said(drawn(shop))
    assert "con un fallo" in said(drawn(shop))


def test_pod_that_fits_nowhere_waits_outside_the_nodes(shop: Client) -> None:
    shop.apply(MANIFESTS / "roto-reserva-imposible.yaml")
    until(shop, "Pending")
    shop.wait(1)
    view = look(Snapshot(shop))
    assert [pod.status for pod in view.waiting] == ["Pending"]
    assert "Sin nodo: esperan al scheduler" in said(drawn(shop))


def test_terminating_pod_is_drawn_until_it_leaves(shop: Client) -> None:
    victim = look(Snapshot(shop)).pods[0].name
    shop.delete("pods", victim)
    assert {pod.name: pod.state.key for pod in look(Snapshot(shop)).pods}[victim] == "ending"
    assert "Terminating" in said(drawn(shop))


def test_lone_pod_belongs_to_no_generation(client: Client) -> None:
    client.apply(MANIFESTS / "pod-suelto.yaml")
    client.wait(10)
    (pod,) = look(Snapshot(client)).pods
    assert (pod.age, pod.owner, pod.suffix, pod.revision) == ("alone", "", "", 0)


def test_crowded_node_keeps_every_pod_on_the_map(shop: Client) -> None:
    shop.scale("deployments", "frontend", 40)
    shop.wait(30)
    assert sum("data-key" in one.attrib for one in drawn(shop).iter(f"{SVG}g")) == 40


def test_cordoned_node_says_so(shop: Client) -> None:
    shop.patch("nodes", "node-1", {"spec": {"unschedulable": True}})
    assert any("SchedulingDisabled" in text for text in said(drawn(shop, NARROW)))
    assert "sin admitir Pods nuevos" in words.describe(look(Snapshot(shop)))


def test_empty_namespace_draws_its_empty_nodes(client: Client) -> None:
    assert said(drawn(client)).count("sin Pods") == 3


def test_names_are_text_and_never_markup(client: Client) -> None:
    view = look(Snapshot(client))
    assert "<script>" not in Picture(type(view)("<script>", (), view.nodes, ())).svg()


def test_picture_brings_both_widths_and_can_be_saved(shop: Client, tmp_path: object) -> None:
    picture = Picture(look(Snapshot(shop)))
    bundle = picture._repr_mimebundle_()
    assert bundle["text/html"].count('role="img"') == 2
    assert bundle["text/plain"].startswith("Mapa del clúster, namespace default.")
    saved = picture.save(f"{tmp_path}/mapa.svg")
    assert saved.read_text(encoding="utf-8") == picture.svg()


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["claro", "oscuro"])
@pytest.mark.parametrize("state", [state.key for state in ALL])
def test_words_of_a_state_can_be_read(colours: dict[str, str], state: str) -> None:
    """WCAG 2.2, 1.4.3: texto normal, 4,5 a 1."""
    assert _contrast(colours[f"{state}-ink"], colours[state]) >= 4.5
    assert _contrast(colours["ink"], colours[state]) >= 4.5
    assert _contrast(colours[f"{state}-ink"], colours["paper"]) >= 4.5, "sus letras van también sobre el papel"


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["claro", "oscuro"])
def test_soft_words_can_be_read_too(colours: dict[str, str]) -> None:
    assert min(_contrast(colours["soft"], colours[under]) for under in ("paper", "panel")) >= 4.5


def test_each_state_has_its_own_shape_and_word() -> None:
    assert len({state.shape for state in ALL}) == len({state.word for state in ALL}) == len(ALL)
    assert {state.shape for state in ALL} <= set(palette.SHAPES)
