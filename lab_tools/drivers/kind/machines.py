"""Los nodos de kind, como máquinas: apagarlos, congelarlos, desenchufarlos, pararles el kubelet, y medirlos.

Se habla con el motor por su SDK, y lo que está roto se lee siempre en los contenedores: aunque otro lo cambie a mano,
lo que se cuenta es verdad. Un nodo apagado muere de golpe, como al que le quitan la corriente.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab_tools import engine
from lab_tools.drivers.kind import nodes, program
from lab_tools.drivers.machines import FROZEN, KUBELET_STOPPED, NODE_OFF, UNPLUGGED, Usage
from lab_tools.errors import ClusterError, UsageError

# Donde kind apunta la dirección con que arrancó un nodo, para reescribirla si al arrancar es otra.
_OLD_ADDRESS = "/kind/old-ipv4"
_KUBELET = ("systemctl", "{verb}", "kubelet")


def network() -> str:
    """La red que une los nodos de todos los clústeres de kind de esta máquina."""
    return os.environ.get("KIND_EXPERIMENTAL_DOCKER_NETWORK") or "kind"


class KindMachines:
    """Las máquinas de un clúster de kind."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster

    def inject(self, kind: str, node: str) -> str:
        """Estropea un nodo y devuelve el nombre de la avería. Lanza UsageError si no hay tal nodo o ya está así."""
        with engine.open_() as client:
            found = self._containers(client)
            if node not in found:
                raise UsageError(f"El clúster «{self._cluster}» no tiene el nodo «{node}».",
                                 f"Tiene: {', '.join(found)}.")  # fmt: skip
            now = _broken(found[node])
            if now:
                raise UsageError(f"El nodo «{node}» ya tiene la avería «{now}».",
                                 f"Repárala antes con: orquesta fault heal {_name(now, node)}")  # fmt: skip
            _BREAK[kind](found[node])
        return _name(kind, node)

    def active(self) -> list[dict[str, Any]]:
        """Las averías en vigor, por nodo. De las que el motor no apunta cuándo empezaron, `since` es ""."""
        with engine.open_() as client:
            found = [(one, _broken(one)) for one in self._containers(client).values()]
            return [
                {"name": _name(kind, one.name), "kind": kind, "since": _since(kind, one), "node": one.name}
                for one, kind in found
                if kind
            ]

    def heal(self, name: str = "") -> list[str]:
        """Repara la que se nombra, o todas; devuelve sus nombres. Lanza UsageError si no está en vigor."""
        with engine.open_() as client:
            found = [(_name(kind, one.name), kind, one) for one in self._containers(client).values()
                     if (kind := _broken(one))]  # fmt: skip
            wanted = [row for row in found if name in ("", row[0])]
            if name and not wanted:
                raise UsageError(f"No hay ninguna avería en vigor que se llame «{name}».",
                                 "Mira las que hay con: orquesta fault list")  # fmt: skip
            for _, kind, one in wanted:
                _MEND[kind](one)
            return [row[0] for row in wanted]

    def usage(self) -> list[Usage]:
        """Lo que gasta ahora cada nodo en marcha. El motor tarda uno o dos segundos en medirlos, todos a la vez."""
        with engine.open_() as client:
            running = [one for one in self._containers(client).values() if one.status == "running"]
            if not running:
                return []
            with ThreadPoolExecutor(len(running)) as crew:
                stats = list(crew.map(lambda one: one.stats(stream=False), running))
        return [measured(one.name, stat) for one, stat in zip(running, stats, strict=True)]

    def _containers(self, client: Any) -> dict[str, Any]:
        if program.provider() != "docker":
            raise ClusterError(f"Los nodos corren en {program.provider()}, y sus averías solo se hacen en Docker.",
                               "Hazlo a mano con las órdenes de ese motor.")  # fmt: skip
        label = f"{nodes.CLUSTER_LABEL}={self._cluster}"
        found = client.containers.list(all=True, filters={"label": label})
        wanted = [one for one in found if one.labels.get(nodes.ROLE_LABEL) in (nodes.CONTROL_PLANE, "worker")]
        if not wanted:
            raise ClusterError(f"El motor no tiene los nodos del clúster «{self._cluster}».",
                               f"Mira cómo está con: orquesta cluster status {self._cluster}")  # fmt: skip
        return {one.name: one for one in sorted(wanted, key=lambda one: str(one.name))}


