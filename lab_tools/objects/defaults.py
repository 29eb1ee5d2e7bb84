"""Los valores que Kubernetes pone cuando nadie los escribe, como una tabla por tipo.

Tres tablas y un recorrido. `STRUCTS` y `NULLS` dicen qué campos salen siempre, aunque estén vacíos;
`CONSTANTS`, los valores fijos; `RULES`, los que dependen de otros campos. El recorrido sigue el esquema,
así que una plantilla de Pod recibe lo mismo esté donde esté.
Fuente: https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/apis (archivos `defaults.go`)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lab_tools.objects import Object, clone, schema
from lab_tools.objects.default_rules import RULES
from lab_tools.objects.kinds import Kind

PREFIX = "io.k8s.api."

# Campos que en Go son estructuras, no punteros: se escriben siempre, aunque sea como `{}`.
STRUCTS: Mapping[str, str] = {
    "apps.v1.DaemonSet": "spec status", "apps.v1.DaemonSetSpec": "updateStrategy",
    "apps.v1.Deployment": "spec status", "apps.v1.DeploymentSpec": "strategy",
    "apps.v1.ReplicaSet": "spec status", "apps.v1.ReplicaSetSpec": "template",
    "apps.v1.StatefulSet": "spec status", "apps.v1.StatefulSetSpec": "updateStrategy",
    "autoscaling.v1.HorizontalPodAutoscaler": "status", "autoscaling.v1.Scale": "spec status",
    "autoscaling.v2.HorizontalPodAutoscaler": "status",
    "batch.v1.CronJob": "status", "batch.v1.Job": "spec status", "batch.v1.JobTemplateSpec": "metadata spec",
    "coordination.v1.Lease": "spec",
    "core.v1.Container": "resources", "core.v1.EphemeralContainer": "resources",
    "core.v1.ContainerStatus": "lastState state", "core.v1.Event": "source",
    "core.v1.LimitRange": "spec", "core.v1.Namespace": "spec status", "core.v1.Node": "spec status",
    "core.v1.NodeStatus": "daemonEndpoints nodeInfo", "core.v1.NodeDaemonEndpoints": "kubeletEndpoint",
    "core.v1.PersistentVolume": "spec status", "core.v1.PersistentVolumeClaim": "spec status",
    "core.v1.PersistentVolumeClaimSpec": "resources", "core.v1.Pod": "spec status",
    "core.v1.PodTemplate": "template", "core.v1.PodTemplateSpec": "metadata spec",
    "core.v1.ReplicationController": "spec status", "core.v1.ResourceQuota": "spec status",
    "core.v1.Service": "spec status", "core.v1.ServiceStatus": "loadBalancer",
    "discovery.v1.Endpoint": "conditions",
    "flowcontrol.v1.FlowSchema": "spec status", "flowcontrol.v1.PriorityLevelConfiguration": "spec status",
    "flowcontrol.v1.LimitedPriorityLevelConfiguration": "limitResponse",
    "networking.v1.Ingress": "spec status", "networking.v1.IngressStatus": "loadBalancer",
    "networking.v1.IngressServiceBackend": "port", "networking.v1.IngressClass": "spec",
    "networking.v1.NetworkPolicy": "spec", "networking.v1.NetworkPolicySpec": "podSelector",
    "networking.v1.IPAddress": "spec", "networking.v1.ServiceCIDR": "spec status",
    "policy.v1.PodDisruptionBudget": "spec status",
    "resource.v1.DeviceClass": "spec", "resource.v1.ResourceClaim": "spec status",
    "resource.v1.ResourceClaimSpec": "devices", "resource.v1.ResourceClaimTemplate": "spec",
    "resource.v1.ResourceClaimTemplateSpec": "metadata spec", "resource.v1.ResourceSlice": "spec",
    "storage.v1.VolumeAttachment": "status",
}  # fmt: skip

# Objetos obligatorios que en Go son punteros: si nadie los escribe, faltan, y la validación lo dirá.
POINTERS: Mapping[str, str] = {"networking.v1.IPAddressSpec": "parentRef"}

# Campos que se escriben siempre y que, sin valor, son `null`: instantes y alguna lista.
NULLS: Mapping[str, str] = {
    "apps.v1.DaemonSetCondition": "lastTransitionTime",
    "apps.v1.DeploymentCondition": "lastTransitionTime lastUpdateTime",
    "apps.v1.ReplicaSetCondition": "lastTransitionTime", "apps.v1.StatefulSetCondition": "lastTransitionTime",
    "autoscaling.v2.HorizontalPodAutoscalerCondition": "lastTransitionTime",
    "autoscaling.v2.HorizontalPodAutoscalerStatus": "currentMetrics",
    "batch.v1.JobCondition": "lastProbeTime lastTransitionTime",
    "core.v1.ContainerStateRunning": "startedAt", "core.v1.ContainerStateTerminated": "finishedAt startedAt",
    "core.v1.Event": "eventTime firstTimestamp lastTimestamp",
    "core.v1.LimitRangeSpec": "limits",
    "core.v1.NamespaceCondition": "lastTransitionTime", "core.v1.NodeCondition": "lastHeartbeatTime lastTransitionTime",
    "core.v1.PersistentVolumeClaimCondition": "lastProbeTime lastTransitionTime",
    "core.v1.PodCondition": "lastProbeTime lastTransitionTime",
    "core.v1.ReplicationControllerCondition": "lastTransitionTime",
    "discovery.v1.EndpointSlice": "endpoints ports",
    "rbac.v1.ClusterRole": "rules", "rbac.v1.Role": "rules",
    "storage.v1.CSINodeDriver": "topologyKeys", "storage.v1.CSINodeSpec": "drivers",
}  # fmt: skip

# Valores fijos: se ponen si el campo falta o es un texto vacío.
CONSTANTS: Mapping[str, Mapping[str, Any]] = {
    "admissionregistration.v1.MatchResources": {"matchPolicy": "Equivalent", "namespaceSelector": {},
                                                "objectSelector": {}},
    "admissionregistration.v1.MutatingAdmissionPolicySpec": {"failurePolicy": "Fail"},
    "admissionregistration.v1.MutatingWebhook": {"failurePolicy": "Fail", "matchPolicy": "Equivalent",
                                                 "namespaceSelector": {}, "objectSelector": {}, "timeoutSeconds": 10,
                                                 "reinvocationPolicy": "Never"},
    "admissionregistration.v1.NamedRuleWithOperations": {"scope": "*"},
    "admissionregistration.v1.RuleWithOperations": {"scope": "*"},
    "admissionregistration.v1.ServiceReference": {"port": 443},
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": {"failurePolicy": "Fail"},
    "admissionregistration.v1.ValidatingWebhook": {"failurePolicy": "Fail", "matchPolicy": "Equivalent",
                                                   "namespaceSelector": {}, "objectSelector": {},
                                                   "timeoutSeconds": 10},
    "apps.v1.DaemonSetSpec": {"revisionHistoryLimit": 10},
    "apps.v1.DaemonSetUpdateStrategy": {"type": "RollingUpdate"},
    "apps.v1.DeploymentSpec": {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600},
    "apps.v1.DeploymentStrategy": {"type": "RollingUpdate"},
    "apps.v1.ReplicaSetSpec": {"replicas": 1},
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    "apps.v1.StatefulSetSpec": {"podManagementPolicy": "OrderedReady", "replicas": 1, "revisionHistoryLimit": 10,
                                "persistentVolumeClaimRetentionPolicy": {}, "serviceName": ""},
    "apps.v1.StatefulSetStatus": {"availableReplicas": 0},
    "apps.v1.StatefulSetUpdateStrategy": {"type": "RollingUpdate"},
    "autoscaling.v1.HorizontalPodAutoscalerSpec": {"minReplicas": 1},
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {"minReplicas": 1},
    "batch.v1.CronJobSpec": {"concurrencyPolicy": "Allow", "suspend": False,
                             "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1},
    "batch.v1.PodFailurePolicyOnPodConditionsPattern": {"status": "True"},
    "core.v1.ConfigMapVolumeSource": {"defaultMode": 0o644},
    "core.v1.ContainerPort": {"protocol": "TCP"},
    "core.v1.DownwardAPIVolumeSource": {"defaultMode": 0o644},
    "core.v1.EndpointPort": {"protocol": "TCP"},
    "core.v1.Event": {"reportingComponent": "", "reportingInstance": ""},
    "core.v1.GRPCAction": {"service": ""},
    "core.v1.HTTPGetAction": {"path": "/", "scheme": "HTTP"},
    "core.v1.HostPathVolumeSource": {"type": ""},
    "core.v1.ISCSIVolumeSource": {"iscsiInterface": "default"},
    "core.v1.NamespaceStatus": {"phase": "Active"},
    "core.v1.ObjectFieldSelector": {"apiVersion": "v1"},
    "core.v1.PersistentVolumeClaimSpec": {"volumeMode": "Filesystem"},
    "core.v1.PersistentVolumeClaimStatus": {"phase": "Pending"},
    "core.v1.PersistentVolumeSpec": {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"},
    "core.v1.PersistentVolumeStatus": {"phase": "Pending"},
    "core.v1.PodSpec": {"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "securityContext": {},
                        "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler"},
    "core.v1.ProjectedVolumeSource": {"defaultMode": 0o644},
    "core.v1.ReplicationControllerSpec": {"replicas": 1},
    "core.v1.Secret": {"type": "Opaque"},
    "core.v1.SecretVolumeSource": {"defaultMode": 0o644},
    "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": 3600},
    "core.v1.ServicePort": {"protocol": "TCP"},
    "core.v1.ServiceSpec": {"type": "ClusterIP", "sessionAffinity": "None"},
    "discovery.v1.EndpointPort": {"name": "", "protocol": "TCP"},
    "flowcontrol.v1.ExemptPriorityLevelConfiguration": {"nominalConcurrencyShares": 0, "lendablePercent": 0},
    "flowcontrol.v1.LimitedPriorityLevelConfiguration": {"nominalConcurrencyShares": 30, "lendablePercent": 0},
    "networking.v1.IngressClassParametersReference": {"scope": "Cluster"},
    "networking.v1.NetworkPolicyPort": {"protocol": "TCP"},
    "policy.v1.PodDisruptionBudgetStatus": {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0,
                                            "expectedPods": 0},
    "rbac.v1.RoleRef": {"apiGroup": "rbac.authorization.k8s.io"},
    "resource.v1.DeviceSubRequest": {"allocationMode": "ExactCount"},
    "resource.v1.DeviceToleration": {"operator": "Equal"},
    "resource.v1.ExactDeviceRequest": {"allocationMode": "ExactCount"},
    "scheduling.v1.PriorityClass": {"preemptionPolicy": "PreemptLowerPriority", "value": 0},
    "storage.v1.CSIDriverSpec": {"attachRequired": True, "podInfoOnMount": False, "storageCapacity": False,
                                 "fsGroupPolicy": "ReadWriteOnceWithFSType", "requiresRepublish": False,
                                 "seLinuxMount": False, "volumeLifecycleModes": ["Persistent"]},
    "storage.v1.StorageClass": {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
}  # fmt: skip

ZERO = {"string": "", "integer": 0, "number": 0, "boolean": False}


def apply(kind: Kind, obj: Object) -> None:
    """Completa `obj` (que es de quien llama) con los valores por omisión de su tipo.

    Un tipo propio se completa con los de su esquema. Aplicarlo dos veces da lo mismo que una.
    """
    if kind.own is not None:
        kind.own.complete(obj)
        return
    plan = _plan(kind.definition)
    if plan is not None:
        _complete(plan, obj)


@dataclass(slots=True)
class _Plan:
    """Lo que hay que hacer en un tipo: campos fijos, reglas y los campos por los que hay que seguir."""

    constants: tuple[tuple[str, Any], ...] = ()
    nulls: tuple[str, ...] = ()
    rules: tuple[Callable[[Object], None], ...] = ()
    below: tuple[tuple[str, _Plan], ...] = ()

    @property
    def idle(self) -> bool:
        return not (self.constants or self.nulls or self.rules or self.below)


def _complete(plan: _Plan, obj: Object) -> None:
    for name, value in plan.constants:
        if obj.get(name) in (None, ""):
            obj[name] = clone(value)
    for name in plan.nulls:
        obj.setdefault(name, None)
    for rule in plan.rules:
        rule(obj)
    for name, deeper in plan.below:
        for item in _objects(obj.get(name)):
            _complete(deeper, item)


def _objects(value: Any) -> Iterator[Object]:
    """Los objetos de un campo: él mismo o los de su lista."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


