"""`orquesta lab request` y `orquesta lab load`: llamar a la tienda como lo hacen `lab.request` y `lab.load`."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from lab_tools.cli import messages, names, opening, spanish
from lab_tools.errors import UsageError

UNRESOLVED = "dns"
from_option = click.option("--from", "from_", metavar="DESDE", default=None,
                           help="Desde dónde: deployment/frontend. Si no se dice, desde fuera.")  # fmt: skip


@click.command("request", short_help="Hace una petición y cuenta por dónde fue.",
               help="Hace una petición y cuenta qué contestaron, quién y por dónde pasó.")  # fmt: skip
@names.lab_argument
@click.argument("url", metavar="URL")
@from_option
@click.option("--body", is_flag=True, help="Enseña también lo que contestaron.")
@names.cluster_option
def request(lab_id: str, url: str, from_: str | None, body: bool, cluster: str) -> None:
    """Una petición."""
    answer = opening.open_lab(lab_id, cluster).request(url, from_)
    messages.say(repr(answer))
    if body and answer.body:
        messages.say(answer.body.rstrip("\n"))
    if answer.error == UNRESOLVED:
        _from_where(url, from_)


@click.command("load", short_help="Manda una carga y cuenta qué pasó con ella.",
               help="Manda una carga y, cuando acaba, cuenta cuántas peticiones fallaron y cuánto tardaron. Mientras, "
                    "trabaja en otra terminal.")  # fmt: skip
@names.lab_argument
@click.argument("url", metavar="URL")
@click.option("--rps", type=spanish.Integer(1, 1000), default=20, show_default=True, metavar="N",
              help="Peticiones por segundo.")  # fmt: skip
@click.option("--seconds", type=spanish.Integer(1, 3600), default=30, show_default=True, metavar="S",
              help="Segundos del clúster que dura.")  # fmt: skip
@click.option("--steps", metavar="SxN,...", default="",
              help="Una carga que cambia: 30x8,80x70 son 30 segundos a 8 peticiones por segundo y después 80 a 70. "
                   "Con ella, --rps y --seconds no cuentan.")  # fmt: skip
@from_option
@names.cluster_option
def load(lab_id: str, url: str, rps: int, seconds: int, steps: str, from_: str | None, cluster: str) -> None:
    """Una carga."""
    found = opening.open_lab(lab_id, cluster)
    sent = found.load(url, _plan(steps), None, from_) if steps else found.load(url, rps, seconds, from_)
    messages.say(repr(sent))
    if UNRESOLVED in sent.errors:
        _from_where(url, from_)


def _plan(steps: str) -> list[tuple[float, float]]:
    """«30x8,80x70» como escalones: (segundos, peticiones por segundo)."""
    plan = []
    for step in steps.split(","):
        seconds, _, rps = step.strip().partition("x")
        try:
            plan.append((float(seconds), float(rps)))
        except ValueError:
            cure = "Di segundos, una «x» y peticiones por segundo: 30x8,80x70."
            raise UsageError(f"No sé qué escalón es «{step}».", cure) from None
    return plan


def _from_where(url: str, from_: str | None) -> None:
    """Los nombres de los Services solo se conocen dentro: quien llamó desde fuera lo sabe aquí."""
    if from_ is None:
        host = urlsplit(url).hostname
        messages.progress(
            f"Si «{host}» es un Service, solo lo conocen los Pods: di cuál, con --from deployment/frontend."
        )
