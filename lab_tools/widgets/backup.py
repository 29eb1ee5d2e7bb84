"""Lo que queda de un widget cuando no hay kernel: algo que leer, en lugar de «model not found».

Un cuaderno guardado conserva la vista del widget, pero no su modelo. Por eso cada widget va con un respaldo en una
segunda salida; unas reglas de CSS enseñan el respaldo o el widget, según cuál de los dos haya.
"""

from __future__ import annotations

from typing import Any

# `orq-aqui` es la clase que llevan nuestros widgets cuando están vivos en la página.
_RULES = (
    ".jp-OutputArea:has(.orq-aqui) .orq-respaldo,.cell_output:has(.orq-aqui) .orq-respaldo{display:none}"
    ".jp-OutputArea:has(.orq-respaldo):not(:has(.orq-aqui)) .jp-OutputArea-child:has(>.jupyter-widgets){display:none}"
)
HERE = "orq-aqui"


def show(widget_bundle: dict[str, Any], text: str, html: str) -> None:
    """Enseña un widget y, detrás, su respaldo: `text` donde solo cabe texto y `html` en los demás."""
    from IPython.display import display

    backup = f'<div class="orq-respaldo"><style>{_RULES}</style>{html}</div>'
    display({**widget_bundle, "text/plain": text}, raw=True)  # type: ignore[no-untyped-call]
    display({"text/html": backup, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]


def bundle(shown: Any) -> dict[str, Any]:
    """El paquete de un widget, venga solo o con sus metadatos."""
    data = shown[0] if isinstance(shown, tuple) else shown
    return dict(data or {})
