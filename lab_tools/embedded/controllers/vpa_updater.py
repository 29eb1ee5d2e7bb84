"""El actualizador: lleva lo recomendado a los Pods que ya corren, sin dejar a nadie sin servicio.

Recreate (y Auto) desaloja para que el Pod nuevo nazca con ello; InPlaceOrRecreate lo cambia en marcha si puede.
Fuente: https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/components.md#updater
"""

from __future__ import annotations

from lab_tools.embedded.api import eviction
from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, parse
from lab_tools.embedded.controllers import vpa_pods
from lab_tools.embedded.reconciler import Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds, vertical
from lab_tools.objects.quantity import parse as quantity

# Con menos réplicas que estas no se desaloja a nadie, si no se dice otra cosa.
LEAST_REPLICAS = 2
# Qué parte de las réplicas puede faltar a la vez.
TOLERANCE = 0.5
# Un Pod que vive bastante se cambia aunque esté dentro de los márgenes, si la diferencia es esta o más.
LONG_LIFE, WORTH = 12 * 3600.0, 0.10
# Quien muere por memoria a poco de empezar se cambia enseguida.
EARLY_DEATH = 600.0
# Cuánto se espera a un cambio en marcha antes de desalojar: aplazado, y en curso.
DEFERRED, UNDERWAY = 300.0, 3600.0
_MODES = ("Recreate", "Auto", "InPlaceOrRecreate")


class Updater:
    """Pone lo recomendado."""

    def __init__(self, api: Api, clock: Clock, recorder: Recorder) -> None:
        self._api = api
        self._clock = clock
        self._recorder = recorder

    def attend(self, vpa: Object) -> None:
        """Da los pasos que hoy se puedan dar con los Pods de un VerticalPodAutoscaler."""
        if vertical.mode(vpa) not in _MODES or not vertical.recommendations(vpa):
            return
        try:
            pods, replicas = vpa_pods.pods(self._api, vpa)
        except vpa_pods.NoTarget:
            return
        least = int((vpa["spec"].get("updatePolicy") or {}).get("minReplicas") or LEAST_REPLICAS)
        room = _room(pods, replicas) if len(pods) >= least else 0
        for pod in sorted((one for one in pods if self._wants(vpa, one)), key=lambda one: -_gap(vpa, one)):
            if vertical.mode(vpa) == "InPlaceOrRecreate" and self._in_place(vpa, pod):
                continue
            if room > 0 and _may_be_evicted(vpa, pod):
                room -= self._evict(vpa, pod)

    def _wants(self, vpa: Object, pod: Object) -> bool:
        """Si a un Pod le hace falta el cambio."""
        age = self._clock.now - parse(pod["status"].get("startTime") or pod["metadata"]["creationTimestamp"])
        found = vertical.recommendations(vpa)
        pairs = [(one, found[one["name"]]) for one in pod["spec"]["containers"] if one["name"] in found]
        if any(_outside(container, recommended) for container, recommended in pairs):
            return True
        if _gap(vpa, pod) <= 0:
            return False
        return (age > LONG_LIFE and _gap(vpa, pod) >= WORTH) or _died_early(pod)

    def _evict(self, vpa: Object, pod: Object) -> int:
        """Desaloja un Pod. Devuelve cuántos se fueron: uno o ninguno."""
        try:
            eviction.evict(self._api, self._clock.now, pod)
        except StatusError:
            return 0  # su presupuesto no lo permite hoy, o ya se iba: se volverá a mirar
        why = "Pod was evicted by VPA Updater to apply resource recommendation."
        self._recorder.event(pod, "Normal", "EvictedByVPA", why)
        told = f"VPA Updater evicted Pod {pod['metadata']['name']} to apply resource recommendation."
        self._recorder.event(vpa, "Normal", "EvictedPod", told)
        return 1

    def _in_place(self, vpa: Object, pod: Object) -> bool:
        """Cambia el Pod sin desalojarlo. Devuelve si con eso basta por ahora."""
        stuck = self._stuck(pod)
        if stuck is not None:
            return not stuck
        containers = [{"name": one["name"], "resources": fresh} for one in pod["spec"]["containers"]
                      if (fresh := vertical.resized(vpa, one)) is not None]  # fmt: skip
        meta = pod["metadata"]
        try:
            self._api.patch(kinds.POD, meta["namespace"], meta["name"], {"spec": {"containers": containers}},
                            "strategic", subresource="resize")  # fmt: skip
        except StatusError:
            return False
        self._recorder.event(pod, "Normal", "InPlaceResizedByVPA", "Pod was resized in place by VPA Updater.")
        return True

    def _stuck(self, pod: Object) -> bool | None:
        """Si un cambio en marcha no va a salir; `None` si no hay ninguno pendiente."""
        for one in pod["status"].get("conditions") or ():
            waited = self._clock.now - parse(one["lastTransitionTime"]) if one.get("lastTransitionTime") else 0.0
            if one["type"] == "PodResizePending":
                return one.get("reason") == "Infeasible" or waited > DEFERRED
            if one["type"] == "PodResizeInProgress":
                return waited > UNDERWAY
        return None


