"""Hechos sobre lo que se cayó y quien lo repuso.

La prueba está en los Events: un ReplicaSet cuenta cada Pod que crea («Created pod: x») y cada uno que
retira él mismo («Deleted pod: x»). El que creó, no retiró y ya no está, se lo quitó otro: se perdió.
Escalar a cero y volver no engaña a esta cuenta, porque entonces los retira el ReplicaSet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lab_tools.checks.expect import Fact, Finding
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.wording import pods, some
from lab_tools.client import event_time
from lab_tools.objects import Object

_CREATED, _DELETED = "Created pod: ", "Deleted pod: "


@dataclass(frozen=True)
class Ledger:
    """La cuenta de Pods de un Deployment, por nombre. `created` da la hora (RFC 3339) de cada uno."""

    created: dict[str, str]
    withdrawn: frozenset[str]
    alive: dict[str, Object]

    @property
    def lost(self) -> list[str]:
        """Los que alguien quitó sin que el ReplicaSet lo decidiera, por orden de nacimiento."""
        gone = [name for name in self.created if name not in self.withdrawn and not _living(self.alive.get(name))]
        return sorted(gone, key=lambda name: (self.created[name], name))


def _living(pod: Object | None) -> bool:
    return pod is not None and not pod["metadata"].get("deletionTimestamp")


def ledger(snapshot: Snapshot, deployment: str) -> Ledger:
    """La cuenta de Pods de todos los ReplicaSets que el Deployment conserva."""
    sets = snapshot.owned("replicasets", snapshot.get("deployments", deployment))
    uids = {rs["metadata"]["uid"] for rs in sets}
    told = [event for event in snapshot.events(kind="ReplicaSet") if event["involvedObject"].get("uid") in uids]
    created = {
        event["message"].removeprefix(_CREATED): str(event.get("firstTimestamp") or event_time(event))
        for event in told
        if event.get("reason") == "SuccessfulCreate" and event["message"].startswith(_CREATED)
    }
    withdrawn = {
        event["message"].removeprefix(_DELETED)
        for event in told
        if event.get("reason") == "SuccessfulDelete" and event["message"].startswith(_DELETED)
    }
    alive = {pod["metadata"]["name"]: pod for rs in sets for pod in snapshot.owned("pods", rs)}
    return Ledger(created, frozenset(withdrawn), alive)


def lost_pods(deployment: str, at_least: int) -> Fact:
    """Al Deployment le quitaron al menos `at_least` Pods."""

    def look(snapshot: Snapshot) -> Finding:
        lost = ledger(snapshot, deployment).lost
        expected = f"que borraras al menos {pods(at_least)} de `{deployment}`"
        return Finding(len(lost) >= at_least, expected, some(lost, "borrado"))

    return look


def recovered(deployment: str, at_least: int, replicas: int) -> Fact:
    """Por cada Pod perdido nació otro, y vuelven a estar listos los `replicas` que se piden.

    Hace falta que se haya perdido alguno: no hay recuperación sin caída.
    """

    def look(snapshot: Snapshot) -> Finding:
        book = ledger(snapshot, deployment)
        expected = f"al menos {pods(at_least, 'nuevo')} en lugar de los perdidos, y {replicas} listos en total"
        ready = sum(is_ready(pod) for pod in book.alive.values())
        replaced = min(len(book.lost), len(book.created) - replicas)
        met = len(book.lost) >= at_least and replaced >= at_least and ready == replicas
        found = f"{some(book.lost, 'perdido')}, {pods(max(replaced, 0), 'nuevo')} en su lugar y {ready} listos en total"
        return Finding(met, expected, found)

    return look


def replaced_by(snapshot: Snapshot, deployment: str, lost: str, new: str) -> bool:
    """El Pod `new` nació cuando `lost` ya se había perdido: pudo ocupar su lugar, aunque después se perdiera también.

    La caída es el Event Killing de `lost`. Sin él no se sabe cuándo fue, y solo vale un Pod que siga en pie.
    """
    book = ledger(snapshot, deployment)
    if lost not in book.lost or new not in book.created or new == lost:
        return False
    killed = [event_time(event) for event in snapshot.events("Killing", "Pod", lost)]
    if not killed and new in book.lost:
        return False
    return book.created[new] >= (min(killed) if killed else book.created[lost])


def start_seconds(snapshot: Snapshot, deployment: str, pod: str) -> float | None:
    """Segundos del clúster entre que el ReplicaSet creó `pod` y que su contenedor arrancó, o `None` si no consta."""
    born = ledger(snapshot, deployment).created.get(pod)
    started = [event_time(event) for event in snapshot.events("Started", "Pod", pod)]
    if born is None or not started:
        return None
    return _seconds(min(started)) - _seconds(born)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
