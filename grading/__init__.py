"""Corrección: de un cuaderno entregado a una nota en la que se puede confiar.

Vive aquí: nbgrader configurado en español y por sus propios enganches (`config`), publicar un laboratorio (`release`),
recibir entregas (`intake`, `collect`), devolverles su forma (`restore`), repetir su registro (`replay`) o ejecutarlas
encerradas (`execute`, `sandbox`), puntuarlas (`stage`, `verdict`), una o una clase entera (`batch`), y contarlo
(`feedback`, `pages`, `report`, `export`). `cli` es lo que escribe quien enseña; `demo` recorre la vuelta entera.

La regla: el código del estudiante corre en un proceso y la nota se calcula en otro, mirando el clúster. Lo que el
cuaderno imprime o devuelve es solo texto. Véanse `docs/decisiones/038` a `041`, `054` y `055`.

Nunca vive aquí: una comprobación (son de cada laboratorio), un parche a nbgrader, ni una nota puesta porque falló la
infraestructura.
"""

from grading.startup import import_jsonschema

import_jsonschema()
