"""A quién mata antes el núcleo si falta memoria: la nota que el kubelet pone a cada contenedor.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior
"""

from __future__ import annotations

from lab_tools.embedded.kubelet.rejection import is_critical
from lab_tools.objects import Object, pod_resources
from lab_tools.objects.qos import qos_class
from lab_tools.objects.quantity import bytes_

GUARANTEED, BEST_EFFORT = -997, 1000
PATHS = ("/proc/1/oom_score_adj", "/proc/self/oom_score_adj")


def score(pod: Object, container: Object, capacity: str) -> int:
    """De -997 (el último) a 1000 (el primero). `capacity`, la memoria del nodo."""
    quality = qos_class(pod)
    if is_critical(pod) or quality == "Guaranteed":
        return GUARANTEED
    if quality == "BestEffort":
        return BEST_EFFORT
    asked = _asked(container)
    if container.get("restartPolicy") == "Always" and container in (pod["spec"].get("initContainers") or ()):
        # A un acompañante no se le mata antes que a los principales.
        asked = max(asked, min(map(_asked, pod["spec"]["containers"])))
    share = 1000 - 1000 * (asked + _spare(pod)) // bytes_(capacity)
    return min(max(share, 1000 + GUARANTEED), BEST_EFFORT - 1)


def _asked(container: Object) -> int:
    return bytes_(((container.get("resources") or {}).get("requests") or {}).get("memory", "0"))


def _spare(pod: Object) -> int:
    """Lo que toca a cada contenedor de lo que el Pod pide para todos y ninguno pide para sí."""
    whole = pod_resources.own_amounts(pod, "requests").get("memory")
    if whole is None:
        return 0
    lasting = [
        *pod["spec"]["containers"],
        *(one for one in pod["spec"].get("initContainers") or () if one.get("restartPolicy") == "Always"),
    ]
    return max(bytes_(whole) - sum(map(_asked, lasting)), 0) // len(lasting)
