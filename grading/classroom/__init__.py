"""Una clase entera en un solo clúster: a cada estudiante, un namespace cerrado y la llave para entrar en él.

Vive aquí: cómo se llama el namespace de cada cual (`names`), qué lleva (`plan`), crearlos, mirarlos, vaciarlos y
borrarlos (`roll`), sus llaves (`keys`), lo que se apunta en la carpeta de la clase (`folder`) y cómo se corrige lo que
hay dentro, sin mirar fuera (`scope`, `stage`).

La regla: todo se puede repetir y dejar a medias, y nunca se borra un namespace que no creó esta clase: ha de llevar su
etiqueta y estar en su inventario con el mismo uid.
"""
