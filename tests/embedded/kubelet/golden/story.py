"""Una situación: se lee, se vive en un clúster nuevo y se cuenta."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab_tools.embedded.api.protocol import Event
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds

from .telling import Telling

FOLDER = Path(__file__).parent
NAMESPACE = "casa"

Object = dict[str, Any]


@dataclass(frozen=True)
class Situation:
    """Lo que hay antes. `watch` es el Pod que se mira; `steps`, lo que pasa y a qué segundo."""

    name: str
    about: str
    watch: str
    until: float
    objects: list[Object]
    nodes: int = 1
    steps: list[Object] = field(default_factory=list)
    recorded: str = ""

    @property
    def after(self) -> Path:
        """El archivo con la historia."""
        return FOLDER / f"{self.name}.after.yaml"


@dataclass(frozen=True)
class Lived:
    """Una situación vivida: la historia, y el Pod entero en cada cambio."""

    history: list[Object]
    pods: list[Object]
    nodes: list[str]


def every() -> list[Situation]:
    """Todas las situaciones, por nombre."""
    return [_load(path) for path in sorted(FOLDER.glob("*.before.yaml"))]


def _load(path: Path) -> Situation:
    return Situation(path.name.removesuffix(".before.yaml"), **yaml.safe_load(path.read_text(encoding="utf-8")))


def live(situation: Situation) -> Lived:
    """La vive en un clúster nuevo con la semilla cero."""
    cluster = EmbeddedCluster(nodes=situation.nodes)
    cluster.api.create(kinds.NAMESPACE, {"metadata": {"name": NAMESPACE}})
    cluster.clock.advance(1.0)
    telling, pods, start = Telling(cluster.clock.now), [], cluster.clock.now

    def on_pod(event: Event) -> None:
        if event.object["metadata"]["name"] == situation.watch:
            pods.append(event.object)
            telling.pod(cluster.clock.now, event)

    def on_event(event: Event) -> None:
        if event.type != "DELETED" and event.object["involvedObject"]["name"] == situation.watch:
            telling.event(cluster.clock.now, event.object)

    cluster.api.watch(kinds.POD, on_pod, namespace=NAMESPACE)
    cluster.api.watch(kinds.EVENT, on_event)
    for obj in situation.objects:
        _create(cluster, obj)
    for step in situation.steps:
        cluster.clock.advance_to(start + step["at"])
        for verb in step.keys() - {"at"}:
            telling.act(cluster.clock.now, verb, step[verb])
            STEPS[verb](cluster, step[verb])
    cluster.clock.advance_to(start + situation.until)
    return Lived(telling.history, pods, [node["metadata"]["name"] for node in cluster.api.list(kinds.NODE).items])


def write(situation: Situation) -> str:
    """La historia de una situación, como se guarda."""
    return yaml.safe_dump(live(situation).history, sort_keys=False, allow_unicode=True, width=150)


def _create(cluster: EmbeddedCluster, obj: Object) -> None:
    kind = kinds.named(obj["kind"])
    cluster.api.create(kind, obj, NAMESPACE if kind.namespaced else None)


def _delete(cluster: EmbeddedCluster, asked: Object) -> None:
    cluster.api.delete(kinds.POD, NAMESPACE, asked["pod"], grace=asked.get("grace"))


def _patch(cluster: EmbeddedCluster, asked: Object) -> None:
    kind = kinds.named(asked["kind"])
    namespace = NAMESPACE if kind.namespaced else None
    cluster.api.patch(kind, namespace, asked["name"], asked["with"], "strategic")


STEPS: dict[str, Callable[[EmbeddedCluster, Any], None]] = {
    "create": _create,
    "delete": _delete,
    "patch": _patch,
    "disconnect": lambda cluster, node: cluster.kubelet.disconnect(node),
    "reconnect": lambda cluster, node: cluster.kubelet.reconnect(node),
}
