"""Lo que una solución pide a la API, una petición tras otra: se apunta y, al repetirla, se puede cambiar.

Se mira lo que se escribe y no cómo: vale igual para quien crea, aplica o parchea.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab_tools.drivers.base import Connection, Query, Reply
from lab_tools.objects import kinds
from lab_tools.objects.yaml_source import Steps

WRITES = ("POST", "PUT", "PATCH", "DELETE")
_NOT_MINE = "/orquesta/"


@dataclass(frozen=True)
class Write:
    """Una petición que cambia algo. `about` es «Deployment/frontend»; `body`, lo que lleva (vacío en un DELETE)."""

    index: int
    method: str
    path: str
    about: str
    body: Any

    def leaves(self) -> Iterator[tuple[Steps, Any]]:
        """Cada valor suelto de lo que lleva, con su sitio. De un DELETE, ninguno."""
        if self.method != "DELETE":
            yield from _leaves(self.body, ())


Change = Callable[[Write], "Write | None"]


class Tape:
    """Una conexión que apunta lo que se escribe y, con `change`, lo cambia antes de mandarlo.

    `change` recibe cada petición y devuelve la que se manda en su lugar, o `None` para no mandar ninguna.
    """

    def __init__(self, inner: Connection, change: Change | None = None) -> None:
        self._inner = inner
        self._change = change
        self.writes: list[Write] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Manda la petición, apuntada y quizá cambiada."""
        if method not in WRITES or path.startswith(_NOT_MINE):
            return self._inner.send(method, path, query, body, headers)
        write = Write(len(self.writes), method, path, about(path, body), json.loads(body) if body else None)
        self.writes.append(write)
        if self._change is None:
            return self._inner.send(method, path, query, body, headers)
        sent = self._change(write)
        if sent is None:
            return Reply(200, {"content-type": "application/json"}, body or b"{}")
        return self._inner.send(method, sent.path, query, json.dumps(sent.body).encode() if body else None, headers)

    def wait(self, seconds: float) -> None:
        """Deja pasar tiempo del clúster."""
        self._inner.wait(seconds)


def same(one: Write | None, other: Write | None) -> bool:
    """Si piden lo mismo con las mismas letras: también cuenta en qué orden van las claves."""
    if one is None or other is None:
        return one is other
    return one.path == other.path and json.dumps(one.body) == json.dumps(other.body)


def about(path: str, body: bytes | None = None) -> str:
    """De qué objeto habla una petición: «Deployment/frontend», «Deployment/frontend/scale»."""
    parts = [part for part in path.split("/") if part]
    start = 2 if parts and parts[0] == "api" else 3
    rest = parts[start:]
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    try:
        kind = kinds.named(rest[0]).kind
    except (IndexError, KeyError):
        kind = rest[0] if rest else ""
    if len(rest) > 1:
        return "/".join([kind, *rest[1:]])
    named = json.loads(body).get("metadata", {}).get("name", "") if body else ""
    return f"{kind}/{named}"


def _leaves(value: Any, at: Steps) -> Iterator[tuple[Steps, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*at, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*at, index))
    else:
        yield at, value


def written(steps: Steps) -> str:
    """La ruta, como se escribe en `lab.yaml`: «spec.template.spec.containers[0].image»."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif "." in step or "/" in step:
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
    return text
