"""Clústeres que ya existen y no son nuestros: los de la escuela, los de una nube, el de una compañera.

Se llega a ellos por un contexto de un kubeconfig, con la credencial que la persona ya tiene. Aquí no se crea ni se
borra ningún clúster: se *apunta* uno, preguntando antes, y desde entonces las demás órdenes lo encuentran por su
nombre. Si la credencial no manda en todo el clúster, se trabaja dentro de un solo namespace.

La regla: no se borra nada que no se haya creado por aquí. Lo creado lleva una etiqueta y está en un inventario
(`inventory`), y quien guarda la puerta (`guard`) mira las dos cosas antes de dejar pasar un borrado.
"""

from __future__ import annotations

from lab_tools.drivers.kubeconfig.driver import KubeconfigDriver

__all__ = ["KubeconfigDriver"]
