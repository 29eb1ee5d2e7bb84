"""La vuelta entera en un minuto: un clúster, un laboratorio publicado, tres entregas y sus notas.

Aquí viven el recorrido (`tour`), el reparto (`cast`: quién entrega qué y qué nota merece) y las tres entregas del
repositorio (`submissions/`), que se generan con `python -m grading.demo.cast` y una prueba mantiene al día. Aquí nunca
se decide una nota: la pone la corrección, y el recorrido solo la compara con la que el laboratorio dice que merece.
"""
