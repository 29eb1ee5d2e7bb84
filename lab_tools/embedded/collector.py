"""El recolector de basura, mientras corre un clúster: las mismas vueltas por lo nuevo, y menos por todo lo que vive.

Un mundo que crece no deja basura que se apunte a sí misma: lo que le sobra lo tira la cuenta de referencias. Recorrerlo
entero cada vez que crece una cuarta parte, como hace Python, cuesta hasta la quinta parte de crear cinco mil Pods y no
encuentra nada (decisión 060). Fuente: documentación de Python, `gc.set_threshold`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

WHOLE = 100
"""Cuántas vueltas por lo intermedio separan dos por todo: de fábrica, unos 700 000 objetos nuevos."""


@contextmanager
def unhurried() -> Iterator[None]:
    """Espacia las vueltas completas mientras dura, y después deja los umbrales como estaban.

    Quien tenga apagado el recolector lo sigue teniendo. Con dos hilos a la vez, lo peor es que el segundo acabe
    con las vueltas de siempre: nadie guarda como «de antes» los umbrales de otro que está dentro.
    """
    new, middle, whole = gc.get_threshold()
    if whole >= WHOLE:
        yield
        return
    gc.set_threshold(new, middle, WHOLE)
    try:
        yield
    finally:
        gc.set_threshold(new, middle, whole)
