"""Lo que cuesta crecer: de 10 nodos y 100 Pods a 1 000 y 10 000, y un solo ReplicaSet de 50 Pods a 5 000, en proceso.

Un paso compara los mismos Pods en un mundo grande y en diez diez veces menores: diez veces los segundos de CPU del
grande entre los de los diez pequeños. Cuesta trece lo que crece algo más que sus Pods; si costara lo mismo, diez. La
regla es una para los dos lados: cada vez en un proceso recién abierto, donde un mundo mínimo, que no cuenta, paga lo
que se paga una vez; cinco pequeños antes del grande y cinco después, para que lo que cambie la máquina mientras tanto
les toque a todos; y de varias rondas, la mediana. Se cuenta CPU y no pared: lo que hagan los vecinos no es coste suyo.
"""

from __future__ import annotations

import gc
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.figure import Figure

SIZES = (10, 100, 1000)
SETS = (50, 500, 5000)
PODS_A_NODE, PODS_A_DEPLOYMENT = 10, 100
ROUNDS = 3
# Diez veces más ha de costar como mucho trece.
_STEP, _TENFOLD = 13.0, 10
# El mundo mínimo que se hace antes, sin contarlo.
_LEAST = 10


def measure() -> list[Figure]:
    """Los segundos y la memoria del mayor, y lo que cuesta cada paso de diez en diez."""
    (first, _), (second, largest) = (_step("cluster", few) for few in SIZES[:-1])
    size = f"{SIZES[-1]} nodos y {SIZES[-1] * PODS_A_NODE} Pods"
    return [
        Figure(f"{size}, creados y planificados", min(one["seconds"] for one in largest), "s", 60.0),
        Figure(f"{size}, memoria en su peor momento", max(one["megabytes"] for one in largest), "MB", 600.0),
        Figure(f"de {SIZES[0]} nodos a {SIZES[1]}, con 10 Pods en cada uno", first, "veces", _STEP),
        Figure(f"de {SIZES[1]} nodos a {SIZES[2]}, con 10 Pods en cada uno", second, "veces", _STEP),
        # Un solo ReplicaSet: cada Pod le da varias noticias, y todas las mira el mismo controlador.
        *(Figure(f"un ReplicaSet, de {few} Pods a {many}", _step("set", few)[0], "veces", _STEP)
          for few, many in itertools.pairwise(SETS)),
    ]  # fmt: skip


def _step(what: str, few: int) -> tuple[float, list[dict[str, float]]]:
    """Cuántas veces más cuesta lo que es diez veces mayor: la mediana de las rondas. Y lo medido del mayor."""
    ratios, larges = [], []
    for _ in range(ROUNDS):
        before = _apart(what, few, _TENFOLD // 2)
        larges.append(_apart(what, few * _TENFOLD, 1))
        after = _apart(what, few, _TENFOLD - _TENFOLD // 2)
        ratios.append(_TENFOLD * larges[-1]["cpu"] / (before["cpu"] + after["cpu"]))
    return statistics.median(ratios), larges


def _apart(what: str, size: int, times: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bench_scale", what, str(size), str(times)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[1])
    found: dict[str, float] = json.loads(said.stdout)
    return found


def _repeated(what: str, size: int, times: int) -> dict[str, float]:
    """Los segundos y los segundos de CPU de hacer lo mismo `times` veces seguidas, y la memoria del proceso."""
    import resource

    prepare = {"cluster": _cluster, "set": _set}[what]
    prepare(_LEAST)()
    seconds = cpu = 0.0
    for _ in range(times):
        act = prepare(size)
        gc.collect()
        started, worked = time.perf_counter(), time.process_time()
        world = act()
        seconds, cpu = seconds + time.perf_counter() - started, cpu + time.process_time() - worked
        del act, world  # tirarlo no es crecer
    # En Linux son KiB; en macOS, bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return {"seconds": seconds, "cpu": cpu, "megabytes": megabytes}


def _cluster(nodes: int) -> Callable[[], object]:
    """Crear un clúster y sus Pods, hasta que todos tengan nodo."""
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.objects import kinds

    def act() -> object:
        cluster, pods = EmbeddedCluster(nodes), nodes * PODS_A_NODE
        placed: set[str] = set()
        cluster.api.watch(kinds.POD, lambda event: placed.add(event.object["metadata"]["name"])
                          if event.object["spec"].get("nodeName") else None)  # fmt: skip
        for number in range(pods // PODS_A_DEPLOYMENT):
            cluster.api.create(kinds.DEPLOYMENT, _deployment(f"web-{number}"), "default")
        if not cluster.clock.run_until(lambda: len(placed) >= pods, timeout=600):
            raise RuntimeError(f"solo {len(placed)} de {pods} Pods tienen nodo")
        return cluster

    return act


def _set(pods: int) -> Callable[[], object]:
    """Crear un ReplicaSet en un clúster ya hecho, con cien Pods por nodo, hasta que todos estén listos."""
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.objects import kinds

    cluster, wanted = EmbeddedCluster(max(pods // 100, 1)), _deployment("web")
    wanted["spec"]["replicas"], container = pods, wanted["spec"]["template"]["spec"]["containers"][0]
    del container["resources"]

    def ready() -> bool:
        status = cluster.api.get(kinds.REPLICASET, "default", "web").get("status") or {}
        return bool(status.get("readyReplicas", 0) == pods)

    def act() -> object:
        cluster.api.create(kinds.REPLICASET, wanted, "default")
        if not cluster.clock.run_until(ready, timeout=600):
            raise RuntimeError(f"los {pods} Pods no llegaron a estar listos")
        return cluster

    return act


def _deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    asked = {"requests": {"cpu": "100m", "memory": "64Mi"}}
    one = {"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "resources": asked}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [one]}}
    return {"metadata": {"name": name}, "spec": {"replicas": PODS_A_DEPLOYMENT, "selector": {"matchLabels": labels},
                                                 "template": template}}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(_repeated(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
