"""Lo que las imágenes conocidas hacen cuando corren: datos y pequeños programas, no contenedores.

Aquí viven la tabla de imágenes (`workloads.yaml`, que una profesora puede ampliar), el disco de un contenedor
y la pequeña shell que entiende los `sh -c` del curso. Un programa es una función del tiempo: se le pregunta
qué hace hasta tal instante y contesta. Aquí nunca hay API ni reloj propio, y la red es un cable (`wire`) que otro
enchufa.
"""
