"""LA tabla: cada tipo que el clúster conoce, con su grupo, versión, nombres, ámbito, verbos y subrecursos.

De ella salen el descubrimiento de la API, las rutas, los nombres cortos de kubectl y la búsqueda de
esquemas. Fuente: https://kubernetes.io/docs/reference/kubernetes-api/ (v1.36).
"""

from __future__ import annotations

from typing import Any

from lab_tools.objects.kind import Kind as Kind
from lab_tools.objects.registry import Kinds

WITHOUT_COLLECTION = ("create", "delete", "get", "list", "patch", "update", "watch")
CREATE_ONLY = ("create",)
READ_ONLY = ("get", "list")


def _core(kind: str, plural: str, short: str = "", **more: object) -> Kind:
    return Kind("", "v1", kind, plural, tuple(short.split()), **more)  # type: ignore[arg-type]


def _in(group: str, kind: str, plural: str, short: str = "", version: str = "v1", **more: object) -> Kind:
    return Kind(group, version, kind, plural, tuple(short.split()), **more)  # type: ignore[arg-type]


_APPS, _BATCH, _NET = "apps", "batch", "networking.k8s.io"
_AUTHN, _AUTHZ = "authentication.k8s.io", "authorization.k8s.io"
_RBAC, _STORAGE, _ADMISSION = "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io"
_DEVICES, _FLOW = "resource.k8s.io", "flowcontrol.apiserver.k8s.io"
_REVIEW: dict[str, Any] = {"verbs": CREATE_ONLY}
_EXTENSION: dict[str, Any] = {"namespaced": False, "categories": ("api-extensions",)}
_STATUS: dict[str, Any] = {"subresources": ("status",)}
_EVERYWHERE: dict[str, Any] = {"namespaced": False}

BINDING = _core("Binding", "bindings", verbs=CREATE_ONLY)
COMPONENTSTATUS = _core("ComponentStatus", "componentstatuses", "cs", verbs=READ_ONLY, **_EVERYWHERE)
CONFIGMAP = _core("ConfigMap", "configmaps", "cm")
ENDPOINTS = _core("Endpoints", "endpoints", "ep")
EVENT = _core("Event", "events", "ev")
LIMITRANGE = _core("LimitRange", "limitranges", "limits")
NAMESPACE = _core("Namespace", "namespaces", "ns", namespaced=False, verbs=WITHOUT_COLLECTION,
                  subresources=("finalize", "status"))  # fmt: skip
NODE = _core("Node", "nodes", "no", subresources=("proxy", "status"), **_EVERYWHERE)
PERSISTENTVOLUMECLAIM = _core("PersistentVolumeClaim", "persistentvolumeclaims", "pvc", **_STATUS)
PERSISTENTVOLUME = _core("PersistentVolume", "persistentvolumes", "pv", **_EVERYWHERE, **_STATUS)
POD = _core("Pod", "pods", "po", categories=("all",),
            subresources=("attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy",
                          "resize", "status"))  # fmt: skip
PODTEMPLATE = _core("PodTemplate", "podtemplates")
REPLICATIONCONTROLLER = _core("ReplicationController", "replicationcontrollers", "rc", categories=("all",),
                              subresources=("scale", "status"))  # fmt: skip
RESOURCEQUOTA = _core("ResourceQuota", "resourcequotas", "quota", **_STATUS)
SECRET = _core("Secret", "secrets")
SERVICEACCOUNT = _core("ServiceAccount", "serviceaccounts", "sa", subresources=("token",))
SERVICE = _core("Service", "services", "svc", categories=("all",), subresources=("proxy", "status"))

CONTROLLERREVISION = _in(_APPS, "ControllerRevision", "controllerrevisions")
DAEMONSET = _in(_APPS, "DaemonSet", "daemonsets", "ds", categories=("all",), **_STATUS)
DEPLOYMENT = _in(_APPS, "Deployment", "deployments", "deploy", categories=("all",), subresources=("scale", "status"))
REPLICASET = _in(_APPS, "ReplicaSet", "replicasets", "rs", categories=("all",), subresources=("scale", "status"))
STATEFULSET = _in(_APPS, "StatefulSet", "statefulsets", "sts", categories=("all",), subresources=("scale", "status"))

