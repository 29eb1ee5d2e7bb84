"""Los roles y vínculos con que nace un Kubernetes: una tabla, y los objetos que salen de ella.

Cada línea sin sangrar es un rol y sus marcas: «+admin» suma sus reglas al rol `admin`, «=admin» se compone con las que
otros le suman. Debajo van sus reglas: verbos, grupo y recursos (y, tras «@», los nombres), o verbos y rutas. «R» es
leer, «W» escribir, «RW» ambas cosas, y «core» el grupo vacío.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object, kinds, rbac
from lab_tools.objects.kinds import Kind

GROUP = "rbac.authorization.k8s.io"
_READ = ("get", "list", "watch")
_WRITE = ("create", "delete", "deletecollection", "patch", "update")
_VERBS = {"R": _READ, "W": _WRITE, "RW": ("create", "delete", "deletecollection", "get", "list", "patch", "update",
                                          "watch")}  # fmt: skip
_EVENTS = "create,patch,update core,events.k8s.io events"

CLUSTER_ROLES = f"""
cluster-admin
  * * *
  * /*
admin =admin
edit =edit +admin
view =view +edit
system:aggregate-to-admin +admin
  create authorization.k8s.io localsubjectaccessreviews
  RW rbac.authorization.k8s.io rolebindings,roles
system:aggregate-to-edit +edit
  R core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy
  impersonate core serviceaccounts
  W core pods,pods/attach,pods/exec,pods/portforward,pods/proxy
  create core pods/eviction
  W core configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,\
serviceaccounts,services,services/proxy
  create core serviceaccounts/token
  W apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,\
statefulsets/scale
  W autoscaling horizontalpodautoscalers
  W batch cronjobs,jobs
  W extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,\
replicasets/scale,replicationcontrollers/scale
  W policy poddisruptionbudgets
  W networking.k8s.io ingresses,networkpolicies
  RW coordination.k8s.io leases
system:aggregate-to-view +view
  R core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,\
replicationcontrollers/scale,serviceaccounts,services,services/status
  R core bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,\
resourcequotas,resourcequotas/status
  R core namespaces
  R discovery.k8s.io endpointslices
  R apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,\
replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status
  R autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status
  R batch cronjobs,cronjobs/status,jobs,jobs/status
  R extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,\
ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale
  R policy poddisruptionbudgets,poddisruptionbudgets/status
  R networking.k8s.io ingresses,ingresses/status,networkpolicies
system:auth-delegator
  create authentication.k8s.io tokenreviews
  create authorization.k8s.io subjectaccessreviews
system:basic-user
  create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews
  create authentication.k8s.io selfsubjectreviews
system:certificates.k8s.io:certificatesigningrequests:nodeclient
  create certificates.k8s.io certificatesigningrequests/nodeclient
system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
  create certificates.k8s.io certificatesigningrequests/selfnodeclient
system:certificates.k8s.io:kube-apiserver-client-approver
  approve certificates.k8s.io signers @kubernetes.io/kube-apiserver-client
system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
  approve certificates.k8s.io signers @kubernetes.io/kube-apiserver-client-kubelet
system:certificates.k8s.io:kubelet-serving-approver
  approve certificates.k8s.io signers @kubernetes.io/kubelet-serving
system:certificates.k8s.io:legacy-unknown-approver
  approve certificates.k8s.io signers @kubernetes.io/legacy-unknown
system:discovery
  get /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/
system:kube-aggregator
  R core endpoints,services
system:kube-controller-manager
  {_EVENTS}
  create coordination.k8s.io leases
  get,update coordination.k8s.io leases @kube-controller-manager
  create core secrets,serviceaccounts
  delete core secrets
  get core configmaps,namespaces,secrets,serviceaccounts
  update core secrets,serviceaccounts
  create authentication.k8s.io tokenreviews
  create authorization.k8s.io subjectaccessreviews
  list,watch * *
  create core serviceaccounts/token
system:kube-dns
  list,watch core endpoints,services
system:kube-scheduler
  {_EVENTS}
  create coordination.k8s.io leases
  get,update coordination.k8s.io leases @kube-scheduler
  R core nodes
  delete,get,list,watch core pods
  create core bindings,pods/binding
  patch,update core pods/status
  R core replicationcontrollers,services
  R apps,extensions replicasets
  R apps statefulsets
  R policy poddisruptionbudgets
  R core persistentvolumeclaims,persistentvolumes
  create authentication.k8s.io tokenreviews
  create authorization.k8s.io subjectaccessreviews
  R storage.k8s.io csinodes
  R core namespaces
  R storage.k8s.io csidrivers
  R storage.k8s.io csistoragecapacities
system:kubelet-api-admin
  R core nodes
  proxy core nodes
  * core nodes/configz,nodes/healthz,nodes/log,nodes/metrics,nodes/pods,nodes/proxy,nodes/spec,nodes/stats
system:monitoring
  get /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*
system:node
  create authentication.k8s.io tokenreviews
  create authorization.k8s.io localsubjectaccessreviews,subjectaccessreviews
  R core services
  create,get,list,watch core nodes
  patch,update core nodes/status
  patch,update core nodes
  {_EVENTS}
  R core pods
  create,delete core pods
  patch,update core pods/status
  create core pods/eviction
  R core configmaps,secrets
  get core persistentvolumeclaims,persistentvolumes
  get core endpoints
  create,get,list,watch certificates.k8s.io certificatesigningrequests
  create,delete,get,patch,update coordination.k8s.io leases
  get storage.k8s.io volumeattachments
  create core serviceaccounts/token
  get,patch,update core persistentvolumeclaims/status
  R storage.k8s.io csidrivers
  create,delete,get,patch,update storage.k8s.io csinodes
  R node.k8s.io runtimeclasses
system:node-bootstrapper
  create,get,list,watch certificates.k8s.io certificatesigningrequests
system:node-problem-detector
  get core nodes
  patch core nodes/status
  {_EVENTS}
system:node-proxier
  list,watch core endpoints,services
  R core nodes
  {_EVENTS}
  list,watch discovery.k8s.io endpointslices
  list,watch networking.k8s.io servicecidrs
system:persistent-volume-provisioner
  create,delete,get,list,watch core persistentvolumes
  get,list,update,watch core persistentvolumeclaims
  R storage.k8s.io storageclasses
  watch core events
  {_EVENTS}
system:public-info-viewer
  get /healthz /livez /readyz /version /version/
system:service-account-issuer-discovery
  get /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/
system:volume-scheduler
  get,list,patch,update,watch core persistentvolumes
  R storage.k8s.io storageclasses
  get,list,patch,update,watch core persistentvolumeclaims
"""

# Un rol por controlador, vinculado a la cuenta de kube-system que se llama como él.
CONTROLLER_ROLES = f"""
attachdetach-controller
  list,watch core persistentvolumeclaims,persistentvolumes
  R core nodes
  patch,update core nodes/status
  list,watch core pods
  {_EVENTS}
  create,delete,get,list,watch storage.k8s.io volumeattachments
  R storage.k8s.io csidrivers
  R storage.k8s.io csinodes
certificate-controller
  delete,get,list,watch certificates.k8s.io certificatesigningrequests
  update certificates.k8s.io certificatesigningrequests/approval,certificatesigningrequests/status
  approve certificates.k8s.io signers @kubernetes.io/kube-apiserver-client-kubelet
  sign certificates.k8s.io signers @kubernetes.io/kube-apiserver-client,\
kubernetes.io/kube-apiserver-client-kubelet,kubernetes.io/kubelet-serving,kubernetes.io/legacy-unknown
  create authorization.k8s.io subjectaccessreviews
  {_EVENTS}
clusterrole-aggregation-controller
  escalate,get,list,patch,update,watch rbac.authorization.k8s.io clusterroles
cronjob-controller
  get,list,update,watch batch cronjobs
  create,delete,get,list,patch,update,watch batch jobs
  update batch cronjobs/status
  update batch cronjobs/finalizers
  delete,list,watch core pods
  {_EVENTS}
daemon-set-controller
  R apps,extensions daemonsets
  update apps,extensions daemonsets/status
  update apps,extensions daemonsets/finalizers
  list,watch core nodes
  create,delete,list,patch,watch core pods
  create core pods/binding
  create,delete,get,list,patch,update,watch apps controllerrevisions
  {_EVENTS}
deployment-controller
  get,list,update,watch apps,extensions deployments
  update apps,extensions deployments/status
  update apps,extensions deployments/finalizers
  create,delete,get,list,patch,update,watch apps,extensions replicasets
  get,list,update,watch core pods
  {_EVENTS}
disruption-controller
  R apps,extensions deployments
  R apps,extensions replicasets
  R core replicationcontrollers
  R policy poddisruptionbudgets
  R apps statefulsets
  update policy poddisruptionbudgets/status
  patch,update core pods/status
  get * */scale
  {_EVENTS}