@cache
def _plan(name: str) -> _Plan | None:
    """El plan de una definición, o `None` si no hay nada que hacer en ella ni debajo."""
    definition = schema.find(name)
    if definition is None or _is_recursive(name):
        return None
    short = name.removeprefix(PREFIX)
    plan = _Plan(
        constants=tuple(_constants(definition, short)),
        nulls=tuple(NULLS.get(short, "").split()),
        rules=RULES.get(short, ()),
        below=tuple(_below(definition)),
    )
    return None if plan.idle else plan


def _constants(definition: schema.Definition, short: str) -> Iterator[tuple[str, Any]]:
    """Primero lo que siempre se escribe, después los valores de la tabla (que mandan sobre el cero)."""
    fixed = CONSTANTS.get(short, {})
    for name in (name for name in definition.required if name not in POINTERS.get(short, "").split()):
        zero = _zero(definition.fields[name])
        if zero is not None and name not in fixed:
            yield name, zero
    yield from ((name, {}) for name in STRUCTS.get(short, "").split())
    yield from fixed.items()


def _zero(field: schema.Field) -> Any:
    """El valor de un campo obligatorio que nadie escribió; `None` si Go tampoco lo escribe.

    Los selectores son punteros: uno que falta es un error que verá la validación, no uno vacío.
    """
    if field.ref == schema.LABEL_SELECTOR:
        return None
    if field.ref == schema.INT_OR_STRING:
        return 0
    if field.definition is not None and not field.is_list and not field.is_map:
        return {}
    return ZERO.get(field.type)


def _below(definition: schema.Definition) -> Iterator[tuple[str, _Plan]]:
    for name, field in definition.fields.items():
        if field.definition is not None and not field.is_map:
            plan = _plan(field.definition.name)
            if plan is not None:
                yield name, plan


def _is_recursive(name: str) -> bool:
    """Los esquemas de los tipos propios se contienen a sí mismos y no tienen valores por omisión."""
    return name.endswith(".JSONSchemaProps")
