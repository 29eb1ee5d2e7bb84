"""Lo que gastan los contenedores, como lo cuenta un metrics-server: medidas de cada quince segundos.

El gasto en reposo de un contenedor sale de la tabla de imágenes; lo que trabaja de más lo apunta quien le da trabajo
(`charge`). Nada se calcula hasta que alguien pregunta: un clúster al que nadie mira no paga por esto.
Fuente: https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, parse, timestamp
from lab_tools.embedded.workloads.table import Image, InvalidReference, Reference, Workloads, fed
from lab_tools.objects import Object, kinds, pod_resources
from lab_tools.objects.quantity import canonical
from lab_tools.objects.quantity import parse as quantity

# El APIService con que este clúster anuncia que él mismo mide: sin uno, `kubectl top` no tiene a quién preguntar.
SERVICE: Object = {
    "metadata": {"name": "v1beta1.metrics.k8s.io", "labels": {"k8s-app": "metrics-server"}},
    "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100},
}

# Segundos entre dos medidas, y los que abarca cada una.
WINDOW = 15
# Lo que gasta un nodo sin Pods: núcleos y bytes.
_NODE_CPU, _NODE_MEMORY = 0.05, 350 * 2**20


class Usage(NamedTuple):
    """Un gasto: CPU en núcleos y memoria en bytes."""

    cpu: float
    memory: int


@dataclass(slots=True)
class Spent:
    """Lo que lleva trabajado un contenedor en una de sus vidas, en segundos de CPU, y lo que lo frenó su límite."""

    born: int
    cpu: float = 0.0
    throttled: float = 0.0


class Metrics:
    """La fuente de `metrics.k8s.io`."""

    def __init__(self, api: Api, clock: Clock, workloads: Workloads) -> None:
        self._api = api
        self._clock = clock
        self._workloads = workloads
        self._work: dict[tuple[str, str], list[tuple[float, float]]] = {}
        self._held: dict[tuple[str, str], dict[str, tuple[float, int]]] = {}
        self._spent: dict[tuple[str, str], Spent] = {}
        self.occupied: Callable[[str, str, int], None] = lambda uid, container, memory: None
        """A quién contar lo que se ocupa: el nodo, que puede quedarse sin memoria."""

    def charge(self, uid: str, container: str, cpu_seconds: float, at: float | None = None, *,
               born: float | None = None, throttled: float = 0.0) -> None:  # fmt: skip
        """Apunta el trabajo que un contenedor empieza (ahora, o empezó en `at`), en segundos de CPU.

        Se suma a lo que gasta en reposo. Los apuntes de un contenedor llegan por orden. Con `born`, cuándo arrancó, se
        lleva además la cuenta de toda su vida; `throttled`, los segundos que su límite lo tuvo parado.
        """
        now = self._clock.now
        if born is not None:
            spent = self._spent.get((uid, container))
            if spent is None or spent.born != int(born):
                spent = self._spent[uid, container] = Spent(int(born))
            spent.cpu += cpu_seconds
            spent.throttled += throttled
        done = self._work.setdefault((uid, container), [])
        done.append((now if at is None else at, cpu_seconds))
        while done and done[0][0] < now - 2 * WINDOW:
            del done[0]

    def occupy(self, uid: str, container: str, memory: int, who: str = "") -> None:
        """Apunta los bytes que `who` hace usar ahora a un contenedor además de los de reposo; los de todos se suman.

        Valen mientras no vuelva a arrancar.
        """
        self._held.setdefault((uid, container), {})[who] = (self._clock.now, memory)
        self.occupied(uid, container, self.held(uid, container))

    def forget(self, pod: Object) -> None:
        """Un Pod ya no existe: nadie volverá a preguntar por lo suyo."""
        uid = pod["metadata"]["uid"]
        for name in _containers_of(pod["spec"]):
            self._work.pop((uid, name), None)
            self._held.pop((uid, name), None)
            self._spent.pop((uid, name), None)

    def held(self, uid: str, container: str, since: float = 0.0, but: str | None = None) -> int:
        """Los bytes apuntados desde `since`, de todos o de todos menos uno."""
        found = self._held.get((uid, container), {})
        return sum(memory for who, (when, memory) in found.items() if when >= since and who != but)

    def memory(self, uid: str, spec: Object, since: float) -> int:
        """Los bytes que usa ahora un contenedor que corre desde `since`: reposo, lo que pierde y lo que le ocupan."""
        image = self._image(spec)
        leaked = int(image.leak * (self._clock.now - since)) if image else 0
        return (image.memory if image else 0) + leaked + self.held(uid, spec["name"], since)

    def spent(self, uid: str, container: str, born: float) -> Spent:
        """Lo que ha trabajado un contenedor desde que arrancó, en `born`."""
        found = self._spent.get((uid, container))
        return found if found is not None and found.born == int(born) else Spent(int(born))

    def idle_cpu(self, spec: Object) -> float:
        """Lo que gasta un contenedor sin hacer nada, en núcleos."""
        image = self._image(spec)
        return float(quantity(image.cpu)) if image else 0.0

    @property
    def node_memory(self) -> int:
        """Lo que gasta un nodo sin Pods, en bytes."""
        return _NODE_MEMORY

    def pods(self, namespace: str | None) -> list[Object]:
        """Las PodMetrics de un espacio de nombres, o de todos. Un Pod aparece cuando se le ha medido entero."""
        at = self._measured_at()
        found = [self._pod(pod, at) for pod in self._api.list(kinds.POD, namespace).items]
        return [one for one in found if one is not None]

    def nodes(self, _: str | None = None) -> list[Object]:
        """Las NodeMetrics: lo que gasta el nodo y lo que gastan sus contenedores en marcha."""
        at = self._measured_at()
        used = {node["metadata"]["name"]: [Usage(_NODE_CPU, _NODE_MEMORY)] for node in self._alive()}
        for pod in self._api.list(kinds.POD).items:
            if (parts := used.get(pod["spec"].get("nodeName", ""))) is not None:
                parts += self._containers(pod, at).values()
        found = []
        for node in self._alive():
            meta = {"name": node["metadata"]["name"], "labels": node["metadata"].get("labels") or {}}
            parts = used[meta["name"]]
            total = Usage(sum(one.cpu for one in parts), sum(one.memory for one in parts))
            found.append({**self._head(meta, at), "usage": _written(total)})
        return found

    def _alive(self) -> list[Object]:
        """Los nodos que contestan: de uno perdido no hay medidas."""
        return [node for node in self._api.list(kinds.NODE).items
                if any(one["type"] == "Ready" and one["status"] == "True"
                       for one in node["status"].get("conditions") or ())]  # fmt: skip

    def _measured_at(self) -> float:
        return self._clock.now // WINDOW * WINDOW

    def _head(self, meta: Object, at: float) -> Object:
        meta["creationTimestamp"] = timestamp(self._clock.now)
        return {"metadata": meta, "timestamp": timestamp(at), "window": f"{WINDOW}s"}

    def _pod(self, pod: Object, at: float) -> Object | None:
        status = pod["status"]
        usages = self._containers(pod, at)
        if status.get("phase") != "Running" or not all(one["name"] in usages for one in pod["spec"]["containers"]):
            return None
        meta = {key: value for key, value in pod["metadata"].items() if key in ("name", "namespace", "labels")}
        containers = [{"name": name, "usage": _written(usage)} for name, usage in usages.items()]
        return {**self._head(meta, at), "containers": containers}

    def _containers(self, pod: Object, at: float) -> dict[str, Usage]:
        """El gasto de cada contenedor que corrió toda la ventana que acaba en `at`."""
        specs = {one["name"]: one for one in [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]}
        status = pod["status"]
        found = {}
        for one in [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]:
            since = one["state"].get("running", {}).get("startedAt")
            if since and parse(since) <= at - WINDOW:
                found[one["name"]] = self._usage(pod["metadata"]["uid"], specs[one["name"]], at, parse(since))
        return _within(pod_resources.own_amounts(pod, "limits").get("cpu"), found)

    def _usage(self, uid: str, spec: Object, at: float, since: float) -> Usage:
        worked = sum(done for when, done in self._work.get((uid, spec["name"]), ()) if at - WINDOW <= when < at)
        limits = (spec.get("resources") or {}).get("limits") or {}
        cpu = self.idle_cpu(spec) + worked / WINDOW
        memory = self.memory(uid, spec, since)
        # Por encima del límite, la CPU se frena: lo que no cabe no se gasta.
        return Usage(min(cpu, float(quantity(limits["cpu"]))) if "cpu" in limits else cpu, memory)

    def _image(self, spec: Object) -> Image | None:
        try:
            image = self._workloads.image(Reference.parse(spec["image"]))
        except InvalidReference:
            return None
        return fed(image, spec) if image else None


def _within(limit: str | None, usages: dict[str, Usage]) -> dict[str, Usage]:
    """El gasto de los contenedores de un Pod, que no pasan, entre todos, del límite de CPU del Pod."""
    whole = sum(one.cpu for one in usages.values())
    if limit is None or whole <= (most := float(quantity(limit))):
        return usages
    return {name: Usage(one.cpu * most / whole, one.memory) for name, one in usages.items()}


def _containers_of(spec: Object) -> list[str]:
    """Los nombres de los contenedores de un Pod, de cualquier clase."""
    lists = ("initContainers", "containers", "ephemeralContainers")
    return [one["name"] for listed in lists for one in spec.get(listed) or ()]


def _written(usage: Usage) -> Object:
    """Como lo escribe el servidor real: CPU en milmillonésimas, memoria en binario."""
    return {"cpu": canonical(f"{round(usage.cpu * 1e9)}n"), "memory": canonical(f"{-(-usage.memory // 1024)}Ki")}
