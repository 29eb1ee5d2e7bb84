"""Peticiones al azar contra la puerta: rutas, verbos, cabeceras y cuerpos que nadie en su juicio mandaría.

Una *vida* es un clúster nuevo y unos cientos de peticiones que decide una semilla; la misma semilla repite la misma
vida. Tras cada petición se comprueba lo que siempre debe valer (`oracle`); las vigilancias abiertas se comparan con
las listas (`mirror`). `python -m tests.fuzz --help` dice cómo se usa; aquí no se juzga si la respuesta es la de un
servidor real, que de eso trata `tests/conformance`.
"""
