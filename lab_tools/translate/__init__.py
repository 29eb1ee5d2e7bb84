"""Una aplicación escrita para Kubernetes, dicha con las palabras de otros orquestadores.

`application` se queda con lo que cualquiera entiende y `read` lo saca de los manifiestos: qué imagen, cuántas copias,
con qué variables, por qué puertos, cómo se sabe si está bien y cómo se actualiza. `swarm`, `nomad`, `marathon` y `ecs`
lo escriben cada uno a su manera; `losses` es la tabla de lo que no cabe en cada sitio, y se dice siempre. `send` lo
entrega a quien lo vaya a ejecutar.

Aquí no se traduce de vuelta, ni se copia el valor de ningún secreto. `schemas` lleva los esquemas de Nomad y de
Marathon, escritos por nosotros según su documentación.
"""

from __future__ import annotations

from lab_tools.translate.translation import TARGETS, Translation, translate

__all__ = ["TARGETS", "Translation", "translate"]
