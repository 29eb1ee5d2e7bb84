"""La vida de los Pods en sus nodos: admitir, descargar, arrancar, sondear, reiniciar y despedir.

Aquí viven los nodos simulados (su registro y sus latidos), sus imágenes, y una máquina de estados por Pod que
hace correr los programas de la tabla `workloads`. Aquí nunca se decide dónde va un Pod ni cuántos debe haber,
y nunca corre un contenedor de verdad: un programa es una función del tiempo.
"""

from lab_tools.embedded.kubelet.agent import Kubelet

__all__ = ["Kubelet"]
