"""Las imágenes del curso para clústeres de verdad: los mismos programas que el clúster embebido simula.

Los números (qué tarda, qué falla, cuánto espera al despedirse) están en un solo sitio, la tabla `workloads.yaml`, y
aquí se copian al construir: lo simulado y lo real no pueden separarse sin que una prueba lo diga.
`context` prepara una carpeta que cualquier Docker sabe construir; `build` la construye con el motor de esta máquina,
`archive` la guarda en un archivo y `push` la sube a un registro.
"""
