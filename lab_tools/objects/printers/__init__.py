"""Qué enseña `kubectl get` de cada tipo: un archivo por familia, una función por tipo.

Cada impresor recibe un objeto y el momento presente y da las celdas de su fila, en el orden de sus
columnas. Aquí no se recorren listas, no se alinea nada y no se decide qué columnas se ven: la tabla la
monta `columns`, y lo demás lo hace kubectl.
Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
"""
