"""Diez gestores como mucho: los que escribieron hace más tiempo se juntan en uno, «ancient-changes».

Solo cuentan los que actualizan; quien aplica conserva siempre lo suyo.
Fuente: https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/util/managedfields/internal/capmanagers.go
"""

from __future__ import annotations

from typing import Any

from lab_tools.objects.patch.fieldset import union

MOST = 10
NAME = "ancient-changes"


def capped(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Las entradas, con los gestores más viejos juntos por versión si pasan de `MOST`. No cambia las que recibe."""
    updates = [entry for entry in entries if entry.get("operation") == "Update"]
    excess = len(updates) - MOST
    if excess <= 0:
        return entries
    gone: set[int] = set()
    buckets: dict[str, dict[str, Any]] = {}
    for entry in sorted(updates, key=lambda one: (one.get("time", ""), one.get("manager", ""))):
        version = str(entry.get("apiVersion", ""))
        first = buckets.get(version)
        if first is None:
            buckets[version] = entry
            continue
        # El primero de su versión cambia de nombre cuando llega el segundo; la hora es la del más reciente.
        gone |= {id(first), id(entry)}
        buckets[version] = _joined(first, entry)
        excess -= 1
        if not excess:
            break
    ancient = [entry for entry in buckets.values() if not any(entry is one for one in updates)]
    return [*ancient, *(entry for entry in entries if id(entry) not in gone)]


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in other.items() if key != "subresource"}
    return {**rest, "manager": NAME, "fieldsV1": union(one["fieldsV1"], other["fieldsV1"])}
