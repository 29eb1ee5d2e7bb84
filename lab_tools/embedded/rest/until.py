"""Hasta cuándo: la condición con la que alguien pide que pase el tiempo, escrita como una frase corta.

deployment frontend available        una condición de `status.conditions` en True, y de la generación actual
pod web-0 running                    una fase de `status.phase`
job carga deleted                    que ya no exista (o `exists`: que exista)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.rest.call import Cluster
from lab_tools.errors import StatusError
from lab_tools.objects import Object

GONE, THERE = "deleted", "exists"


def predicate(cluster: Cluster, asked: dict[str, Any]) -> Callable[[], bool]:
    """La pregunta que se hace a cada suceso. `asked`: kind, name, is y, si hace falta, namespace. Lanza 400."""
    words = {"namespace": "default", **{key: asked.get(key, "") for key in ("kind", "name", "is")}, **asked}
    wrong = [key for key, value in words.items() if not isinstance(value, str) or not value]
    if wrong or len(words) > 4:
        raise status.bad_request("until: expected kind, name and is, and optionally namespace, as non-empty strings")
    try:
        kind = cluster.api.kinds.named(words["kind"])
    except KeyError:
        raise status.bad_request(f'until: the server doesn\'t have a resource type "{words["kind"]}"') from None
    wanted, namespace = words["is"].lower(), words["namespace"] if kind.namespaced else None

    def met() -> bool:
        try:
            found = cluster.api.get(kind, namespace, words["name"])
        except StatusError as error:
            return error.code == 404 and wanted == GONE
        return wanted == THERE or (wanted != GONE and _is(found, wanted))

    return met


def _is(obj: Object, wanted: str) -> bool:
    found = obj.get("status") or {}
    generation = obj["metadata"].get("generation", 0)
    if found.get("observedGeneration", generation) < generation:
        return False
    states = {one["type"].lower() for one in found.get("conditions") or () if one["status"] == "True"}
    return wanted in states or str(found.get("phase", "")).lower() == wanted
