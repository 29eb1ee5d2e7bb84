"""Cómo se cuentan una respuesta y una carga: en texto, y en HTML para un cuaderno."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab_tools.traffic.result import Load, Response, Share, Slot

_STATES = {"running": "en marcha", "done": "terminada", "stopped": "parada antes de tiempo"}
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 60
_MANY = 8  # Pods que se enseñan, como mucho


def response_text(found: Response) -> str:
    """Una línea con lo que pasó y, si no llegó, el paso que lo explica."""
    took = milliseconds(found.latency)
    if not found.error:
        who = "".join(
            [f" · versión {found.version}" if found.version else "", f" · Pod {found.pod}" if found.pod else ""]
        )
        return f"{found.status} en {took}{who}"
    why = next((step.text for step in found.steps if not step.passed), "")
    return f"{_error(found.error)} a los {took}" + (f"\n{why}" if why else "")


def load_text(load: Load) -> str:
    """El informe de una carga."""
    lines = [_title(load), _totals(load)]
    if load.latency.p50 is not None:
        lines.append(f"  latencia  {_percentiles(load)}")
    if load.errors:
        lines.append("  fallos    " + ", ".join(f"{count} de {_error(name)}" for name, count in load.errors.items()))
    if len(load.versions) > 1:
        lines.append("  versiones " + "; ".join(_share(name, one) for name, one in load.versions.items()))
    if len(load.pods) > 1:
        shown = list(load.pods.items())[:_MANY]
        more = f" y {len(load.pods) - _MANY} más" if len(load.pods) > _MANY else ""
        lines.append("  Pods      " + "; ".join(_share(name, one) for name, one in shown) + more)
    if len(load.timeline) > 2:
        slots = _squeezed(load.timeline)
        lines.append(f"  llegan    {_bars([one[0] for one in slots])}")
        if load.failed:
            lines.append(f"  fallan    {_bars([one[1] for one in slots])}")
        lines.append(f"  P95       {_bars([one[2] for one in slots])}")
    return "\n".join(lines)


def load_html(load: Load) -> str:
    """El informe de una carga, para un cuaderno."""
    rows = [("Peticiones", _totals(load).strip())]
    if load.latency.p50 is not None:
        rows.append(("Latencia", _percentiles(load)))
    if load.errors:
        rows.append(("Fallos", ", ".join(f"{count} de {_error(name)}" for name, count in load.errors.items())))
    body = "".join(f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
                   f'<td style="text-align:left">{escape(text)}</td></tr>' for name, text in rows)  # fmt: skip
    parts = _shares_html("Versión", load.versions) + (_shares_html("Pod", load.pods) if len(load.pods) > 1 else "")
    return (f"<p><b>{escape(_title(load))}</b></p><table><tbody>{body}</tbody></table>{parts}"
            f"{_chart(load.timeline)}")  # fmt: skip


def progress(found: Mapping[str, Any]) -> str:
    """Una línea que dice por dónde va una carga."""
    counts = f"{_count(found['completed'])} peticiones · {_count(found['failed'])} fallos"
    return f"  {found['id']}: {found['elapsed']:.0f} de {found['seconds']:.0f} s · {counts}"


def milliseconds(seconds: float | None) -> str:
    """«12,3 ms», «1,25 s»; «—» si no hay."""
    if seconds is None:
        return "—"
    text = f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
    return text.replace(".", ",")


def _title(load: Load) -> str:
    source = f" desde {load.from_}" if load.from_ else ""
    seed = f", semilla {load.seed}" if load.seed else ""
    return f"{load.id}: {load.url}{source} · {_rate(load)} · {_STATES.get(load.state, load.state)}{seed}"


def _rate(load: Load) -> str:
    if len(load.steps) == 1:
        return f"{load.steps[0][1]:g} por segundo durante {load.elapsed:.0f} s"
    rates = " → ".join(f"{rps:g}" for _, rps in load.steps)
    return f"{rates} por segundo durante {load.elapsed:.0f} s"


def _totals(load: Load) -> str:
    rate = f"{load.throughput:.1f}".replace(".", ",")
    share = f"{load.failure_rate:.2%}".replace(".", ",").replace("%", " %")
    return (f"  {_count(load.completed)} acabadas de {_count(load.sent)} · {_count(load.failed)} con fallo ({share})"
            f" · {rate} buenas por segundo")  # fmt: skip


def _percentiles(load: Load) -> str:
    found = load.latency
    named = (("media", found.mean), ("P50", found.p50), ("P95", found.p95), ("P99", found.p99), ("máx.", found.max))
    return " · ".join(f"{name} {milliseconds(value)}" for name, value in named)


def _share(name: str, one: Share) -> str:
    failed = f", {_count(one.failed)} con fallo" if one.failed else ""
    return f"{name}: {_count(one.completed)}{failed}, P95 {milliseconds(one.p95)}"


def _error(name: str) -> str:
    from lab_tools.traffic.result import ERRORS

    return ERRORS.get(name, name)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _squeezed(slots: list[Slot]) -> list[tuple[float, float, float]]:
    """La historia en `_WIDTH` columnas como mucho: peticiones, fallos y P95 de cada una."""
    size = -(-len(slots) // _WIDTH)
    groups = [slots[at : at + size] for at in range(0, len(slots), size)]
    return [(sum(one.sent for one in group) / len(group), sum(one.failed for one in group) / len(group),
             max((one.p95 or 0.0) for one in group)) for group in groups]  # fmt: skip


def _bars(values: list[float]) -> str:
    top = max(values) or 1.0
    return "".join(_BARS[min(int(value / top * len(_BARS)), len(_BARS) - 1)] if value else " " for value in values)


def _shares_html(title: str, shares: Mapping[str, Share]) -> str:
    if not shares:
        return ""
    head = "".join(
        f'<th scope="col" style="text-align:left">{name}</th>' for name in (title, "Acabadas", "Con fallo", "P95")
    )
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:400">{escape(name)}</th>'
        f"<td>{_count(one.completed)}</td><td>{_count(one.failed)}</td><td>{milliseconds(one.p95)}</td></tr>"
        for name, one in shares.items()
    )  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _chart(slots: list[Slot]) -> str:
    """Llegadas (gris), fallos (rojo) y P95 (línea), con su lectura en palabras para quien no lo ve."""
    if len(slots) < 3:
        return ""
    points = _squeezed(slots)
    wide, high = 6, 60
    top, slow = max(one[0] for one in points) or 1.0, max(one[2] for one in points) or 1.0
    bars = "".join(
        f'<rect x="{at * wide}" y="{high - sent / top * high:.1f}" width="{wide - 1}" height="{sent / top * high:.1f}" '
        f'fill="#9aa5b1"/><rect x="{at * wide}" y="{high - failed / top * high:.1f}" width="{wide - 1}" '
        f'height="{failed / top * high:.1f}" fill="#c62828"/>' for at, (sent, failed, _) in enumerate(points)
    )  # fmt: skip
    line = " ".join(f"{at * wide + wide / 2},{high - late / slow * high:.1f}" for at, (_, _, late) in enumerate(points))
    spoken = (f"Peticiones por segundo (hasta {top:.0f}), fallos en rojo y P95 como línea "
              f"(hasta {milliseconds(slow)}), a lo largo de {slots[-1].second:.0f} s")  # fmt: skip
    return (f'<figure style="margin:.5em 0"><svg role="img" aria-label="{escape(spoken)}" '
            f'viewBox="0 0 {len(points) * wide} {high}" style="width:100%;max-width:40em;height:6em" '
            f'preserveAspectRatio="none">{bars}<polyline points="{line}" fill="none" stroke="#1565c0" '
            f'stroke-width="1.5" vector-effect="non-scaling-stroke"/></svg><figcaption>{escape(spoken)}.</figcaption>'
            "</figure>")  # fmt: skip
