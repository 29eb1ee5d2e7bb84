"""Una imagen fija: el mapa de un instante, para leerlo en cualquier sitio y con cualquier ancho."""

from __future__ import annotations

from pathlib import Path

from lab_tools import files
from lab_tools.widgets import words
from lab_tools.widgets.drawing import NARROW, WIDE, draw
from lab_tools.widgets.view import View

# Se dibujan los dos anchos y la página enseña el que cabe.
_FITTING = (
    ".orq-imagen{container-type:inline-size}"
    ".orq-imagen .orq-estrecha{display:none}"
    "@container (max-width:599px){.orq-imagen .orq-ancha{display:none}.orq-imagen .orq-estrecha{display:block}}"
)


class Picture:
    """El dibujo de una vista. En un cuaderno se pinta; `str()` lo cuenta; `save(ruta)` lo guarda como SVG."""

    def __init__(self, view: View) -> None:
        self.view = view

    def svg(self, width: int = WIDE) -> str:
        """El dibujo como SVG suelto."""
        return draw(self.view, width)

    def save(self, path: str | Path, width: int = WIDE) -> Path:
        """Guarda el SVG y devuelve su ruta. Lanza InfrastructureError si no se puede escribir."""
        target = Path(path)
        try:
            files.write_atomic(target, self.svg(width), mode=0o644)
        except OSError as error:
            raise files.explain(error, target) from error
        return target

    def html(self) -> str:
        """El dibujo para una página, que elige su ancho."""
        return (
            f'<div class="orq-imagen"><style>{_FITTING}</style>'
            f'<div class="orq-ancha">{self.svg(WIDE)}</div><div class="orq-estrecha">{self.svg(NARROW)}</div></div>'
        )

    def __str__(self) -> str:
        return f"{words.title(self.view)}. {words.describe(self.view)}"

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self.html()}
