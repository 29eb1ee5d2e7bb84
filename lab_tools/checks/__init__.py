"""Hechos de un clúster, y lo que valen.

Aquí vive el motor de las correcciones: una foto del clúster (`snapshot`), los hechos que se pueden
comprobar en ella (`expect`, `rollout`, `recovery`, `over_time`), la comprobación que los reúne y los
puntúa (`check`), la manera de pasar varias (`run`) y la de contarlas (`report`).

Aquí nunca se escribe en el clúster, ni se abre un archivo, ni se conoce un laboratorio concreto: un hecho
mira por la ventana (`lab_tools.client`) y dice qué esperaba y qué encontró. No hacer nada no da puntos, y
cuando falla la infraestructura se lanza `InfrastructureError`: no se pone una nota.
"""
