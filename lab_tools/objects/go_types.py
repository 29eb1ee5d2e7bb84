"""Lo que el esquema no cuenta de los tipos de Go: cómo se llaman y qué ceros no se escriben.

En Go un puntero a cero se escribe y un cero a secas con `omitempty` no. Como OpenAPI no los distingue, aquí
están los campos que importan. Fuente: https://pkg.go.dev/k8s.io/api@v0.36.0
"""

from __future__ import annotations

from collections.abc import Mapping

from lab_tools.objects.schema import Field

_API = "io.k8s.api."

# Enteros y booleanos que no son punteros: cero o falso es lo mismo que nada.
_OMITTED: Mapping[str, str] = {
    "apps.v1.DaemonSetSpec": "minReadySeconds",
    "apps.v1.DaemonSetStatus": "observedGeneration updatedNumberScheduled numberAvailable numberUnavailable",
    "apps.v1.DeploymentSpec": "minReadySeconds paused",
    "apps.v1.DeploymentStatus": "observedGeneration replicas updatedReplicas readyReplicas availableReplicas "
                                "unavailableReplicas",
    "apps.v1.ReplicaSetSpec": "minReadySeconds",
    "apps.v1.ReplicaSetStatus": "fullyLabeledReplicas readyReplicas availableReplicas observedGeneration",
    "apps.v1.StatefulSetSpec": "minReadySeconds",
    "apps.v1.StatefulSetStatus": "observedGeneration readyReplicas currentReplicas updatedReplicas",
    "autoscaling.v1.ScaleSpec": "replicas",
    "autoscaling.v2.HorizontalPodAutoscalerStatus": "currentReplicas",
    "batch.v1.JobStatus": "active succeeded failed",
    "core.v1.Container": "stdin stdinOnce tty",
    "core.v1.ContainerPort": "hostPort",
    "core.v1.ContainerStateTerminated": "signal",
    "core.v1.EphemeralContainer": "stdin stdinOnce tty",
    "core.v1.Event": "count",
    "core.v1.EventSeries": "count",
    "core.v1.NFSVolumeSource": "readOnly",
    "core.v1.NodeSpec": "unschedulable",
    "core.v1.PersistentVolumeClaimVolumeSource": "readOnly",
    "core.v1.PodCondition": "observedGeneration",
    "core.v1.PodSpec": "hostNetwork hostPID hostIPC",
    "core.v1.PodStatus": "observedGeneration",
    "core.v1.Probe": "initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold",
    "core.v1.ReplicationControllerSpec": "minReadySeconds",
    "core.v1.ReplicationControllerStatus": "fullyLabeledReplicas readyReplicas availableReplicas observedGeneration",
    "core.v1.ServicePort": "nodePort",
    "core.v1.ServiceSpec": "publishNotReadyAddresses healthCheckNodePort",
    "core.v1.VolumeMount": "readOnly",
    "policy.v1.PodDisruptionBudgetStatus": "observedGeneration",
    "scheduling.v1.PriorityClass": "globalDefault",
}  # fmt: skip
OMITTED_ZERO = frozenset(f"{_API}{name}.{field}" for name, fields in _OMITTED.items() for field in fields.split()) | {
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta.generation"
}

# Textos que sí son punteros: vacío dice algo (una clase de almacenamiento vacía no es la de omisión).
_KEPT: Mapping[str, str] = {
    "apps.v1.StatefulSetSpec": "serviceName",
    "coordination.v1.LeaseSpec": "holderIdentity",
    "core.v1.Event": "reportingComponent reportingInstance",
    "core.v1.GRPCAction": "service",
    "core.v1.HostPathVolumeSource": "type",
    "core.v1.PersistentVolumeClaimSpec": "storageClassName volumeAttributesClassName",
    "core.v1.PodDNSConfigOption": "value",
    "core.v1.PodSpec": "runtimeClassName",
    "core.v1.ServicePort": "appProtocol",
    "core.v1.ServiceSpec": "loadBalancerClass",
    "core.v1.TypedLocalObjectReference": "apiGroup",
    "core.v1.TypedObjectReference": "apiGroup",
    "discovery.v1.Endpoint": "hostname nodeName zone",
    "discovery.v1.EndpointPort": "name appProtocol",
    "networking.v1.IngressSpec": "ingressClassName",
}  # fmt: skip
# Listas que se escriben aunque estén vacías o que distinguen entre vacía y ausente.
_KEPT_LISTS: Mapping[str, str] = {"discovery.v1.EndpointSlice": "ports"}
# Un valor por omisión vacío sigue siendo un valor.
_DEFAULT = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps.default"
KEPT_EMPTY = frozenset({_DEFAULT}) | frozenset(
    f"{_API}{name}.{field}"
    for table in (_KEPT, _KEPT_LISTS)
    for name, fields in table.items()
    for field in fields.split()
)

# Textos y mapas con nombre propio en Go, que aparece en los mensajes de error.
_NAMED: Mapping[str, str] = {
    "apps.v1.DeploymentStrategy.type": "DeploymentStrategyType",
    "batch.v1.CronJobSpec.concurrencyPolicy": "ConcurrencyPolicy",
    "batch.v1.JobSpec.completionMode": "CompletionMode",
    "core.v1.Container.imagePullPolicy": "PullPolicy",
    "core.v1.Container.terminationMessagePolicy": "TerminationMessagePolicy",
    "core.v1.ContainerPort.protocol": "Protocol",
    "core.v1.HTTPGetAction.scheme": "URIScheme",
    "core.v1.PersistentVolumeSpec.capacity": "ResourceList",
    "core.v1.PodSpec.dnsPolicy": "DNSPolicy",
    "core.v1.PodSpec.restartPolicy": "RestartPolicy",
    "core.v1.ResourceQuotaSpec.hard": "ResourceList",
    "core.v1.ResourceRequirements.limits": "ResourceList",
    "core.v1.ResourceRequirements.requests": "ResourceList",
    "core.v1.Secret.type": "SecretType",
    "core.v1.ServicePort.protocol": "Protocol",
    "core.v1.ServiceSpec.sessionAffinity": "ServiceAffinity",
    "core.v1.ServiceSpec.type": "ServiceType",
    "core.v1.Taint.effect": "TaintEffect",
    "core.v1.Toleration.effect": "TaintEffect",
    "core.v1.Toleration.operator": "TolerationOperator",
    "core.v1.VolumeResourceRequirements.limits": "ResourceList",
    "core.v1.VolumeResourceRequirements.requests": "ResourceList",
}
_SCALARS = {
    ("string", ""): "string",
    ("string", "byte"): "[]uint8",
    ("boolean", ""): "bool",
    ("integer", "int32"): "int32",
    ("integer", "int64"): "int64",
    ("integer", ""): "int64",
    ("number", "double"): "float64",
}
_SPECIAL = {"io.k8s.apimachinery.pkg.api.resource.Quantity": "resource.Quantity"}


def go_type(where: str, field: Field | None = None) -> str:
    """El tipo de Go con que el servidor nombra un campo («int32», «[]v1.Container») o una definición entera.

    `where` es la definición, o la definición y el campo separados por un punto.
    """
    if field is None:
        package, _, short = where.rpartition(".")
        return _SPECIAL.get(where, f"{package.rpartition('.')[2]}.{short}")
    named = _NAMED.get(where.removeprefix(_API))
    if named:
        return f"v1.{named}"
    if field.ref:
        return go_type(field.ref)
    if field.items is not None:
        return f"[]{go_type('', field.items)}"
    if field.additional is not None:
        return f"map[string]{go_type('', field.additional)}"
    return _SCALARS.get((field.type, field.format), field.type)
