"""Lo que respondió un Kubernetes de verdad, repetido contra el nuestro.

`scenarios/` guarda guiones cortos (`NOMBRE.yaml`) y lo que un clúster 1.36 respondió a cada paso
(`NOMBRE.expect.json`). `run` los repite, `normal` quita lo que cambia de una vez a otra por naturaleza
(identidades, horas, direcciones, nombres al azar) y `compare` dice qué difiere. Aquí no se opina: manda la
grabación. `python -m tests.conformance [ARCHIVOS]` imprime la tabla por familias.
"""
