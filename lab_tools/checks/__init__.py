"""Hechos de un clúster, y lo que valen.

Aquí vive el motor de las correcciones: una foto del clúster (`snapshot`); los hechos que se comprueban mirándola
(`expect`, `rollout`, `recovery`, `permission`, `over_time`) o actuando en una copia suya (`acting` con sus `actions`,
`requests`, `under_load`; las copias, en `copies`); la comprobación que los reúne y los puntúa (`check`), la manera de
pasar varias en un tiempo (`run`, `budget`) y la de contarlas (`report`, con sus `tints`).

Aquí nunca se escribe en el clúster de quien estudia, ni se abre un archivo, ni se conoce un laboratorio concreto: un
hecho mira por la ventana (`lab_tools.client`) y dice qué esperaba y qué encontró. No hacer nada no da puntos, y
cuando falla la infraestructura se lanza `InfrastructureError`: no se pone una nota.
"""