# Preguntas: se crean, se responden y nadie las guarda.
SELFSUBJECTREVIEW = _in(_AUTHN, "SelfSubjectReview", "selfsubjectreviews", **_EVERYWHERE, **_REVIEW)
TOKENREVIEW = _in(_AUTHN, "TokenReview", "tokenreviews", **_EVERYWHERE, **_REVIEW)
LOCALSUBJECTACCESSREVIEW = _in(_AUTHZ, "LocalSubjectAccessReview", "localsubjectaccessreviews", **_REVIEW)
SELFSUBJECTACCESSREVIEW = _in(_AUTHZ, "SelfSubjectAccessReview", "selfsubjectaccessreviews", **_EVERYWHERE, **_REVIEW)
SELFSUBJECTRULESREVIEW = _in(_AUTHZ, "SelfSubjectRulesReview", "selfsubjectrulesreviews", **_EVERYWHERE, **_REVIEW)
SUBJECTACCESSREVIEW = _in(_AUTHZ, "SubjectAccessReview", "subjectaccessreviews", **_EVERYWHERE, **_REVIEW)

HORIZONTALPODAUTOSCALER = _in("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa",
                              version="v2", categories=("all",), **_STATUS)  # fmt: skip
HORIZONTALPODAUTOSCALER_V1 = _in("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa",
                                 categories=("all",), storage=HORIZONTALPODAUTOSCALER, **_STATUS)  # fmt: skip

CRONJOB = _in(_BATCH, "CronJob", "cronjobs", "cj", categories=("all",), **_STATUS)
JOB = _in(_BATCH, "Job", "jobs", categories=("all",), **_STATUS)

CERTIFICATESIGNINGREQUEST = _in("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests",
                                "csr", subresources=("approval", "status"), **_EVERYWHERE)  # fmt: skip
EVENT_NEW = _in("events.k8s.io", "Event", "events", "ev", storage=EVENT)

LEASE = _in("coordination.k8s.io", "Lease", "leases")
ENDPOINTSLICE = _in("discovery.k8s.io", "EndpointSlice", "endpointslices")

INGRESS = _in(_NET, "Ingress", "ingresses", "ing", **_STATUS)
INGRESSCLASS = _in(_NET, "IngressClass", "ingressclasses", **_EVERYWHERE)
IPADDRESS = _in(_NET, "IPAddress", "ipaddresses", "ip", **_EVERYWHERE)
NETWORKPOLICY = _in(_NET, "NetworkPolicy", "networkpolicies", "netpol")
SERVICECIDR = _in(_NET, "ServiceCIDR", "servicecidrs", **_EVERYWHERE, **_STATUS)

RUNTIMECLASS = _in("node.k8s.io", "RuntimeClass", "runtimeclasses", **_EVERYWHERE)
PODDISRUPTIONBUDGET = _in("policy", "PodDisruptionBudget", "poddisruptionbudgets", "pdb", **_STATUS)

CLUSTERROLEBINDING = _in(_RBAC, "ClusterRoleBinding", "clusterrolebindings", **_EVERYWHERE)
CLUSTERROLE = _in(_RBAC, "ClusterRole", "clusterroles", **_EVERYWHERE)
ROLEBINDING = _in(_RBAC, "RoleBinding", "rolebindings")
ROLE = _in(_RBAC, "Role", "roles")

PRIORITYCLASS = _in("scheduling.k8s.io", "PriorityClass", "priorityclasses", "pc", **_EVERYWHERE)

CSIDRIVER = _in(_STORAGE, "CSIDriver", "csidrivers", **_EVERYWHERE)
CSINODE = _in(_STORAGE, "CSINode", "csinodes", **_EVERYWHERE)
CSISTORAGECAPACITY = _in(_STORAGE, "CSIStorageCapacity", "csistoragecapacities")
STORAGECLASS = _in(_STORAGE, "StorageClass", "storageclasses", "sc", **_EVERYWHERE)
VOLUMEATTACHMENT = _in(_STORAGE, "VolumeAttachment", "volumeattachments", **_EVERYWHERE, **_STATUS)
VOLUMEATTRIBUTESCLASS = _in(_STORAGE, "VolumeAttributesClass", "volumeattributesclasses", "vac", **_EVERYWHERE)

APISERVICE = _in("apiregistration.k8s.io", "APIService", "apiservices", **_EXTENSION, **_STATUS)
CUSTOMRESOURCEDEFINITION = _in("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions",
                               "crd crds", **_EXTENSION, **_STATUS)  # fmt: skip
MUTATINGADMISSIONPOLICY = _in(_ADMISSION, "MutatingAdmissionPolicy", "mutatingadmissionpolicies", **_EXTENSION)
MUTATINGADMISSIONPOLICYBINDING = _in(_ADMISSION, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings",
                                     **_EXTENSION)  # fmt: skip
MUTATINGWEBHOOKCONFIGURATION = _in(_ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations",
                                   **_EXTENSION)  # fmt: skip
VALIDATINGADMISSIONPOLICY = _in(_ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies",
                                **_EXTENSION, **_STATUS)  # fmt: skip
