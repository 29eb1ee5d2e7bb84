"""`orquesta grade`: lo que hace quien enseña, orden a orden, sobre nbgrader.

Vive aquí: una orden por archivo, con su ayuda y lo que imprime. La lista está en `group`.

Nunca vive aquí: cómo se corrige; solo se pide y se cuenta.
"""
