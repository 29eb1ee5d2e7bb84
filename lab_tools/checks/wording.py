"""Contar en español: un Pod, dos Pods; una petición, dos peticiones."""

from __future__ import annotations


def count(number: int, one: str, many: str) -> str:
    """Una cantidad con su sustantivo concordado: «1 Pod», «3 Pods»."""
    return f"{number} {one if number == 1 else many}"


def pods(number: int, quality: str = "") -> str:
    """«1 Pod perdido», «3 Pods perdidos». `quality` va en masculino singular y acaba en vocal."""
    words = ["Pod", *([quality] if quality else [])]
    return f"{number} " + " ".join(word if number == 1 else f"{word}s" for word in words)


def lines(number: int) -> str:
    """«1 línea», «2 líneas»."""
    return count(number, "línea", "líneas")


def requests(number: int) -> str:
    """«1 petición», «2 peticiones»."""
    return count(number, "petición", "peticiones")


def seconds(value: float) -> str:
    """«1,8 s», «12 s»."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",") + " s"


def millis(value: float) -> str:
    """«170 ms»: lo que tarda una petición, sin redondear a décimas de segundo."""
    return f"{value * 1000:.0f} ms"


def percent(share: float) -> str:
    """«15 %», de 0,15."""
    return f"{share * 100:.0f} %"


def addresses(number: int) -> str:
    """«1 dirección lista», «2 direcciones listas»."""
    return count(number, "dirección lista", "direcciones listas")


def some(names: list[str], quality: str) -> str:
    """Cuántos Pods y los nombres de los primeros."""
    told = ", ".join(f"`{name}`" for name in names[:4]) + ("…" if len(names) > 4 else "")
    return pods(len(names), quality) + (f" ({told})" if names else "")
