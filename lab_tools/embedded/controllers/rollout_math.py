"""La aritmética de un rollout: cuántos Pods de más, cuántos de menos y cómo se reparten. Enteros y redondeos exactos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lab_tools.embedded.clock import parse
from lab_tools.embedded.controllers import revision
from lab_tools.objects import Object


def wanted(deployment: Object) -> int:
    """Réplicas pedidas."""
    return int(deployment["spec"].get("replicas", 1))


def size(replica_set: Object) -> int:
    """Réplicas que el ReplicaSet pide."""
    return int(replica_set["spec"].get("replicas", 1))


def count(replica_set: Object, name: str) -> int:
    """Un contador del estado del ReplicaSet."""
    return int((replica_set.get("status") or {}).get(name, 0))


def total(sets: Sequence[Object]) -> int:
    """La suma de lo que piden."""
    return sum(size(one) for one in sets)


def is_rolling(deployment: Object) -> bool:
    """Si cambia poco a poco."""
    return bool((deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")


def bounds(deployment: Object) -> tuple[int, int]:
    """(de más, de menos). El primero redondea hacia arriba y el segundo hacia abajo; dos ceros serían un bloqueo."""
    replicas = wanted(deployment)
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    if not is_rolling(deployment):
        return 0, 0
    surge = _resolve(rolling.get("maxSurge", "25%"), replicas, up=True)
    unavailable = _resolve(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, replicas)


def _resolve(amount: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(amount, int):
        return amount
    whole = int(amount.rstrip("%")) * replicas
    return -(-whole // 100) if up else whole // 100


def new_size(deployment: Object, sets: Sequence[Object], current: int) -> int:
    """A cuánto puede crecer la versión nueva sin pasarse del máximo. `sets` incluye la nueva."""
    replicas = wanted(deployment)
    if not is_rolling(deployment):
        return replicas
    room = replicas + bounds(deployment)[0] - total(sets)
    return current if room <= 0 else current + min(room, replicas - current)


def by_age(sets: Sequence[Object]) -> list[Object]:
    """De más vieja a más nueva."""
    return sorted(sets, key=lambda one: (one["metadata"]["creationTimestamp"], revision.of(one)))


def proportions(deployment: Object, sets: Sequence[Object]) -> dict[str, int]:
    """Cómo se reparte un cambio de tamaño entre las versiones vivas: nombre -> tamaño nuevo."""
    replicas = wanted(deployment)
    allowed = replicas + bounds(deployment)[0] if replicas > 0 else 0
    change = allowed - total(sets)
    newest_first = change > 0
    ordered = sorted(
        sets, key=lambda one: (-size(one), (-1 if newest_first else 1) * parse(one["metadata"]["creationTimestamp"]))
    )
    sizes: dict[str, int] = {}
    added = 0
    for one in ordered:
        share = _share(deployment, one, change, added)
        sizes[one["metadata"]["name"]] = size(one) + share
        added += share
    if ordered and change:
        first = ordered[0]["metadata"]["name"]
        sizes[first] = max(sizes[first] + change - added, 0)
    return sizes


def _share(deployment: Object, replica_set: Object, change: int, added: int) -> int:
    if size(replica_set) == 0 or change == 0 or change == added:
        return 0
    fraction = _fraction(deployment, replica_set)
    return min(fraction, change - added) if change > 0 else max(fraction, change - added)


def _fraction(deployment: Object, replica_set: Object) -> int:
    replicas, own = wanted(deployment), size(replica_set)
    if replicas == 0:
        return -own
    before = revision.annotation(replica_set, revision.MAXIMUM)
    reference = int(before) if before.isdigit() else int((deployment.get("status") or {}).get("replicas", 0))
    if not reference:
        return 0
    return math.floor(own * (replicas + bounds(deployment)[0]) / reference + 0.5) - own
