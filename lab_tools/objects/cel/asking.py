"""Preguntar a un valor que sabe contestar: la biblioteca de autorización.

Aquí solo están los nombres; contesta el propio valor, con `cel_call(nombre, …)` y `cel_field(nombre)`.
Fuente: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_NAMES = ("group", "resource", "subresource", "namespace", "name", "check", "allowed", "reason", "path",
          "serviceAccount", "errored", "error", "fieldSelector", "labelSelector")  # fmt: skip


def _ask(name: str) -> Callable[..., Any]:
    return lambda value, *args: value.cel_call(name, *args)


METHODS: dict[str, Callable[..., Any]] = {name: _ask(name) for name in _NAMES}
