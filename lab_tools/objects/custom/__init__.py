"""Los tipos propios: lo que una CustomResourceDefinition dice, hecho reglas.

Aquí se lee un esquema estructural y de él salen las cinco cosas que necesita un tipo: podar lo desconocido
(`prune`), completar (`fill`), juzgar (`check`), enseñar en columnas (`printing`) y describirse a `apply` y a
`kubectl explain` (`describe`). `definition` convierte una CustomResourceDefinition en los `Kind` que define, y
`judge` dice qué tiene de malo una. Aquí nunca se sirve nada: quién sirve qué lo decide la API.
"""
