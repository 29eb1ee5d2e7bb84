"""El escalador de nodos: compra máquinas para los Pods que no caben y devuelve las que sobran.

Hace lo que el cluster-autoscaler de un proveedor: mira los Pods sin sitio, supone un nodo más de cada grupo con los
filtros del planificador y pide el que convenga; y, cuando un nodo lleva un rato medio vacío y sus Pods caben en otra
parte, lo vacía y lo quita. Está apagado hasta que existe el ConfigMap `cluster-autoscaler` en `kube-system`, con los
grupos en `config.yaml` (véase `config`). Lo que gasta se lee en el ConfigMap `cluster-autoscaler-status`.

Aquí se decide y se pide; encender y apagar máquinas es de la `Cloud` que le den.
Fuente: https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
Orden de lectura: `switch`, `config`, `simulation`, `growth`, `shrink`, `removal`, `report`, `loop`.
"""

from lab_tools.embedded.autoscaler.switch import NodeAutoscaler

__all__ = ["NodeAutoscaler"]
