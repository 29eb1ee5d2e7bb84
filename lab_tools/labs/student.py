"""El `Lab` de los cuadernos: una mesa de trabajo que además prepara, comprueba y da pistas.

Usa la credencial del estudiante, solo enseña las comprobaciones públicas y no pone ninguna nota que cuente.
Nada se escribe en la salida de errores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab_tools.checks.check import Check
from lab_tools.checks.report import Report, number, plain
from lab_tools.checks.result import GOOD
from lab_tools.checks.run import run
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.base import confined
from lab_tools.errors import LabError, UsageError
from lab_tools.labs import definition, handin, life, needs, shelf
from lab_tools.labs.deadline import told
from lab_tools.labs.definition import Task
from lab_tools.labs.variant import Variant, assigned, due
from lab_tools.labs.where import Cluster
from lab_tools.labs.workbench import Workbench

ANSWERS = "informe"


class Hint(str):
    """Una pista: una frase de Markdown, que un cuaderno pinta y una terminal lee sin marcas."""

    __slots__ = ()

    def __repr__(self) -> str:
        return plain(self)

    def _repr_markdown_(self) -> str:
        return str(self)


class Lab(Workbench):
    """Un laboratorio en un clúster.

    Sin `client` ni `in_process`, usa el clúster que dé quien corrige, el del contexto en uso o uno nuevo.
    `variant`: una semilla o los valores; si no se dice, la de `variant.json` o la pública.
    """

    def __init__(
        self,
        lab: str | int,
        client: Client | None = None,
        in_process: bool = False,
        variant: int | str | Mapping[str, Any] | None = None,
    ) -> None:
        mine = assigned() if variant is None else variant
        self._due = due() if variant is None else None
        self.definition = definition.load(shelf.folder(str(lab)), mine, hidden=False)
        if client is not None:
            cluster = Cluster(client.connection.name, client.connection)
        elif in_process:
            cluster = Cluster.in_process(self.definition.nodes)
        else:
            cluster = Cluster.find(self.definition.nodes, self.definition.speed)
        if place := confined(cluster.connection):  # el namespace lo da la escuela, y no la variante
            self.definition = definition.within(self.definition, place, hidden=False)
        super().__init__(cluster, self.definition.namespace)
        self._hints_seen: dict[str, int] = {}
        self.left: list[str] = []

    def __repr__(self) -> str:
        return f"Laboratorio {self.definition.slug} en el clúster «{self.cluster.name}»"

    @property
    def variant(self) -> Variant:
        """Tu encargo: nombres y números."""
        return self.definition.variant

    # --- la vida del laboratorio --------------------------------------------------------------------------

    def start(self) -> Variant:
        """Prepara el clúster, si no lo está ya, y enseña tu encargo. Lo que hayas hecho no se toca."""
        if not life.is_ready(self.definition, self.client):
            needs.demand(self.definition, self.client)
            handin.mark(self.client, "start", self.definition.slug)
            life.start(self.definition, self.client)
            handin.mark(self.client, "ready", self.definition.slug)
        return self.variant

    def reset(self) -> Variant:
        """Vuelve a empezar: borra tu namespace y lo prepara de nuevo. No se puede deshacer.

        Un namespace prestado no se borra: se quita lo creado desde aquí, y lo que quede de otros se ve en `left`.
        """
        needs.demand(self.definition, self.client)
        self.left = life.clear(self.definition, self.client)
        self.start()
        self._hints_seen.clear()
        return self.variant

    # --- comprobar ----------------------------------------------------------------------------------------

    def check(self, task: str | int | None = None) -> Report:
        """Comprueba un ejercicio, o todos: qué esperaba, qué encontró, por qué importa y dónde leer.

        `InfrastructureError` si el clúster no contesta.
        """
        self._demand_ready()
        tasks = self.definition.tasks if task is None else (self.definition.task(str(task)),)
        for one in tasks:
            handin.mark(self.client, "cell", one.cell_id)
        checks = [check for one in tasks for check in one.checks]
        title = self.definition.title if task is None else tasks[0].title
        results = run(checks, Snapshot(self.client, self.namespace))
        met = {result.id for result in results if result.state == GOOD}
        for one in tasks:
            if all(check.id in met for check in one.checks):
                handin.mark(self.client, "solved", one.cell_id)
        return Report(results, title, notes=self._notes(tasks))

    def _demand_ready(self) -> None:
        if not life.is_ready(self.definition, self.client):
            raise LabError(
                "El laboratorio aún no está preparado.",
                f"Prepáralo con lab.start() o, en una terminal: orquesta lab start {self.definition.slug}",
            )

    def _notes(self, tasks: Sequence[Task]) -> list[str]:
        """Lo que el informe no cuenta: los puntos de las reservadas, y el plazo."""
        left = round(sum(task.reserved for task in tasks), 2)
        others = f"Otros {number(left)} puntos" if left != 1 else "Un punto más"
        gives = "los dan" if left != 1 else "lo dan"
        hidden = [f"{others} {gives} comprobaciones reservadas, que solo pasa quien corrige."] if left > 0 else []
        return [*hidden, *([told(self._due)] if self._due else [])]

    def hint(self, check: str, n: int | None = None) -> Hint:
        """La pista `n` (1, 2 o 3) de una comprobación; sin `n`, la siguiente que no has visto."""
        found = self._check(check)
        n = min(self._hints_seen.get(found.id, 0) + 1, 3) if n is None else n
        if n not in (1, 2, 3):
            raise UsageError(f"No hay pista {n}.", "Hay tres: 1 dice dónde mirar, 2 qué comparar y 3 casi lo dice.")
        self._hints_seen[found.id] = max(n, self._hints_seen.get(found.id, 0))
        handin.mark(self.client, "hint", found.id)
        return Hint(found.hints[n - 1])

    def _check(self, name: object) -> Check:
        wanted = str(name).lower()
        for check in self.definition.checks:
            if wanted in (check.id.lower(), check.id.lower().partition("-")[2]):
                return check
        known = ", ".join(check.id for check in self.definition.checks)
        raise UsageError(f"No hay ninguna comprobación «{name}».", f"Las que hay: {known}.")

    def submit(self, folder: str | Path = ".") -> Path:
        """Guarda junto al cuaderno el registro de lo que has hecho, y dice dónde. Entrega los dos."""
        return handin.save(self.client, self.definition.slug, Path(folder))

    # --- contestar ----------------------------------------------------------------------------------------

    def report(self, **answers: object) -> dict[str, str]:
        """Anota respuestas en tu informe, que es el ConfigMap `informe`, y lo devuelve entero."""
        data = {key: str(value) for key, value in answers.items()}
        if not data:
            raise UsageError("No has dicho ninguna respuesta.", "Di su nombre y su valor: lab.report(causa=…).")
        self._demand_ready()
        if self.client.find("configmaps", ANSWERS) is None:
            self.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": ANSWERS}, "data": data})
        else:
            self.client.patch("configmaps", ANSWERS, {"data": data})
        return dict(self.client.get("configmaps", ANSWERS)["data"])
