"""Seguir un rollout: qué Pods había de cada versión, instante a instante, hasta que termina."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.client import Client
from lab_tools.errors import ClusterError
from lab_tools.objects.selector import LabelSelector
from lab_tools.widgets.picture import Picture
from lab_tools.widgets.state import ALL, ENDING, READY
from lab_tools.widgets.view import PodView, View, look

TIMEOUT = 120.0
STEP = 0.1
# Un Pod que se despide sigue en la lista de su Service un momento: lo que tardan el EndpointSlice y, en un clúster
# real, los proxies de los nodos (https://kubernetes.io/docs/reference/networking/virtual-ips/#iptables-proxy-mode).
NEWS = 1.0
_MARKS = {"ready": "●", "ending": "↓", "failing": "▲"}
_OTHER = "○"
LEGEND = "● listo · ○ arrancando · ▲ con un fallo · ↓ apagándose"


@dataclass(frozen=True)
class Step:
    """Lo que había a los `seconds` segundos de empezar a mirar."""

    seconds: float
    view: View


class Trace:
    """Los pasos de un rollout, uno por cada cambio. En un cuaderno se pinta como tabla."""

    def __init__(self, deployment: str, steps: list[Step]) -> None:
        self.deployment = deployment
        self.steps = steps

    @property
    def seconds(self) -> float:
        """Lo que duró, en segundos del clúster."""
        return self.steps[-1].seconds

    @property
    def fewest_ready(self) -> int:
        """Los menos Pods listos que hubo a la vez."""
        return min(sum(pod.state is READY for pod in self._pods(step)) for step in self.steps)

    @property
    def most_pods(self) -> int:
        """Los más Pods que hubo a la vez, sin contar los que se apagan (Kubernetes tampoco los cuenta)."""
        return max(sum(pod.state is not ENDING for pod in self._pods(step)) for step in self.steps)

    def halfway(self) -> Picture:
        """El mapa del instante en que más versiones convivían; a igualdad, el primero."""
        return Picture(max(self.steps, key=self._mixture).view)

    def text(self) -> str:
        """La tabla como texto."""
        images = self._images()
        width = max((len(image) for image in images), default=0) + 2
        lines = [("segundo  " + "".join(image.ljust(width) for image in images)).rstrip()]
        for step in self.steps:
            marks = "".join(self._marks(step, image).ljust(width) for image in images)
            lines.append(f"{_decimal(step.seconds):>7}  {marks}".rstrip())
        return "\n".join([*lines, "", LEGEND])

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        images = self._images()
        head = "".join(f'<th scope="col" style="text-align:left">{escape(image)}</th>' for image in images)
        rows = "".join(
            f'<tr><th scope="row" style="text-align:right;font-weight:400">{_decimal(step.seconds)} s</th>'
            + "".join(self._cell(step, image) for image in images)
            + "</tr>"
            for step in self.steps
        )
        return (
            f"<p><b>Deployment {escape(self.deployment)}</b>, instante a instante. {LEGEND}</p>"
            f'<table class="orquesta-rollout"><thead><tr><th scope="col">Segundo</th>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )

    def _cell(self, step: Step, image: str) -> str:
        pods = [pod for pod in self._pods(step) if pod.image == image]
        spoken = ", ".join(f"{pod.suffix} {pod.state.word}" for pod in pods) or "ningún Pod"
        marks = self._marks(step, image) or "—"
        return (
            '<td style="text-align:left;font-family:monospace;letter-spacing:.15em">'
            f'<span role="img" aria-label="{escape(spoken)}" title="{escape(spoken)}">{marks}</span></td>'
        )

    def _marks(self, step: Step, image: str) -> str:
        pods = [pod for pod in self._pods(step) if pod.image == image]
        ordered = sorted(pods, key=lambda pod: ALL.index(pod.state))
        return "".join(_MARKS.get(pod.state.key, _OTHER) for pod in ordered)

    def _pods(self, step: Step) -> list[PodView]:
        return [pod for pod in step.view.pods if pod.owner == self.deployment]

    def _images(self) -> list[str]:
        return list(dict.fromkeys(pod.image for step in self.steps for pod in self._pods(step)))

    def _mixture(self, step: Step) -> tuple[int, int]:
        pods = [pod for pod in self._pods(step) if pod.state is not ENDING]
        counts = [sum(pod.image == image for pod in pods) for image in self._images()]
        return sum(count > 0 for count in counts), min(counts, default=0)


def follow(client: Client, deployment: str, timeout: float = TIMEOUT) -> Trace:
    """Mira un Deployment hasta que tenga listas todas sus réplicas, y solo esas, y la red lo sepa.

    Lanza ClusterError si no llega en `timeout` segundos del clúster.
    """
    start = client.elapsed()
    steps: list[Step] = []
    while True:
        done = is_available(client, deployment)
        seconds, view = client.elapsed() - start, look(Snapshot(client))
        if not steps or view != steps[-1].view:
            steps.append(Step(seconds, view))
        if done:
            client.wait(NEWS)
            return Trace(deployment, steps)
        if seconds >= timeout:
            raise ClusterError(
                f"El rollout de «{deployment}» no terminó en {timeout:g} s.",
                f"Mira qué lo frena con: kubectl describe deployment {deployment}",
            )
        client.wait(STEP)


def wait_available(client: Client, deployment: str, timeout: float = TIMEOUT) -> None:
    """Lo mismo que `follow`, sin apuntar nada por el camino."""
    client.wait_for(
        lambda: is_available(client, deployment), timeout, f"deployment/{deployment} tuviera listas todas sus réplicas"
    )
    client.wait(NEWS)


def is_available(client: Client, deployment: str) -> bool:
    """El Deployment tiene listas todas las réplicas que pide, todas de su versión vigente, y ninguna más.

    Se mira lo que dice su `status` y también sus Pods: al `status` lo pone al día un controlador, y recién borrado o
    apartado un Pod cuenta todavía lo de antes.
    """
    found = client.get("deployments", deployment)
    wanted, status = found["spec"].get("replicas", 1), found.get("status") or {}
    seen = status.get("observedGeneration", 0) >= found["metadata"].get("generation", 1)
    counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    if not seen or counts != [wanted] * 3:
        return False
    chosen = client.list("pods", labels=str(LabelSelector.from_object(found["spec"]["selector"])))
    return bool(sum(map(is_ready, chosen)) >= wanted)


def _decimal(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
