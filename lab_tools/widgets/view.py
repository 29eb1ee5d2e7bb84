"""Lo que un dibujo necesita saber de una foto: nodos, Pods y las generaciones de cada Deployment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab_tools.checks.rollout import Revision, revisions
from lab_tools.checks.snapshot import Snapshot, condition_of, controller, is_ready
from lab_tools.objects import Object
from lab_tools.objects.printers.pods import summary_word
from lab_tools.widgets import spending
from lab_tools.widgets.spending import Readings, Spending
from lab_tools.widgets.state import State, restarts, state_of

CURRENT, PREVIOUS, ALONE = "current", "previous", "alone"


@dataclass(frozen=True)
class PodView:
    """Un Pod. `age` dice de qué generación es: la vigente, una anterior o ninguna (no es de un Deployment)."""

    name: str
    owner: str
    node: str
    image: str
    status: str
    state: State
    age: str
    revision: int
    restarts: int

    @property
    def tag(self) -> str:
        """La etiqueta de su imagen («1.1»)."""
        return self.image.rsplit("/", 1)[-1].rpartition(":")[2]

    @property
    def suffix(self) -> str:
        """Lo que distingue a un Pod de sus hermanos: el final de su nombre."""
        return self.name.removeprefix(self.owner).rsplit("-", 1)[-1] if self.owner else ""


@dataclass(frozen=True)
class NodeView:
    """Un nodo y sus Pods, por orden de nacimiento. `spending`: lo que gasta, si alguien lo mide."""

    name: str
    ready: bool
    cordoned: bool
    pods: tuple[PodView, ...]
    spending: Spending | None = None


@dataclass(frozen=True)
class GenerationView:
    """Un ReplicaSet de un Deployment: una versión de su plantilla."""

    revision: int
    image: str
    current: bool
    pods: int
    ready: int


@dataclass(frozen=True)
class DeploymentView:
    """Un Deployment: lo que se pide y lo que hay. `kept`: revisiones guardadas que ya no tienen Pods."""

    name: str
    wanted: int
    ready: int
    generations: tuple[GenerationView, ...]
    kept: int


@dataclass(frozen=True)
class View:
    """Todo lo que se dibuja de un namespace. `waiting`: los Pods a los que nadie ha dado nodo."""

    namespace: str
    deployments: tuple[DeploymentView, ...]
    nodes: tuple[NodeView, ...]
    waiting: tuple[PodView, ...]

    @property
    def pods(self) -> tuple[PodView, ...]:
        """Todos los Pods: por nodos, y al final los que esperan uno."""
        return (*(pod for node in self.nodes for pod in node.pods), *self.waiting)


def look(snapshot: Snapshot, measured: Readings | None = None) -> View:
    """La vista de una foto, con lo que se ha medido de sus nodos."""
    histories = [(one, revisions(snapshot, one["metadata"]["name"])) for one in snapshot.all("deployments")]
    births = _births(histories)
    # Por orden de nacimiento: el que llega se pone al final, y los demás no se mueven de sitio.
    in_order = sorted(snapshot.all("pods"), key=lambda pod: (pod["metadata"]["creationTimestamp"], _name(pod)))
    pods = [_pod(pod, births.get(_name(pod))) for pod in in_order]
    nodes = snapshot.all("nodes")
    names = {node["metadata"]["name"] for node in nodes}
    return View(
        namespace=snapshot.namespace,
        deployments=tuple(_deployment(one, history) for one, history in histories),
        nodes=tuple(_node(node, pods, measured or {}) for node in nodes),
        waiting=tuple(pod for pod in pods if pod.node not in names),
    )


@dataclass(frozen=True)
class _Birth:
    """De quién es un Pod: su Deployment, la revisión de la que nació y si es la vigente."""

    deployment: str
    revision: int
    current: bool


def _births(histories: Sequence[tuple[Object, list[Revision]]]) -> dict[str, _Birth]:
    found = {}
    for deployment, history in histories:
        for revision in history:
            birth = _Birth(deployment["metadata"]["name"], revision.number, revision is history[-1])
            found.update({_name(pod): birth for pod in revision.pods})
    return found


def _pod(pod: Object, birth: _Birth | None) -> PodView:
    return PodView(
        name=pod["metadata"]["name"],
        owner=birth.deployment if birth else controller(pod).get("name", ""),
        node=pod["spec"].get("nodeName", ""),
        image=pod["spec"]["containers"][0]["image"],
        status=summary_word(pod),
        state=state_of(pod),
        age=ALONE if birth is None else CURRENT if birth.current else PREVIOUS,
        revision=birth.revision if birth else 0,
        restarts=restarts(pod),
    )


def _node(node: Object, pods: Iterable[PodView], measured: Readings) -> NodeView:
    name = node["metadata"]["name"]
    return NodeView(
        name=name,
        ready=condition_of(node, "Ready").get("status") == "True",
        cordoned=bool(node["spec"].get("unschedulable")),
        pods=tuple(pod for pod in pods if pod.node == name),
        spending=spending.of(node, measured),
    )


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def _deployment(deployment: Object, history: list[Revision]) -> DeploymentView:
    last = max((one.number for one in history), default=0)
    shown = [one for one in history if one.pods or one.number == last]
    generations = tuple(
        GenerationView(one.number, one.image, one.number == last, len(one.pods), sum(map(is_ready, one.pods)))
        for one in reversed(shown)
    )
    return DeploymentView(
        name=deployment["metadata"]["name"],
        wanted=int(deployment["spec"].get("replicas", 1)),
        ready=sum(one.ready for one in generations),
        generations=generations,
        kept=len(history) - len(shown),
    )
