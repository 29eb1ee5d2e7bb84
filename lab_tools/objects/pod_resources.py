"""Lo que un Pod pide y a lo que se limita, sumando sus contenedores.

Fuente: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
"""

from __future__ import annotations

from collections.abc import Mapping

from lab_tools.objects import Object
from lab_tools.objects.quantity import add, parse

Amounts = dict[str, str]


def total(pod: Object, which: str) -> Amounts:
    """Cantidades por recurso; `which` es «requests» o «limits».

    Lo que el Pod diga por sí mismo manda sobre la suma de sus contenedores. Su sobrecarga se añade a lo pedido.
    """
    whole = of_containers(pod, which) | own_amounts(pod, which)
    return _pile(whole, pod["spec"].get("overhead") or {}) if which == "requests" else whole


def of_containers(pod: Object, which: str) -> Amounts:
    """Lo que suman los contenedores, y con ellos los de inicio que se quedan (`restartPolicy: Always`).

    De los de inicio que acaban cuenta el mayor, si es más.
    """
    spec = pod["spec"]
    whole: Amounts = {}
    for container in spec.get("containers") or ():
        _pile(whole, _of(container, which))
    peak: Amounts = {}
    staying: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = _of(container, which)
        if container.get("restartPolicy") == "Always":
            _pile(whole, own)
            _pile(staying, own)
            own = dict(staying)
        else:
            own = _pile(dict(own), staying)
        _raise(peak, own)
    _raise(whole, peak)
    return whole


def own_amounts(pod: Object, which: str) -> Amounts:
    """Lo que un Pod dice por sí mismo, y no por sus contenedores: CPU, memoria y páginas enormes.

    Fuente: https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/
    """
    found = ((pod.get("spec") or {}).get("resources") or {}).get(which) or {}
    return {name: str(amount) for name, amount in found.items()
            if name in ("cpu", "memory") or name.startswith("hugepages-")}  # fmt: skip


def ceiling(limits: Mapping[str, object], own: Mapping[str, object], name: str) -> str | None:
    """El límite que rige en un contenedor: el suyo (`limits`) o, si no lo dice, el de su Pod (`own`)."""
    found = limits.get(name, own.get(name))
    return None if found is None else str(found)


def _of(container: Object, which: str) -> Amounts:
    return dict((container.get("resources") or {}).get(which) or {})


def _pile(total: Amounts, more: Mapping[str, str]) -> Amounts:
    for name, amount in more.items():
        total[name] = add(total.get(name, "0"), amount)
    return total


def _raise(total: Amounts, other: Amounts) -> None:
    for name, amount in other.items():
        if name not in total or parse(amount) > parse(total[name]):
            total[name] = amount
