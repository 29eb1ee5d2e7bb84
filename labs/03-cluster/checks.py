"""Los hechos del laboratorio 03. Cada función recibe la variante y devuelve un hecho.

Quién hizo qué lo dicen los Events, que cada pieza firma. Lo que pasa con una pieza parada se ve parándola en una copia,
con los mismos pasos que se piden a quien estudia.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools import faults
from lab_tools.checks import actions
from lab_tools.checks.acting import recovers
from lab_tools.checks.expect import Fact, Finding, answer, given, name_in
from lab_tools.checks.recovery import ledger
from lab_tools.checks.rollout import revisions, runs_only
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

REPORT, FRONTEND, QUEUE, URGENT = "informe", "frontend", "cola", "urgente"
OLD, NEW = "tienda-frontend:1.0", "tienda-frontend:1.1"
URGENT_IMAGE, QUEUE_IMAGE, QUEUES = "tienda-carrito:1.0", "redis:7.4", 2
AFTER_LOSS, AFTER_CHANGE, ARRIVAL = 60.0, 30.0, 60.0  # segundos del clúster


# --- 1 · seguir -------------------------------------------------------------------------------------------


def frontend_ready(v: Variant) -> Fact:
    """El Deployment llegó hasta el final del camino."""
    return runs_only(FRONTEND, OLD, v.replicas)


def frontend_comes_back(v: Variant) -> Fact:
    """Y lo recorre otra vez quien haga falta cuando se pierde uno."""
    return given(frontend_ready(v), recovers("app=frontend", v.replicas, actions.delete_pods("app=frontend"), 60))


def pod_reported(v: Variant) -> Fact:
    """El informe nombra un Pod que creó un ReplicaSet de `frontend`."""
    return _told("pod", "el nombre de un Pod de `frontend`", lambda snapshot, said: name_in(said) in _created(snapshot))


def replicaset_reported(v: Variant) -> Fact:
    """Y su ReplicaSet."""

    def right(snapshot: Snapshot, said: str) -> bool:
        return name_in(said) in {one.replicaset["metadata"]["name"] for one in revisions(snapshot, FRONTEND)}

    return _told("replicaset", "el ReplicaSet que creó ese Pod", right)


def node_reported(v: Variant) -> Fact:
    """Y el nodo que le tocó."""

    def right(snapshot: Snapshot, said: str) -> bool:
        pod = name_in(_answers(snapshot).get("pod", "").strip())
        placed = [event["message"] for event in snapshot.events("Scheduled", "Pod", pod)] if pod else []
        return pod in _created(snapshot) and any(message.endswith(f" to {name_in(said)}") for message in placed)

    return _told("nodo", "el nodo que le tocó a ese Pod", right)


def made_replicaset(v: Variant) -> Fact:
    """Quién creó el ReplicaSet."""
    return _signed("creo_replicaset", "ScalingReplicaSet", "Deployment", "creó el ReplicaSet")


def made_pod(v: Variant) -> Fact:
    """Quién creó el Pod."""
    return _signed("creo_pod", "SuccessfulCreate", "ReplicaSet", "creó los Pods")


def chose_node(v: Variant) -> Fact:
    """Quién le puso nodo."""
    return _signed("puso_nodo", "Scheduled", "Pod", "puso nodo a los Pods")


def started_it(v: Variant) -> Fact:
    """Quién lo arrancó."""
    return _signed("lo_arranco", "Started", "Pod", "arrancó los contenedores")


def _signed(key: str, reason: str, kind: str, did: str) -> Fact:
    """El informe dice qué pieza firma esos Events de `frontend`."""

    def right(snapshot: Snapshot, said: str) -> bool:
        return said in {
            event.get("reportingComponent") or (event.get("source") or {}).get("component")
            for event in snapshot.events(reason, kind)
            if event["involvedObject"]["name"].startswith(FRONTEND)
        }

    return _told(key, f"la pieza que {did}, con el nombre con que firma sus Events", right)


def _told(key: str, what: str, right: Callable[[Snapshot, str], bool]) -> Fact:
    """Una respuesta del informe, que se compara con lo que pasó."""
    expected = f"que tu informe dijera en `{key}` {what}"
    return answer(REPORT, key, lambda snapshot, said: "" if right(snapshot, said) else f"`{key}: {said}`", expected)


def _created(snapshot: Snapshot) -> dict[str, str]:
    return ledger(snapshot, FRONTEND).created


def _answers(snapshot: Snapshot) -> dict[str, str]:
    return (snapshot.get("configmaps", REPORT) or {}).get("data") or {}


# --- 2 · parar --------------------------------------------------------------------------------------------


def pods_foreseen(v: Variant) -> Fact:
    """Cuántos Pods hay con la pieza parada."""
    return _seen(v, "parada_pods", "cuántos Pods de `frontend` hay con la pieza parada, al minuto de borrar")


def ready_foreseen(v: Variant) -> Fact:
    """Y cuántos están listos."""
    return _seen(v, "parada_listos", "cuántos de ellos están listos")


def replicasets_foreseen(v: Variant) -> Fact:
    """Y cuántos ReplicaSets hay después de pedir otra versión."""
    return _seen(v, "parada_replicasets", "cuántos ReplicaSets de `frontend` hay después de pedir la 1.1")


def _seen(v: Variant, key: str, what: str) -> Fact:
    def right(snapshot: Snapshot, said: str) -> bool:
        return said == str(_rehearsed(snapshot, v)[key])

    return given(frontend_ready(v), _told(key, what, right))


def _rehearsed(snapshot: Snapshot, v: Variant) -> dict[str, int]:
    """Lo que se ve al parar la pieza en una copia. En una foto se ensaya una sola vez."""
    question = ("parada", v.piece, v.lost)
    if question not in snapshot.answers:
        with snapshot.copy(whole=True) as copy:
            client = copy.client
            mine = {"app": FRONTEND}
            faults.inject(client, {"kind": "controller-stopped", "controller": v.piece})
            for pod in [pod for pod in client.list("pods", labels=mine) if is_ready(pod)][: v.lost]:
                client.delete("pods", pod["metadata"]["name"])
            client.wait(AFTER_LOSS)
            pods = client.list("pods", labels=mine)
            actions.set_image(FRONTEND, NEW).do(client)
            client.wait(AFTER_CHANGE)
            owner = client.get("deployments", FRONTEND)["metadata"]["uid"]
            sets = [
                one
                for one in client.list("replicasets")
                if owner in {reference["uid"] for reference in one["metadata"].get("ownerReferences") or []}
            ]
        snapshot.answers[question] = {
            "parada_pods": len(pods),
            "parada_listos": sum(is_ready(pod) for pod in pods),
            "parada_replicasets": len(sets),
        }
    found: dict[str, int] = snapshot.answers[question]
    return found


# --- 3 · sin scheduler ------------------------------------------------------------------------------------


def urgent_runs(v: Variant) -> Fact:
    """`urgente` corre en su nodo, y el scheduler no ha tenido nada que ver."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que el Pod `{URGENT}` estuviera listo en `{v.node}`, sin pasar por el scheduler"
        pod = snapshot.get("pods", URGENT)
        if pod is None:
            return Finding(False, expected, f"que no hay ningún Pod `{URGENT}`")
        uid, where = pod["metadata"]["uid"], pod["spec"].get("nodeName", "")
        placed = [one for one in snapshot.events("Scheduled", "Pod", URGENT) if one["involvedObject"]["uid"] == uid]
        image = pod["spec"]["containers"][0]["image"]
        told = (
            f"que está en `{where or 'ningún nodo'}` con `{image}`, {'listo' if is_ready(pod) else 'sin estar listo'}"
        )
        if placed:
            told += ", y que lo colocó el scheduler"
        met = is_ready(pod) and where == v.node and image == URGENT_IMAGE and not placed
        return Finding(met, expected, told)

    return look


