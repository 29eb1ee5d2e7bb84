"""Corrección: de un cuaderno entregado a una nota en la que se puede confiar.

Vive aquí: nbgrader configurado en español y por sus propios enganches (`config`), publicar un laboratorio (`release`),
recibir una entrega (`intake`), devolverle su forma (`restore`), ejecutarla y puntuarla (`execute`, `stage`, `verdict`),
y contarlo (`feedback`, `evidence`, `templates`). `demo` recorre la vuelta entera.

La regla: el código del estudiante corre en un proceso y la nota se calcula en otro, mirando el clúster. Lo que el
cuaderno imprime o devuelve es solo texto.

Nunca vive aquí: una comprobación (son de cada laboratorio), un parche a nbgrader, ni una nota puesta porque falló la
infraestructura. En esta vuelta el kernel todavía no está aislado: véase `docs/decisiones/009-notas-de-confianza.md`.
"""

from grading.startup import import_jsonschema

import_jsonschema()
