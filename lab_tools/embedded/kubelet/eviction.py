"""Qué se echa de un nodo que se queda sin memoria o sin disco, y con qué palabras.

Primero cae quien gasta más de lo que pidió; entre ellos, el de menor prioridad, y después el que más se pasa.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from lab_tools.embedded.kubelet.container import Container
from lab_tools.objects import Object, pod_resources
from lab_tools.objects.quantity import bytes_, canonical

Measure = Callable[["Victim", Container], int]
"""Lo que gasta un contenedor, en bytes."""


class Victim(Protocol):
    """Un Pod que corre en el nodo."""

    pod: Object

    @property
    def containers(self) -> list[Container]:
        """Sus contenedores."""


@dataclass(frozen=True)
class Shortage:
    """Lo que escasea en un nodo, en bytes: queda `available`, y el umbral es `threshold`."""

    resource: str
    threshold: int
    available: int

    def message(self, victim: Victim, measure: Measure) -> str:
        """El mensaje del estado de quien cae: qué faltaba y qué contenedores gastaban más de lo pedido."""
        said = (f"The node was low on resource: {self.resource}. Threshold quantity: {shown(self.threshold)}, "
                f"available: {kibi(self.available)}. ")  # fmt: skip
        for container in victim.containers:
            used, asked = measure(victim, container), _request(container.spec, self.resource)
            if used > asked:
                said += (f"Container {container.name} was using {kibi(used)}, request is {shown(asked)}, "
                         f"has larger consumption of {self.resource}. ")  # fmt: skip
        return said

    def order(self, victims: Iterable[Victim], measure: Measure) -> list[Victim]:
        """Por quién se empieza."""

        def cost(victim: Victim) -> tuple[bool, int, int]:
            used = sum(measure(victim, container) for container in victim.containers)
            over = used - bytes_(pod_resources.total(victim.pod, "requests").get(self.resource, "0"))
            return over <= 0, int(victim.pod["spec"].get("priority") or 0), -over

        return sorted(victims, key=cost)


def overgrown(victim: Victim, written: Callable[[Container], int], volume: Callable[[str], int]) -> str:
    """Por qué un Pod pasa de un límite de disco suyo; vacío si no pasa.

    `written` es lo que un contenedor tiene escrito fuera de sus volúmenes (con su registro), y `volume`, lo que
    ocupa un volumen; ambos, en bytes.
    """
    spec = victim.pod["spec"]
    for one in spec.get("volumes") or ():
        limit = (one.get("emptyDir") or {}).get("sizeLimit")
        if limit and volume(one["name"]) > bytes_(limit):
            return f'Usage of EmptyDir volume "{one["name"]}" exceeds the limit "{canonical(limit)}". '
    folders = sum(volume(one["name"]) for one in spec.get("volumes") or () if one.get("emptyDir") is not None)
    limits = pod_resources.total(victim.pod, "limits").get("ephemeral-storage")
    everyone = all("ephemeral-storage" in _limits(one.spec) for one in victim.containers)
    if limits and everyone and sum(map(written, victim.containers)) + folders > bytes_(limits):
        return f"Pod ephemeral local storage usage exceeds the total limit of containers {canonical(limits)}. "
    for container in victim.containers:
        limit = _limits(container.spec).get("ephemeral-storage")
        if limit and written(container) > bytes_(limit):
            return f'Container {container.name} exceeded its local ephemeral storage limit "{canonical(limit)}". '
    return ""


def has_disk_limits(pod: Object) -> bool:
    """Si hay que medir lo que escribe."""
    spec = pod["spec"]
    return any("ephemeral-storage" in _limits(one) for one in spec["containers"]) or any(
        (one.get("emptyDir") or {}).get("sizeLimit") for one in spec.get("volumes") or ()
    )


def _limits(spec: Object) -> Object:
    return (spec.get("resources") or {}).get("limits") or {}


def _request(spec: Object, resource: str) -> int:
    return bytes_(((spec.get("resources") or {}).get("requests") or {}).get(resource, "0"))


def shown(amount: int) -> str:
    """Una cantidad de bytes como la escribe Kubernetes: «100Mi»."""
    for suffix, unit in (("Ei", 2**60), ("Pi", 2**50), ("Ti", 2**40), ("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if amount and amount % unit == 0:
            return f"{amount // unit}{suffix}"
    return str(amount)


def kibi(amount: int) -> str:
    """Una medida, en kibibytes enteros: así las da el kubelet."""
    return shown(-(-amount // 1024) * 1024)
