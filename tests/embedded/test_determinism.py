"""La misma semilla y los mismos pasos dan la misma historia, byte a byte: en este proceso, en otro y cien veces."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds
from tests.embedded.history import print_of

ROOT = Path(__file__).resolve().parents[2]
PROCESSES, TIMES = 4, 25  # Cien en total, repartidas entre procesos.


def _elsewhere(hash_seed: str, times: int = 1) -> list[str]:
    """Las huellas de la misma historia, contada por otro proceso con otra semilla de `hash`."""
    command = [sys.executable, "-m", "tests.embedded.history", "0", str(times)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.split()


def test_the_same_seed_tells_the_same_story() -> None:
    assert print_of(0) == print_of(0)


def test_another_seed_tells_another_story() -> None:
    assert print_of(0) != print_of(1)


@pytest.mark.parametrize("hash_seed", ["1", "random"])
def test_another_process_tells_the_same_story(hash_seed: str) -> None:
    assert _elsewhere(hash_seed) == [print_of(0)]


@pytest.mark.slow
@pytest.mark.parametrize("hash_seed", range(PROCESSES))
def test_a_hundred_times_out_of_a_hundred(hash_seed: int) -> None:
    assert _elsewhere(str(hash_seed), TIMES) == [print_of(0)] * TIMES


def test_a_luck_that_comes_again_gives_the_same_uids_but_those_that_somebody_still_has() -> None:
    cluster = EmbeddedCluster(nodes=1, seed=7)

    def made(*names: str) -> list[str]:
        cluster.reseed("laboratorio")
        wanted = [{"metadata": {"name": name, "namespace": "default"}} for name in names]
        return [cluster.api.create(kinds.CONFIGMAP, one)["metadata"]["uid"] for one in wanted]

    kept, gone = made("queda", "se-va")
    cluster.api.delete(kinds.CONFIGMAP, "default", "se-va")
    other, again = made("otro", "vuelve")
    assert other != kept
    assert again == gone


def test_what_others_do_in_their_namespaces_moves_no_name_in_mine() -> None:
    def mine(*, beside_others: bool) -> list[tuple[str, str, str]]:
        cluster = EmbeddedCluster(nodes=3, seed=7)
        cluster.reseed("laboratorio")
        if beside_others:
            _shop(cluster, "suyo", replicas=5)
        _shop(cluster, "mio", replicas=3)
        cluster.clock.advance(60)
        owned = (kinds.POD, kinds.REPLICASET, kinds.SERVICE, kinds.PERSISTENTVOLUMECLAIM)
        return [
            (one["metadata"]["name"], one["metadata"]["uid"], one["spec"].get("clusterIP", ""))
            for kind in owned
            for one in cluster.api.list(kind, "mio").items
        ]

    alone = mine(beside_others=False)
    assert len(alone) == 6
    assert mine(beside_others=True) == alone


def _shop(cluster: EmbeddedCluster, namespace: str, replicas: int) -> None:
    """Un Deployment, su Service y un disco, en un espacio de nombres propio."""
    api, labels = cluster.api, {"app": "tienda"}
    api.create(kinds.NAMESPACE, {"metadata": {"name": namespace}})
    cluster.clock.advance(1)
    containers = [{"name": "principal", "image": "tienda-frontend:1.0"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    wanted = [
        (kinds.SERVICE, {"selector": labels, "ports": [{"port": 80}]}),
        (kinds.PERSISTENTVOLUMECLAIM, {**claim, "storageClassName": "standard"}),
        (kinds.DEPLOYMENT, spec),
    ]
    for kind, one in wanted:
        api.create(kind, {"metadata": {"name": "tienda", "namespace": namespace}, "spec": one})
