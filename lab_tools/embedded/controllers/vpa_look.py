"""El recomendador: toma una muestra por minuto, la recuerda en sus puntos de control y publica lo que recomienda.

Fuente: https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/components.md#recommender
"""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, parse, timestamp
from lab_tools.embedded.controllers import vpa_pods
from lab_tools.embedded.controllers.vpa_model import Seen, asked, recommend
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds, vertical
from lab_tools.objects.kinds import Kind
from lab_tools.objects.quantity import parse as quantity


class Recommender:
    """Lo visto de cada VerticalPodAutoscaler, por su uid y por contenedor."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._seen: dict[str, dict[str, Seen]] = {}

    def attend(self, kind: Kind, vpa: Object) -> Object:
        """Mira un VerticalPodAutoscaler y escribe su estado. Devuelve cómo quedó."""
        uid = vpa["metadata"]["uid"]
        if uid not in self._seen:
            self._seen[uid] = self._remembered(vpa)
        conditions: dict[str, tuple[str, str, str]] = {}
        try:
            pods, _ = vpa_pods.pods(self._api, vpa)
        except vpa_pods.NoTarget as why:
            conditions["ConfigUnsupported"] = "True", "", str(why)
        else:
            self._measure(vpa, pods)
            if not pods:
                conditions["NoPodsMatched"] = "True", "NoPodsMatched", "No pods match this VPA object"
        found = self._recommendation(vpa)
        conditions["RecommendationProvided"] = ("True", "", "") if found else ("False", "", "")
        self._checkpoint(vpa)
        return self._publish(kind, vpa, found, conditions)

    def forget(self, vpa: Object) -> None:
        """Se borró: sus puntos de control, también."""
        self._seen.pop(vpa["metadata"]["uid"], None)
        kind = self._checkpoint_kind()
        if kind is not None:
            for one in self._checkpoints(vpa):
                self._api.delete(kind, one["metadata"]["namespace"], one["metadata"]["name"])

    # Medir

    def _measure(self, vpa: Object, pods: list[Object]) -> None:
        namespace = vpa["metadata"]["namespace"]
        measured = self._measured(namespace)
        for pod in pods:
            containers = {one["name"]: one for one in pod["spec"]["containers"]}
            metrics = measured.get(pod["metadata"]["name"])
            for usage in metrics["containers"] if metrics is not None else ():
                if usage["name"] in containers and metrics is not None:
                    self._sample(vpa, pod, containers[usage["name"]], usage["usage"], parse(metrics["timestamp"]))
            for status in pod["status"].get("containerStatuses") or ():
                if status["name"] in containers:
                    self._bury(vpa, pod, containers[status["name"]], status)

    def _measured(self, namespace: str) -> dict[str, Object]:
        """Las PodMetrics por el nombre de su Pod; ninguna si el clúster no tiene quien mida."""
        try:
            return {one["metadata"]["name"]: one for one in self._api.list(kinds.POD_METRICS, namespace).items}
        except StatusError:
            return {}

    def _sample(self, vpa: Object, pod: Object, container: Object, usage: Object, at: float) -> None:
        seen = self._of(vpa, container["name"])
        uid = pod["metadata"]["uid"]
        if at <= seen.told.get(uid, 0.0):
            return
        seen.told[uid] = at
        seen.sample(uid, at, float(quantity(usage["cpu"])), asked(container, "cpu"), float(quantity(usage["memory"])))

    def _bury(self, vpa: Object, pod: Object, container: Object, status: Object) -> None:
        """Una muerte por memoria también enseña algo."""
        for state in (status["state"], status.get("lastState") or {}):
            ended = state.get("terminated") or {}
            if ended.get("reason") != "OOMKilled":
                continue
            seen, uid = self._of(vpa, container["name"]), f"{pod['metadata']['uid']}/oom"
            at = parse(ended["finishedAt"])
            if at > seen.told.get(uid, 0.0):
                seen.told[uid] = at
                limits = (container.get("resources") or {}).get("limits") or {}
                wanted = asked(container, "memory") or float(quantity(limits.get("memory", "0")))
                seen.died(pod["metadata"]["uid"], at, wanted)

    def _of(self, vpa: Object, container: str) -> Seen:
        return self._seen[vpa["metadata"]["uid"]].setdefault(container, Seen())

    # Publicar

    def _recommendation(self, vpa: Object) -> list[Object]:
        known = {name: seen for name, seen in sorted(self._seen[vpa["metadata"]["uid"]].items()) if seen.samples}
        return [recommend(name, seen, len(known), vertical.policy(vpa, name)) for name, seen in known.items()
                if vertical.policy(vpa, name).get("mode") != "Off"]  # fmt: skip

    def _publish(self, kind: Kind, vpa: Object, found: list[Object],
                 wanted: dict[str, tuple[str, str, str]]) -> Object:  # fmt: skip
        before = {one["type"]: one for one in (vpa.get("status") or {}).get("conditions") or ()}
        conditions = []
        for type_, (verdict, reason, message) in sorted(wanted.items()):
            old = before.get(type_)
            same = old is not None and old["status"] == verdict
            since = old["lastTransitionTime"] if same and old else timestamp(self._clock.now)
            conditions.append({"type": type_, "status": verdict, "lastTransitionTime": since,
                               **({"reason": reason} if reason else {}),
                               **({"message": message} if message else {})})  # fmt: skip
        status: Object = {"conditions": conditions}
        if found:
            status["recommendation"] = {"containerRecommendations": found}
        if status == vpa.get("status"):
            return vpa
        fresh = clone(vpa)
        fresh["status"] = status
        fresh["metadata"].pop("resourceVersion", None)
        return self._api.update(kind, fresh, subresource="status")

    # Recordar

    def _checkpoint_kind(self) -> Kind | None:
        return self._api.kinds.by_plural(vertical.GROUP, vertical.VERSION, vertical.CHECKPOINTS)

    def _checkpoints(self, vpa: Object) -> list[Object]:
        kind, meta = self._checkpoint_kind(), vpa["metadata"]
        found = self._api.list(kind, meta["namespace"]).items if kind is not None else []
        return [one for one in found if one["spec"].get("vpaObjectName") == meta["name"]]

    def _remembered(self, vpa: Object) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        for one in self._checkpoints(vpa):
            seen = found[one["spec"]["containerName"]] = Seen()
            seen.load(one.get("status") or {})
        return found

    def _checkpoint(self, vpa: Object) -> None:
        kind, meta = self._checkpoint_kind(), vpa["metadata"]
        if kind is None:
            return
        for name, seen in ((name, seen) for name, seen in self._seen[meta["uid"]].items() if seen.samples):
            body = {"apiVersion": kind.api_version, "kind": kind.kind,
                    "metadata": {"name": f"{meta['name']}-{name}", "namespace": meta["namespace"]},
                    "spec": {"vpaObjectName": meta["name"], "containerName": name},
                    "status": seen.saved(self._clock.now)}  # fmt: skip
            try:
                self._api.update(kind, body)
            except StatusError as error:
                if error.code != 404:
                    raise
                self._api.create(kind, body, meta["namespace"])