def urgent_needs_nobody(v: Variant) -> Fact:
    """En una copia, con el scheduler parado, uno como él también arranca."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que un Pod como `{URGENT}` arrancara con el scheduler parado"
        pod = snapshot.get("pods", URGENT) or {}
        with snapshot.copy(whole=True) as copy:
            faults.inject(copy.client, {"kind": "controller-stopped", "controller": "kube-scheduler"})
            copy.client.delete("pods", URGENT, grace=0)
            copy.client.wait_for(lambda: copy.client.find("pods", URGENT) is None, ARRIVAL, "se fuera el de antes")
            copy.client.create(_again(pod))
            end = copy.client.elapsed() + ARRIVAL
            while not (found := is_ready(copy.client.get("pods", URGENT))) and copy.client.elapsed() < end:
                copy.client.wait(0.5)
        return Finding(found, expected, "que arranca" if found else "que se queda esperando")

    return given(urgent_runs(v), look)


def _again(pod: Object) -> Object:
    """El mismo Pod, como se pidió."""
    keep = {key: pod["metadata"][key] for key in ("name", "labels") if key in pod["metadata"]}
    containers = [{key: one[key] for key in ("name", "image", "ports", "resources") if key in one}
                  for one in pod["spec"]["containers"]]  # fmt: skip
    return {"apiVersion": "v1", "kind": "Pod", "metadata": keep,
            "spec": {"nodeName": pod["spec"]["nodeName"], "containers": containers}}  # fmt: skip


# --- 4 · guardia ------------------------------------------------------------------------------------------


def queue_runs(v: Variant) -> Fact:
    """La cola vuelve a estar en marcha."""
    return runs_only(QUEUE, QUEUE_IMAGE, QUEUES)


def queue_comes_back(v: Variant) -> Fact:
    """Y si pierde uno, el siguiente recorre el camino entero."""
    return given(queue_runs(v), recovers("app=cola", QUEUES, actions.delete_pods("app=cola"), 60))


def piece_reported(v: Variant) -> Fact:
    """El informe dice en qué pieza se quedó."""
    return _told("cola_pieza", "la pieza en la que se quedó parada la cola", lambda _, said: said == v.fault["piece"])
