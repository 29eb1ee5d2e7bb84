"""Los valores que admite cada campo cerrado que la validación vigila.

La clave es el tipo y el campo; los valores van en el orden en que el servidor real los cita al negarse. Lo que
`kubectl explain` enseña sale de `data/enums.gz`, y una prueba confirma que son los mismos.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/ (v1.36)
"""

from __future__ import annotations

from collections.abc import Mapping

PULL = ("Always", "IfNotPresent", "Never")
PROTOCOL = ("SCTP", "TCP", "UDP")
TERMINATION = ("FallbackToLogsOnError", "File")
TAINT = ("NoSchedule", "PreferNoSchedule", "NoExecute")
ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
TRAFFIC = ("Cluster", "Local")
VOLUME_MODE = ("Block", "Filesystem")

ENUMS: Mapping[str, tuple[str, ...]] = {
    "apps.v1.DaemonSetUpdateStrategy.type": ("RollingUpdate", "OnDelete"),
    "apps.v1.DeploymentStrategy.type": ("Recreate", "RollingUpdate"),
    "apps.v1.StatefulSetSpec.podManagementPolicy": ("OrderedReady", "Parallel"),
    "apps.v1.StatefulSetUpdateStrategy.type": ("OnDelete", "RollingUpdate"),
    "batch.v1.CronJobSpec.concurrencyPolicy": ("Allow", "Forbid", "Replace"),
    "batch.v1.JobSpec.completionMode": ("Indexed", "NonIndexed"),
    "batch.v1.JobSpec.podReplacementPolicy": ("Failed", "TerminatingOrFailed"),
    "batch.v1.PodFailurePolicyOnExitCodesRequirement.operator": ("In", "NotIn"),
    "batch.v1.PodFailurePolicyRule.action": ("Count", "FailIndex", "FailJob", "Ignore"),
    "core.v1.AppArmorProfile.type": ("Localhost", "RuntimeDefault", "Unconfined"),
    "core.v1.Container.imagePullPolicy": PULL,
    "core.v1.Container.terminationMessagePolicy": TERMINATION,
    "core.v1.ContainerPort.protocol": PROTOCOL,
    "core.v1.EndpointPort.protocol": PROTOCOL,
    "core.v1.EphemeralContainer.imagePullPolicy": PULL,
    "core.v1.EphemeralContainer.terminationMessagePolicy": TERMINATION,
    "core.v1.HTTPGetAction.scheme": ("HTTP", "HTTPS"),
    "core.v1.HostPathVolumeSource.type": (
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ),
    "core.v1.ImageVolumeSource.pullPolicy": PULL,
    "core.v1.NamespaceStatus.phase": ("Active", "Terminating"),
    "core.v1.NodeSelectorRequirement.operator": ("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"),
    "core.v1.NodeStatus.phase": ("Pending", "Running", "Terminated"),
    "core.v1.PersistentVolumeClaimSpec.volumeMode": VOLUME_MODE,
    "core.v1.PersistentVolumeClaimStatus.phase": ("Bound", "Lost", "Pending"),
    "core.v1.PersistentVolumeSpec.persistentVolumeReclaimPolicy": ("Delete", "Recycle", "Retain"),
    "core.v1.PersistentVolumeSpec.volumeMode": VOLUME_MODE,
    "core.v1.PersistentVolumeStatus.phase": ("Available", "Bound", "Failed", "Pending", "Released"),
    "core.v1.PodSecurityContext.fsGroupChangePolicy": ("Always", "OnRootMismatch"),
    "core.v1.PodSecurityContext.supplementalGroupsPolicy": ("Merge", "Strict"),
    "core.v1.PodSpec.dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "core.v1.PodSpec.preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "core.v1.PodSpec.restartPolicy": ("Always", "OnFailure", "Never"),
    "core.v1.PodStatus.phase": ("Failed", "Pending", "Running", "Succeeded", "Unknown"),
    "core.v1.PodStatus.qosClass": ("BestEffort", "Burstable", "Guaranteed"),
    "core.v1.PortStatus.protocol": PROTOCOL,
    "core.v1.ScopedResourceSelectorRequirement.operator": ("DoesNotExist", "Exists", "In", "NotIn"),
    "core.v1.SeccompProfile.type": ("Localhost", "RuntimeDefault", "Unconfined"),
    "core.v1.SecurityContext.procMount": ("Default", "Unmasked"),
    "core.v1.ServicePort.protocol": PROTOCOL,
    "core.v1.ServiceSpec.externalTrafficPolicy": TRAFFIC,
    "core.v1.ServiceSpec.internalTrafficPolicy": TRAFFIC,
    "core.v1.ServiceSpec.ipFamilyPolicy": ("PreferDualStack", "RequireDualStack", "SingleStack"),
    "core.v1.ServiceSpec.sessionAffinity": ("ClientIP", "None"),
    "core.v1.ServiceSpec.type": ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    "core.v1.Taint.effect": TAINT,
    "core.v1.Toleration.effect": TAINT,
    "core.v1.Toleration.operator": ("Equal", "Exists", "Gt", "Lt"),
    "core.v1.TopologySpreadConstraint.nodeAffinityPolicy": ("Honor", "Ignore"),
    "core.v1.TopologySpreadConstraint.nodeTaintsPolicy": ("Honor", "Ignore"),
    "core.v1.TopologySpreadConstraint.whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    "core.v1.VolumeMount.mountPropagation": ("Bidirectional", "HostToContainer", "None"),
    "discovery.v1.EndpointPort.protocol": PROTOCOL,
    "discovery.v1.EndpointSlice.addressType": ("FQDN", "IPv4", "IPv6"),
    "networking.v1.HTTPIngressPath.pathType": ("Exact", "ImplementationSpecific", "Prefix"),
    "networking.v1.IngressPortStatus.protocol": PROTOCOL,
    "networking.v1.NetworkPolicyPort.protocol": PROTOCOL,
    "policy.v1.PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy": ("AlwaysAllow", "IfHealthyBudget"),
    "scheduling.v1.PriorityClass.preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "storage.v1.StorageClass.reclaimPolicy": ("Delete", "Recycle", "Retain"),
    "storage.v1.StorageClass.volumeBindingMode": ("Immediate", "WaitForFirstConsumer"),
}

_RULES = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")

# Los valores que admite cada elemento de una lista (o de un mapa) cerrada, como los anuncia OpenAPI.
LISTED: Mapping[str, tuple[str, ...]] = {
    "admissionregistration.v1.NamedRuleWithOperations.operations": _RULES,
    "admissionregistration.v1.RuleWithOperations.operations": _RULES,
    "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec.validationActions": ("Audit", "Deny", "Warn"),
    "certificates.v1.CertificateSigningRequestSpec.usages": (
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
        "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
        "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
        "server auth", "signing", "timestamping",
    ),
    "core.v1.PersistentVolumeClaimSpec.accessModes": ACCESS,
    "core.v1.PersistentVolumeClaimStatus.accessModes": ACCESS,
    "core.v1.PersistentVolumeClaimStatus.allocatedResourceStatuses": (
        "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible",
        "NodeResizePending",
    ),
    "core.v1.PersistentVolumeSpec.accessModes": ACCESS,
    "core.v1.ResourceQuotaSpec.scopes": (
        "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating",
        "VolumeAttributesClass",
    ),
    "core.v1.ServiceSpec.ipFamilies": ("", "IPv4", "IPv6"),
    "networking.v1.NetworkPolicySpec.policyTypes": ("Egress", "Ingress"),
}  # fmt: skip
