"""Hechos sobre credenciales: que no se lean donde no deben, y cuándo se cambiaron."""

from __future__ import annotations

import json

from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding
from lab_tools.checks.snapshot import Snapshot

OPEN = ("deployments", "configmaps")
"""Donde lo lee cualquiera que mire el namespace."""


def nowhere_in_clear(text: str, what: str) -> Fact:
    """`text` no se lee en ningún Deployment ni ConfigMap, tampoco en sus anotaciones. `what`: «la llave».

    Por sí solo no vale nada (lo que nunca existió tampoco se lee): se usa detrás de un `given`.
    """

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que {what} no se leyera en ningún Deployment ni ConfigMap"
        seen = [f"{obj['kind']} `{obj['metadata']['name']}`" for kind in OPEN
                for obj in snapshot.all(kind) if text in json.dumps(obj)]  # fmt: skip
        return Finding(not seen, expected, f"que se lee en {seen[0]}" if seen else "que no se lee en ninguno")

    return look


def changed_at(snapshot: Snapshot, kind: str, name: str) -> str:
    """La última vez que alguien escribió en el objeto (RFC 3339), según `managedFields`; vacía si no existe.

    Fuente: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    meta = (snapshot.get(kind, name) or {"metadata": {}})["metadata"]
    times = [str(one["time"]) for one in meta.get("managedFields") or [] if one.get("time")]
    return max([str(meta.get("creationTimestamp", "")), *times])
