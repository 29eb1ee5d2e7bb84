"""El dibujo de una vista: un SVG que se entiende sin colores, sin kernel y en una pantalla de teléfono.

Arriba, lo que se pidió (los Deployments); debajo, lo que hay (los nodos con sus Pods) y lo que espera. Es una
función pura: la misma vista da los mismos bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html import escape

from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.wording import count
from lab_tools.widgets import palette, spending, words
from lab_tools.widgets.spending import Part
from lab_tools.widgets.state import ALL
from lab_tools.widgets.view import CURRENT, PREVIOUS, DeploymentView, NodeView, PodView, View, look

WIDE, NARROW = 760, 360
MARGIN, GAP, PAD = 14, 12, 9
CARD_HEIGHT, CHIP_HEIGHT = 56, 24
MIN_CARD, MIN_CHIP = 92, 46
# Con más Pods en un nodo, cada uno se queda en una ficha con su forma y su etiqueta.
CROWDED = 8
NODE_HEAD = 28
# Lo que ocupan las dos barras de lo que gasta un nodo.
SPENT_HEIGHT, SPENT_ROW = 38, 16


def cluster_svg(snapshot: Snapshot, width: int = WIDE) -> str:
    """El mapa de una foto, de `width` unidades de ancho (por debajo de 600, los nodos van uno debajo de otro)."""
    return draw(look(snapshot, spending.readings(snapshot.client)), width)


def draw(view: View, width: int = WIDE) -> str:
    """El mapa de una vista."""
    y = MARGIN
    parts = []
    for block in (_wishes(view, width), _nodes(view, width), _waiting(view, width), _legend(view, width)):
        if block.height:
            parts.append(f'<g transform="translate(0,{y})">{block.svg}</g>')
            y += block.height + GAP
    return _document(view, width, y - GAP + MARGIN, "".join(parts))


class Block:
    """Un trozo de dibujo y lo que ocupa hacia abajo."""

    def __init__(self, svg: str = "", height: int = 0) -> None:
        self.svg = svg
        self.height = height


def _document(view: View, width: int, height: int, body: str) -> str:
    mark = hashlib.sha256(f"{width}{body}".encode()).hexdigest()[:8]
    hatch = (
        f'<pattern id="raya-{mark}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="2" height="4" style="fill:var(--orq-previous)"/></pattern>'
    )
    return (
        f'<svg class="orq-svg" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" lang="es" aria-labelledby="t-{mark} d-{mark}">'
        f'<title id="t-{mark}">{escape(words.title(view))}</title>'
        f'<desc id="d-{mark}">{escape(words.describe(view))}</desc>'
        f"<style>{palette.style()}</style><defs>{hatch}</defs>"
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10" '
        'style="fill:var(--orq-paper);stroke:var(--orq-line)"/>'
        f"{body.replace('url(#raya)', f'url(#raya-{mark})')}</svg>\n"
    )


# --- lo que se pidió --------------------------------------------------------------------------------------------


def _wishes(view: View, width: int) -> Block:
    """Los Deployments, en dos columnas si hay sitio y hay más de uno."""
    columns = 2 if width >= 600 and len(view.deployments) > 1 else 1
    wide = (width - 2 * MARGIN - 2 * GAP * (columns - 1)) // columns
    svg, y = "", 0
    for start in range(0, len(view.deployments), columns):
        row = view.deployments[start : start + columns]
        for place, one in enumerate(row):
            x = MARGIN + place * (wide + 2 * GAP)
            svg += f'<g transform="translate({x},{y})">{_wish(one, wide)}</g>'
        y += 26 + 19 * max(len(one.generations) for one in row) + 8
    return Block(svg, max(y - 8, 0))


def _wish(one: DeploymentView, width: int) -> str:
    kept = f" · {count(one.kept, 'revisión', 'revisiones')} en reserva" if one.kept else ""
    score = f"{one.ready} de {one.wanted} listos"
    left = 10 + round(len(one.name) * 8.6)
    svg = (
        _text(0, 15, one.name, 15, weight=700, room=width - 100)
        + _text(width, 15, score, 13, weight=600, anchor="end")
        + _text(left, 15, f"Deployment{kept}", 12, "soft", room=width - left - 100)
    )
    for index, gen in enumerate(one.generations):
        y = 26 + 19 * index
        said = f"rev. {gen.revision} · {gen.image} · {count(gen.pods, 'Pod', 'Pods')}"
        svg += f'<rect x="0" y="{y}" width="10" height="13" rx="2" style="{_stripe(gen.current)}"/>'
        svg += _text(17, y + 11, said, 12, room=width - 17 - 56)
        svg += _text(width, y + 11, "vigente" if gen.current else "anterior", 12, "soft", anchor="end")
    return svg


def _stripe(current: bool) -> str:
    if current:
        return "fill:var(--orq-current)"
    return "fill:url(#raya);stroke:var(--orq-previous)"


# --- lo que hay -------------------------------------------------------------------------------------------------


def _nodes(view: View, width: int) -> Block:
    columns = 3 if width >= 600 else 1
    columns = min(columns, max(len(view.nodes), 1))
    box = (width - 2 * MARGIN - GAP * (columns - 1)) // columns
    head = NODE_HEAD + (SPENT_HEIGHT if any(node.spending for node in view.nodes) else 0)
    svg, y = "", 0
    for start in range(0, len(view.nodes), columns):
        row = view.nodes[start : start + columns]
        height = max(_inside(node.pods, box - 2 * PAD).height for node in row) + head + PAD
        for place, node in enumerate(row):
            x = MARGIN + place * (box + GAP)
            svg += f'<g transform="translate({x},{y})">{_node(node, box, height, head)}</g>'
        y += height + GAP
    return Block(svg, max(y - GAP, 0))


def _node(node: NodeView, width: int, height: int, head: int) -> str:
    sound = node.ready and not node.cordoned
    edge = "line" if sound else "failing-ink"
    dash = "" if sound else "stroke-dasharray:6 4;stroke-width:2;"
    ink = "soft" if sound else "failing-ink"
    note_room = width - 3 * PAD - 8 * len(node.name)
    spent = _spent(node, width - 2 * PAD) if head > NODE_HEAD else ""
    return (
        f'<rect width="{width}" height="{height}" rx="8" '
        f'style="fill:var(--orq-panel);stroke:var(--orq-{edge});{dash}"/>'
        + _text(PAD, 19, node.name, 13, weight=600, room=width // 2)
        + _text(width - PAD, 19, words.standing(node), 11.5, ink, anchor="end", room=note_room)
        + (f'<g transform="translate({PAD},{NODE_HEAD})">{spent}</g>' if spent else "")
        + f'<g transform="translate({PAD},{head})">{_inside(node.pods, width - 2 * PAD).svg}</g>'
    )


def _spent(node: NodeView, width: int) -> str:
    """Dos barras, con sus números: lo que gasta un nodo de lo que puede repartir."""
    spent = node.spending
    if spent is None:
        return _text(0, SPENT_ROW, "sin medidas de lo que gasta", 11, "soft")
    rows = (("CPU", spent.cpu, spending.cores(spent.cpu.size)),
            ("Memoria", spent.memory, spending.size(spent.memory.size)))  # fmt: skip
    bars = "".join(
        f'<g transform="translate(0,{SPENT_ROW * index})">{_bar(name, part, whole, width)}</g>'
        for index, (name, part, whole) in enumerate(rows)
    )
    return f'<g class="gasto"><title>{escape(f"{node.name} gasta {words.describe_spending(spent)}")}</title>{bars}</g>'


def _bar(name: str, part: Part, whole: str, width: int) -> str:
    """Una barra entre el nombre del recurso y lo que vale; si queda poco, más gruesa y de otra tinta."""
    left, right = 54, 118
    room = width - left - right
    filled = round(min(part.share, 1.0) * room, 1)
    ink, tall = ("failing-ink", 9) if part.nearly_all else ("current", 6)
    middle = 12 - tall / 2 - 4
    return (
        _text(0, 12, name, 11, "soft")
        + f'<rect x="{left}" y="{middle:g}" width="{room}" height="{tall}" rx="3" '
        'style="fill:var(--orq-paper);stroke:var(--orq-line)"/>'
        + f'<rect x="{left}" y="{middle:g}" width="{filled:g}" height="{tall}" rx="3" style="fill:var(--orq-{ink})"/>'
        + _text(width, 12, f"{spending.percent(part)} de {whole}", 11, ink if part.nearly_all else "soft", anchor="end",
                room=right - 6)
    )  # fmt: skip


def _waiting(view: View, width: int) -> Block:
    if not view.waiting:
        return Block()
    box = width - 2 * MARGIN
    inside = _inside(view.waiting, box - 2 * PAD)
    height = inside.height + NODE_HEAD + PAD
    svg = (
        f'<rect x="{MARGIN}" width="{box}" height="{height}" rx="8" '
        'style="fill:none;stroke:var(--orq-pending-ink);stroke-dasharray:6 4"/>'
        + _text(MARGIN + PAD, 19, "Sin nodo: esperan al scheduler", 13, "pending-ink", weight=600)
        + f'<g transform="translate({MARGIN + PAD},{NODE_HEAD})">{inside.svg}</g>'
    )
    return Block(svg, height)


def _inside(pods: Sequence[PodView], width: int) -> Block:
    """Los Pods en filas; un hueco en blanco, si no hay ninguno."""
    crowded = len(pods) > CROWDED
    least, tall, space = (MIN_CHIP, CHIP_HEIGHT, 5) if crowded else (MIN_CARD, CARD_HEIGHT, 8)
    columns = max((width + space) // (least + space), 1)
    wide = (width - space * (columns - 1)) // columns
    svg = ""
    for index, pod in enumerate(pods):
        x, y = (index % columns) * (wide + space), (index // columns) * (tall + space)
        inner = _chip(pod, wide) if crowded else _card(pod, wide)
        svg += (
            f'<g class="pod" data-key="{escape(pod.name)}" transform="translate({x},{y})" '
            f'style="color:var(--orq-{pod.state.key}-ink)"><title>{escape(words.describe_pod(pod))}</title>{inner}</g>'
        )
    if not pods:
        return Block(_text(0, CARD_HEIGHT // 2 + 4, "sin Pods", 12, "soft"), CARD_HEIGHT)
    return Block(svg, -(-len(pods) // columns) * (tall + space) - space)


def _card(pod: PodView, width: int) -> str:
    first = pod.owner or pod.name
    second = f"{pod.suffix} :{pod.tag}" if pod.suffix else f":{pod.tag}"
    return (
        _pod_box(pod, width, CARD_HEIGHT)
        + f'<g transform="translate({width - 20},6)">{palette.SHAPES[pod.state.shape]}</g>'
        + _text(11, 17, first, 12, "ink", weight=600, room=width - 34)
        + _text(11, 33, second, 11, "ink", mono=True, room=width - 16)
        + _text(11, 48, pod.status, 10.5, f"{pod.state.key}-ink", weight=600, room=width - 15, squeeze=True)
    )


def _chip(pod: PodView, width: int) -> str:
    return (
        _pod_box(pod, width, CHIP_HEIGHT)
        + f'<g transform="translate({width - 18},5)">{palette.SHAPES[pod.state.shape]}</g>'
        + _text(9, 16, pod.tag, 10.5, "ink", mono=True, room=width - 26)
    )


def _pod_box(pod: PodView, width: int, height: int) -> str:
    dash = "stroke-dasharray:4 3;" if pod.state.key in ("pending", "ending") else ""
    box = (
        f'<rect width="{width}" height="{height}" rx="6" '
        f'style="fill:var(--orq-{pod.state.key});stroke:currentColor;{dash}"/>'
    )
    if pod.age not in (CURRENT, PREVIOUS):
        return box
    return box + f'<rect x="3" y="4" width="4" height="{height - 8}" rx="2" style="{_stripe(pod.age == CURRENT)}"/>'


# --- la leyenda y las letras --------------------------------------------------------------------------------------


def _legend(view: View, width: int) -> Block:
    """Solo los estados que se ven."""
    present = {pod.state.key for pod in view.pods}
    svg, x, y = "", MARGIN, 0
    for state in ALL:
        if state.key not in present:
            continue
        room = 26 + round(len(state.word) * 6.6)
        if x + room > width - MARGIN and x > MARGIN:
            x, y = MARGIN, y + 20
        svg += (
            f'<g transform="translate({x},{y})" style="color:var(--orq-{state.key}-ink)">'
            f"{palette.SHAPES[state.shape]}{_text(19, 11, state.word, 12, 'soft')}</g>"
        )
        x += room + 12
    return Block(svg, y + 15 if svg else 0)


def _text(
    x: float,
    y: float,
    text: str,
    size: float,
    colour: str = "ink",
    *,
    weight: int = 400,
    anchor: str = "start",
    mono: bool = False,
    room: float = 0,
    squeeze: bool = False,
) -> str:
    """Una línea. Si no cabe en `room` se recorta con «…»; con `squeeze`, antes se estrechan las letras."""
    each = size * (0.61 if mono else 0.52 if weight < 600 else 0.59)
    narrow = ""
    if room and len(text) * each > room:
        most = max(int(room / (each * (0.78 if squeeze else 1))), 2)
        text = text if len(text) <= most else text[: most - 1] + "…"
        narrow = f' textLength="{room:g}" lengthAdjust="spacingAndGlyphs"' if squeeze else ""
    kind = ' class="mono"' if mono else ""
    heavy = f";font-weight:{weight}" if weight != 400 else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{kind}{narrow} '
        f'style="font-size:{size:g}px;fill:var(--orq-{colour}){heavy}">{escape(text)}</text>'
    )