endpoint-controller
  R core pods,services
  create,delete,get,list,update,watch core endpoints
  create core endpoints/restricted
  {_EVENTS}
endpointslice-controller
  R core nodes,pods,services
  update core services/finalizers
  create,delete,get,list,update,watch discovery.k8s.io endpointslices
  {_EVENTS}
endpointslicemirroring-controller
  R core endpoints,services
  update core services/finalizers
  update core endpoints/finalizers
  create,delete,get,list,update,watch discovery.k8s.io endpointslices
  {_EVENTS}
ephemeral-volume-controller
  R core pods
  update core pods/finalizers
  create,get,list,watch core persistentvolumeclaims
  {_EVENTS}
expand-controller
  get,list,patch,update,watch core persistentvolumes
  patch,update core persistentvolumeclaims/status
  R core persistentvolumeclaims
  {_EVENTS}
generic-garbage-collector
  delete,get,list,patch,update,watch * *
  {_EVENTS}
horizontal-pod-autoscaler
  R autoscaling horizontalpodautoscalers
  update autoscaling horizontalpodautoscalers/status
  get,update * */scale
  list,watch core pods
  list,watch metrics.k8s.io pods
  R custom.metrics.k8s.io *
  R external.metrics.k8s.io *
  {_EVENTS}
job-controller
  get,list,patch,update,watch batch jobs
  update batch jobs/status
  update batch jobs/finalizers
  create,delete,list,patch,watch core pods
  {_EVENTS}
