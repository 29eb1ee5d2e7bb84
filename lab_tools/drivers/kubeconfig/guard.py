"""La puerta de un clúster ajeno: lo que se crea queda marcado y apuntado, y lo que no es nuestro no se borra.

Dentro del namespace que se nos prestó manda quien estudia: allí se borra lo que pida. Fuera de él, y de los namespaces
creados por aquí, un borrado solo pasa si el objeto lleva nuestra etiqueta y está en el inventario con su uid.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lab_tools.drivers.base import Connection, Query, Reply
from lab_tools.drivers.kubeconfig import address
from lab_tools.drivers.kubeconfig.inventory import Inventory, is_labelled, labelled
from lab_tools.drivers.through import Through
from lab_tools.errors import ClusterError

if TYPE_CHECKING:
    from lab_tools.drivers.kubeconfig.address import Address

_APPLY = "application/apply-patch+yaml"
_UNAUTHORIZED = 401


class GuardedConnection(Through):
    """Una conexión con un clúster ajeno. `confined` es el único namespace en el que se trabaja, o "".

    `renew` abre otra conexión con una credencial recién pedida; sin él, la que hay no se renueva.
    """

    def __init__(self, inner: Connection, inventory: Inventory, confined: str = "",
                 renew: Callable[[], Connection] | None = None) -> None:  # fmt: skip
        super().__init__(inner)
        self._inventory = inventory
        self._renew = renew
        self.confined = confined

    def __repr__(self) -> str:
        return f"GuardedConnection({self._inner!r}, {self.confined!r})"

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Hace una petición. Lanza ClusterError si borraría algo que no se creó por aquí."""
        where = address.parse(path)
        if where is None or not where.stored:
            return self._ask(method, path, query, body, headers)
        if method == "DELETE":
            self._admit_delete(where, path)
            return self._ask(method, path, query, body, headers)
        creates = method == "POST" or (method == "PATCH" and _applies(headers) and self._is_missing(path))
        if not creates or not _is_object(body):
            return self._ask(method, path, query, body, headers)
        reply = self._ask(method, path, query, json.dumps(labelled(json.loads(body or b"{}"))).encode(), headers)
        self._note(reply, path if method == "PATCH" else "", path, query)
        return reply

    def _ask(self, method: str, path: str, query: Query | None, body: bytes | None,
             headers: Mapping[str, str] | None) -> Reply:  # fmt: skip
        reply = self._inner.send(method, path, query, body, headers)
        if reply.status == _UNAUTHORIZED and self._renew is not None:
            # Las credenciales de una nube duran poco: se pide otra y se repite una vez.
            self._inner = self._renew()
            reply = self._inner.send(method, path, query, body, headers)
        return reply

    def _is_missing(self, path: str) -> bool:
        """Si un apply crearía: reclamar como nuestro algo que ya estaba sería mentir."""
        return self._ask("GET", path, None, None, {"accept": "application/json"}).status == 404

    def _note(self, reply: Reply, exact: str, collection: str, query: Query | None) -> None:
        if reply.status not in (200, 201) or (query or {}).get("dryRun"):
            return
        meta = _object(reply).get("metadata") or {}
        if meta.get("uid"):
            self._inventory.add(exact or f"{collection}/{meta.get('name', '')}", str(meta["uid"]))

    def _admit_delete(self, where: Address, path: str) -> None:
        place = where.namespace
        if place and (place == self.confined or self._is_ours(f"/api/v1/namespaces/{place}")):
            return
        if where.name and self._is_ours(path):
            return
        what = f"{where.resource}/{where.name}" if where.name else f"todos los {where.resource}"
        there = f" del namespace «{place}»" if place else ""
        raise ClusterError(
            f"En «{self.name}» no se borra «{what}»{there}: no consta que lo creara Orquesta.",
            "Si es tuyo y quieres borrarlo, hazlo tú con kubectl: así no hay duda de quién lo pidió.",
        )

    def _is_ours(self, path: str) -> bool:
        """Si el objeto lleva la etiqueta y está en el inventario; lo que ya no existe no lo borra nadie."""
        reply = self._ask("GET", path, None, None, {"accept": "application/json"})
        if reply.status == 404:
            return True
        found = _object(reply) if reply.status == 200 else {}
        return is_labelled(found) and self._inventory.has(str((found.get("metadata") or {}).get("uid") or ""))


def _applies(headers: Mapping[str, str] | None) -> bool:
    return any(key.lower() == "content-type" and value.startswith(_APPLY) for key, value in (headers or {}).items())


def _is_object(body: bytes | None) -> bool:
    try:
        return isinstance(json.loads(body or b""), dict)
    except ValueError:
        return False


def _object(reply: Reply) -> dict[str, Any]:
    """El objeto de una respuesta. El cuerpo se deja donde estaba: otro lo leerá."""
    if not isinstance(reply.body, bytes):
        reply.body = b"".join(reply.body)
    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
