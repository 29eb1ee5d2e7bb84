"""El libro como páginas: `make site`, o `python -m course.site`.

Un capítulo entra como `leccion.md` y sale como página, siempre por el mismo camino: se ejecuta (`execution`), se
prepara para leerlo (`pages`, con `diagrams` y `glossary`), Sphinx lo compone (`book`, con `settings/conf.py`, `words` y
`excerpts`) y, si se pide, Chromium lo imprime (`printed`). De un laboratorio solo entra el enunciado (`tasks`).

Lo que sale se lee desde un archivo y sin red: nada pide algo fuera de su carpeta. Aquí no se enseña nada que no esté
en `course/`, `labs/` o `manifests/`: si a una página le falta algo, le falta al capítulo.
"""
