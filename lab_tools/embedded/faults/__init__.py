"""Las averías del clúster embebido: lo que se rompe por debajo de la API, y que ningún manifiesto puede romper.

Una avería en vigor es un dato (`{"kind": "node-off", "node": "node-2"}`) guardado con lo demás del clúster, así que
sobrevive a un reinicio, a una foto y a una copia. De la lista de averías en vigor se deduce cómo está cada pieza (qué
nodos tienen corriente, qué controladores están parados, qué caminos están cortados): provocar y reparar es cambiar la
lista y volver a deducir. Las que ocurren y ya está (matar un contenedor) no se guardan.

`kinds` dice cuáles hay; `board` lleva la lista; `nodes`, `control` y `pods` deducen. Solo la dueña llega aquí, por
`/orquesta/v1/faults`.
"""

from lab_tools.embedded.faults.board import Board

__all__ = ["Board"]
