"""Lo que cuenta el kubelet de un nodo: él mismo (`/metrics`), sus contenedores (`/metrics/cadvisor`) y el resumen de lo
que gastan (`/metrics/resource`).

Fuente: https://kubernetes.io/docs/reference/instrumentation/metrics/ y
https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from lab_tools.embedded.clock import Clock, parse
from lab_tools.embedded.metrics import Metrics
from lab_tools.embedded.observe.family import Family, counter, gauge
from lab_tools.objects import Object, pod_resources
from lab_tools.objects.quantity import bytes_
from lab_tools.objects.quantity import parse as quantity

# Cada cuánto repone el kernel la cuota de CPU (`cpu.cfs_period_us`).
_PERIOD_US = 100_000

Labels = dict[str, str]

# Las que cuentan dos: el detalle de los contenedores y el resumen.
_CPU = ("container_cpu_usage_seconds_total", "CPU time used, in seconds of one core.")
_MEMORY = ("container_memory_working_set_bytes", "Memory that cannot be taken away from it, in bytes.")
_STARTED = ("container_start_time_seconds", "When it started, in seconds since the Unix epoch.")


class Node:
    """Un nodo y los Pods que corren en él. `dates` traslada al calendario de quien mira los instantes del clúster."""

    def __init__(self, node: Object, pods: Sequence[Object], metrics: Metrics, clock: Clock,
                 dates: Callable[[float], float]) -> None:  # fmt: skip
        self._node, self._metrics, self._clock, self._dates = node, metrics, clock, dates
        self._pods = [pod for pod in pods if pod["spec"].get("nodeName") == node["metadata"]["name"]]

    def kubelet(self) -> list[Family]:
        """Las del kubelet."""
        name = gauge("kubelet_node_name", "Name of its node; always 1.")
        name.add(1, node=self._node["metadata"]["name"])
        pods = gauge("kubelet_running_pods", "Pods whose containers run on this node.")
        pods.add(len({pod["metadata"]["uid"] for pod, _, _, _ in self._running()}))
        containers = gauge("kubelet_running_containers", "Containers on this node, by state.")
        states = [state for pod in self._pods for one in (pod.get("status") or {}).get("containerStatuses") or ()
                  for state in one.get("state") or {}]  # fmt: skip
        for state, shown in (("running", "running"), ("terminated", "exited"), ("waiting", "created")):
            containers.add(states.count(state), container_state=shown)
        return [name, pods, containers]

    def cadvisor(self) -> list[Family]:
        """Las de los contenedores."""
        cpu, memory, started = counter(*_CPU), gauge(*_MEMORY), gauge(*_STARTED)
        used = gauge("container_memory_usage_bytes", "Memory in use, in bytes.")
        limit = gauge("container_spec_memory_limit_bytes", "Most memory it may use, in bytes; 0 without a limit.")
        quota = gauge("container_spec_cpu_quota", "Microseconds of CPU it may use in each period.")
        period = gauge("container_spec_cpu_period", "Microseconds each CPU period lasts.")
        for pod, spec, status, born in self._running():
            mine = {**_names(pod, spec), **_identity(pod, status)}
            cpu.add(round(self._cpu(pod, spec, born), 9), **mine, cpu="total")
            bytes_used = self._metrics.memory(pod["metadata"]["uid"], spec, born)
            memory.add(bytes_used, **mine)
            used.add(bytes_used, **mine)
            limits = _limits(pod, spec)
            limit.add(bytes_(limits["memory"]) if "memory" in limits else 0, **mine)
            if "cpu" in limits:
                quota.add(float(quantity(limits["cpu"])) * _PERIOD_US, **mine)
                period.add(_PERIOD_US, **mine)
            started.add(self._dates(born), **mine)
        return [cpu, *self._throttling(), memory, used, limit, quota, period, started, *self._machine()]

    def resource(self) -> list[Family]:
        """El resumen que lee un metrics-server."""
        cpu, memory, started = counter(*_CPU), gauge(*_MEMORY), gauge(*_STARTED)
        pod_memory = gauge("pod_memory_working_set_bytes", "The same, of a whole Pod.")
        node_memory = gauge("node_memory_working_set_bytes", "The same, of the whole node.")
        errors = gauge("resource_scrape_error", "1 if the kubelet could not measure, 0 otherwise.")
        sums: dict[tuple[str, str], int] = {}
        for pod, spec, _, born in self._running():
            mine = _names(pod, spec)
            found = self._metrics.memory(pod["metadata"]["uid"], spec, born)
            cpu.add(round(self._cpu(pod, spec, born), 9), **mine)
            memory.add(found, **mine)
            started.add(self._dates(born), **mine)
            whole = (mine["namespace"], mine["pod"])
            sums[whole] = sums.get(whole, 0) + found
        for (namespace, name), found in sums.items():
            pod_memory.add(found, namespace=namespace, pod=name)
        node_memory.add(self._metrics.node_memory + sum(sums.values()))
        errors.add(0)
        return [cpu, memory, started, pod_memory, node_memory, errors]

    def _throttling(self) -> list[Family]:
        """Cuánto los ha frenado su límite de CPU. Solo de los que lo tienen."""
        periods = counter("container_cpu_cfs_periods_total", "CPU periods it has lived through.")
        throttled = counter("container_cpu_cfs_throttled_periods_total", "CPU periods in which it ran out of quota.")
        seconds = counter("container_cpu_cfs_throttled_seconds_total", "Time it waited for quota, in seconds.")
        for pod, spec, status, born in self._running():
            if "cpu" not in _limits(pod, spec):
                continue
            mine = {**_names(pod, spec), **_identity(pod, status)}
            lived = int((self._clock.now - born) * 1e6 / _PERIOD_US)
            held = self._metrics.spent(pod["metadata"]["uid"], spec["name"], born).throttled
            periods.add(lived, **mine)
            throttled.add(min(math.ceil(held * 1e6 / _PERIOD_US), lived), **mine)
            seconds.add(round(held, 6), **mine)
        return [periods, throttled, seconds]

    def _machine(self) -> list[Family]:
        capacity = (self._node.get("status") or {}).get("capacity") or {}
        cores = gauge("machine_cpu_cores", "Cores of the machine.")
        memory = gauge("machine_memory_bytes", "Memory of the machine, in bytes.")
        cores.add(float(quantity(capacity.get("cpu", "0"))))
        memory.add(bytes_(capacity.get("memory", "0")))
        return [cores, memory]

    def _cpu(self, pod: Object, spec: Object, born: float) -> float:
        """Segundos de CPU desde que arrancó: los de reposo y los de su trabajo, sin pasar de su límite."""
        lived = self._clock.now - born
        worked = self._metrics.spent(pod["metadata"]["uid"], spec["name"], born).cpu
        used = self._metrics.idle_cpu(spec) * lived + worked
        limits = _limits(pod, spec)
        return min(used, float(quantity(limits["cpu"])) * lived) if "cpu" in limits else used

    def _running(self) -> Iterator[tuple[Object, Object, Object, float]]:
        """Los contenedores en marcha: su Pod, lo pedido, su estado y cuándo arrancaron."""
        for pod in self._pods:
            told = pod.get("status") or {}
            specs = {one["name"]: one
                     for one in [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]}  # fmt: skip
            for one in [*(told.get("initContainerStatuses") or ()), *(told.get("containerStatuses") or ())]:
                since = (one["state"].get("running") or {}).get("startedAt")
                if since and one["name"] in specs:
                    yield pod, specs[one["name"]], one, parse(since)


def _limits(pod: Object, spec: Object) -> dict[str, str]:
    """Los que rigen en un contenedor: el suyo o, donde calla, el de su Pod."""
    return pod_resources.own_amounts(pod, "limits") | ((spec.get("resources") or {}).get("limits") or {})


def _names(pod: Object, spec: Object) -> Labels:
    meta = pod["metadata"]
    return {"container": spec["name"], "namespace": meta["namespace"], "pod": meta["name"]}


def _identity(pod: Object, status: Object) -> Labels:
    """Lo que distingue una vida de un contenedor de la siguiente."""
    container = str(status.get("containerID", "")).rpartition("/")[2]
    return {"id": f"/kubepods/pod{pod['metadata']['uid']}/{container}", "image": status.get("image", ""),
            "name": container}  # fmt: skip
