"""El juicio sobre un objeto ya descodificado y con sus valores por omisión: todos los problemas a la vez.

Un archivo por familia: `metadata`, `pod`, `workloads`, `service`… Aquí se mira solo el objeto (y, al
actualizar, el que había): nunca se consulta otro objeto ni el reloj. Lo que depende del resto del
clúster (que exista el ServiceAccount, que la IP esté libre) es de la admisión, en la API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.validation import (
    autoscaling,
    batch,
    certificates,
    cluster,
    config,
    drivers,
    endpoints,
    event,
    extensions,
    limits,
    metadata,
    network,
    pod,
    pod_changes,
    policies,
    quotas,
    service,
    storage,
    workloads,
)
from lab_tools.objects.validation.problem import Problem

__all__ = ["Problem", "validate", "validate_create", "validate_update"]

Rule = Callable[[Object], Iterator[Problem]]
UpdateRule = Callable[[Object, Object], Iterator[Problem]]


def _later(family: str, rule: str) -> Callable[..., Iterator[Problem]]:
    """Una regla de una familia que casi ningún clúster usa: se importa la primera vez que hace falta."""

    def judge(*objects: Object) -> Iterator[Problem]:
        found: Callable[..., Iterator[Problem]] = getattr(import_module(f"{__name__}.{family}"), rule)
        return found(*objects)

    return judge


# Qué se comprueba de cada tipo, además de sus metadatos.
RULES: Mapping[Kind, Rule] = {
    kinds.CERTIFICATESIGNINGREQUEST: certificates.request,
    kinds.APISERVICE: extensions.api_service,
    kinds.CLUSTERROLE: cluster.role,
    kinds.CLUSTERROLEBINDING: cluster.role_binding,
    kinds.CONFIGMAP: config.config_map,
    kinds.CONTROLLERREVISION: workloads.controller_revision,
    kinds.CRONJOB: batch.cron_job,
    kinds.CSIDRIVER: drivers.csi_driver,
    kinds.CSINODE: drivers.csi_node,
    kinds.CSISTORAGECAPACITY: drivers.capacity,
    kinds.CUSTOMRESOURCEDEFINITION: extensions.definition,
    kinds.DAEMONSET: workloads.daemon_set,
    kinds.DEPLOYMENT: workloads.deployment,
    kinds.DEVICECLASS: _later("devices", "device_class"),
    kinds.ENDPOINTS: endpoints.endpoints,
    kinds.ENDPOINTSLICE: endpoints.endpoint_slice,
    kinds.EVENT: event.event,
    kinds.FLOWSCHEMA: _later("flow", "schema"),
    kinds.HORIZONTALPODAUTOSCALER: autoscaling.validate,
    kinds.INGRESS: network.ingress,
    kinds.INGRESSCLASS: network.ingress_class,
    kinds.IPADDRESS: _later("addresses", "ip_address"),
    kinds.JOB: batch.job,
    kinds.LEASE: cluster.lease,
    kinds.LIMITRANGE: limits.limit_range,
    kinds.MUTATINGADMISSIONPOLICY: policies.mutating,
    kinds.MUTATINGADMISSIONPOLICYBINDING: policies.binding,
    kinds.NAMESPACE: cluster.namespace,
    kinds.NETWORKPOLICY: network.policy,
    kinds.NODE: cluster.node,
    kinds.PERSISTENTVOLUME: storage.volume,
    kinds.PERSISTENTVOLUMECLAIM: storage.claim,
    kinds.POD: pod.validate,
    kinds.PODDISRUPTIONBUDGET: cluster.disruption_budget,
    kinds.PODTEMPLATE: workloads.pod_template,
    kinds.PRIORITYCLASS: cluster.priority_class,
    kinds.PRIORITYLEVELCONFIGURATION: _later("flow", "level"),
    kinds.REPLICASET: workloads.replica_set,
    kinds.REPLICATIONCONTROLLER: workloads.replication_controller,
    kinds.RESOURCECLAIM: _later("devices", "claim"),
    kinds.RESOURCECLAIMTEMPLATE: _later("devices", "template"),
    kinds.RESOURCEQUOTA: limits.quota,
    kinds.RESOURCESLICE: _later("slices", "resource_slice"),
    kinds.ROLE: cluster.role,
    kinds.ROLEBINDING: cluster.role_binding,
    kinds.RUNTIMECLASS: drivers.runtime_class,
    kinds.SECRET: config.secret,
    kinds.SERVICE: service.validate,
    kinds.SERVICECIDR: _later("addresses", "service_cidr"),
    kinds.STATEFULSET: workloads.stateful_set,
    kinds.STORAGECLASS: storage.storage_class,
    kinds.VALIDATINGADMISSIONPOLICY: policies.validating,
    kinds.VALIDATINGADMISSIONPOLICYBINDING: policies.binding,
    kinds.VOLUMEATTACHMENT: drivers.attachment,
    kinds.VOLUMEATTRIBUTESCLASS: storage.attributes_class,
}

# Qué no puede cambiar de cada tipo, además de su identidad.
UPDATE_RULES: Mapping[Kind, UpdateRule] = {
    kinds.CERTIFICATESIGNINGREQUEST: certificates.update,
    kinds.CLUSTERROLEBINDING: cluster.role_binding_update,
    kinds.CONFIGMAP: config.immutable_update,
    kinds.CONTROLLERREVISION: workloads.controller_revision_update,
    kinds.CSIDRIVER: drivers.csi_driver_update,
    kinds.CSISTORAGECAPACITY: drivers.capacity_update,
    kinds.CUSTOMRESOURCEDEFINITION: extensions.definition_update,
    kinds.DAEMONSET: workloads.selector_update,
    kinds.DEPLOYMENT: workloads.selector_update,
    kinds.ENDPOINTSLICE: endpoints.endpoint_slice_update,
    kinds.EVENT_NEW: event.strict_update,
    kinds.IPADDRESS: _later("addresses", "ip_address_update"),
    kinds.JOB: batch.job_update,
    kinds.NODE: cluster.node_update,
    kinds.PERSISTENTVOLUMECLAIM: storage.claim_update,
    kinds.POD: pod.validate_update,
    kinds.PRIORITYCLASS: cluster.priority_class_update,
    kinds.REPLICASET: workloads.selector_update,
    kinds.RESOURCECLAIM: _later("devices", "claim_update"),
    kinds.RESOURCECLAIMTEMPLATE: _later("devices", "template_update"),
    kinds.RESOURCEQUOTA: quotas.scopes_update,
    kinds.RESOURCESLICE: _later("slices", "resource_slice_update"),
    kinds.ROLEBINDING: cluster.role_binding_update,
    kinds.RUNTIMECLASS: drivers.runtime_class_update,
    kinds.SECRET: config.secret_update,
    kinds.SERVICE: service.validate_update,
    kinds.SERVICECIDR: _later("addresses", "service_cidr_update"),
    kinds.STATEFULSET: workloads.stateful_set_update,
    kinds.STORAGECLASS: storage.storage_class_update,
    kinds.VOLUMEATTACHMENT: drivers.attachment_update,
    kinds.VOLUMEATTRIBUTESCLASS: storage.attributes_class_update,
}

# Lo que no puede traer un objeto nuevo, aunque otro camino se lo ponga después.
CREATE_RULES: Mapping[Kind, Rule] = {
    kinds.EVENT_NEW: event.strict,
    kinds.POD: pod.validate_create,
}

# Los cambios que entran por un subrecurso tienen su propio juicio, en lugar del del tipo.
SUBRESOURCE_RULES: Mapping[tuple[Kind, str], UpdateRule] = {
    (kinds.CERTIFICATESIGNINGREQUEST, "approval"): certificates.approval,
    (kinds.POD, pod_changes.EPHEMERAL): pod_changes.ephemeral_update,
    (kinds.POD, pod_changes.RESIZE): pod_changes.resize_update,
}


def validate(kind: Kind, obj: Object, old: Object | None = None) -> list[Problem]:
    """Los problemas de un objeto, en el orden en que el servidor real los cita. Vacía si vale.

    `obj` ya pasó por `decode` y por `defaults`: sus tipos son los del esquema. No se cambia. `old`, si lo hay, es el
    que va a sustituir: solo las reglas de los tipos propios comparan con él.
    """
    problems = list(metadata.validate(kind, obj.get("metadata") or {}))
    if kind.own is not None:
        return [*problems, *kind.own.validate(obj, old)]
    rule = RULES.get(kind)
    return [*problems, *rule(obj)] if rule else problems


def validate_create(kind: Kind, obj: Object, asked: Kind | None = None) -> list[Problem]:
    """Los problemas de un objeto que aún no existe: los de `validate`, y lo que no se puede traer al nacer.

    `asked` es el tipo por el que entra, si no es aquel con que se guarda: puede exigir más.
    """
    rule = CREATE_RULES.get(asked or kind)
    return [*validate(kind, obj), *(rule(obj) if rule else ())]


def validate_update(
    kind: Kind, new: Object, old: Object, subresource: str = "", asked: Kind | None = None
) -> list[Problem]:
    """Lo que `new` cambia de `old` y no puede cambiar por este camino. Se suma a `validate(kind, new)`.

    `asked` es el tipo por el que entra el cambio, como en `validate_create`.
    """
    rule = SUBRESOURCE_RULES.get((kind, subresource)) or UPDATE_RULES.get(asked or kind)
    problems = list(metadata.validate_update(new.get("metadata") or {}, old.get("metadata") or {}))
    return [*problems, *rule(new, old)] if rule else problems
