"""Los objetos de la API, contados como los cuenta kube-state-metrics: lo que dice cada uno, sin opinar.

Casi todo es una tabla: familia → campo del objeto. Los Pods y los nodos, que dan más de sí, están en `state_pods` y
`state_nodes`. Nombres y etiquetas: https://github.com/kubernetes/kube-state-metrics/tree/main/docs
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import parse
from lab_tools.embedded.observe import state_nodes, state_pods
from lab_tools.embedded.observe.family import Family, gauge
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.quantity import parse as quantity

# Cómo se ve desde fuera un instante del clúster.
Dates = Callable[[float], float]

# Familia (sin `kube_` ni el nombre del tipo) → campo y explicación. Un campo que falta no se cuenta, salvo los que
# llevan `0` delante: esos valen cero.
_FIELDS: Mapping[Kind, tuple[str, Sequence[tuple[str, str, str]]]] = {
    kinds.DEPLOYMENT: ("deployment", (
        ("spec_replicas", "spec.replicas", "Replicas asked for."),
        ("spec_paused", "0spec.paused", "Whether its rollout is paused."),
        ("status_replicas", "0status.replicas", "Replicas that exist."),
        ("status_replicas_ready", "0status.readyReplicas", "Replicas that are ready."),
        ("status_replicas_available", "0status.availableReplicas", "Replicas that are available."),
        ("status_replicas_unavailable", "0status.unavailableReplicas", "Replicas that are not available."),
        ("status_replicas_updated", "0status.updatedReplicas", "Replicas of the current template."),
        ("status_observed_generation", "status.observedGeneration", "Last generation the controller has seen."),
        ("metadata_generation", "metadata.generation", "Generation of what is asked for."),
    )),
    kinds.REPLICASET: ("replicaset", (
        ("spec_replicas", "spec.replicas", "Replicas asked for."),
        ("status_replicas", "0status.replicas", "Replicas that exist."),
        ("status_ready_replicas", "0status.readyReplicas", "Replicas that are ready."),
        ("metadata_generation", "metadata.generation", "Generation of what is asked for."),
    )),
    kinds.STATEFULSET: ("statefulset", (
        ("replicas", "spec.replicas", "Replicas asked for."),
        ("status_replicas", "0status.replicas", "Replicas that exist."),
        ("status_replicas_ready", "0status.readyReplicas", "Replicas that are ready."),
        ("status_replicas_available", "0status.availableReplicas", "Replicas that are available."),
        ("status_replicas_current", "0status.currentReplicas", "Replicas of the current revision."),
        ("status_replicas_updated", "0status.updatedReplicas", "Replicas of the update revision."),
        ("metadata_generation", "metadata.generation", "Generation of what is asked for."),
    )),
    kinds.DAEMONSET: ("daemonset", (
        ("status_desired_number_scheduled", "0status.desiredNumberScheduled", "Nodes that should run its Pod."),
        ("status_current_number_scheduled", "0status.currentNumberScheduled", "Nodes that run its Pod and should."),
        ("status_number_ready", "0status.numberReady", "Nodes where its Pod is ready."),
        ("status_number_available", "0status.numberAvailable", "Nodes where its Pod is available."),
        ("status_number_unavailable", "0status.numberUnavailable", "Nodes that lack an available Pod of it."),
        ("status_number_misscheduled", "0status.numberMisscheduled", "Nodes that run its Pod and should not."),
        ("updated_number_scheduled", "0status.updatedNumberScheduled", "Nodes that run its updated Pod."),
    )),
    kinds.JOB: ("job", (
        ("spec_completions", "spec.completions", "Completions asked for."),
        ("spec_parallelism", "spec.parallelism", "Pods allowed at once."),
        ("status_active", "0status.active", "Pods running."),
        ("status_succeeded", "0status.succeeded", "Pods that succeeded."),
        ("status_failed", "0status.failed", "Pods that failed."),
    )),
    kinds.CRONJOB: ("cronjob", (
        ("spec_suspend", "0spec.suspend", "Whether it is suspended."),
    )),
    kinds.HORIZONTALPODAUTOSCALER: ("horizontalpodautoscaler", (
        ("spec_min_replicas", "spec.minReplicas", "Fewest replicas allowed."),
        ("spec_max_replicas", "spec.maxReplicas", "Most replicas allowed."),
        ("status_current_replicas", "0status.currentReplicas", "Replicas that its target has."),
        ("status_desired_replicas", "0status.desiredReplicas", "Replicas that it wants."),
    )),
    kinds.PODDISRUPTIONBUDGET: ("poddisruptionbudget", (
        ("status_current_healthy", "0status.currentHealthy", "Healthy Pods."),
        ("status_desired_healthy", "0status.desiredHealthy", "Healthy Pods it needs."),
        ("status_expected_pods", "0status.expectedPods", "Pods it counts."),
        ("status_pod_disruptions_allowed", "0status.disruptionsAllowed", "Pods that may be evicted now."),
    )),
}  # fmt: skip
# Familia con una muestra por fase, la de ahora a uno: tipo, nombre y fases.
_PHASES: Sequence[tuple[Kind, str, Sequence[str]]] = (
    (kinds.NAMESPACE, "namespace", ("Active", "Terminating")),
    (kinds.PERSISTENTVOLUMECLAIM, "persistentvolumeclaim", ("Bound", "Lost", "Pending")),
    (kinds.PERSISTENTVOLUME, "persistentvolume", ("Available", "Bound", "Failed", "Pending", "Released")),
)
_CONDITIONS = (kinds.DEPLOYMENT, kinds.HORIZONTALPODAUTOSCALER)
_JOB_ENDS = {"Complete": "complete", "Failed": "failed"}


def families(api: Api, dates: Dates) -> list[Family]:
    """Todas las familias. `dates` traslada al calendario de quien mira los instantes del clúster."""
    found: list[Family] = []
    for kind, (word, fields) in _FIELDS.items():
        objects = api.list(kind).items
        found.append(_created(word, objects, dates))
        found += [_field(word, objects, *one) for one in fields]
        if kind in _CONDITIONS:
            found.append(_conditions(word, objects))
    found += [_phase(word, api.list(kind).items, phases) for kind, word, phases in _PHASES]
    found += [*_jobs(api.list(kinds.JOB).items), *_services(api.list(kinds.SERVICE).items),
              *_claims(api.list(kinds.PERSISTENTVOLUMECLAIM).items), _owners(api.list(kinds.REPLICASET).items),
              _cron(api.list(kinds.CRONJOB).items), _quotas(api.list(kinds.RESOURCEQUOTA).items)]  # fmt: skip
    found += state_nodes.families(api.list(kinds.NODE).items, dates)
    found += state_pods.families(api.list(kinds.POD).items, dates)
    return found


def labels(word: str, obj: Object) -> dict[str, str]:
    """Las etiquetas que nombran a un objeto."""
    meta = obj["metadata"]
    name = {word: meta["name"]}
    return {"namespace": meta["namespace"], **name} if "namespace" in meta else name


def _created(word: str, objects: Iterable[Object], dates: Dates) -> Family:
    found = gauge(f"kube_{word}_created", "When it was created, in seconds since the Unix epoch.")
    for obj in objects:
        found.add(int(dates(parse(obj["metadata"]["creationTimestamp"]))), **labels(word, obj))
    return found


def _field(word: str, objects: Iterable[Object], name: str, path: str, help_: str) -> Family:
    found = gauge(f"kube_{word}_{name}", help_)
    for obj in objects:
        value: Any = obj
        for part in path.removeprefix("0").split("."):
            value = (value or {}).get(part)
        if value is not None or path.startswith("0"):
            found.add(float(value or 0), **labels(word, obj))
    return found


def _conditions(word: str, objects: Iterable[Object]) -> Family:
    found = gauge(f"kube_{word}_status_condition", "Conditions of its status: 1 for the status each has.")
    for obj in objects:
        for one in (obj.get("status") or {}).get("conditions") or ():
            for status in ("true", "false", "unknown"):
                found.add(float(one["status"].lower() == status), **labels(word, obj), condition=one["type"],
                          status=status)  # fmt: skip
    return found


def _phase(word: str, objects: Iterable[Object], phases: Sequence[str]) -> Family:
    found = gauge(f"kube_{word}_status_phase", "Phase it is in: 1 for the present one.")
    for obj in objects:
        present = (obj.get("status") or {}).get("phase")
        for phase in phases:
            found.add(float(phase == present), **labels(word, obj), phase=phase)
    return found


def _jobs(objects: Sequence[Object]) -> list[Family]:
    ends = {end: gauge(f"kube_job_{name}", f"Whether its condition {end} has each status.")
            for end, name in _JOB_ENDS.items()}  # fmt: skip
    for obj in objects:
        for one in (obj.get("status") or {}).get("conditions") or ():
            for status in ("true", "false", "unknown") if one["type"] in ends else ():
                ends[one["type"]].add(float(one["status"].lower() == status), namespace=obj["metadata"]["namespace"],
                                      job_name=obj["metadata"]["name"], condition=status)  # fmt: skip
    return list(ends.values())


def _services(objects: Sequence[Object]) -> list[Family]:
    info = gauge("kube_service_info", "Its cluster address; always 1.")
    type_ = gauge("kube_service_spec_type", "Its type; always 1.")
    for obj in objects:
        spec, mine = obj["spec"], labels("service", obj)
        info.add(1, **mine, cluster_ip=spec.get("clusterIP", ""), external_name=spec.get("externalName", ""),
                 load_balancer_ip=spec.get("loadBalancerIP", ""))  # fmt: skip
        type_.add(1, **mine, type=spec.get("type", "ClusterIP"))
    return [info, type_]


def _claims(objects: Sequence[Object]) -> list[Family]:
    asked = gauge("kube_persistentvolumeclaim_resource_requests_storage_bytes", "Storage it asks for, in bytes.")
    info = gauge("kube_persistentvolumeclaim_info", "Its class and volume; always 1.")
    for obj in objects:
        spec, mine = obj["spec"], labels("persistentvolumeclaim", obj)
        if (size := ((spec.get("resources") or {}).get("requests") or {}).get("storage")) is not None:
            asked.add(float(quantity(size)), **mine)
        info.add(1, **mine, storageclass=spec.get("storageClassName") or "", volumename=spec.get("volumeName", ""))
    return [asked, info]


def _owners(objects: Sequence[Object]) -> Family:
    found = gauge("kube_replicaset_owner", "Who owns it; always 1.")
    for obj in objects:
        for owner in obj["metadata"].get("ownerReferences") or ():
            found.add(1, **labels("replicaset", obj), **owner_labels(owner))
    return found


def owner_labels(owner: Object) -> dict[str, str]:
    """Las etiquetas con que se nombra a un dueño."""
    return {"owner_kind": owner["kind"], "owner_name": owner["name"],
            "owner_is_controller": "true" if owner.get("controller") else "false"}  # fmt: skip


def _cron(objects: Sequence[Object]) -> Family:
    active = gauge("kube_cronjob_status_active", "Jobs of it that are running.")
    for obj in objects:
        active.add(len((obj.get("status") or {}).get("active") or ()), **labels("cronjob", obj))
    return active


def _quotas(objects: Sequence[Object]) -> Family:
    found = gauge("kube_resourcequota", "What it allows (hard) and what is taken (used).")
    for obj in objects:
        for type_ in ("hard", "used"):
            for resource, amount in ((obj.get("status") or {}).get(type_) or {}).items():
                found.add(float(quantity(amount)), **labels("resourcequota", obj), resource=resource, type=type_)
    return found
