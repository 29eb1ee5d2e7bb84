"""Una mirada a un HPA: lee la escala, decide las réplicas, las escribe y cuenta por qué en sus tres condiciones.

Qué pide cada métrica está en `hpa_math` y `hpa_metrics`; a qué ritmo se llega, en `hpa_pace`.
Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/podautoscaler/horizontal.go
"""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.controllers import hpa_metrics
from lab_tools.embedded.controllers.hpa_math import Tolerance, milli
from lab_tools.embedded.controllers.hpa_metrics import Failure, Reading, Target
from lab_tools.embedded.controllers.hpa_pace import History, paced
from lab_tools.embedded.reconciler import Key, Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.selector import LabelSelector

_ABLE, _ACTIVE, _LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"


@dataclass(frozen=True)
class Scale:
    """Lo que un HPA gobierna: tipo, objeto, réplicas pedidas y presentes, y selector de sus Pods."""

    kind: Kind
    owner: Object
    wanted: int
    present: int
    selector: LabelSelector


@dataclass(frozen=True)
class Decision:
    """Adónde ir: réplicas, por qué, si hay que cambiar y lo medido."""

    replicas: int
    why: str
    change: bool
    metrics: list[Object] | None = None


class _Unknown(Exception):
    """No se sabe cuántas réplicas hacen falta. `metrics` es lo que sí se midió; `str`, el resumen si lo hay."""

    def __init__(self, message: str, metrics: list[Object] | None) -> None:
        super().__init__(message)
        self.metrics = metrics


