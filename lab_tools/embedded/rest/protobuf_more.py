"""Los números de campo que no se pueden aprender del cable, porque kubectl no sabe enseñarlos en JSON sin mandarlos.

Son las preguntas (`kubectl auth …`, `kubectl create token`), los Pods que hace `kubectl debug`, lo que
`kubectl auth reconcile` devuelve o manda al sustituir un rol, o al borrar un vínculo para hacer otro, el
`kubectl autoscale` de antes de la 1.33, las peticiones que `kubectl certificate` devuelve con su veredicto y lo que el
servidor pone por omisión en el molde que copia `kubectl create job --from`. Salen de los archivos `generated.proto`;
«?» quiere decir lo mismo que en `protobuf_fields`.
Fuente: https://github.com/kubernetes/api/blob/v0.36.0/core/v1/generated.proto,
https://github.com/kubernetes/api/blob/v0.36.0/autoscaling/v1/generated.proto,
https://github.com/kubernetes/api/blob/v0.36.0/batch/v1/generated.proto,
https://github.com/kubernetes/api/blob/v0.36.0/certificates/v1/generated.proto,
https://github.com/kubernetes/api/blob/v0.36.0/authorization/v1/generated.proto,
https://github.com/kubernetes/api/blob/v0.36.0/authentication/v1/generated.proto y
https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/apis/meta/v1/generated.proto
"""

from __future__ import annotations

_AUTHN, _AUTHZ = "io.k8s.api.authentication.v1.", "io.k8s.api.authorization.v1."
_CSR = "io.k8s.api.certificates.v1.CertificateSigningRequest"
_HPA = "io.k8s.api.autoscaling.v1."
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_WHOLE = {1: "metadata", 2: "spec"}

FIELDS: dict[str, dict[int, str]] = {
    "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern": {2: "status?"},
    f"{_AUTHN}BoundObjectReference": {1: "kind?", 2: "apiVersion?", 3: "name?", 4: "uid?"},
    f"{_AUTHN}SelfSubjectReview": {1: "metadata"},
    f"{_AUTHN}TokenRequest": _WHOLE,
    f"{_AUTHN}TokenRequestSpec": {1: "audiences", 3: "boundObjectRef", 4: "expirationSeconds"},
    f"{_AUTHN}TokenReview": _WHOLE,
    f"{_AUTHN}TokenReviewSpec": {1: "token?", 2: "audiences"},
    f"{_AUTHZ}LocalSubjectAccessReview": _WHOLE,
    f"{_AUTHZ}NonResourceAttributes": {1: "path?", 2: "verb?"},
    f"{_AUTHZ}ResourceAttributes": {1: "namespace?", 2: "verb?", 3: "group?", 4: "version?", 5: "resource?",
                                    6: "subresource?", 7: "name?"},
    f"{_AUTHZ}SelfSubjectAccessReview": _WHOLE,
    f"{_AUTHZ}SelfSubjectAccessReviewSpec": {1: "resourceAttributes", 2: "nonResourceAttributes"},
    f"{_AUTHZ}SelfSubjectRulesReview": _WHOLE,
    f"{_AUTHZ}SelfSubjectRulesReviewSpec": {1: "namespace?"},
    f"{_AUTHZ}SubjectAccessReview": _WHOLE,
    f"{_AUTHZ}SubjectAccessReviewSpec": {1: "resourceAttributes", 2: "nonResourceAttributes", 3: "user?", 4: "groups",
                                         6: "uid?"},
    _CSR: {**_WHOLE, 3: "status"},
    f"{_CSR}Condition": {1: "type?", 2: "reason?", 3: "message?", 4: "lastUpdateTime", 5: "lastTransitionTime",
                         6: "status?"},
    f"{_CSR}Spec": {1: "request", 2: "username?", 3: "uid?", 4: "groups", 5: "usages", 6: "extra", 7: "signerName?",
                    8: "expirationSeconds"},
    f"{_CSR}Status": {1: "conditions", 2: "certificate"},
    f"{_HPA}CrossVersionObjectReference": {1: "kind?", 2: "name?", 3: "apiVersion?"},
    f"{_HPA}HorizontalPodAutoscaler": _WHOLE,
    f"{_HPA}HorizontalPodAutoscalerSpec": {1: "scaleTargetRef", 2: "minReplicas", 3: "maxReplicas",
                                           4: "targetCPUUtilizationPercentage"},
    "io.k8s.api.core.v1.Pod": _WHOLE,
    f"{_META}DeleteOptions": {1: "gracePeriodSeconds", 2: "preconditions", 3: "orphanDependents",
                              4: "propagationPolicy", 5: "dryRun"},
    f"{_META}Preconditions": {1: "uid", 2: "resourceVersion"},
    f"{_META}ManagedFieldsEntry": {1: "manager?", 2: "operation?", 3: "apiVersion?", 4: "time", 6: "fieldsType?",
                                   7: "fieldsV1", 8: "subresource?"},
    f"{_META}ObjectMeta": {8: "creationTimestamp", 9: "deletionTimestamp", 17: "managedFields"},
}  # fmt: skip
