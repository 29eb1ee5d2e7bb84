"""La página de quien enseña: cómo le ha ido a la clase en un laboratorio.

Vive aquí: reunir lo que dicen las correcciones y los registros (`figures`, `effort`), dibujarlo (`charts`) y escribir
la página (`page`).

Nunca vive aquí: una nota. Lo que sale de los registros (tiempos, pistas) es para mirar, y no cuenta.
"""
