"""`orquesta why`: por qué pasa lo que pasa, contado por el propio clúster."""

from __future__ import annotations

from typing import Any

import click

from lab_tools import drivers
from lab_tools.cli import messages, names, spanish


@click.group("why", cls=spanish.Group, help="Pregunta al clúster por qué hace lo que hace.")
def why() -> None:
    """El grupo."""


@why.command("pod", help="Por qué un Pod va a un nodo y no a otro.")
@click.argument("name", metavar="POD")
@names.namespace_option
@click.option("--full", is_flag=True, help="Todos los filtros y todas las notas de cada nodo.")
@names.cluster_option
@names.json_option
def pod(name: str, namespace: str, full: bool, cluster: str, as_json: bool) -> None:
    """Explica la colocación de un Pod."""
    from lab_tools.client import Client

    chosen = drivers.in_use(cluster)
    client = Client(drivers.named().connect(chosen), names.namespace(namespace, chosen))
    found = client.why(name)
    if as_json:
        messages.say_json(found)
        return
    messages.say(found["phrase"])
    if found["nodes"]:
        messages.say()
        messages.say_table(("NODO", "CABE", "PUNTOS", "POR QUÉ"), [_row(one) for one in found["nodes"]])
    for one in found["nodes"] if full else ():
        messages.say()
        _node(one)


def _row(node: dict[str, Any]) -> tuple[str, str, str, str]:
    if not node["fits"]:
        first = next(one for one in node["filters"] if not one["passes"])
        return node["node"], "no", "-", f"{first['filter']}: {first['phrase']}"
    marks = ", ".join(f"{one['score']} {messages.number(round(one['points'], 1))}" for one in node["scores"])
    return node["node"], "sí", messages.number(node["total"]), marks


def _node(node: dict[str, Any]) -> None:
    filters = [("filtro", one["filter"], "pasa" if one["passes"] else "no", one["phrase"]) for one in node["filters"]]
    scores = [("nota", one["score"], f"{messages.number(one['mark'])} × {one['weight']}", one["phrase"])
              for one in node["scores"]]  # fmt: skip
    messages.say_table((node["node"].upper(), "NOMBRE", "RESULTADO", "POR QUÉ"), [*filters, *scores])
