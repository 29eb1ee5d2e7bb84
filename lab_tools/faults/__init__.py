"""Averías: una sola manera de romper cosas, igual en cualquier clúster.

Una avería se declara como datos (`{"kind": "bad-image", "deployment": "catalogo", …}`) y se provoca con `inject`, que
devuelve una frase con lo que ha hecho. `catalogue` dice cuáles hay y qué driver puede con cada una.

Las hay de dos clases. Las que caben en la API se hacen en cualquier clúster y no se deshacen solas: arreglarlas es el
ejercicio. Las que están por debajo (un nodo sin corriente, un cable cortado) las hace la puerta del clúster embebido,
con la credencial de la dueña, o el motor de contenedores si los nodos lo son; siguen en vigor (`active`) hasta que se
reparan (`heal`). Lo que un clúster no puede hacer, lo dice.
"""

from lab_tools.faults.catalogue import CATALOGUE, Fault, Option, table
from lab_tools.faults.provoke import active, heal, inject

__all__ = ["CATALOGUE", "Fault", "Option", "active", "heal", "inject", "table"]