def measured(node: str, stats: dict[str, Any]) -> Usage:
    """Lo que gasta un nodo, con las cuentas de `docker stats`: la memoria va sin la caché que se puede soltar.

    Fuente: https://docs.docker.com/reference/cli/docker/container/stats/
    """
    now, before = stats["cpu_stats"], stats["precpu_stats"]
    spent = now["cpu_usage"]["total_usage"] - before.get("cpu_usage", {}).get("total_usage", 0)
    passed = now.get("system_cpu_usage", 0) - before.get("system_cpu_usage", 0)
    cores = int(now.get("online_cpus") or len(now["cpu_usage"].get("percpu_usage") or [0]))
    memory = stats.get("memory_stats", {})
    details = memory.get("stats", {})
    cache = int(details.get("total_inactive_file", details.get("inactive_file", 0)))  # cgroup v1, o v2
    used = int(memory.get("usage", 0))
    return Usage(node, round(max(spent, 0) / passed * cores, 3) if passed > 0 else 0.0,
                 used - cache if cache < used else used, int(memory.get("limit", 0)))  # fmt: skip


def _name(kind: str, node: str) -> str:
    return f"{kind}-{node}"


def _broken(one: Any) -> str:
    """La avería que tiene un nodo, o ""."""
    if one.status == "paused":
        return FROZEN
    if one.status != "running":
        return NODE_OFF
    if network() not in one.attrs["NetworkSettings"]["Networks"]:
        return UNPLUGGED
    # 3: lo que `systemctl is-active` contesta de un servicio parado; otra cosa no es una avería nuestra.
    return KUBELET_STOPPED if _kubelet(one, "is-active") == 3 else ""


def _since(kind: str, one: Any) -> str:
    return str(one.attrs["State"].get("FinishedAt") or "").partition(".")[0] if kind == NODE_OFF else ""


def _kubelet(one: Any, verb: str) -> int:
    return int(one.exec_run([word.format(verb=verb) for word in _KUBELET]).exit_code)


def _stop_kubelet(one: Any) -> None:
    if _kubelet(one, "stop"):
        raise ClusterError(f"El kubelet del nodo «{one.name}» no se deja parar.",
                           f"Míralo con: docker exec {one.name} systemctl status kubelet")  # fmt: skip


def _unplug(one: Any) -> None:
    one.client.networks.get(network()).disconnect(one)


def _plug(one: Any) -> None:
    """Lo enchufa. Si el motor le da otra dirección, lo reinicia: al arrancar, kind la reescribe donde hace falta."""
    one.client.networks.get(network()).connect(one)
    one.reload()
    address = one.attrs["NetworkSettings"]["Networks"][network()]["IPAddress"]
    code, said = one.exec_run(["cat", _OLD_ADDRESS])
    if code == 0 and said.decode().strip() not in ("", address):
        one.restart(timeout=10)


_BREAK: dict[str, Callable[[Any], object]] = {
    NODE_OFF: lambda one: one.kill(),
    FROZEN: lambda one: one.pause(),
    UNPLUGGED: _unplug,
    KUBELET_STOPPED: _stop_kubelet,
}
_MEND: dict[str, Callable[[Any], object]] = {
    NODE_OFF: lambda one: one.start(),
    FROZEN: lambda one: one.unpause(),
    UNPLUGGED: _plug,
    KUBELET_STOPPED: lambda one: _kubelet(one, "start"),
}