class Look:
    """Quien mira los HPA. De cada uno recuerda lo que recomendó, lo que cambió y a quién mide."""

    def __init__(self, api: Api, clock: Clock, recorder: Recorder) -> None:
        self._api = api
        self._clock = clock
        self._recorder = recorder
        self._histories: dict[Key, History] = {}
        self._selectors: dict[Key, LabelSelector] = {}

    def forget(self, key: Key) -> None:
        """Un HPA se borró."""
        self._histories.pop(key, None)
        self._selectors.pop(key, None)

    def attend(self, key: Key, autoscaler: Object) -> None:
        """Mira un HPA, que es de quien llama: actúa y deja lo observado en su `status`."""
        try:
            scale = self._scale(autoscaler)
        except StatusError as error:
            self._recorder.event(autoscaler, "Warning", "FailedGetScale", error.message)
            message = f"the HPA controller was unable to get the target's current scale: {error.message}"
            self._note(autoscaler, _ABLE, False, "FailedGetScale", message)
            return
        self._note(autoscaler, _ABLE, True, "SucceededGetScale",
                   "the HPA controller was able to get the target's current scale")  # fmt: skip
        history = self._histories.setdefault(key, History())
        history.begin(scale.wanted, self._clock.now)
        try:
            decision = self._decide(key, autoscaler, scale, history)
        except _Unknown as unknown:
            self._publish(autoscaler, scale.wanted, None, unknown.metrics)
            if str(unknown):
                self._recorder.event(autoscaler, "Warning", "FailedComputeMetricsReplicas", str(unknown))
            return
        if decision.change and not self._rescale(autoscaler, scale, decision):
            self._publish(autoscaler, scale.wanted, None, decision.metrics)
            return
        replicas = decision.replicas if decision.change else scale.wanted
        if decision.change:
            history.scaled(autoscaler["spec"].get("behavior"), scale.wanted, replicas, self._clock.now)
            autoscaler["status"]["lastScaleTime"] = timestamp(self._clock.now)
        self._publish(autoscaler, scale.wanted, replicas, decision.metrics)

    # Decidir

    def _decide(self, key: Key, autoscaler: Object, scale: Scale, history: History) -> Decision:
        spec, current = autoscaler["spec"], scale.wanted
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        if current == 0 and least != 0:
            message = "scaling is disabled since the replica count of the target is zero"
            self._note(autoscaler, _ACTIVE, False, "ScalingDisabled", message)
            return Decision(0, "", False)
        if current > most:
            return Decision(most, "Current number of replicas above Spec.MaxReplicas", True)
        if current < least:
            return Decision(least, "Current number of replicas below Spec.MinReplicas", True)
        asked, metrics = self._ask(key, autoscaler, scale)
        why = f"{asked.name} above target" if asked.replicas > current else "All metrics below target"
        pace = paced(history, spec.get("behavior"), current, asked.replicas, least, most, self._clock.now)
        self._note(autoscaler, _ABLE, True, *pace.able)
        self._note(autoscaler, _LIMITED, pace.limited, *pace.limit)
        return Decision(pace.replicas, why, pace.replicas != current, metrics)

    def _ask(self, key: Key, autoscaler: Object, scale: Scale) -> tuple[Reading, list[Object]]:
        """La métrica que más réplicas pide, y todas las medidas. Lanza `_Unknown`."""
        target = self._target(key, autoscaler, scale)
        tolerance = _tolerance(autoscaler["spec"].get("behavior"))
        readings: list[Reading] = []
        failures: list[Failure] = []
        metrics: list[Object] = []
        for metric in autoscaler["spec"].get("metrics") or ():
            try:
                reading = hpa_metrics.read(self._api, target, metric, self._clock.now, tolerance)
                readings.append(reading)
                metrics.append(reading.status)
            except Failure as failure:
                failures.append(failure)
                metrics.append({"type": ""})
                self._recorder.event(autoscaler, "Warning", failure.reason, str(failure))
        top = max(readings, key=lambda one: one.replicas, default=None)
        # Con alguna métrica rota se puede subir, pero no bajar: quizá la rota es la que pedía quedarse.
        if top is None or (failures and top.replicas < scale.wanted):
            raise self._blind(autoscaler, failures, metrics)
        message = f"the HPA was able to successfully calculate a replica count from {top.name}"
        self._note(autoscaler, _ACTIVE, True, "ValidMetricFound", message)
        return top, metrics

    def _blind(self, autoscaler: Object, failures: list[Failure], metrics: list[Object]) -> _Unknown:
        first = failures[0]
        message = f"the HPA was unable to compute the replica count: {first}"
        self._note(autoscaler, _ACTIVE, False, first.reason, message)
        count = f"{len(failures)} invalid out of {len(metrics)}"
        return _Unknown(f"invalid metrics ({count}), first error is: {first.summary}", metrics)

    def _target(self, key: Key, autoscaler: Object, scale: Scale) -> Target:
        """Los Pods que se miden. Lanza `_Unknown` si no se puede saber cuáles son."""
        namespace = key[0]
        if scale.selector.everything:
            self._recorder.event(autoscaler, "Warning", "SelectorRequired", "selector is required")
            message = "the HPA target's scale is missing a selector"
            self._note(autoscaler, _ACTIVE, False, "InvalidSelector", message)
            raise _Unknown("selector is required", None)
        self._selectors[key] = scale.selector
        pods = self._api.list(kinds.POD, namespace, scale.selector).items
        rivals = sorted(
            "/".join(other) for other, selector in self._selectors.items()
            if other[0] == namespace and any(selector.matches(pod["metadata"].get("labels") or {}) for pod in pods)
        )  # fmt: skip
        if len(rivals) > 1:
            message = f"pods by selector {scale.selector} are controlled by multiple HPAs: [{' '.join(rivals)}]"
            self._recorder.event(autoscaler, "Warning", "AmbiguousSelector", message)
            self._note(autoscaler, _ACTIVE, False, "AmbiguousSelector", message)
            raise _Unknown(message, None)
        return Target(namespace, scale.wanted, scale.present, scale.selector, pods)

    # Leer y escribir

    def _scale(self, autoscaler: Object) -> Scale:
        wanted = autoscaler["spec"]["scaleTargetRef"]
        kind = kinds.find(wanted.get("apiVersion", ""), wanted["kind"])
        if kind is None:
            group = wanted.get("apiVersion", "").rpartition("/")[0]
            raise _refusal(f'no matches for kind "{wanted["kind"]}" in group "{group}"')
        if "scale" not in kind.subresources:
            raise _refusal("the server could not find the requested resource")
        owner = self._api.get(kind, autoscaler["metadata"]["namespace"], wanted["name"])
        spec, selector = owner["spec"], owner["spec"].get("selector")
        chosen = LabelSelector.from_object(selector) if kind.group else LabelSelector.from_map(selector)
        present = (owner.get("status") or {}).get("replicas", 0)
        return Scale(kind, owner, spec.get("replicas", 1), present, chosen)

    def _rescale(self, autoscaler: Object, scale: Scale, decision: Decision) -> bool:
        meta = scale.owner["metadata"]
        size = f"New size: {decision.replicas}; reason: {decision.why}"
        change = {"metadata": {"resourceVersion": meta["resourceVersion"]}, "spec": {"replicas": decision.replicas}}
        try:
            self._api.patch(scale.kind, meta["namespace"], meta["name"], change, subresource="scale")
        except StatusError as error:
            self._recorder.event(autoscaler, "Warning", "FailedRescale", f"{size}; error: {error.message}")
            message = f"the HPA controller was unable to update the target scale: {error.message}"
            self._note(autoscaler, _ABLE, False, "FailedUpdateScale", message)
            return False
        message = f"the HPA controller was able to update the target scale to {decision.replicas}"
        self._note(autoscaler, _ABLE, True, "SucceededRescale", message)
        self._recorder.event(autoscaler, "Normal", "SuccessfulRescale", size)
        return True

    def _publish(self, autoscaler: Object, current: int, desired: int | None, metrics: list[Object] | None) -> None:
        """Escribe la cuenta en el estado. `desired=None` deja la que hubiera."""
        status = autoscaler["status"]
        status.pop("currentReplicas", None)
        if current:
            status["currentReplicas"] = current
        if desired is not None:
            status["desiredReplicas"] = desired
        status["currentMetrics"] = metrics

    def _note(self, autoscaler: Object, kind: str, true: bool, reason: str, message: str) -> None:
        conditions = autoscaler["status"].setdefault("conditions", [])
        found = next((one for one in conditions if one["type"] == kind), None)
        if found is None:
            found = {"type": kind, "status": "", "lastTransitionTime": ""}
            conditions.append(found)
        state = "True" if true else "False"
        if found["status"] != state:
            found["lastTransitionTime"] = timestamp(self._clock.now)
        found.update({"status": state, "reason": reason, "message": message})


def _refusal(message: str) -> StatusError:
    return StatusError({"kind": "Status", "status": "Failure", "message": message, "reason": "NotFound", "code": 404})


def _tolerance(behavior: Object | None) -> Tolerance:
    usual = Tolerance()
    rules = behavior or {}
    up, down = (rules.get(name, {}).get("tolerance") for name in ("scaleUp", "scaleDown"))
    return Tolerance(milli(down) / 1000 if down is not None else usual.down,
                     milli(up) / 1000 if up is not None else usual.up)  # fmt: skip
