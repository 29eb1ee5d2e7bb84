"""El `Lab` de los cuadernos: preparar, trabajar, medir, comprobar y pedir pistas.

Usa la credencial del estudiante, solo enseña las comprobaciones públicas y no pone ninguna nota que cuente.
Nada se escribe en la salida de errores.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_tools.checks.check import Check
from lab_tools.checks.report import Report
from lab_tools.checks.run import run
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.client import Client
from lab_tools.errors import LabError, UsageError
from lab_tools.labs import definition, life, shelf
from lab_tools.labs.variant import Variant, assigned
from lab_tools.labs.where import Cluster
from lab_tools.objects import Object
from lab_tools.traffic import Recovery, measure_recovery

ANSWERS = "informe"


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


class Lab:
    """Un laboratorio en un clúster.

    Sin `client` ni `in_process`, usa el clúster que dé quien corrige, el del contexto en uso o uno nuevo.
    `variant`: una semilla o los valores; si no se dice, la de `variant.json` o la pública.
    """

    def __init__(
        self,
        lab: str,
        client: Client | None = None,
        in_process: bool = False,
        variant: int | str | Mapping[str, Any] | None = None,
    ) -> None:
        mine = assigned() if variant is None else variant
        self.definition = definition.load(shelf.folder(lab), mine, hidden=False)
        if client is not None:
            self.cluster = Cluster(client.connection.name, client.connection)
        elif in_process:
            self.cluster = Cluster.in_process(self.definition.nodes)
        else:
            self.cluster = Cluster.find(self.definition.nodes, self.definition.speed)
        self.client = self.cluster.client.within(self.definition.namespace)
        self._hints_seen: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"Laboratorio {self.definition.slug} en el clúster «{self.cluster.name}»"

    @property
    def variant(self) -> Variant:
        """Tu encargo: nombres y números."""
        return self.definition.variant

    @property
    def namespace(self) -> str:
        """El namespace donde se trabaja."""
        return self.definition.namespace

    # --- la vida del laboratorio --------------------------------------------------------------------------

    def start(self) -> Variant:
        """Prepara el clúster, si no lo está ya, y enseña tu encargo. Lo que hayas hecho no se toca."""
        life.start(self.definition, self.client)
        return self.variant

    def reset(self) -> Variant:
        """Vuelve a empezar: borra tu namespace y lo prepara de nuevo. No se puede deshacer."""
        life.reset(self.definition, self.client)
        self._hints_seen.clear()
        return self.variant

    # --- comprobar ----------------------------------------------------------------------------------------

    def check(self, task: str | None = None) -> Report:
        """Comprueba un ejercicio, o todos: qué esperaba, qué encontró, por qué importa y dónde leer.

        `InfrastructureError` si el clúster no contesta.
        """
        if not life.is_ready(self.definition, self.client):
            raise LabError("El laboratorio aún no está preparado.", "Ejecuta antes lab.start().")
        tasks = self.definition.tasks if task is None else (self.definition.task(task),)
        checks = [check for one in tasks for check in one.checks]
        title = self.definition.title if task is None else tasks[0].title
        return Report(run(checks, Snapshot(self.client, self.namespace)), title)

    def hint(self, check: str, n: int | None = None) -> str:
        """La pista `n` (1, 2 o 3) de una comprobación; sin `n`, la siguiente que no has visto."""
        found = self._check(check)
        n = min(self._hints_seen.get(found.id, 0) + 1, 3) if n is None else n
        if n not in (1, 2, 3):
            raise UsageError(f"No hay pista {n}.", "Hay tres: 1 dice dónde mirar, 2 qué comparar y 3 casi lo dice.")
        self._hints_seen[found.id] = max(n, self._hints_seen.get(found.id, 0))
        return found.hints[n - 1]

    def _check(self, name: str) -> Check:
        for check in self.definition.checks:
            if check.id.lower() == name.lower():
                return check
        known = ", ".join(check.id for check in self.definition.checks)
        raise UsageError(f"No hay ninguna comprobación «{name}».", f"Las que hay: {known}.")

    # --- trabajar -----------------------------------------------------------------------------------------

    def kubectl(self, *args: str, stdin: str | None = None) -> Output:
        """Ejecuta kubectl en este clúster y en tu namespace, e imprime lo que diga, también si se niega.

        `stdin` es lo que lee `-f -`. Devuelve lo que salió; si kubectl se negó, también por qué.
        """
        from lab_tools.drivers import kubectl

        if self.cluster.kubeconfig is None:
            raise UsageError(
                "A este clúster, que vive dentro del cuaderno, kubectl no llega.",
                "Usa lab.client, o abre el laboratorio con un clúster servido: Lab(…) sin in_process.",
            )
        scoped = ("--namespace", self.namespace, *args)
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

    def wait_available(self, workload: str, timeout: float = 120) -> None:
        """Espera a que un Deployment («deployment/frontend») tenga listas todas sus réplicas, y solo esas."""
        name = workload.rpartition("/")[2]

        def available() -> bool:
            found = self.client.get("deployments", name)
            wanted, status = found["spec"].get("replicas", 1), found.get("status") or {}
            seen = status.get("observedGeneration", 0) >= found["metadata"].get("generation", 1)
            counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
            return bool(seen and counts == [wanted] * 3)

        self.client.wait_for(available, timeout, f"{workload} tuviera listas todas sus réplicas")

    def wait_for_status(self, selector: str, *words: str, timeout: float = 120) -> list[PodView]:
        """Espera a que algún Pod del selector esté en uno de esos estados («ErrImagePull»…) y los devuelve."""

        def found() -> list[PodView]:
            return [pod for pod in self.pods(selector) if pod.status in words]

        return self.client.wait_for(found, timeout, f"algún Pod {selector} estuviera en {' o '.join(words)}")

    def report(self, **answers: object) -> dict[str, str]:
        """Anota respuestas en tu informe, que es el ConfigMap `informe`, y lo devuelve entero."""
        data = {key: str(value) for key, value in answers.items()}
        if self.client.find("configmaps", ANSWERS) is None:
            self.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": ANSWERS}, "data": data})
        else:
            self.client.patch("configmaps", ANSWERS, {"data": data})
        return dict(self.client.get("configmaps", ANSWERS)["data"])

    def show(self) -> object:
        """El dibujo de los nodos y sus Pods; sin los dibujos instalados, una lista por nodos."""
        if importlib.util.find_spec("lab_tools.widgets") is not None:
            return importlib.import_module("lab_tools.widgets").show(self.client)
        return self.pods()


def _view(pod: Object) -> PodView:
    spec = pod["spec"]
    return PodView(
        name=pod["metadata"]["name"],
        status=status_word(pod),
        ready=is_ready(pod),
        node=spec.get("nodeName", ""),
        image=spec["containers"][0]["image"],
        uid=pod["metadata"]["uid"],
    )


def status_word(pod: Object) -> str:
    """La palabra de la columna STATUS de kubectl: el motivo por el que espera o terminó, o la fase."""
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    status = pod.get("status") or {}
    for container in status.get("containerStatuses") or []:
        state = container.get("state") or {}
        reason = (state.get("waiting") or state.get("terminated") or {}).get("reason")
        if reason:
            return str(reason)
    return str(status.get("reason") or status.get("phase", "Unknown"))
