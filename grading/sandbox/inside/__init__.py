"""Lo que corre dentro de los muros, junto al código del estudiante.

Vive aquí: el proceso caliente que se bifurca (`zygote`), los muros que cada copia se pone (`walls`, `syscalls`), la
sesión que ejecuta celdas (`session`) y las tramas con que habla con fuera (`wire`).

Nunca vive aquí: una nota, una comprobación, una credencial que no sea la del estudiante, ni nada que importe el resto
de `grading`: dentro del encierro esta carpeta es lo único que se ve de él.
"""
