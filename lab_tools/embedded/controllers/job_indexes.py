"""Los índices de un Job: conjuntos escritos como «0-2,5», y qué índice lleva cada Pod. Sin efectos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
"""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.objects import Object

INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


def parse(text: str, limit: int | None = None) -> set[int]:
    """Los números de «0-2,5», sin pasar de `limit` (exclusivo)."""
    found: set[int] = set()
    for piece in filter(None, text.split(",")):
        low, _, high = piece.partition("-")
        found.update(range(int(low), int(high or low) + 1))
    return {one for one in found if limit is None or one < limit}


def text(numbers: Iterable[int]) -> str:
    """El conjunto, con los seguidos juntos: {0, 1, 2, 5} es «0-2,5», y dos seguidos, «0,1»."""
    runs: list[list[int]] = []
    for one in sorted(numbers):
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(str(one) for one in run) for run in runs)


def of(pod: Object) -> int | None:
    """El índice de un Pod, o `None`."""
    return _number(pod, INDEX)


def failures(pod: Object) -> int:
    """Cuántas veces había fallado su índice cuando nació."""
    return _number(pod, FAILURES) or 0


def ignored(pod: Object) -> int:
    """Cuántos de los fallos de su índice se pasaron por alto."""
    return _number(pod, IGNORED) or 0


def is_indexed(job: Object) -> bool:
    """Si cada Pod tiene su índice."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def _number(pod: Object, name: str) -> int | None:
    value = str((pod["metadata"].get("annotations") or {}).get(name, ""))
    return int(value) if value.isdigit() else None
