"""Lo que el motor cuenta mientras construye: de todo ello, lo que explica un fallo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_LINES = 6


def last_words(log: Iterable[Mapping[str, Any]]) -> str:
    """Las últimas líneas de una construcción, o el error con que acabó."""
    said = [str(entry.get("stream") or entry.get("error") or "") for entry in log]
    lines = [line for line in "".join(said).splitlines() if line.strip()]
    return "\n  ".join(lines[-_LINES:]) or "el motor no dice por qué"
