"""Un espejo: lo que sabe quien solo vigila. Tarde o temprano ha de ser lo mismo que ve quien lista."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request
from lab_tools.embedded.rest.message import Stream
from lab_tools.objects.kinds import Kind

Key = tuple[str, str]


class Mirror:
    """Una vigilancia de `kind` (con filtro, a veces) y lo que ha contado hasta ahora."""

    def __init__(self, cluster: EmbeddedCluster, kind: Kind, luck: random.Random) -> None:
        self._cluster, self.kind = cluster, kind
        self._query = {}
        if luck.random() < 0.5:
            self._query["labelSelector"] = [luck.choice(("app=web", "app", "!app", "app notin (web)"))]
        if luck.random() < 0.3:
            self._query["fieldSelector"] = [luck.choice(("metadata.name!=a", "metadata.name!=b"))]
        self._path = kind.path("default" if luck.random() < 0.3 else None)
        self._known: dict[Key, Any] = {}
        self._revision = 0
        # Tres maneras de empezar: listar y seguir, que la vigilancia cuente lo que hay, o pedir que lo cuente.
        start = luck.randrange(3)
        query = {**self._query, "watch": ["1"], "timeoutSeconds": ["86400"]}
        if start == 0:
            listing = self._list()
            self._known = {_key(one): one for one in listing["items"]}
            self._revision = int(listing["metadata"]["resourceVersion"])
            query["resourceVersion"] = [str(self._revision)]
        elif start == 1:
            query |= {
                "sendInitialEvents": ["true"],
                "resourceVersionMatch": ["NotOlderThan"],
                "allowWatchBookmarks": ["true"],
            }
        self._initial = start != 0
        response = cluster.rest.handle(Request("GET", self._path, query))
        assert not isinstance(response.body, bytes), response.body
        self._stream: Stream = response.body

    def check(self) -> Iterator[str]:
        """Lee lo que haya llegado y compara con la lista. Lo que se devuelve son quejas."""
        for chunk in self._stream.read():
            yield from self._take(json.loads(chunk))
        self._initial = False
        if self._stream.closed:
            yield "la vigilancia se cerró antes de tiempo"
            return
        listed = {_key(one): one for one in self._list()["items"]}
        if listed != self._known:
            odd = sorted(key for key in listed.keys() | self._known.keys() if listed.get(key) != self._known.get(key))
            one = odd[0]
            yield (f"{self.kind} {self._query}: la lista y la vigilancia no coinciden en {odd[:5]}: "
                   f"{str(listed.get(one))[:300]} / {str(self._known.get(one))[:300]}")  # fmt: skip
            self._known = listed

    def close(self) -> None:
        """Deja de vigilar."""
        self._stream.close()

    def _take(self, news: dict[str, Any]) -> Iterator[str]:
        kind, obj = news["type"], news["object"]
        version = int(obj["metadata"]["resourceVersion"])
        if not self._initial and kind != "BOOKMARK" and version <= self._revision:
            yield f"{self.kind}: una noticia {kind} de la revisión {version} después de la {self._revision}"
        self._revision = max(self._revision, version)
        if kind == "BOOKMARK":
            return
        key = _key(obj)
        if (kind == "ADDED") == (key in self._known):
            yield f"{self.kind}: {kind} de {key}, que {'ya' if key in self._known else 'no'} estaba"
        obj.pop("kind"), obj.pop("apiVersion")
        if kind == "DELETED":
            self._known.pop(key, None)
        else:
            self._known[key] = obj

    def _list(self) -> dict[str, Any]:
        response = self._cluster.rest.handle(Request("GET", self._path, dict(self._query)))
        assert isinstance(response.body, bytes)
        found: dict[str, Any] = json.loads(response.body)
        return found


def _key(obj: dict[str, Any]) -> Key:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
