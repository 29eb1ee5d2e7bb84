"""El motor de contenedores de esta máquina, por su SDK (https://docker-py.readthedocs.io): la única puerta hacia él.

Quien construye imágenes, estropea nodos o lleva un Swarm pide aquí una conversación y la cierra al acabar. Lo que el
motor conteste en inglés sale de aquí contado, con su cura. No sabe nada de Kubernetes ni de la tienda.
"""

from __future__ import annotations

from lab_tools.engine.connection import lacking, open_
from lab_tools.engine.told import told

__all__ = ["lacking", "open_", "told"]
