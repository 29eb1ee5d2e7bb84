"""Clústeres embebidos servidos: un proceso de fondo por clúster, que sobrevive a la terminal y al cuaderno.

Cada clúster es una carpeta (`folder`) y el proceso que la sirve (`daemon`); se entra en él por un puerto de esta
máquina con la credencial que el proceso dejó en ella (`entry`). Lo que define un clúster y lo que se guarda de él es
de `lab_tools/embedded/server`: aquí solo se le hace nacer, se le busca y se le despide.
"""

from __future__ import annotations

from lab_tools.drivers.embedded.driver import EmbeddedDriver

__all__ = ["EmbeddedDriver"]
