"""La mesa de trabajo: lo que un cuaderno puede hacer en un clúster, sea una lección o un laboratorio.

Todo pasa por la ventana (`client`) o por kubectl, y nada se escribe en la salida de errores.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lab_tools import faults, traffic
from lab_tools.checks.snapshot import is_ready
from lab_tools.errors import ClusterError, UnknownNameError, UsageError
from lab_tools.labs.reach import Reach, measure_reach
from lab_tools.labs.trace import Trace, follow, wait_available
from lab_tools.labs.where import Cluster
from lab_tools.objects import Object
from lab_tools.objects.printers.pods import summary_word
from lab_tools.traffic import Load, Recovery, Response, measure_recovery


@dataclass(frozen=True)
class PodView:
    """Lo que interesa de un Pod en un cuaderno. `status` es la palabra que enseña `kubectl get pods`."""

    name: str
    status: str
    ready: bool
    node: str
    image: str
    uid: str

    def __repr__(self) -> str:
        return f"{'✔' if self.ready else '✘'} {self.name}  {self.status}  {self.node or '(sin nodo)'}  {self.image}"


class Output(str):
    """Lo que dijo kubectl. Ya se imprimió: el cuaderno no lo repite al final de la celda."""

    __slots__ = ()

    def _ipython_display_(self) -> None:
        return None


class Workbench:
    """Un clúster y un namespace en los que se trabaja."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.client = cluster.client.within(namespace)

    if not TYPE_CHECKING:  # mypy ya sabe qué nombres hay

        def __getattr__(self, name: str) -> NoReturn:
            """Solo se llega aquí con un nombre que no existe."""
            raise AttributeError(name) if name.startswith("_") else UnknownNameError(self, name)

    @property
    def namespace(self) -> str:
        """El namespace donde se trabaja."""
        return self.client.namespace

    def kubectl(self, *args: str, stdin: str | None = None) -> Output:
        """Ejecuta kubectl en este clúster y en tu namespace, e imprime lo que diga, también si se niega.

        Vale palabra a palabra o todo en un texto: `kubectl("get pods")`. `stdin` es lo que lee `-f -`. Devuelve lo
        que salió; si kubectl se negó, también por qué.
        """
        from lab_tools.drivers import kubectl

        if self.cluster.kubeconfig is None:
            raise UsageError(
                "A este clúster, que vive dentro del cuaderno, kubectl no llega.",
                "Usa lab.client, o abre el laboratorio con un clúster servido: Lab(…) sin in_process.",
            )
        if not Path(self.cluster.kubeconfig).exists():
            raise ClusterError(
                f"El clúster «{self.cluster.name}» ya no existe.",
                "Ejecuta el cuaderno desde la primera celda y tendrás otro.",
            )
        words = shlex.split(args[0]) if len(args) == 1 else args
        # Tras la orden y no antes: delante, kubectl tomaría una mal escrita por un complemento y hablaría de otra cosa.
        first = 0 if words and words[0].startswith("-") else 1
        scoped = (*words[:first], "--namespace", self.namespace, *words[first:])
        result = kubectl.kubectl(scoped, self.cluster.kubeconfig, stdin=stdin, check=False)
        said = (result.out + result.err).rstrip("\n")
        if said:
            print(said)
        return Output(result.out.rstrip("\n") if result.ok else said)

    def apply(self, manifest: Object | str | Path) -> list[str]:
        """Aplica un manifiesto (un objeto, un texto YAML o un archivo) y dice qué objetos son."""
        objects = self.client.apply([manifest] if isinstance(manifest, dict) else manifest)
        return [f"{obj['kind'].lower()}/{obj['metadata']['name']}" for obj in objects]

    def pods(self, selector: str | None = None) -> list[PodView]:
        """Los Pods de tu namespace que elige un selector («app=frontend»), por su nombre."""
        return [_view(pod) for pod in self.client.list("pods", labels=selector)]

    def measure_recovery(self, workload: str) -> AbstractContextManager[Recovery]:
        """Mide, en segundos del clúster, lo que tarda en recuperarse de lo que hagas dentro del `with`."""
        return measure_recovery(self.client, workload)

    def request(self, url: str, from_: str | None = None, **how: Any) -> Response:
        """Hace una petición («http://api/pedidos») desde un Pod («deployment/frontend»), o desde fuera."""
        return traffic.request(self.client, url, from_, **how)

    def reach(self, callers: Sequence[str], targets: Sequence[str]) -> Reach:
        """La tabla de quién llega a quién: cada Deployment de `callers` llama a cada Service de `targets`."""
        return measure_reach(self.client, callers, targets)

    def load(self, url: str, rps: traffic.Rate, seconds: float | None = None, from_: str | None = None,
             **how: Any) -> Load:  # fmt: skip
        """Manda `rps` peticiones por segundo (o escalones) durante `seconds` segundos del clúster; cuenta qué pasó."""
        return traffic.load(self.client, url, rps, seconds, from_, **how)

    def during(self, url: str, rps: float, from_: str | None = None, **how: Any) -> AbstractContextManager[Load]:
        """Manda peticiones mientras dure el `with`: lo que hagas dentro se verá en ellas."""
        return traffic.during(self.client, url, rps, from_, **how)

    def fault(self, kind: str, **options: Any) -> str:
        """Provoca una avería (`fault("node-off", node="node-2")`) y cuenta qué ha hecho. Son las de `faults`."""
        return faults.inject(self.client, {"kind": kind, **options})

    def heal(self, name: str = "") -> list[str]:
        """Repara la avería que se llama así; sin nombre, todas las que estén en vigor. Devuelve sus nombres."""
        return faults.heal(self.client, name)

    @contextmanager
    def rehearse(self) -> Iterator[Workbench]:
        """Una copia del clúster donde ensayar, mientras dure el `with`: ahí se puede averiar todo, y esperar no cuesta.

        Al original no le pasa nada. `ClusterError` si este clúster no sabe copiarse.
        """
        with self.client.fork() as copy:
            yield Workbench(Cluster(copy.connection.name, copy.connection), self.namespace)

    def wait_available(self, workload: str, timeout: float = 120) -> None:
        """Espera a que un Deployment («deployment/frontend») tenga listas todas sus réplicas, y solo esas.

        Y a que la red lo sepa: lo que pidas después ya no llega a ningún Pod de los de antes.
        """
        wait_available(self.client, workload.rpartition("/")[2], timeout)

    def follow(self, workload: str, timeout: float = 120) -> Trace:
        """Sigue un rollout («deployment/frontend») hasta que termina: qué Pods había de cada versión, y cuándo."""
        return follow(self.client, workload.rpartition("/")[2], timeout)

    def wait_for_status(self, selector: str, *words: str, timeout: float = 120) -> list[PodView]:
        """Espera a que algún Pod del selector esté en uno de esos estados («ErrImagePull»…) y los devuelve."""

        def found() -> list[PodView]:
            return [pod for pod in self.pods(selector) if pod.status in words]

        return self.client.wait_for(found, timeout, f"algún Pod {selector} estuviera en {' o '.join(words)}")

    def show(self, live: bool = True) -> object:
        """El mapa de los nodos y sus Pods: vivo, o con `live=False` la imagen fija de este instante."""
        from lab_tools import widgets

        return widgets.show(self.client, live)

    def controls(self, deployment: str, images: Sequence[str] = ()) -> object:
        """Controles para mover un Deployment: réplicas, imagen (las de `images`) y velocidad del clúster."""
        from lab_tools.widgets.controls import Controls

        return Controls(self.client, deployment, images)


def _view(pod: Object) -> PodView:
    spec = pod["spec"]
    return PodView(
        name=pod["metadata"]["name"],
        status=summary_word(pod),
        ready=is_ready(pod),
        node=spec.get("nodeName", ""),
        image=spec["containers"][0]["image"],
        uid=pod["metadata"]["uid"],
    )
