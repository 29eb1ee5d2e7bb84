"""Nombres de máquina con comodín: qué nombres cubre `*.tienda.example.com`, y cuál de dos es más preciso."""

from __future__ import annotations


def covers(pattern: str, name: str, *, one_label: bool = False) -> bool:
    """Si `name` está entre los que dice `pattern` («» los cubre todos).

    Con `one_label` el comodín vale por una sola parte, como en un Ingress; sin él, por una o más, como en Gateway.
    """
    if not pattern:
        return True
    if not pattern.startswith("*."):
        return pattern.lower() == name.lower()
    suffix = pattern[1:].lower()
    head = name.lower().removesuffix(suffix)
    return bool(head) and head != name.lower() and not (one_label and "." in head)


def precision(pattern: str) -> tuple[int, int]:
    """Para ordenar: un nombre entero manda sobre uno con comodín, y el más largo sobre el más corto."""
    return (0, 0) if not pattern else (1 if pattern.startswith("*.") else 2, len(pattern))


def intersect(listener: str, route: str) -> str | None:
    """El más preciso de dos nombres que se cubren; `None` si no tienen ninguno en común."""
    if not listener or not route:
        return listener or route
    if listener == route:
        return listener
    bare = {one: one.removeprefix("*.") for one in (listener, route)}
    for wide, narrow in ((listener, route), (route, listener)):
        if wide.startswith("*.") and (bare[narrow] + ".").endswith(f".{bare[wide]}."):
            return narrow
        if wide.startswith("*.") and narrow.startswith("*.") and bare[narrow] == bare[wide]:
            return narrow
    return None
