"""Hechos sobre un Deployment: sus Pods, sus revisiones y lo que aguantó mientras cambiaba de versión."""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.checks.expect import Fact, Finding
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.wording import pods
from lab_tools.objects import Object

REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"


@dataclass(frozen=True)
class Revision:
    """Una versión de la plantilla que el Deployment conserva en un ReplicaSet."""

    number: int
    image: str
    cause: str
    created: str
    replicaset: Object
    pods: tuple[Object, ...]


def revisions(snapshot: Snapshot, deployment: str) -> list[Revision]:
    """Las revisiones que el Deployment conserva, de la más antigua a la vigente."""
    sets = snapshot.owned("replicasets", snapshot.get("deployments", deployment))
    return sorted((_revision(snapshot, rs) for rs in sets), key=lambda revision: revision.number)


def _revision(snapshot: Snapshot, replicaset: Object) -> Revision:
    notes = replicaset["metadata"].get("annotations") or {}
    return Revision(
        number=int(notes.get(REVISION, "0")),
        image=replicaset["spec"]["template"]["spec"]["containers"][0]["image"],
        cause=notes.get(CHANGE_CAUSE, ""),
        created=replicaset["metadata"]["creationTimestamp"],
        replicaset=replicaset,
        pods=tuple(snapshot.owned("pods", replicaset)),
    )


def with_image(snapshot: Snapshot, deployment: str, image: str) -> Revision | None:
    """La última revisión que pide exactamente esa imagen, o `None`."""
    return next((one for one in reversed(revisions(snapshot, deployment)) if one.image == image), None)


def replicas_ready(deployment: str, replicas: int) -> Fact:
    """El Deployment pide y tiene exactamente `replicas` Pods listos, creados por él."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"{pods(replicas, 'listo')} del Deployment `{deployment}`"
        wanted = snapshot.get("deployments", deployment)
        if wanted is None:
            return Finding(False, expected, f"que no hay ningún Deployment `{deployment}`")
        ready = [pod for one in revisions(snapshot, deployment) for pod in one.pods if is_ready(pod)]
        asked = wanted["spec"].get("replicas", 1)
        found = f"{pods(len(ready), 'listo')}, y el Deployment pide {asked}"
        return Finding(len(ready) == asked == replicas, expected, found)

    return look


def has_run(deployment: str, image: str) -> Fact:
    """Alguna revisión del Deployment pidió exactamente esa imagen."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"una revisión de `{deployment}` con la imagen `{image}`"
        return Finding(with_image(snapshot, deployment, image) is not None, expected, _images(snapshot, deployment))

    return look


def runs_only(deployment: str, image: str, replicas: int) -> Fact:
    """Todos los Pods vivos del Deployment llevan esa imagen y están listos, y son `replicas`."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"{pods(replicas, 'listo')} de `{deployment}`, todos con `{image}`"
        alive = [(one.image, is_ready(pod)) for one in revisions(snapshot, deployment) for pod in one.pods]
        if not alive:
            return Finding(False, expected, _no_pods(snapshot, deployment))
        count = {key: alive.count(key) for key in dict.fromkeys(alive)}
        found = ", ".join(f"{n} con `{name}` {_state(n, ok)}" for (name, ok), n in count.items())
        return Finding(count == {(image, True): replicas}, expected, found)

    return look


def _no_pods(snapshot: Snapshot, deployment: str) -> str:
    """Por qué puede no haber ninguno: no existe, no pide ninguno, o los pide y no llegan."""
    wanted = snapshot.get("deployments", deployment)
    if wanted is None:
        return f"que no hay ningún Deployment `{deployment}` en `{snapshot.namespace}`"
    return f"que el Deployment `{deployment}` pide {wanted['spec'].get('replicas', 1)} y no tiene ningún Pod"


def _state(number: int, ready: bool) -> str:
    listed = "listo" if number == 1 else "listos"
    return listed if ready else f"sin estar {listed}"


def replaced_in_place(deployment: str, old: str, new: str) -> Fact:
    """El mismo Deployment pasó de una imagen a otra: conserva las dos revisiones, y la nueva nació después."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"el historial de `{deployment}` con `{old}` y, después, `{new}`"
        before, after = with_image(snapshot, deployment, old), with_image(snapshot, deployment, new)
        met = before is not None and after is not None and _born(before.replicaset) <= _born(after.replicaset)
        return Finding(met, expected, _images(snapshot, deployment))

    return look


def change_cause(deployment: str, image: str) -> Fact:
    """La revisión de esa imagen dice por qué se hizo (`kubernetes.io/change-cause`)."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"un motivo anotado en la revisión de `{image}`"
        revision = with_image(snapshot, deployment, image)
        if revision is None:
            return Finding(False, expected, _images(snapshot, deployment))
        found = f"«{revision.cause}»" if revision.cause.strip() else f"la revisión {revision.number} sin motivo anotado"
        return Finding(bool(revision.cause.strip()), expected, found)

    return look


def served_through(deployment: str, stable: str, broken: str, at_least: int) -> Fact:
    """Mientras se pedía la imagen rota, al menos `at_least` Pods de la buena siguieron en pie.

    Se prueba por sus fechas: están listos hoy y ya existían cuando nació el ReplicaSet de la rota.
    """

    def look(snapshot: Snapshot) -> Finding:
        expected = f"al menos {at_least} Pods con `{stable}` que aguantaran en pie el intento con `{broken}`"
        good, bad = with_image(snapshot, deployment, stable), with_image(snapshot, deployment, broken)
        if good is None or bad is None:
            return Finding(False, expected, _images(snapshot, deployment))
        survivors = [pod for pod in good.pods if is_ready(pod) and _born(pod) <= bad.created]
        return Finding(
            len(survivors) >= at_least, expected, f"{pods(len(survivors))} que ya estuvieran entonces y sigan listos"
        )

    return look


def went_back(deployment: str, stable: str, broken: str) -> Fact:
    """La revisión vigente reutiliza el ReplicaSet bueno, más antiguo que el roto, que se conserva a cero."""

    def look(snapshot: Snapshot) -> Finding:
        expected = (
            f"que la revisión vigente fuera otra vez la de `{stable}`, con la de `{broken}` a cero en el historial"
        )
        good, bad = with_image(snapshot, deployment, stable), with_image(snapshot, deployment, broken)
        if good is None or bad is None:
            return Finding(False, expected, _images(snapshot, deployment))
        reused = good.number > bad.number and _born(good.replicaset) <= bad.created
        met = reused and bad.replicaset["spec"].get("replicas") == 0 and not bad.pods
        left = f"; con la imagen rota, {pods(len(bad.pods))}" if bad.pods else ""
        return Finding(met, expected, _images(snapshot, deployment) + left)

    return look


def _images(snapshot: Snapshot, deployment: str) -> str:
    found = revisions(snapshot, deployment)
    if not found:
        return f"que `{deployment}` no tiene ninguna revisión"
    return "estas revisiones: " + ", ".join(f"{one.number} (`{one.image}`)" for one in found)


def _born(obj: Object) -> str:
    return str(obj["metadata"]["creationTimestamp"])
