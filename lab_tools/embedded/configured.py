"""Lo que se enciende con un ConfigMap de `kube-system`: una pieza que no se carga hasta que alguien la configura.

El ConfigMap lleva la configuración en YAML, en su clave `config.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lab_tools.embedded.api.protocol import Api, Event, find
from lab_tools.embedded.clock import Clock
from lab_tools.objects import Object, kinds

NAMESPACE, KEY = "kube-system", "config.yaml"


class InvalidConfig(Exception):
    """El ConfigMap no se entiende. `str` dice todo lo que está mal, en inglés, como un Event."""


def follow(api: Api, clock: Clock, name: str, adopt: Callable[[Object | None], None]) -> None:
    """Da a `adopt` el ConfigMap que se llama así, si está, y cada vez que cambie; `None` cuando lo borran."""

    def on_event(event: Event) -> None:
        if event.object["metadata"]["name"] == name:
            found = None if event.type == "DELETED" else event.object
            clock.call_soon(lambda: adopt(found))

    api.watch(kinds.CONFIGMAP, on_event, namespace=NAMESPACE)
    present = find(api, kinds.CONFIGMAP, NAMESPACE, name)
    if present is not None:
        adopt(present)


def written(source: Object) -> str:
    """La configuración que lleva un ConfigMap, tal como se escribió."""
    return str((source.get("data") or {}).get(KEY, ""))


def parsed(text: str, problems: Callable[[Any], Iterator[str]]) -> Any:
    """Lo que dice una configuración. Lanza `InvalidConfig` si no es YAML, o con todos los problemas que le vean."""
    import yaml  # quien no configura nada no lo paga

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise InvalidConfig(f"{KEY} is not YAML: {' '.join(str(fault).split())}") from None
    wrong = list(problems(found))
    if wrong:
        raise InvalidConfig("; ".join(wrong))
    return found