namespace-controller
  delete,get,list,watch core namespaces
  update core namespaces/finalize,namespaces/status
  delete,deletecollection,get,list,watch * *
node-controller
  delete,get,list,patch,update,watch core nodes
  patch,update core nodes/status
  patch,update core pods/status
  delete,get,list,watch core pods
  {_EVENTS}
persistent-volume-binder
  create,delete,get,list,update,watch core persistentvolumes
  update core persistentvolumes/status
  get,list,update,watch core persistentvolumeclaims
  update core persistentvolumeclaims/status
  create,delete,get,list,watch core pods
  R storage.k8s.io storageclasses
  {_EVENTS}
pod-garbage-collector
  delete,list,watch core pods
  get,list core nodes
  patch core pods/status
pv-protection-controller
  get,list,update,watch core persistentvolumes
  {_EVENTS}
pvc-protection-controller
  get,list,update,watch core persistentvolumeclaims
  get,list,watch core pods
  {_EVENTS}
replicaset-controller
  get,list,update,watch apps,extensions replicasets
  update apps,extensions replicasets/status
  update apps,extensions replicasets/finalizers
  create,delete,list,patch,watch core pods
  {_EVENTS}
replication-controller
  get,list,update,watch core replicationcontrollers
  update core replicationcontrollers/status
  update core replicationcontrollers/finalizers
  create,delete,list,patch,watch core pods
  {_EVENTS}
resourcequota-controller
  list,watch * *
  update core resourcequotas/status
  {_EVENTS}
root-ca-cert-publisher
  create,update core configmaps
  {_EVENTS}
route-controller
  list,watch core nodes
  patch core nodes/status
  {_EVENTS}
service-account-controller
  create core serviceaccounts
  {_EVENTS}
service-controller
  R core services
  patch,update core services/status
  list,watch core nodes
  {_EVENTS}
statefulset-controller
  list,watch core pods
  get,list,watch apps statefulsets
  update apps statefulsets/status
  update apps statefulsets/finalizers
  create,delete,get,patch,update core pods
  create,delete,get,list,patch,update,watch apps controllerrevisions
  create,get core persistentvolumeclaims
  {_EVENTS}
ttl-after-finished-controller
  delete,get,list,watch batch jobs
  {_EVENTS}
ttl-controller
  list,patch,update,watch core nodes
  {_EVENTS}
validatingadmissionpolicy-status-controller
  R admissionregistration.k8s.io validatingadmissionpolicies
  get,patch,update admissionregistration.k8s.io validatingadmissionpolicies/status
  {_EVENTS}
"""

# A quién se da cada rol de todo el clúster: «g:» es un grupo y «u:» un usuario.
BINDINGS = {
    "cluster-admin": ("g:system:masters",),
    "system:basic-user": ("g:system:authenticated",),
    "system:discovery": ("g:system:authenticated",),
    "system:kube-controller-manager": ("u:system:kube-controller-manager",),
    "system:kube-dns": ("s:kube-dns",),
    "system:kube-scheduler": ("u:system:kube-scheduler",),
    "system:monitoring": ("g:system:monitoring",),
    "system:node": (),
    "system:node-proxier": ("u:system:kube-proxy",),
    "system:public-info-viewer": ("g:system:authenticated", "g:system:unauthenticated"),
    "system:service-account-issuer-discovery": ("g:system:serviceaccounts",),
    "system:volume-scheduler": ("u:system:kube-scheduler",),
}

ROLES = {
    "kube-public": """
system:controller:bootstrap-signer
  R core configmaps
  update core configmaps @cluster-info
  create,patch,update core,events.k8s.io events
""",
    "kube-system": """
extension-apiserver-authentication-reader
  R core configmaps @extension-apiserver-authentication
system::leader-locking-kube-controller-manager
  watch core configmaps
  get,update core configmaps @kube-controller-manager
system::leader-locking-kube-scheduler
  watch core configmaps
  get,update core configmaps @kube-scheduler
system:controller:bootstrap-signer
  R core secrets
