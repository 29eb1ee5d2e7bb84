"""Contar en español: un Pod, dos Pods."""

from __future__ import annotations


def pods(number: int, quality: str = "") -> str:
    """«1 Pod perdido», «3 Pods perdidos». `quality` va en masculino singular y acaba en vocal."""
    words = ["Pod", *([quality] if quality else [])]
    return f"{number} " + " ".join(word if number == 1 else f"{word}s" for word in words)


def some(names: list[str], quality: str) -> str:
    """Cuántos Pods y los nombres de los primeros."""
    told = ", ".join(f"`{name}`" for name in names[:4]) + ("…" if len(names) > 4 else "")
    return pods(len(names), quality) + (f" ({told})" if names else "")