VALIDATINGADMISSIONPOLICYBINDING = _in(_ADMISSION, "ValidatingAdmissionPolicyBinding",
                                       "validatingadmissionpolicybindings", **_EXTENSION)  # fmt: skip
VALIDATINGWEBHOOKCONFIGURATION = _in(_ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations",
                                     **_EXTENSION)  # fmt: skip

DEVICECLASS = _in(_DEVICES, "DeviceClass", "deviceclasses", **_EVERYWHERE)
RESOURCECLAIM = _in(_DEVICES, "ResourceClaim", "resourceclaims", **_STATUS)
RESOURCECLAIMTEMPLATE = _in(_DEVICES, "ResourceClaimTemplate", "resourceclaimtemplates")
RESOURCESLICE = _in(_DEVICES, "ResourceSlice", "resourceslices", **_EVERYWHERE)
FLOWSCHEMA = _in(_FLOW, "FlowSchema", "flowschemas", **_EVERYWHERE, **_STATUS)
PRIORITYLEVELCONFIGURATION = _in(_FLOW, "PriorityLevelConfiguration", "prioritylevelconfigurations",
                                 **_EVERYWHERE, **_STATUS)  # fmt: skip

# Lo que sirve un metrics-server. No está en la tabla de siempre: como en un clúster de verdad, es un añadido.
_METRICS = "metrics.k8s.io"
NODE_METRICS = _in(_METRICS, "NodeMetrics", "nodes", version="v1beta1", verbs=READ_ONLY, **_EVERYWHERE)
POD_METRICS = _in(_METRICS, "PodMetrics", "pods", version="v1beta1", verbs=READ_ONLY)
# Y lo que sirve un adaptador de métricas: sus tipos son las métricas que le digan.
CUSTOM_METRICS, CUSTOM_VERSIONS = "custom.metrics.k8s.io", ("v1beta2", "v1beta1")
EXTERNAL_METRICS, EXTERNAL_VERSION = "external.metrics.k8s.io", "v1beta1"
NAMED_METRICS = frozenset({CUSTOM_METRICS, EXTERNAL_METRICS})
EXTENSION_GROUPS = frozenset({_METRICS, *NAMED_METRICS})

# El orden es el del descubrimiento del servidor real: el núcleo, cada grupo según su prioridad, y dentro, por nombre.
ALL: tuple[Kind, ...] = (
    BINDING, COMPONENTSTATUS, CONFIGMAP, ENDPOINTS, EVENT, LIMITRANGE, NAMESPACE, NODE, PERSISTENTVOLUMECLAIM,
    PERSISTENTVOLUME, POD, PODTEMPLATE, REPLICATIONCONTROLLER, RESOURCEQUOTA, SECRET, SERVICEACCOUNT, SERVICE,
    APISERVICE,
    CONTROLLERREVISION, DAEMONSET, DEPLOYMENT, REPLICASET, STATEFULSET,
    EVENT_NEW, SELFSUBJECTREVIEW, TOKENREVIEW,
    LOCALSUBJECTACCESSREVIEW, SELFSUBJECTACCESSREVIEW, SELFSUBJECTRULESREVIEW, SUBJECTACCESSREVIEW,
    HORIZONTALPODAUTOSCALER, HORIZONTALPODAUTOSCALER_V1, CRONJOB, JOB, CERTIFICATESIGNINGREQUEST,
    INGRESSCLASS, INGRESS, IPADDRESS, NETWORKPOLICY, SERVICECIDR, PODDISRUPTIONBUDGET,
    CLUSTERROLEBINDING, CLUSTERROLE, ROLEBINDING, ROLE,
    CSIDRIVER, CSINODE, CSISTORAGECAPACITY, STORAGECLASS, VOLUMEATTACHMENT, VOLUMEATTRIBUTESCLASS,
    MUTATINGADMISSIONPOLICY, MUTATINGADMISSIONPOLICYBINDING, MUTATINGWEBHOOKCONFIGURATION,
    VALIDATINGADMISSIONPOLICY, VALIDATINGADMISSIONPOLICYBINDING, VALIDATINGWEBHOOKCONFIGURATION,
    CUSTOMRESOURCEDEFINITION, PRIORITYCLASS, LEASE, RUNTIMECLASS, ENDPOINTSLICE,
    DEVICECLASS, RESOURCECLAIM, RESOURCECLAIMTEMPLATE, RESOURCESLICE, FLOWSCHEMA, PRIORITYLEVELCONFIGURATION,
)  # fmt: skip

# Los que trae Kubernetes. Un clúster parte de ellos y añade los suyos (véase `ApiServer.kinds`).
BUILT_IN = Kinds(ALL)
find, of, by_plural = BUILT_IN.find, BUILT_IN.of, BUILT_IN.by_plural
named, words = BUILT_IN.named, BUILT_IN.words
