"""El driver «kind»: un Kubernetes de verdad, con cada nodo en un contenedor de esta máquina.

Aquí se escribe la configuración de kind, se siguen sus pasos y se traducen sus fallos a una causa y una cura.
`config` e `images` dicen qué se pide; `steps` y `failures` son tablas de lo que kind contesta; `program` lo
ejecuta; `nodes` mira los contenedores; `ready` espera a la API; `record` recuerda qué clústeres son nuestros, y
`driver` los reúne.

Lo que no creó Orquesta no se lista, no se para y no se borra. Hechos tomados de https://kind.sigs.k8s.io/docs y
del comportamiento de kind 0.30 a 0.33.
"""

from __future__ import annotations

from lab_tools.drivers.kind.driver import KindDriver

__all__ = ["KindDriver"]
