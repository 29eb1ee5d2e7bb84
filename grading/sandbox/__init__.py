"""El encierro: dónde corre el código de un estudiante mientras se corrige.

Vive aquí: los muros que ofrece esta máquina y cómo se levantan (`bubblewrap`), el trabajador caliente que se bifurca
para cada entrega (`sandbox`), la conversación con una entrega (`session`) y lo que puede gastar (`limits`). Lo de
dentro está en `inside`, y es lo único de esta casa que se ve desde allí.

La regla: sin muros no se corrige, salvo que alguien lo pida con `--no-sandbox`, y entonces se dice en cada página.

Nunca vive aquí: una nota, nbgrader ni un clúster.
"""