system:controller:cloud-provider
  create,get,list,watch core configmaps
system:controller:token-cleaner
  delete,get,list,watch core secrets
  create,patch,update core,events.k8s.io events
""",
}
_LOCAL_BINDINGS = {
    ("kube-public", "system:controller:bootstrap-signer"): ("s:bootstrap-signer",),
    ("kube-system", "system::leader-locking-kube-controller-manager"):
        ("u:system:kube-controller-manager", "s:kube-controller-manager"),
    ("kube-system", "system::leader-locking-kube-scheduler"): ("u:system:kube-scheduler", "s:kube-scheduler"),
    ("kube-system", "system:controller:bootstrap-signer"): ("s:bootstrap-signer",),
    ("kube-system", "system:controller:cloud-provider"): ("s:cloud-provider",),
    ("kube-system", "system:controller:token-cleaner"): ("s:token-cleaner",),
}  # fmt: skip
_READERS = "system::extension-apiserver-authentication-reader"
_AUTOMATIC = "rbac.authorization.kubernetes.io/autoupdate"


def objects() -> Iterator[tuple[Kind, Object]]:
    """Todos, en el orden en que el servidor real los crea: roles, vínculos, y después los de cada espacio."""
    roles = [*_cluster_roles(CLUSTER_ROLES), *_cluster_roles(CONTROLLER_ROLES, "system:controller:")]
    # `edit` se compone de `view`, y `admin` de `edit`: se llenan en ese orden.
    for name in ("view", "edit", "admin"):
        composed = next(role for role in roles if role["metadata"]["name"] == name)
        composed["rules"] = rbac.aggregated(composed, roles)
    yield from ((kinds.CLUSTERROLE, role) for role in roles)
    for name, subjects in BINDINGS.items():
        yield kinds.CLUSTERROLEBINDING, _binding("ClusterRole", name, subjects)
    for name, _, _ in _parsed(CONTROLLER_ROLES):
        yield kinds.CLUSTERROLEBINDING, _binding("ClusterRole", f"system:controller:{name}", (f"s:{name}",))
    for namespace, text in ROLES.items():
        for name, _, rules in _parsed(text):
            yield kinds.ROLE, {"metadata": {**_metadata(name), "namespace": namespace}, "rules": rules}
    for (namespace, name), subjects in _LOCAL_BINDINGS.items():
        yield kinds.ROLEBINDING, _binding("Role", name, subjects, namespace)
    readers = _binding("Role", "extension-apiserver-authentication-reader",
                       ("u:system:kube-controller-manager", "u:system:kube-scheduler"), "kube-system")  # fmt: skip
    readers["metadata"]["name"] = _READERS
    yield kinds.ROLEBINDING, readers


def _cluster_roles(text: str, prefix: str = "") -> Iterator[Object]:
    for name, marks, rules in _parsed(text):
        role: Object = {"metadata": _metadata(prefix + name), "rules": rules}
        for mark in marks:
            label = f"{GROUP}/aggregate-to-{mark[1:]}"
            if mark[0] == "=":
                role["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]}
            else:
                role["metadata"]["labels"][label] = "true"
        yield role


def _parsed(text: str) -> Iterator[tuple[str, list[str], list[Object]]]:
    """Cada rol de una tabla: su nombre, sus marcas y sus reglas."""
    name, marks, rules = "", [""], list[Object]()
    for line in text.strip().splitlines():
        if line.startswith(" "):
            rules.append(_rule(line.split()))
            continue
        if name:
            yield name, marks, rules
        (name, *marks), rules = line.split(), []
    yield name, marks, rules


def _rule(words: list[str]) -> Object:
    verbs = list(_VERBS.get(words[0]) or words[0].split(","))
    if words[1].startswith("/"):
        return {"verbs": verbs, "nonResourceURLs": ["*"] if words[1:] == ["/*"] else words[1:]}
    groups = ["" if group == "core" else group for group in words[1].split(",")]
    rule: Object = {"verbs": verbs, "apiGroups": groups, "resources": words[2].split(",")}
    if len(words) > 3:
        rule["resourceNames"] = words[3].removeprefix("@").split(",")
    return rule


def _metadata(name: str) -> Object:
    return {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
            "annotations": {_AUTOMATIC: "true"}}  # fmt: skip


def _binding(kind: str, name: str, subjects: tuple[str, ...], namespace: str = "") -> Object:
    metadata = _metadata(name)
    if namespace:
        metadata["namespace"] = namespace
    found: Object = {"metadata": metadata, "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name}}
    if subjects:
        found["subjects"] = [_subject(one, namespace or "kube-system") for one in subjects]
    return found


def _subject(text: str, namespace: str) -> Object:
    letter, _, name = text.partition(":")
    if letter == "s":
        return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    return {"kind": "Group" if letter == "g" else "User", "apiGroup": GROUP, "name": name}
