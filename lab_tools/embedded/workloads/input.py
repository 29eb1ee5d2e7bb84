"""Lo que alguien va escribiendo a la entrada de un proceso que ya corre."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Input:
    """Texto sin leer. `ended`: ya no llegará más. `waiting`: quien lee se ha quedado sin nada y espera."""

    text: str = ""
    ended: bool = False
    waiting: bool = False

    def take(self) -> str:
        """Todo lo que haya."""
        found, self.text = self.text, ""
        return found

    def line(self) -> str | None:
        """La próxima línea, sin su salto; al final, lo que quede. `None` si no hay una entera."""
        line, found, rest = self.text.partition("\n")
        if not found and not (self.ended and line):
            return None
        self.text = rest
        return line
