"""La ortografía de lo que se lee: `make spell`, o `python -m tests.spelling`.

De cada archivo sale su prosa (`prose`), y hunspell dice qué palabras no están en el diccionario español. Las que son
correctas y no están (nombres de Kubernetes, órdenes, palabras del oficio) se escriben en `palabras.txt`, una por línea:
en minúscula valen de cualquier manera; con mayúsculas, solo así. Una palabra de la lista que ya nadie usa sobra.
"""
