"""Provocar una avería, ver las que están en vigor y repararlas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from lab_tools.client import HOUSE, Client
from lab_tools.drivers import machines
from lab_tools.errors import ClusterError, StatusError, UsageError
from lab_tools.faults import by_api, by_machine
from lab_tools.faults.catalogue import API, CATALOGUE, COUNT, MACHINE, MAP, NUMBER, PAIR, TEXT, Fault, Option
from lab_tools.objects import Object

_DOOR = "/orquesta/v1/faults"
# Dónde se ve lo que hay de cada cosa sobre la que cae una avería.
_WHERE = {"node": "kubectl get nodes", "zone": "kubectl get nodes -L topology.kubernetes.io/zone",
          "pod": "kubectl get pods -n {namespace}"}  # fmt: skip
_CONTENT = {"content-type": "application/json", "accept": "application/json"}


def inject(client: Client, fault: Mapping[str, Any]) -> str:
    """Provoca la avería (en el namespace de `client`, si cae sobre algo de uno) y cuenta qué ha hecho.

    Lanza `UsageError` si está mal pedida, `ClusterError` si este clúster no puede y `StatusError` si la API se niega.
    """
    options = dict(fault)
    found = _checked(str(options.pop("kind", "")), options)
    if found.how == API:
        return by_api.DO[found.kind](client, **options)
    nodes = machines.of(client.connection)
    if nodes is not None and found.machine:
        options.pop("namespace", None)
        return by_machine.inject(client, nodes, found.kind, found.title, **options)
    if found.how == MACHINE:
        raise _unable(client, found.kind)
    if "pod" in options:
        options.setdefault("namespace", client.namespace)
    made = _door(client, "POST", found.kind, {"kind": found.kind, **options})
    if not found.lasting:
        return f"{found.title}: hecho."
    return f"{found.title}: en vigor con el nombre «{made['name']}», hasta que se repare."


def active(client: Client) -> list[Object]:
    """Las averías en vigor por debajo de la API, por orden de llegada: `name`, `kind`, `since` y sus opciones."""
    if (nodes := machines.of(client.connection)) is not None:
        return nodes.active()
    found: list[Object] = _door(client, "GET", "")["faults"]
    return found


def heal(client: Client, name: str = "") -> list[str]:
    """Repara la avería que se nombra; sin nombre, todas. Devuelve los nombres de las reparadas."""
    if (nodes := machines.of(client.connection)) is not None:
        return nodes.heal(name)
    healed = _door(client, "DELETE", "", query={"name": [name]} if name else None, name=name)["healed"]
    return [one["name"] for one in healed]


def _checked(kind: str, options: dict[str, Any]) -> Fault:
    found = CATALOGUE.get(kind)
    if found is None:
        near = get_close_matches(kind.lower(), CATALOGUE, n=1)
        meant = f"¿Querías decir «{near[0]}»? " if near else ""
        raise UsageError(f"No conozco la avería «{kind}».", f"{meant}Las que hay: {', '.join(CATALOGUE)}.")
    known = {option.name: option for option in found.options}
    unknown = sorted(set(options) - set(known) - {"namespace"})
    if unknown:
        raise UsageError(f"A la avería «{kind}» le sobra: {', '.join(unknown)}.", _usage(found))
    for option in found.options:
        if option.name not in options:
            if option.needed:
                raise UsageError(f"A la avería «{kind}» le falta «{option.name}»: {option.text}.", _usage(found))
        elif not _fits(option, options[option.name]):
            raise UsageError(f"«{option.name}» vale {options[option.name]!r}, y se esperaba {option.expected}.",
                             _usage(found))  # fmt: skip
    return found


def _fits(option: Option, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if option.kind == TEXT:
        return isinstance(value, str) and bool(value)
    if option.kind == NUMBER:
        return number and option.above < value < float("inf")
    if option.kind == COUNT:
        return number and isinstance(value, int) and value > option.above
    if option.kind == PAIR:
        return isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(one, str) for one in value)
    return option.kind == MAP and isinstance(value, Mapping) and bool(value)


def _usage(fault: Fault) -> str:
    shown = ", ".join(f"{one.name} ({one.kind})" if one.needed else f"[{one.name}]" for one in fault.options)
    return f"Lleva: {shown}." if shown else "No lleva opciones."


def _door(client: Client, method: str, kind: str, body: object = None, query: dict[str, list[str]] | None = None,
          name: str = "") -> Object:  # fmt: skip
    connection = client.connection
    reply = connection.send(method, _DOOR, query, None if body is None else json.dumps(body).encode(), _CONTENT)
    raw = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    try:
        found = json.loads(raw)
    except ValueError:
        found = {}
    if reply.status < 300:
        return dict(found)
    if reply.status == 403 and HOUSE in str(found.get("message", "")):
        raise ClusterError(
            "Esta credencial no puede provocar ni reparar averías por debajo de la API.",
            "Conéctate con la de la dueña: «orquesta fault» lo hace si le das el nombre con que se creó el clúster, y "
            "en un cuaderno, «connect(…, role='owner')».",
        )
    if reply.status == 403 or (reply.status in (404, 405) and "reason" not in found):
        # Un Kubernetes de verdad niega lo que no existe a quien no lo puede todo.
        raise _unable(client, kind)
    if name and reply.status == 404:
        raise UsageError(f"No hay ninguna avería en vigor que se llame «{name}».",
                         "Mira las que hay con: orquesta fault list")  # fmt: skip
    if kind and reply.status in (400, 404, 409):
        why = str(found.get("message", "")).rstrip(".")
        raise UsageError(f"La avería «{kind}» no se puede provocar así: {why}.", _cure(CATALOGUE[kind], body))
    raise StatusError(found)


def _cure(fault: Fault, asked: object) -> str:
    """Dónde mirar lo que hay de aquello sobre lo que cae una avería."""
    namespace = asked.get("namespace", "default") if isinstance(asked, Mapping) else "default"
    for option, where in _WHERE.items():
        if any(one.name == option for one in fault.options):
            return f"{_usage(fault)} Mira lo que hay con: {where.format(namespace=namespace)}"
    return _usage(fault)


def _unable(client: Client, kind: str) -> ClusterError:
    why = CATALOGUE[kind].elsewhere if kind else "No tiene puerta propia por donde hacerlo."
    what = f"«{kind}»" if kind else "estas averías"
    return ClusterError(f"El clúster «{client.connection.name}» no puede con {what}.", why)
