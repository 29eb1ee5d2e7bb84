"""Los programas que un clúster real necesita y que no están en PyPI: kind, kubectl y helm, sin permisos especiales.

`pinned` dice qué versión, de dónde y con qué suma publicada; `fetching` los trae de la red o de una carpeta;
`locked` recuerda el resumen de lo que se aceptó una vez, e `installing` los pone en la carpeta de la persona.

En el repositorio no se escribe ningún resumen: quien publica un programa publica también su suma, se comprueba al
instalar y desde entonces queda fijada en esta máquina. Lo que no coincide no se instala, y lo que había se queda.
"""

from __future__ import annotations

from lab_tools.tools.installing import Installed, install
from lab_tools.tools.pinned import NAMES

__all__ = ["NAMES", "Installed", "install"]
