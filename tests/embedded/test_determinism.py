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
