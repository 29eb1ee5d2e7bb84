"""Lo que cada tipo hace con un objeto antes de validarlo: estado inicial, generación y campos intocables.

Es la «estrategia» de cada recurso del servidor real, escrita como tablas.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.clock import timestamp
from lab_tools.embedded.user import User
from lab_tools.objects import Object, kinds, label_keys
from lab_tools.objects.kinds import Kind
from lab_tools.objects.qos import qos_class
from lab_tools.objects.validation import pod_changes

_GATED = {"type": "PodScheduled", "status": "False", "lastProbeTime": None, "lastTransitionTime": None,
          "reason": "SchedulingGated",
          "message": "Scheduling is blocked due to non-empty scheduling gates"}  # fmt: skip


def _gated(pod: Object) -> Object:
    """Un Pod con puertas nace diciendo que nadie lo colocará hasta que se las quiten."""
    return {"conditions": [dict(_GATED)]} if pod["spec"].get("schedulingGates") else {}


# El estado con que nace un objeto; lo que el cliente mande en `status` se ignora.
_INITIAL_STATUS: dict[Kind, Callable[[Object], Object]] = {
    kinds.POD: lambda pod: {"phase": "Pending", **_gated(pod), "qosClass": qos_class(pod)},
    kinds.NAMESPACE: lambda _: {"phase": "Active"},
    kinds.SERVICE: lambda _: {"loadBalancer": {}},
    kinds.INGRESS: lambda _: {"loadBalancer": {}},
    kinds.DEPLOYMENT: lambda _: {},
    kinds.REPLICASET: lambda _: {"replicas": 0},
    kinds.REPLICATIONCONTROLLER: lambda _: {"replicas": 0},
    kinds.STATEFULSET: lambda _: {"availableReplicas": 0, "replicas": 0},
    kinds.DAEMONSET: lambda _: {"currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0,
                                "numberReady": 0},
    kinds.JOB: lambda _: {},
    kinds.CRONJOB: lambda _: {},
    kinds.PERSISTENTVOLUMECLAIM: lambda _: {"phase": "Pending"},
    kinds.PERSISTENTVOLUME: lambda _: {"phase": "Pending"},
    kinds.RESOURCEQUOTA: lambda _: {},
    kinds.PODDISRUPTIONBUDGET: lambda _: {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0,
                                          "expectedPods": 0},
    kinds.HORIZONTALPODAUTOSCALER: lambda _: {"currentMetrics": None, "desiredReplicas": 0},
    kinds.VOLUMEATTACHMENT: lambda _: {"attached": False},
    kinds.CUSTOMRESOURCEDEFINITION: lambda crd: {
        "conditions": None, "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": [one["name"] for one in crd["spec"].get("versions") or () if one.get("storage")],
    },
    kinds.CERTIFICATESIGNINGREQUEST: lambda _: {},
}  # fmt: skip

# Tipos cuya `metadata.generation` cuenta los cambios de lo pedido.
_GENERATIONAL = frozenset({
    kinds.POD, kinds.DEPLOYMENT, kinds.REPLICASET, kinds.STATEFULSET, kinds.DAEMONSET, kinds.JOB, kinds.CRONJOB,
    kinds.REPLICATIONCONTROLLER, kinds.PODDISRUPTIONBUDGET, kinds.INGRESS, kinds.INGRESSCLASS, kinds.NETWORKPOLICY,
    kinds.PRIORITYCLASS, kinds.CUSTOMRESOURCEDEFINITION, kinds.MUTATINGWEBHOOKCONFIGURATION,
    kinds.VALIDATINGWEBHOOKCONFIGURATION, kinds.MUTATINGADMISSIONPOLICY, kinds.VALIDATINGADMISSIONPOLICY,
    kinds.MUTATINGADMISSIONPOLICYBINDING, kinds.VALIDATINGADMISSIONPOLICYBINDING, kinds.FLOWSCHEMA,
    kinds.PRIORITYLEVELCONFIGURATION, kinds.CSIDRIVER, kinds.DEVICECLASS, kinds.RESOURCESLICE,
})  # fmt: skip

# La API vieja contaba aquí los cambios de plantilla de un DaemonSet, y la de hoy lo sigue enseñando.
_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"

# Lo que no cambia de un objeto por mucho que el cliente lo mande distinto.
_OWNED_BY_SERVER = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
                    "selfLink", "generateName")  # fmt: skip


def has_status(kind: Kind) -> bool:
    """Si el tipo separa lo observado (`status`) en su propio subrecurso."""
    return "status" in kind.subresources


def for_create(kind: Kind, obj: Object) -> None:
    """Deja un objeto nuevo como si nadie hubiera escrito lo que solo escribe el servidor."""
    meta = obj["metadata"]
    for name in ("uid", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"):
        meta.pop(name, None)
    if kind in _GENERATIONAL or kind.own is not None:
        meta["generation"] = 1
    if kind.own is not None and has_status(kind):
        obj.pop("status", None)
        kind.own.complete(obj)  # un estado que nadie ha escrito aún empieza como diga el esquema
    if kind is kinds.DAEMONSET:
        _count_templates(obj, 1)
    initial = _INITIAL_STATUS.get(kind)
    if initial is not None:
        obj["status"] = initial(obj)


def credit(kind: Kind, obj: Object, user: User) -> None:
    """Una petición de certificado dice quién la hizo, y no lo dice quien la escribe."""
    if kind is kinds.CERTIFICATESIGNINGREQUEST:
        spec = {key: value for key, value in obj["spec"].items() if key not in ("username", "groups", "uid", "extra")}
        obj["spec"] = {**spec, "username": user.name, "groups": list(user.groups)}


def identify(kind: Kind, obj: Object) -> None:
    """Lo que se pone al final, ya juzgado: un Job elige sus Pods por su uid, y las claves de un Pod, a quién miran."""
    if kind is kinds.POD and ("affinity" in obj["spec"] or "topologySpreadConstraints" in obj["spec"]):
        label_keys.merge(obj)
    if kind is not kinds.JOB or obj["spec"].get("manualSelector"):
        return
    meta, template = obj["metadata"], obj["spec"]["template"].setdefault("metadata", {})
    inherited = template.get("labels") or {}
    own = {f"{prefix}{name}": value for prefix in ("", "batch.kubernetes.io/")
           for name, value in (("controller-uid", meta["uid"]), ("job-name", meta["name"]))}  # fmt: skip
    # Si las etiquetas del Job son las de su plantilla, son las mismas también después.
    if not meta.get("labels") or meta["labels"] is inherited:
        meta["labels"] = {**inherited, **own}
    template["labels"] = {**inherited, **own}
    obj["spec"].setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": meta["uid"]}})


def for_update(kind: Kind, new: Object, old: Object, subresource: str) -> None:
    """Deja en `new` (que es de quien llama) lo que este camino puede cambiar, y el resto como estaba en `old`."""
    meta, before = new["metadata"], old["metadata"]
    for name in _OWNED_BY_SERVER:
        if name in before:
            meta[name] = before[name]
        else:
            meta.pop(name, None)
    if subresource in ("status", "approval"):
        _keep_all_but(new, old, ("status", "metadata"))
        for name in ("ownerReferences", "labels", "annotations", "finalizers"):
            _restore(meta, before, name)
    elif kind is kinds.POD and subresource in (pod_changes.EPHEMERAL, pod_changes.RESIZE):
        new.update(pod_changes.narrow(new, old, subresource))
    elif has_status(kind):
        _restore(new, old, "status")


def date_decision(new: Object, old: Object, now: float) -> None:
    """Una petición de certificado decidida: cambian solo sus condiciones, y cada una nueva lleva su fecha."""
    known = {one["type"] for one in (old.get("status") or {}).get("conditions") or ()}
    dates = {"lastUpdateTime": timestamp(now), "lastTransitionTime": timestamp(now)}
    conditions = [one if one.get("type") in known else {**dates, "status": "True", **one}
                  for one in (new.get("status") or {}).get("conditions") or ()]  # fmt: skip
    rest = {key: value for key, value in (old.get("status") or {}).items() if key != "conditions"}
    new["status"] = {**rest, **({"conditions": conditions} if conditions else {})}


def bump_generation(kind: Kind, new: Object, old: Object) -> None:
    """Cuenta un cambio de lo pedido, si lo hubo."""
    if (kind in _GENERATIONAL or kind.own is not None) and _wish(new) != _wish(old):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
    if kind is kinds.DAEMONSET:
        before = (old["metadata"].get("annotations") or {}).get(_TEMPLATE_GENERATION, "1")
        _count_templates(new, int(before) + (new["spec"].get("template") != old["spec"].get("template")))


def _count_templates(obj: Object, count: int) -> None:
    obj["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), _TEMPLATE_GENERATION: str(count)}


def mark_deleted(kind: Kind, obj: Object) -> None:
    """Un objeto que empieza a borrarse cuenta como cambiado."""
    if "generation" in obj["metadata"]:
        obj["metadata"]["generation"] += 1


def _wish(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}


def _keep_all_but(new: Object, old: Object, changed: tuple[str, ...]) -> None:
    for key in [key for key in new if key not in changed]:
        del new[key]
    for key, value in old.items():
        if key not in changed:
            new[key] = value


def _restore(new: Object, old: Object, name: str) -> None:
    if name in old:
        new[name] = old[name]
    else:
        new.pop(name, None)
