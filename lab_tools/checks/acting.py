"""Hechos que se ven actuando: qué pasa en una copia del clúster después de que quien comprueba haga algo.

Cada hecho pide su copia a la foto (`Snapshot.copy`), actúa en ella y la tira. El clúster de quien estudia sigue en la
misma revisión y con la misma historia.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab_tools.checks.actions import Action, perform
from lab_tools.checks.expect import Fact
from lab_tools.checks.finding import Finding
from lab_tools.checks.over_time import eventually
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.wording import pods, seconds
from lab_tools.errors import StatusError
from lab_tools.objects.selector import LabelSelector

STEP = 0.25
SETTLE = 120.0  # segundos del clúster que se le dan, en la copia, a lo que tenga que acabar


@contextmanager
def trying(snapshot: Snapshot, action: Action) -> Iterator[Snapshot]:
    """Una foto de una copia en la que actuar, mientras dure el `with`."""
    with snapshot.copy(action.whole) as copy:
        yield Snapshot(copy.client, copy.client.namespace, copy)


def in_copy(expected: str, look: Callable[[Snapshot], tuple[bool, str]], whole: bool = False) -> Fact:
    """Lo que `look` ve, y haga, en una copia: si se cumple y la frase que completa «Encontré …».

    Lo que la API no admita en la copia también es algo que contar.
    """

    def fact(snapshot: Snapshot) -> Finding:
        with snapshot.copy(whole) as copy:
            try:
                met, found = look(Snapshot(copy.client, copy.client.namespace, copy))
            except StatusError as error:
                if error.code not in (404, 409, 422):
                    raise
                met, found = False, f"que la API responde «{error.message}»"
        return Finding(met, expected, found)

    return fact


def after(action: Action, fact: Fact, within: float = SETTLE) -> Fact:
    """Después de la acción, el hecho llega a cumplirse antes de `within` segundos del clúster."""

    def look(snapshot: Snapshot) -> Finding:
        with trying(snapshot, action) as there:
            problem = perform(action, there)
            finding = eventually(fact, within)(there.again())
        expected = f"{finding.expected} después de {action.says}"
        if problem:
            return Finding(False, expected, problem)
        return Finding(finding.met, expected, finding.found)

    return look


def recovers(selector: str, replicas: int, action: Action, within: float) -> Fact:
    """Después de la acción vuelve a haber `replicas` Pods listos, y tarda como mucho `within` segundos del clúster.

    Antes de actuar tienen que estar todos: no hay recuperación sin caída.
    """

    def look(snapshot: Snapshot) -> Finding:
        expected = f"{pods(replicas, 'listo')} de `{selector}` antes de {seconds(within)} después de {action.says}"
        with trying(snapshot, action) as there:
            before = _ready(there, selector)
            if len(before) < replicas:
                return Finding(False, expected, f"{pods(len(before), 'listo')} ya antes de actuar")
            start = there.client.elapsed()
            if problem := perform(action, there):
                return Finding(False, expected, problem)
            fell, now = False, there.again()
            while (took := now.client.elapsed() - start) <= within + STEP:
                ready = _ready(now, selector)
                fell = fell or bool(before - ready)
                if fell and len(ready) >= replicas:
                    return Finding(took <= within, expected, f"{pods(len(ready), 'listo')} a los {seconds(took)}")
                now = now.later(STEP)
            found = f"{pods(len(_ready(now, selector)), 'listo')} a los {seconds(within)}{_refused(now, selector)}"
        return Finding(False, expected, found if fell else "que no se perdió ningún Pod")

    return look


def never_fewer(selector: str, least: int, action: Action, settled: Fact, within: float = SETTLE) -> Fact:
    """Mientras dura la acción, hasta que `settled` se cumple, hay siempre al menos `least` Pods listos."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"siempre al menos {pods(least, 'listo')} de `{selector}` al {action.says}"
        with trying(snapshot, action) as there:
            fewest = len(_ready(there, selector))
            if fewest < least:
                return Finding(False, expected, f"{pods(fewest, 'listo')} ya antes de actuar")
            start = there.client.elapsed()
            if problem := perform(action, there):
                return Finding(False, expected, problem)
            now = there.later(STEP)
            while (done := settled(now)) and not done.met and now.client.elapsed() - start < within:
                fewest = min(fewest, len(_ready(now, selector)))
                now = now.later(STEP)
            fewest = min(fewest, len(_ready(now, selector)))
        if not done.met:
            return Finding(False, expected, f"{done.found} (después de esperar {seconds(within)})")
        return Finding(fewest >= least, expected, f"{pods(fewest, 'listo')} en el peor momento")

    return look


def _refused(snapshot: Snapshot, selector: str) -> str:
    """Lo que la API contesta a quien quiere crear esos Pods, si no los admite: lo cuenta su ReplicaSet.

    Es su condición ReplicaFailure:
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
    """
    chooses = LabelSelector.parse(selector).matches
    for replicaset in snapshot.all("replicasets"):
        if chooses(replicaset["spec"].get("template", {}).get("metadata", {}).get("labels") or {}):
            for told in replicaset.get("status", {}).get("conditions") or []:
                if told["type"] == "ReplicaFailure" and told["status"] == "True" and told.get("message"):
                    return f": la API responde «{told['message']}» a quien los crea"
    return ""


def _ready(snapshot: Snapshot, selector: str) -> frozenset[str]:
    """Los uid de los Pods listos que el selector elige."""
    chooses = LabelSelector.parse(selector).matches
    return frozenset(
        pod["metadata"]["uid"]
        for pod in snapshot.all("pods")
        if chooses(pod["metadata"].get("labels") or {}) and is_ready(pod)
    )
