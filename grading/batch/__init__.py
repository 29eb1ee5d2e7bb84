"""Corregir una clase de una vez: muchas entregas, varios procesos, un solo escritor.

Vive aquí: lo que hay que saber de una práctica (`sheet`), corregir una entrega sin tocar el curso (`marking`), los
procesos que lo hacen (`crew`), quien escribe en el gradebook (`ledger`) y quien reparte y cuenta (`run`).

La regla: un trabajador recibe bytes y devuelve bytes; al curso solo le escribe quien reparte, y de una entrega, o todo
o nada. Así se puede parar en cualquier momento y seguir después.

Nunca vive aquí: cómo se ejecuta o se puntúa una celda (`grading.execute`), que es igual para una entrega que para mil.
"""
