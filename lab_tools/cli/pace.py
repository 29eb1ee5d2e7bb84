"""`orquesta cluster pause|resume|step|speed|run-until`: el tiempo de un clúster, en manos de su dueño."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from lab_tools import drivers
from lab_tools.cli import messages, names, spanish
from lab_tools.drivers.base import SPEEDS
from lab_tools.errors import ClusterError, UsageError

if TYPE_CHECKING:
    from lab_tools.client import Client

# Cuántos segundos del clúster se pueden pasar de golpe.
DAY = 86400.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _owner(name: str) -> Client:
    from lab_tools.client import Client  # quien crea un clúster no tiene por qué esperarlo

    return Client(drivers.named().connect(name, "owner"))


@click.command("pause", help="Para el tiempo del clúster: nada ocurre hasta que sigas.")
@names.cluster_argument
def pause(name: str) -> None:
    """Para el tiempo."""
    _owner(name).pause()
    messages.say(f"El tiempo del clúster «{name}» está parado. Sigue con: orquesta cluster resume {name}")


@click.command("resume", help="Deja que el tiempo siga desde donde se paró.")
@names.cluster_argument
def resume(name: str) -> None:
    """Reanuda el tiempo."""
    client = _owner(name)
    client.resume()
    messages.say(f"El clúster «{name}» sigue, a velocidad ×{messages.number(client.speed())}.")


@click.command("step", short_help="Salta al próximo suceso.",
               help="Salta al próximo suceso, sin esperar. Con el tiempo parado, se ve paso a paso.")  # fmt: skip
@names.cluster_argument
@click.option("--events", type=spanish.Integer(1, 10_000), default=1, show_default=True, metavar="N",
              help="Cuántos sucesos.")  # fmt: skip
def step(name: str, events: int) -> None:
    """Da un paso."""
    seconds = messages.number(round(_owner(name).step(events), 3))
    messages.say(f"Han pasado {seconds} s del clúster «{name}».")


@click.command("speed", short_help="Cambia la velocidad del clúster.",
               help="Cambia la velocidad: VELOCIDAD segundos del clúster por cada segundo de reloj.")  # fmt: skip
@click.argument("speed", metavar="VELOCIDAD", type=spanish.Decimal(*SPEEDS))
@names.cluster_argument
def speed_(speed: float, name: str) -> None:
    """Cambia el ritmo."""
    client = _owner(name)
    client.set_speed(speed)
    messages.say(f"El clúster «{name}» va a velocidad ×{messages.number(speed)}.")
    if client.paused():
        messages.say(f"Pero está parado. Sigue con: orquesta cluster resume {name}")


@click.command("run-until", short_help="Adelanta el tiempo hasta que algo se cumpla.",
               help="""Adelanta el tiempo, tan deprisa como pueda, hasta que se cumpla CONDICIÓN.

Una duración («90s», «10m», «1h») o una frase de tres palabras: «deployment frontend available», «pod web-0 running»,
«job carga deleted». Sale con 1 si no se cumple.
""")  # fmt: skip
@click.argument("condition", metavar="CONDICIÓN")
@names.cluster_argument
@names.namespace_option
@click.option("--timeout", type=spanish.Decimal(0, DAY), default=600, show_default=True, metavar="SEGUNDOS",
              help="Segundos del clúster que se esperan como mucho.")  # fmt: skip
def run_until(condition: str, name: str, namespace: str, timeout: float) -> None:
    """Adelanta hasta que se cumpla."""
    client = _owner(name)
    place, before = names.namespace(namespace, name), client.elapsed()
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", condition)
    if found is not None:
        seconds = float(found[1]) * _UNITS[found[2]]
        if seconds > DAY:
            raise UsageError(f"No se puede adelantar {condition} de una vez.", "Como mucho, un día: 24h.")
        client.advance(seconds)
    elif len(condition.split()) != 3:
        raise UsageError(
            f"No entiendo la condición «{condition}».",
            "Escribe una duración («90s», «10m», «1h») o tipo, nombre y estado: «deployment frontend available».",
        )
    elif not client.run_until(condition, timeout, place):
        raise ClusterError(
            f"«{condition}» no se ha cumplido en {messages.number(timeout)} s del clúster.",
            f"Mira qué lo impide con «kubectl get events -n {place}», o espera más con --timeout.",
        )
    passed = messages.number(round(client.elapsed() - before, 1))
    messages.say(f"Han pasado {passed} s del clúster «{name}».")


COMMANDS = (pause, resume, step, speed_, run_until)
