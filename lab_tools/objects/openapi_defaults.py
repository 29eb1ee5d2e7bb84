"""Los `default` del documento OpenAPI: lo que Go escribe de un campo que nadie escribió.

En el servidor real los pone el generador: `{}` si el campo es una estructura y no un puntero; el cero de su tipo si se
escribe siempre; y lo que diga su marca `+default`. Nuestra fuente no distingue una estructura de un puntero, así que
hay una regla y, al lado, los campos que no la siguen.
Fuente: https://pkg.go.dev/k8s.io/api@v0.36.0 y https://pkg.go.dev/k8s.io/kube-openapi/pkg/generators
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lab_tools.objects import schema
from lab_tools.objects.defaults import POINTERS, STRUCTS, ZERO

# Estructuras en cualquier tipo que las tenga.
_ALWAYS = frozenset({"metadata", "spec", "status"})
# Otras estructuras que no son obligatorias, además de las que los valores por omisión escriben siempre.
_STRUCTS: Mapping[str, str] = {
    "apiextensions.v1.CustomResourceDefinitionStatus": "acceptedNames",
    "authentication.v1.SelfSubjectReviewStatus": "userInfo", "authentication.v1.TokenReviewStatus": "user",
    "events.v1.Event": "deprecatedSource regarding", "resource.v1.AllocationResult": "devices",
}  # fmt: skip
# Campos obligatorios que son punteros, o que vacíos no se escriben: no tienen `default`.
_WITHOUT: Mapping[str, str] = {
    "admissionregistration.v1.MutatingWebhook": "sideEffects",
    "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec": "policyName",
    "admissionregistration.v1.ValidatingWebhook": "sideEffects",
    "apps.v1.DaemonSetSpec": "selector", "apps.v1.DeploymentSpec": "selector", "apps.v1.ReplicaSetSpec": "selector",
    "apps.v1.StatefulSetSpec": "selector", "authentication.v1.TokenReviewSpec": "token",
    "certificates.v1.CertificateSigningRequestSpec": "request",
    "core.v1.ContainerRestartRule": "action", "core.v1.ContainerRestartRuleOnExitCodes": "operator",
    "core.v1.ImageVolumeStatus": "imageRef", "core.v1.PodCertificateProjection": "keyType signerName",
    "core.v1.ScaleIOPersistentVolumeSource": "secretRef", "core.v1.ScaleIOVolumeSource": "secretRef",
    "networking.v1.HTTPIngressPath": "pathType", "networking.v1.ParentReference": "name resource",
}  # fmt: skip
# Campos que no son obligatorios y se escriben aunque sean cero.
_ZEROS: Mapping[str, str] = {
    "apps.v1.StatefulSetOrdinals": "start", "apps.v1.StatefulSetSpec": "serviceName",
    "apps.v1.StatefulSetStatus": "availableReplicas", "batch.v1.PodFailurePolicyOnPodConditionsPattern": "status",
    "core.v1.ConfigMapEnvSource": "name", "core.v1.ConfigMapKeySelector": "name", "core.v1.ConfigMapProjection": "name",
    "core.v1.ConfigMapVolumeSource": "name", "core.v1.Event": "reportingComponent reportingInstance",
    "core.v1.FileKeySelector": "optional", "core.v1.GRPCAction": "service", "core.v1.LocalObjectReference": "name",
    "core.v1.NodeRuntimeHandler": "name", "core.v1.ReplicationControllerSpec": "minReadySeconds",
    "core.v1.SecretEnvSource": "name", "core.v1.SecretKeySelector": "name", "core.v1.SecretProjection": "name",
    "flowcontrol.v1.FlowSchemaSpec": "matchingPrecedence",
    "flowcontrol.v1.QueuingConfiguration": "handSize queueLengthLimit queues",
    "policy.v1.PodDisruptionBudgetStatus": "currentHealthy desiredHealthy disruptionsAllowed expectedPods",
    "rbac.v1.RoleRef": "apiGroup", "scheduling.v1.PriorityClass": "value",
}  # fmt: skip
# Los que traen su marca.
_MARKED: Mapping[str, Mapping[str, Any]] = {
    "core.v1.AzureDiskVolumeSource": {"cachingMode": "ReadWrite", "fsType": "ext4", "kind": "Shared",
                                      "readOnly": False},
    "core.v1.ContainerPort": {"protocol": "TCP"},
    "core.v1.ISCSIPersistentVolumeSource": {"iscsiInterface": "default"},
    "core.v1.ISCSIVolumeSource": {"iscsiInterface": "default"},
    "core.v1.RBDPersistentVolumeSource": {"keyring": "/etc/ceph/keyring", "pool": "rbd", "user": "admin"},
    "core.v1.RBDVolumeSource": {"keyring": "/etc/ceph/keyring", "pool": "rbd", "user": "admin"},
    "core.v1.ReplicationControllerSpec": {"replicas": 1},
    "core.v1.ScaleIOPersistentVolumeSource": {"fsType": "xfs", "storageMode": "ThinProvisioned"},
    "core.v1.ScaleIOVolumeSource": {"fsType": "xfs", "storageMode": "ThinProvisioned"},
    "core.v1.ServicePort": {"protocol": "TCP"},
    "resource.v1.DeviceToleration": {"operator": "Equal"},
}  # fmt: skip

TABLES = (STRUCTS, POINTERS, _STRUCTS, _WITHOUT, _ZEROS, _MARKED)
"""De lo que depende el resultado, para que el resumen de un documento cambie con ello."""


def of(name: str) -> Iterator[tuple[str, Any]]:
    """Los `default` de una definición: cada campo que lo tiene y su valor. Nada si el nombre no es de ninguna."""
    definition = schema.find(name)
    if definition is None:
        return
    short = ".".join(name.split(".")[-3:])
    structs, without = _fields(short, STRUCTS, _STRUCTS), _fields(short, POINTERS, _WITHOUT)
    zeros = _fields(short, _ZEROS)
    marked = _MARKED.get(short, {})
    for key, field in definition.fields.items():
        if key in marked:
            yield key, marked[key]
        elif _is_struct(field):
            if key in structs or key in _ALWAYS or (field.required and key not in without):
                yield key, {}
        elif field.type in ZERO and (key in zeros or (field.required and key not in without)):
            yield key, ZERO[field.type]


def _fields(short: str, *tables: Mapping[str, str]) -> set[str]:
    """Los campos que unas tablas dicen de una definición."""
    return {key for table in tables for key in table.get(short, "").split()}


def _is_struct(field: schema.Field) -> bool:
    """Si el campo es un objeto con sus propios campos, y no una fecha, una cantidad o cualquier cosa."""
    if not field.ref or field.is_list or field.is_map:
        return False
    return bool(schema.raw(field.ref).get("properties"))