def _room(pods: list[Object], replicas: int) -> int:
    """A cuántos se puede desalojar hoy."""
    running = sum(one["status"].get("phase") == "Running" for one in pods)
    spare = running - (replicas - int(replicas * TOLERANCE))
    # De uno solo no hay medio que conservar: si está, se puede ir.
    return max(spare, 0) or int(replicas == running == 1)


def _outside(container: Object, recommended: Object) -> bool:
    requests = (container.get("resources") or {}).get("requests") or {}
    for name in recommended["target"]:
        amount = quantity(requests.get(name, "0"))
        if amount < quantity(recommended["lowerBound"][name]) or amount > quantity(recommended["upperBound"][name]):
            return True
    return False


def _gap(vpa: Object, pod: Object) -> float:
    """Cuánto se aparta lo pedido de lo recomendado, como parte de lo pedido."""
    wanted: dict[str, float] = {}
    has: dict[str, float] = {}
    found = vertical.recommendations(vpa)
    for container in pod["spec"]["containers"]:
        requests = (container.get("resources") or {}).get("requests") or {}
        for name, text in (found.get(container["name"]) or {"target": {}})["target"].items():
            wanted[name] = wanted.get(name, 0.0) + float(quantity(text))
            has[name] = has.get(name, 0.0) + float(quantity(requests.get(name, "0")))
    return sum(abs(has[name] - amount) / max(has[name], 1e-3) for name, amount in wanted.items())


def _died_early(pod: Object) -> bool:
    for status in pod["status"].get("containerStatuses") or ():
        ended = (status.get("lastState") or {}).get("terminated") or {}
        by_memory = ended.get("reason") == "OOMKilled" and ended.get("startedAt")
        if by_memory and parse(ended["finishedAt"]) - parse(ended["startedAt"]) < EARLY_DEATH:
            return True
    return False


def _may_be_evicted(vpa: Object, pod: Object) -> bool:
    """Si se cumplen todas las condiciones de `evictionRequirements` en algún contenedor."""
    found = vertical.recommendations(vpa)
    return all(any(_changes(rule, one, found[one["name"]]) for one in pod["spec"]["containers"] if one["name"] in found)
               for rule in (vpa["spec"].get("updatePolicy") or {}).get("evictionRequirements") or ())  # fmt: skip


def _changes(rule: Object, container: Object, recommended: Object) -> bool:
    higher = rule["changeRequirement"] == "TargetHigherThanRequests"
    requests = (container.get("resources") or {}).get("requests") or {}
    for name in rule["resources"]:
        target, has = quantity(recommended["target"].get(name, "0")), quantity(requests.get(name, "0"))
        if (target > has) if higher else (target < has):
            return True
    return False
