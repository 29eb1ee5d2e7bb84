"""Valores al azar y mutaciones de un JSON cualquiera. Todo sale del `random.Random` que se recibe."""

from __future__ import annotations

import copy
import random
from typing import Any

WORDS = (
    "", "a", "b", "A_b", "x" * 70, "x" * 300, "-a", "a.b", "a/b", "a/b/c", "/", "../..", "ñandú", "e\u0301", "😀",
    "\x00", "\n", '"',
    "%s%n", "{{}}", "100m", "1Gi", "1e400", "-5", "5", "0x10", "1.5", "25%", "150%", "true", "null", "default",
    "node-1", "a-0",
    "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456Z", "9999-12-31T23:59:59Z", "10.0.0.1", "10.96.0.1", "::1",
    "10.0.0.0/8",
    "*/5 * * * *", "@hourly", "0 0 31 2 *", "Europe/Madrid", "* * * * *", "Always", "Never", "OnFailure",
    "IfNotPresent", "RollingUpdate", "Recreate",
    "OnDelete", "Indexed", "Parallel", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "None", "Local",
    "ClientIP",
    "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Equal", "NoSchedule", "NoExecute", "PreferNoSchedule",
    "ReadWriteOnce", "ReadWriteMany", "Retain", "Delete", "Immediate", "WaitForFirstConsumer", "Orphan", "Foreground",
    "Background", "kubernetes.io/tls", "nginx:1.27", "busybox:1.36", "tienda/web:1.0", "no existe", "IMAGEN", "cpu",
    "memory", "pods",
    "kubernetes.io/hostname", "topology.kubernetes.io/zone", "foregroundDeletion", "orphan", "metadata.name", "TCP",
    "UDP", "SCTP", "http",
    "Deployment", "apps/v1", "v1", "Pod", "Node", "system:masters", "cluster-admin",
)  # fmt: skip
NUMBERS = (
    0,
    1,
    2,
    3,
    5,
    -1,
    30,
    80,
    443,
    65535,
    65536,
    1000,
    2**31 - 1,
    2**31,
    2**63,
    -(2**63),
    10**30,
    0.5,
    1.5,
    -0.0,
    1e308,
    1e18,
)
STRANGE: tuple[Any, ...] = (None, True, False, [], {}, [None], [[]], {"": None}, [{}], {"a": {"b": {"c": 1}}})


def scalar(luck: random.Random) -> Any:
    """Una palabra, un número o algo que no debería estar ahí."""
    roll = luck.random()
    if roll < 0.6:
        return luck.choice(WORDS)
    if roll < 0.85:
        return luck.choice(NUMBERS)
    return copy.deepcopy(luck.choice(STRANGE))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Los caminos a todo lo que hay dentro de un JSON, raíz incluida."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += places(inner, (*path, index))
    return found


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """Lo que hay al final de un camino."""
    for step in path:
        value = value[step]
    return value


def mutated(luck: random.Random, value: Any, changes: int) -> Any:
    """Una copia con unos cuantos cambios: valores, claves que faltan, sobran o se repiten, y nudos de más."""
    value = copy.deepcopy(value)
    for _ in range(changes):
        path = luck.choice(places(value))
        if not path:
            continue
        parent, step = at(value, path[:-1]), path[-1]
        _change(luck, parent, step)
    return value


def _change(luck: random.Random, parent: Any, step: Any) -> None:
    roll = luck.randrange(10)
    present = parent[step]
    if roll < 4:
        parent[step] = scalar(luck)
    elif roll < 6:
        del parent[step]
    elif roll == 6 and isinstance(parent, list):
        parent.insert(luck.randrange(len(parent) + 1), copy.deepcopy(present))
    elif roll == 6:
        parent[str(luck.choice(WORDS))] = copy.deepcopy(present)
    elif roll == 7:
        parent[step] = [present] if luck.random() < 0.5 else {str(step): present}
    elif roll == 8 and isinstance(present, str):
        place = luck.randrange(len(present) + 1)
        parent[step] = present[:place] + str(luck.choice(WORDS)) + present[place:]
    elif roll == 8 and isinstance(present, int | float):
        parent[step] = luck.choice((-present, str(present), present + 1, present * 20))
    elif isinstance(present, dict):
        present[str(luck.choice(WORDS))] = scalar(luck)
    elif isinstance(present, list):
        present.append(scalar(luck))
    else:
        parent[step] = None


def damaged(luck: random.Random, data: bytes) -> bytes:
    """Los mismos bytes, rotos: cortados, con alguno cambiado o con basura en medio."""
    roll = luck.randrange(5)
    place = luck.randrange(len(data) + 1)
    if roll == 0:
        return data[:place]
    if roll == 1:
        return data[:place] + bytes([luck.randrange(256)]) + data[place + 1 :]
    if roll == 2:
        return (
            data[:place]
            + luck.choice(
                (b"\xff\xfe", b"[" * 3000, b'{"a":' * 3000, b"\x00", b",", b"NaN", b"\\ud800", b"\xed\xa0\xbd", b"\xc3")
            )
            + data[place:]
        )
    if roll == 3:
        return luck.randbytes(luck.randrange(60))
    return data + data
