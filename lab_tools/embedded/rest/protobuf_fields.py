"""Qué campo es cada número en los cuerpos Protobuf de los generadores de kubectl.

Aprendida del cable con `python -m tests.conformance.learn_protobuf`: no se edita a mano. Un nombre acabado
en «?» es de un campo que viaja siempre, también vacío: su cero no quiere decir nada. «+» es un mensaje
incrustado, descrito bajo el mismo nombre con un «+» detrás.
"""

from __future__ import annotations

FIELDS: dict[str, dict[int, str]] = {
    "io.k8s.api.apps.v1.Deployment": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.apps.v1.DeploymentSpec": {
        1: "replicas", 2: "selector", 3: "template",
    },
    "io.k8s.api.autoscaling.v2.CrossVersionObjectReference": {
        1: "kind", 2: "name", 3: "apiVersion",
    },
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec": {
        1: "scaleTargetRef", 2: "minReplicas", 3: "maxReplicas", 4: "metrics",
    },
    "io.k8s.api.autoscaling.v2.MetricSpec": {
        1: "type", 4: "resource",
    },
    "io.k8s.api.autoscaling.v2.MetricTarget": {
        1: "type", 3: "averageValue", 4: "averageUtilization",
    },
    "io.k8s.api.autoscaling.v2.ResourceMetricSource": {
        1: "name", 2: "target",
    },
    "io.k8s.api.batch.v1.CronJob": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.batch.v1.CronJobSpec": {
        1: "schedule", 5: "jobTemplate",
    },
    "io.k8s.api.batch.v1.Job": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.batch.v1.JobSpec": {
        1: "parallelism", 2: "completions", 3: "activeDeadlineSeconds", 4: "selector", 5: "manualSelector", 6:
        "template", 7: "backoffLimit", 8: "ttlSecondsAfterFinished", 9: "completionMode", 10: "suspend", 11:
        "podFailurePolicy", 12: "backoffLimitPerIndex", 13: "maxFailedIndexes", 14: "podReplacementPolicy", 15:
        "managedBy", 16: "successPolicy",
    },
    "io.k8s.api.batch.v1.JobTemplateSpec": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.batch.v1.PodFailurePolicy": {
        1: "rules",
    },
    "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement": {
        1: "containerName", 2: "operator", 3: "values",
    },
    "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern": {
        1: "type",
    },
    "io.k8s.api.batch.v1.PodFailurePolicyRule": {
        1: "action", 2: "onExitCodes", 3: "onPodConditions",
    },
    "io.k8s.api.batch.v1.SuccessPolicy": {
        1: "rules",
    },
    "io.k8s.api.batch.v1.SuccessPolicyRule": {
        1: "succeededIndexes", 2: "succeededCount",
    },
    "io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource": {
        1: "volumeID", 2: "fsType", 3: "partition", 4: "readOnly?",
    },
    "io.k8s.api.core.v1.Affinity": {
        1: "nodeAffinity", 2: "podAffinity", 3: "podAntiAffinity",
    },
    "io.k8s.api.core.v1.AppArmorProfile": {
        1: "type", 2: "localhostProfile",
    },
    "io.k8s.api.core.v1.AzureDiskVolumeSource": {
        1: "diskName", 2: "diskURI", 3: "cachingMode", 4: "fsType", 5: "readOnly", 6: "kind",
    },
    "io.k8s.api.core.v1.AzureFileVolumeSource": {
        1: "secretName", 2: "shareName", 3: "readOnly?",
    },
    "io.k8s.api.core.v1.CSIVolumeSource": {
        1: "driver", 2: "readOnly", 3: "fsType", 4: "volumeAttributes", 5: "nodePublishSecretRef",
    },
    "io.k8s.api.core.v1.Capabilities": {
        1: "add", 2: "drop",
    },
    "io.k8s.api.core.v1.CephFSVolumeSource": {
        1: "monitors", 2: "path", 3: "user", 4: "secretFile", 5: "secretRef", 6: "readOnly?",
    },
    "io.k8s.api.core.v1.CinderVolumeSource": {
        1: "volumeID", 2: "fsType", 3: "readOnly?", 4: "secretRef",
    },
    "io.k8s.api.core.v1.ClusterTrustBundleProjection": {
        1: "name", 2: "signerName", 3: "labelSelector", 4: "path", 5: "optional",
    },
    "io.k8s.api.core.v1.ConfigMap": {
        1: "metadata", 2: "data", 3: "binaryData",
    },
    "io.k8s.api.core.v1.ConfigMapEnvSource": {
        1: "+", 2: "optional",
    },
    "io.k8s.api.core.v1.ConfigMapEnvSource+": {
        1: "name",
    },
    "io.k8s.api.core.v1.ConfigMapKeySelector": {
        1: "+", 2: "key", 3: "optional",
    },
    "io.k8s.api.core.v1.ConfigMapKeySelector+": {
        1: "name",
    },
    "io.k8s.api.core.v1.ConfigMapProjection": {
        1: "+", 2: "items", 4: "optional",
    },
    "io.k8s.api.core.v1.ConfigMapProjection+": {
        1: "name",
    },
    "io.k8s.api.core.v1.ConfigMapVolumeSource": {
        1: "+", 2: "items", 3: "defaultMode", 4: "optional",
    },
    "io.k8s.api.core.v1.ConfigMapVolumeSource+": {
        1: "name",
    },
    "io.k8s.api.core.v1.Container": {
        1: "name", 2: "image", 3: "command", 4: "args", 5: "workingDir?", 6: "ports", 7: "env", 8: "resources?", 9:
        "volumeMounts", 10: "livenessProbe", 11: "readinessProbe", 12: "lifecycle", 13: "terminationMessagePath?", 14:
        "imagePullPolicy?", 15: "securityContext", 16: "stdin?", 17: "stdinOnce?", 18: "tty?", 19: "envFrom", 20:
        "terminationMessagePolicy?", 21: "volumeDevices", 22: "startupProbe", 23: "resizePolicy", 24: "restartPolicy",
        25: "restartPolicyRules",
    },
    "io.k8s.api.core.v1.ContainerPort": {
        1: "name?", 2: "hostPort?", 3: "containerPort", 4: "protocol?", 5: "hostIP?",
    },
    "io.k8s.api.core.v1.ContainerResizePolicy": {
        1: "resourceName", 2: "restartPolicy",
    },
    "io.k8s.api.core.v1.ContainerRestartRule": {
        1: "action", 2: "exitCodes",
    },
    "io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes": {
        1: "operator", 2: "values",
    },
    "io.k8s.api.core.v1.DownwardAPIProjection": {
        1: "items",
    },
    "io.k8s.api.core.v1.DownwardAPIVolumeFile": {
        1: "path", 2: "fieldRef", 3: "resourceFieldRef", 4: "mode",
    },
    "io.k8s.api.core.v1.DownwardAPIVolumeSource": {
        1: "items", 2: "defaultMode",
    },
    "io.k8s.api.core.v1.EmptyDirVolumeSource": {
        1: "medium", 2: "sizeLimit",
    },
    "io.k8s.api.core.v1.EnvFromSource": {
        1: "prefix", 2: "configMapRef", 3: "secretRef",
    },
    "io.k8s.api.core.v1.EnvVar": {
        1: "name", 2: "value", 3: "valueFrom",
    },
    "io.k8s.api.core.v1.EnvVarSource": {
        1: "fieldRef", 2: "resourceFieldRef", 3: "configMapKeyRef", 4: "secretKeyRef", 5: "fileKeyRef",
    },
    "io.k8s.api.core.v1.EphemeralContainer": {
        1: "+", 2: "targetContainerName",
    },
    "io.k8s.api.core.v1.EphemeralContainer+": {
        1: "name", 2: "image", 3: "command", 4: "args", 5: "workingDir", 6: "ports", 7: "env", 8: "resources", 9:
        "volumeMounts", 10: "livenessProbe", 11: "readinessProbe", 12: "lifecycle", 13: "terminationMessagePath", 14:
        "imagePullPolicy", 15: "securityContext", 16: "stdin?", 17: "stdinOnce?", 18: "tty?", 19: "envFrom", 20:
        "terminationMessagePolicy", 21: "volumeDevices", 22: "startupProbe", 23: "resizePolicy", 24: "restartPolicy",
        25: "restartPolicyRules",
    },
    "io.k8s.api.core.v1.EphemeralVolumeSource": {
        1: "volumeClaimTemplate",
    },
    "io.k8s.api.core.v1.ExecAction": {
        1: "command",
    },
    "io.k8s.api.core.v1.FCVolumeSource": {
        1: "targetWWNs", 2: "lun", 3: "fsType", 4: "readOnly?", 5: "wwids",
    },
    "io.k8s.api.core.v1.FileKeySelector": {
        1: "volumeName", 2: "path", 3: "key", 4: "optional",
    },
    "io.k8s.api.core.v1.FlexVolumeSource": {
        1: "driver", 2: "fsType", 3: "secretRef", 4: "readOnly?", 5: "options",
    },
    "io.k8s.api.core.v1.FlockerVolumeSource": {
        1: "datasetName", 2: "datasetUUID",
    },
    "io.k8s.api.core.v1.GCEPersistentDiskVolumeSource": {
        1: "pdName", 2: "fsType", 3: "partition", 4: "readOnly?",
    },
    "io.k8s.api.core.v1.GRPCAction": {
        1: "port", 2: "service",
    },
    "io.k8s.api.core.v1.GitRepoVolumeSource": {
        1: "repository", 2: "revision", 3: "directory",
    },
    "io.k8s.api.core.v1.GlusterfsVolumeSource": {
        1: "endpoints", 2: "path", 3: "readOnly?",
    },
    "io.k8s.api.core.v1.HTTPGetAction": {
        1: "path", 2: "port", 3: "host", 4: "scheme", 5: "httpHeaders",
    },
    "io.k8s.api.core.v1.HTTPHeader": {
        1: "name", 2: "value",
    },
    "io.k8s.api.core.v1.HostAlias": {
        1: "ip", 2: "hostnames",
    },
    "io.k8s.api.core.v1.HostPathVolumeSource": {
        1: "path", 2: "type",
    },
    "io.k8s.api.core.v1.ISCSIVolumeSource": {
        1: "targetPortal", 2: "iqn", 3: "lun", 4: "iscsiInterface", 5: "fsType", 6: "readOnly?", 7: "portals", 8:
        "chapAuthDiscovery?", 10: "secretRef", 11: "chapAuthSession?", 12: "initiatorName",
    },
    "io.k8s.api.core.v1.ImageVolumeSource": {
        1: "reference", 2: "pullPolicy",
    },
    "io.k8s.api.core.v1.KeyToPath": {
        1: "key", 2: "path", 3: "mode",
    },
    "io.k8s.api.core.v1.Lifecycle": {
        1: "postStart", 2: "preStop", 3: "stopSignal",
    },
    "io.k8s.api.core.v1.LifecycleHandler": {
        1: "exec", 2: "httpGet", 3: "tcpSocket", 4: "sleep",
    },
    "io.k8s.api.core.v1.LocalObjectReference": {
        1: "name",
    },
    "io.k8s.api.core.v1.NFSVolumeSource": {
        1: "server", 2: "path", 3: "readOnly?",
    },
    "io.k8s.api.core.v1.Namespace": {
        1: "metadata",
    },
    "io.k8s.api.core.v1.NodeAffinity": {
        1: "requiredDuringSchedulingIgnoredDuringExecution", 2: "preferredDuringSchedulingIgnoredDuringExecution",
    },
    "io.k8s.api.core.v1.NodeSelector": {
        1: "nodeSelectorTerms",
    },
    "io.k8s.api.core.v1.NodeSelectorRequirement": {
        1: "key", 2: "operator", 3: "values",
    },
    "io.k8s.api.core.v1.NodeSelectorTerm": {
        1: "matchExpressions", 2: "matchFields",
    },
    "io.k8s.api.core.v1.ObjectFieldSelector": {
        1: "apiVersion", 2: "fieldPath",
    },
    "io.k8s.api.core.v1.PersistentVolumeClaimSpec": {
        1: "accessModes", 2: "resources", 3: "volumeName", 4: "selector", 5: "storageClassName", 6: "volumeMode", 7:
        "dataSource", 8: "dataSourceRef", 9: "volumeAttributesClassName",
    },
    "io.k8s.api.core.v1.PersistentVolumeClaimTemplate": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource": {
        1: "claimName", 2: "readOnly?",
    },
    "io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource": {
        1: "pdID", 2: "fsType",
    },
    "io.k8s.api.core.v1.PodAffinity": {
        1: "requiredDuringSchedulingIgnoredDuringExecution", 2: "preferredDuringSchedulingIgnoredDuringExecution",
    },
    "io.k8s.api.core.v1.PodAffinityTerm": {
        1: "labelSelector", 2: "namespaces", 3: "topologyKey", 4: "namespaceSelector", 5: "matchLabelKeys", 6:
        "mismatchLabelKeys",
    },
    "io.k8s.api.core.v1.PodAntiAffinity": {
        1: "requiredDuringSchedulingIgnoredDuringExecution", 2: "preferredDuringSchedulingIgnoredDuringExecution",
    },
    "io.k8s.api.core.v1.PodCertificateProjection": {
        1: "signerName", 2: "keyType", 3: "maxExpirationSeconds", 4: "credentialBundlePath", 5: "keyPath", 6:
        "certificateChainPath", 7: "userAnnotations",
    },
    "io.k8s.api.core.v1.PodDNSConfig": {
        1: "nameservers", 2: "searches", 3: "options",
    },
    "io.k8s.api.core.v1.PodDNSConfigOption": {
        1: "name", 2: "value",
    },
    "io.k8s.api.core.v1.PodOS": {
        1: "name",
    },
    "io.k8s.api.core.v1.PodReadinessGate": {
        1: "conditionType",
    },
    "io.k8s.api.core.v1.PodResourceClaim": {
        1: "name", 3: "resourceClaimName", 4: "resourceClaimTemplateName",
    },
    "io.k8s.api.core.v1.PodSchedulingGate": {
        1: "name",
    },
    "io.k8s.api.core.v1.PodSchedulingGroup": {
        1: "podGroupName",
    },
    "io.k8s.api.core.v1.PodSecurityContext": {
        1: "seLinuxOptions", 2: "runAsUser", 3: "runAsNonRoot", 4: "supplementalGroups", 5: "fsGroup", 6: "runAsGroup",
        7: "sysctls", 8: "windowsOptions", 9: "fsGroupChangePolicy", 10: "seccompProfile", 11: "appArmorProfile", 12:
        "supplementalGroupsPolicy", 13: "seLinuxChangePolicy",
    },
    "io.k8s.api.core.v1.PodSpec": {
        1: "volumes", 2: "containers", 3: "restartPolicy?", 4: "terminationGracePeriodSeconds", 5:
        "activeDeadlineSeconds", 6: "dnsPolicy?", 7: "nodeSelector", 8: "serviceAccountName?", 9: "serviceAccount?", 10:
        "nodeName?", 11: "hostNetwork?", 12: "hostPID?", 13: "hostIPC?", 14: "securityContext", 15: "imagePullSecrets",
        16: "hostname?", 17: "subdomain?", 18: "affinity", 19: "schedulerName?", 20: "initContainers", 21:
        "automountServiceAccountToken", 22: "tolerations", 23: "hostAliases", 24: "priorityClassName?", 25: "priority",
        26: "dnsConfig", 27: "shareProcessNamespace", 28: "readinessGates", 29: "runtimeClassName", 30:
        "enableServiceLinks", 31: "preemptionPolicy", 32: "overhead", 33: "topologySpreadConstraints", 34:
        "ephemeralContainers", 35: "setHostnameAsFQDN", 36: "os", 37: "hostUsers", 38: "schedulingGates", 39:
        "resourceClaims", 40: "resources", 41: "hostnameOverride", 43: "schedulingGroup",
    },
    "io.k8s.api.core.v1.PodTemplateSpec": {
        1: "metadata?", 2: "spec",
    },
    "io.k8s.api.core.v1.PortworxVolumeSource": {
        1: "volumeID", 2: "fsType", 3: "readOnly?",
    },
    "io.k8s.api.core.v1.PreferredSchedulingTerm": {
        1: "weight", 2: "preference",
    },
    "io.k8s.api.core.v1.Probe": {
        1: "+", 2: "initialDelaySeconds", 3: "timeoutSeconds", 4: "periodSeconds", 5: "successThreshold", 6:
        "failureThreshold", 7: "terminationGracePeriodSeconds",
    },
    "io.k8s.api.core.v1.Probe+": {
        1: "exec", 2: "httpGet", 3: "tcpSocket", 4: "grpc",
    },
    "io.k8s.api.core.v1.ProjectedVolumeSource": {
        1: "sources", 2: "defaultMode",
    },
    "io.k8s.api.core.v1.QuobyteVolumeSource": {
        1: "registry", 2: "volume", 3: "readOnly?", 4: "user", 5: "group", 6: "tenant",
    },
    "io.k8s.api.core.v1.RBDVolumeSource": {
        1: "monitors", 2: "image", 3: "fsType", 4: "pool", 5: "user", 6: "keyring", 7: "secretRef", 8: "readOnly?",
    },
    "io.k8s.api.core.v1.ResourceClaim": {
        1: "name", 2: "request",
    },
    "io.k8s.api.core.v1.ResourceFieldSelector": {
        1: "containerName", 2: "resource", 3: "divisor",
    },
    "io.k8s.api.core.v1.ResourceQuota": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.core.v1.ResourceQuotaSpec": {
        1: "hard", 2: "scopes",
    },
    "io.k8s.api.core.v1.ResourceRequirements": {
        1: "limits", 2: "requests", 3: "claims",
    },
    "io.k8s.api.core.v1.SELinuxOptions": {
        1: "user", 2: "role", 3: "type", 4: "level",
    },
    "io.k8s.api.core.v1.ScaleIOVolumeSource": {
        1: "gateway", 2: "system", 3: "secretRef", 4: "sslEnabled?", 5: "protectionDomain", 6: "storagePool", 7:
        "storageMode", 8: "volumeName", 9: "fsType", 10: "readOnly?",
    },
    "io.k8s.api.core.v1.SeccompProfile": {
        1: "type", 2: "localhostProfile",
    },
    "io.k8s.api.core.v1.Secret": {
        1: "metadata", 2: "data", 3: "type",
    },
    "io.k8s.api.core.v1.SecretEnvSource": {
        1: "+", 2: "optional",
    },
    "io.k8s.api.core.v1.SecretEnvSource+": {
        1: "name",
    },
    "io.k8s.api.core.v1.SecretKeySelector": {
        1: "+", 2: "key", 3: "optional",
    },
    "io.k8s.api.core.v1.SecretKeySelector+": {
        1: "name",
    },
    "io.k8s.api.core.v1.SecretProjection": {
        1: "+", 2: "items", 4: "optional",
    },
    "io.k8s.api.core.v1.SecretProjection+": {
        1: "name",
    },
    "io.k8s.api.core.v1.SecretVolumeSource": {
        1: "secretName", 2: "items", 3: "defaultMode", 4: "optional",
    },
    "io.k8s.api.core.v1.SecurityContext": {
        1: "capabilities", 2: "privileged", 3: "seLinuxOptions", 4: "runAsUser", 5: "runAsNonRoot", 6:
        "readOnlyRootFilesystem", 7: "allowPrivilegeEscalation", 8: "runAsGroup", 9: "procMount", 10: "windowsOptions",
        11: "seccompProfile", 12: "appArmorProfile",
    },
    "io.k8s.api.core.v1.Service": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.core.v1.ServiceAccount": {
        1: "metadata",
    },
    "io.k8s.api.core.v1.ServiceAccountTokenProjection": {
        1: "audience", 2: "expirationSeconds", 3: "path",
    },
    "io.k8s.api.core.v1.ServicePort": {
        1: "name", 2: "protocol", 3: "port", 4: "targetPort", 5: "nodePort?",
    },
    "io.k8s.api.core.v1.ServiceSpec": {
        1: "ports", 2: "selector", 3: "clusterIP?", 4: "type", 10: "externalName?",
    },
    "io.k8s.api.core.v1.SleepAction": {
        1: "seconds",
    },
    "io.k8s.api.core.v1.StorageOSVolumeSource": {
        1: "volumeName", 2: "volumeNamespace", 3: "fsType", 4: "readOnly?", 5: "secretRef",
    },
    "io.k8s.api.core.v1.Sysctl": {
        1: "name", 2: "value",
    },
    "io.k8s.api.core.v1.TCPSocketAction": {
        1: "port", 2: "host",
    },
    "io.k8s.api.core.v1.Toleration": {
        1: "key", 2: "operator", 3: "value", 4: "effect", 5: "tolerationSeconds",
    },
    "io.k8s.api.core.v1.TopologySpreadConstraint": {
        1: "maxSkew", 2: "topologyKey", 3: "whenUnsatisfiable", 4: "labelSelector", 5: "minDomains", 6:
        "nodeAffinityPolicy", 7: "nodeTaintsPolicy", 8: "matchLabelKeys",
    },
    "io.k8s.api.core.v1.TypedLocalObjectReference": {
        1: "apiGroup", 2: "kind", 3: "name",
    },
    "io.k8s.api.core.v1.TypedObjectReference": {
        1: "apiGroup", 2: "kind", 3: "name", 4: "namespace",
    },
    "io.k8s.api.core.v1.Volume": {
        1: "name", 2: "+",
    },
    "io.k8s.api.core.v1.Volume+": {
        1: "hostPath", 2: "emptyDir", 3: "gcePersistentDisk", 4: "awsElasticBlockStore", 5: "gitRepo", 6: "secret", 7:
        "nfs", 8: "iscsi", 9: "glusterfs", 10: "persistentVolumeClaim", 11: "rbd", 12: "flexVolume", 13: "cinder", 14:
        "cephfs", 15: "flocker", 16: "downwardAPI", 17: "fc", 18: "azureFile", 19: "configMap", 20: "vsphereVolume", 21:
        "quobyte", 22: "azureDisk", 23: "photonPersistentDisk", 24: "portworxVolume", 25: "scaleIO", 26: "projected",
        27: "storageos", 28: "csi", 29: "ephemeral", 30: "image",
    },
    "io.k8s.api.core.v1.VolumeDevice": {
        1: "name", 2: "devicePath",
    },
    "io.k8s.api.core.v1.VolumeMount": {
        1: "name", 2: "readOnly?", 3: "mountPath", 4: "subPath", 5: "mountPropagation", 6: "subPathExpr", 7:
        "recursiveReadOnly",
    },
    "io.k8s.api.core.v1.VolumeProjection": {
        1: "secret", 2: "downwardAPI", 3: "configMap", 4: "serviceAccountToken", 5: "clusterTrustBundle", 6:
        "podCertificate",
    },
    "io.k8s.api.core.v1.VolumeResourceRequirements": {
        1: "limits", 2: "requests",
    },
    "io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource": {
        1: "volumePath", 2: "fsType", 3: "storagePolicyName", 4: "storagePolicyID",
    },
    "io.k8s.api.core.v1.WeightedPodAffinityTerm": {
        1: "weight", 2: "podAffinityTerm",
    },
    "io.k8s.api.core.v1.WindowsSecurityContextOptions": {
        1: "gmsaCredentialSpecName", 2: "gmsaCredentialSpec", 3: "runAsUserName", 4: "hostProcess",
    },
    "io.k8s.api.networking.v1.HTTPIngressPath": {
        1: "path", 2: "backend", 3: "pathType",
    },
    "io.k8s.api.networking.v1.HTTPIngressRuleValue": {
        1: "paths",
    },
    "io.k8s.api.networking.v1.Ingress": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.networking.v1.IngressBackend": {
        4: "service",
    },
    "io.k8s.api.networking.v1.IngressRule": {
        1: "host", 2: "+",
    },
    "io.k8s.api.networking.v1.IngressRule+": {
        1: "http",
    },
    "io.k8s.api.networking.v1.IngressServiceBackend": {
        1: "name", 2: "port",
    },
    "io.k8s.api.networking.v1.IngressSpec": {
        1: "defaultBackend", 2: "tls", 3: "rules", 4: "ingressClassName",
    },
    "io.k8s.api.networking.v1.IngressTLS": {
        1: "hosts", 2: "secretName",
    },
    "io.k8s.api.networking.v1.ServiceBackendPort": {
        1: "name?", 2: "number?",
    },
    "io.k8s.api.policy.v1.PodDisruptionBudget": {
        1: "metadata", 2: "spec",
    },
    "io.k8s.api.policy.v1.PodDisruptionBudgetSpec": {
        1: "minAvailable", 2: "selector", 3: "maxUnavailable",
    },
    "io.k8s.api.rbac.v1.AggregationRule": {
        1: "clusterRoleSelectors",
    },
    "io.k8s.api.rbac.v1.ClusterRole": {
        1: "metadata", 2: "rules", 3: "aggregationRule",
    },
    "io.k8s.api.rbac.v1.ClusterRoleBinding": {
        1: "metadata", 2: "subjects", 3: "roleRef",
    },
    "io.k8s.api.rbac.v1.PolicyRule": {
        1: "verbs", 2: "apiGroups?", 3: "resources", 4: "resourceNames", 5: "nonResourceURLs",
    },
    "io.k8s.api.rbac.v1.Role": {
        1: "metadata", 2: "rules",
    },
    "io.k8s.api.rbac.v1.RoleBinding": {
        1: "metadata", 2: "subjects", 3: "roleRef",
    },
    "io.k8s.api.rbac.v1.RoleRef": {
        1: "apiGroup", 2: "kind", 3: "name",
    },
    "io.k8s.api.rbac.v1.Subject": {
        1: "kind", 2: "apiGroup?", 3: "name", 4: "namespace?",
    },
    "io.k8s.api.scheduling.v1.PriorityClass": {
        1: "metadata", 2: "value", 3: "globalDefault", 4: "description", 5: "preemptionPolicy",
    },
    "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector": {
        1: "matchLabels", 2: "matchExpressions",
    },
    "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement": {
        1: "key", 2: "operator", 3: "values",
    },
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {
        1: "name?", 2: "generateName?", 3: "namespace?", 4: "selfLink?", 5: "uid?", 6: "resourceVersion?", 7:
        "generation?", 10: "deletionGracePeriodSeconds", 11: "labels", 12: "annotations", 13: "ownerReferences", 14:
        "finalizers",
    },
    "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference": {
        1: "kind", 3: "name", 4: "uid", 5: "apiVersion", 6: "controller", 7: "blockOwnerDeletion",
    },
}
