"""`orquesta fault`: romper un clúster a propósito, ver lo que está roto y repararlo."""

from __future__ import annotations

from typing import Any

import click

from lab_tools import drivers, faults
from lab_tools.cli import messages, names, spanish
from lab_tools.client import Client
from lab_tools.errors import UsageError
from lab_tools.faults.catalogue import CATALOGUE, COUNT, MAP, NUMBER, PAIR, Fault

_HELP = """Rompe un clúster a propósito, para aprender a arreglarlo.

Lo que cabe en la API se arregla como se arreglaría de verdad; lo demás sigue en vigor hasta que se repara.
"""


@click.group("fault", cls=spanish.Group, help=_HELP)
def fault() -> None:
    """El grupo."""


def _kinds(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [kind for kind in CATALOGUE if kind.startswith(incomplete)]


def _owner(cluster: str, namespace: str = "default") -> Client:
    return Client(drivers.named().connect(drivers.in_use(cluster), "owner"), namespace)


def _placed(cluster: str, namespace: str) -> Client:
    """El dueño, en el Namespace que se pide o en el que usa kubectl con ese clúster."""
    return _owner(cluster, names.namespace(namespace, drivers.in_use(cluster)))


@fault.command("list", short_help="Las averías que hay y las que están en vigor.",
               help="Las averías en vigor. Con --all, también las que se pueden provocar, y cómo.")  # fmt: skip
@names.cluster_option
@click.option("--all", "everything", is_flag=True, help="También las que se pueden provocar.")
@names.json_option
def list_(cluster: str, everything: bool, as_json: bool) -> None:
    """Lista las averías."""
    found = faults.active(_owner(cluster))
    if as_json:
        messages.say_json({"active": found, "kinds": list(CATALOGUE)} if everything else found)
        return
    if found:
        rows = [(one["name"], one["since"], _told(one)) for one in found]
        messages.say_table(("EN VIGOR", "DESDE", "OPCIONES"), rows)
    else:
        messages.progress("No hay ninguna avería en vigor.")
    if everything:
        messages.say_table(("AVERÍA", "QUÉ HACE", "OPCIONES"), [
            (one.kind, one.title, " ".join(_shape(one))) for one in CATALOGUE.values()])  # fmt: skip


_INJECT = """Provoca una avería, con sus opciones como NOMBRE=VALOR.

Por ejemplo: «orquesta fault inject node-off node=node-2», o «orquesta fault inject network-cut
between=node/node-1,outside». Con «orquesta fault list --all» se ven todas.
"""


@fault.command("inject", short_help="Provoca una avería.", help=_INJECT)
@click.argument("kind", metavar="AVERÍA", shell_complete=_kinds)
@click.argument("options", metavar="[NOMBRE=VALOR]...", nargs=-1)
@names.cluster_option
@names.namespace_option
def inject(kind: str, options: tuple[str, ...], cluster: str, namespace: str) -> None:
    """Provoca una avería."""
    asked: dict[str, str] = {}
    for name, value in map(_pair, options):
        if name in asked:
            raise UsageError(f"«{name}» está dicho dos veces: {asked[name]} y {value}.", "Dilo una sola.")
        asked[name] = value
    found = CATALOGUE.get(kind)
    shapes = {one.name: one.kind for one in found.options} if found else {}
    read = {name: _value(shapes.get(name, ""), text) for name, text in asked.items()}
    messages.say(faults.inject(_placed(cluster, namespace), {"kind": kind, **read}))


@fault.command("heal", short_help="Repara una avería.", help="Repara la avería que se llama así; con --all, todas.")
@click.argument("name", metavar="[NOMBRE]", default="")
@click.option("--all", "everything", is_flag=True, help="Todas las que estén en vigor.")
@names.cluster_option
def heal(name: str, everything: bool, cluster: str) -> None:
    """Repara averías."""
    if bool(name) == everything:
        raise UsageError("Hay que decir qué avería se repara, o --all.", "Mira las que hay con: orquesta fault list")
    healed = faults.heal(_owner(cluster), name)
    messages.say(f"Reparadas: {', '.join(healed)}." if healed else "No había nada que reparar.")


def _pair(text: str, cure: str = "Escríbela como NOMBRE=VALOR: «node=node-2».") -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"«{text}» no es NOMBRE=VALOR.", cure)
    return name, value


def _value(shape: str, text: str) -> Any:
    """Lo escrito, como lo quiere la avería; lo que no se deja leer pasa tal cual, y ella dirá qué esperaba."""
    if shape == PAIR:
        return _halves(text)
    if shape == MAP:
        return dict(_pair(part, "Cada par se escribe NOMBRE=VALOR, y van separados por comas: «app=web,tier=front».")
                    for part in text.split(",")) if text else {}  # fmt: skip
    if shape in (NUMBER, COUNT):
        try:
            return int(text) if shape == COUNT or text.isdecimal() else float(text)
        except ValueError:
            return text
    return text


def _halves(text: str) -> list[str]:
    """Los dos grupos: se separan por la coma que va delante de otro grupo, que un selector también las lleva."""
    starts = ("*", "outside", "node/", "zone/", "namespace/", "pod/", "pods/")
    for place, letter in enumerate(text):
        if letter == "," and text[place + 1 :].startswith(starts):
            return [text[:place], text[place + 1 :]]
    return [text]


def _shape(found: Fault) -> list[str]:
    return [f"{one.name}=…" if one.needed else f"[{one.name}=…]" for one in found.options]


def _told(one: dict[str, Any]) -> str:
    options = {key: value for key, value in one.items() if key not in ("name", "kind", "since")}
    shown = {key: ",".join(value) if isinstance(value, list) else value for key, value in options.items()}
    return " ".join(f"{key}={value}" for key, value in shown.items()) or "-"
