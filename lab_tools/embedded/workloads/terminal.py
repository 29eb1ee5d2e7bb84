"""La disciplina de línea de una terminal: lo que se teclea se ve, se puede borrar, y llega al proceso línea a línea."""

from __future__ import annotations

from dataclasses import dataclass

_ENTER, _ERASE = ("\r", "\n"), ("\x7f", "\b")
_INTERRUPT, _END = "\x03", "\x04"


@dataclass(slots=True)
class Terminal:
    """Una línea a medio teclear."""

    line: str = ""
    ended: bool = False
    interrupted: bool = False

    def type(self, text: str) -> tuple[str, str]:
        """Lo que se ve al teclear `text`, y las líneas que ya llegan al proceso."""
        echo = typed = ""
        for key in text:
            if key in _ENTER:
                echo, typed, self.line = echo + "\r\n", typed + self.line + "\n", ""
            elif key in _ERASE:
                echo += "\b \b" if self.line else ""
                self.line = self.line[:-1]
            elif key == _INTERRUPT:
                # Una línea vacía basta para que un shell vuelva a pedir otra.
                echo, typed, self.line, self.interrupted = echo + "^C\r\n", typed + "\n", "", True
            elif key == _END:
                # A mitad de una línea la entrega tal cual; al principio, dice que no hay más.
                self.ended = not self.line
                typed, self.line = typed + self.line, ""
            elif key >= " " or key == "\t":
                echo, self.line = echo + key, self.line + key
        return echo, typed
