"""Lo que puede salir mal: un texto que no se entiende (`CompileError`) o una cuenta que no sale (`CelError`)."""

from __future__ import annotations


class CelError(Exception):
    """Una expresión que no se puede calcular con estos valores. El texto es el de cel-go."""


def too_dear() -> CelError:
    """Una expresión que da más vueltas, o hace algo más grande, de lo que se admite."""
    return CelError("operation cancelled: actual cost limit exceeded")


class CompileError(Exception):
    """Un texto que no es una expresión, o que nombra lo que no existe. El texto es el de cel-go, con su flecha."""


def pointed(source: str, position: int, message: str) -> str:
    """El mensaje con su línea y una flecha debajo de lo que falla."""
    before = source[:position]
    line = before.count("\n")
    column = position - (before.rfind("\n") + 1)
    text = source.split("\n")[line] if source else ""
    return f"ERROR: <input>:{line + 1}:{column + 1}: {message}\n | {text}\n | {'.' * column}^"


def overload(name: str = "") -> CelError:
    """Una operación que no existe para estos tipos."""
    return CelError(f"no such overload: {name}" if name else "no such overload")
