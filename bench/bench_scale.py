"""Lo que cuesta crecer: de 10 nodos y 100 Pods a 1 000 y 10 000, y un solo ReplicaSet de 50 Pods a 5 000, en proceso.

Cada tamaño corre en un proceso propio, para que su memoria sea solo suya, y dos veces, para quedarse con la mejor. El
cociente entre dos tamaños es de segundos de CPU: lo demás que haga la máquina no cuenta.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.figure import Figure

SIZES = (10, 100, 1000)
SETS = (50, 500, 5000)
PODS_A_NODE, PODS_A_DEPLOYMENT = 10, 100
ROUNDS = 2
# Diez veces más ha de costar como mucho trece.
_STEP = 13.0


def measure() -> list[Figure]:
    """Los segundos y la memoria del mayor, y lo que cuesta cada paso de diez en diez."""
    found = {nodes: min((_apart(nodes) for _ in range(ROUNDS)), key=lambda one: one["cpu"]) for nodes in SIZES}
    small, medium, large = (found[nodes] for nodes in SIZES)
    size = f"{SIZES[-1]} nodos y {SIZES[-1] * PODS_A_NODE} Pods"
    return [
        Figure(f"{size}, creados y planificados", large["seconds"], "s", 60.0),
        Figure(f"{size}, memoria del proceso en su peor momento", large["megabytes"], "MB", 600.0),
        Figure("de 10 nodos a 100, con 10 Pods en cada uno", medium["cpu"] / small["cpu"], "veces", _STEP),
        Figure("de 100 nodos a 1000, con 10 Pods en cada uno", large["cpu"] / medium["cpu"], "veces", _STEP),
        *_one_set(),
    ]


def _one_set() -> list[Figure]:
    """Un solo ReplicaSet: cada Pod le da varias noticias, y todas las mira el mismo controlador."""
    cpu = {pods: min(_apart(pods, "set")["cpu"] for _ in range(ROUNDS)) for pods in SETS}
    return [Figure(f"un ReplicaSet, de {few} Pods a {many}", cpu[many] / cpu[few], "veces", _STEP)
            for few, many in itertools.pairwise(SETS)]  # fmt: skip


def _apart(size: int, what: str = "cluster") -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bench_scale", what, str(size)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[1])
    found: dict[str, float] = json.loads(said.stdout)
    return found


def _grow(nodes: int) -> dict[str, float]:
    """Crea el clúster y sus Pods y espera a que todos tengan nodo. `cpu` y `seconds` no cuentan las importaciones."""
    import resource

    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.objects import kinds

    EmbeddedCluster(1)
    started, worked = time.perf_counter(), time.process_time()
    cluster, pods = EmbeddedCluster(nodes), nodes * PODS_A_NODE
    placed: set[str] = set()
    cluster.api.watch(kinds.POD, lambda event: placed.add(event.object["metadata"]["name"])
                      if event.object["spec"].get("nodeName") else None)  # fmt: skip
    for number in range(pods // PODS_A_DEPLOYMENT):
        cluster.api.create(kinds.DEPLOYMENT, _deployment(f"web-{number}"), "default")
    if not cluster.clock.run_until(lambda: len(placed) >= pods, timeout=600):
        raise RuntimeError(f"solo {len(placed)} de {pods} Pods tienen nodo")
    # En Linux son KiB; en macOS, bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": time.perf_counter() - started, "cpu": time.process_time() - worked,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6}  # fmt: skip


def _raise_set(pods: int) -> dict[str, float]:
    """Los segundos de CPU de un ReplicaSet. Antes se hace uno pequeño, que paga lo que solo se paga una vez."""
    _raised(10)
    return {"cpu": _raised(pods)}


def _raised(pods: int) -> float:
    """Crea un ReplicaSet con cien Pods por nodo y espera a que todos estén listos."""
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.objects import kinds

    cluster = EmbeddedCluster(max(pods // 100, 1))
    wanted = _deployment("web")
    wanted["spec"]["replicas"], container = pods, wanted["spec"]["template"]["spec"]["containers"][0]
    del container["resources"]

    def ready() -> bool:
        status = cluster.api.get(kinds.REPLICASET, "default", "web").get("status") or {}
        return bool(status.get("readyReplicas", 0) == pods)

    worked = time.process_time()
    cluster.api.create(kinds.REPLICASET, wanted, "default")
    if not cluster.clock.run_until(ready, timeout=600):
        raise RuntimeError(f"los {pods} Pods no llegaron a estar listos")
    return time.process_time() - worked


def _deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    asked = {"requests": {"cpu": "100m", "memory": "64Mi"}}
    one = {"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "resources": asked}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [one]}}
    return {"metadata": {"name": name}, "spec": {"replicas": PODS_A_DEPLOYMENT, "selector": {"matchLabels": labels},
                                                 "template": template}}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps({"cluster": _grow, "set": _raise_set}[sys.argv[1]](int(sys.argv[2]))))
