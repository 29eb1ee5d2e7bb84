"""Lo que lleva el namespace de un estudiante, como manifiestos: datos y nada más.

Fuentes: https://kubernetes.io/docs/concepts/security/multi-tenancy/, .../security/pod-security-standards/,
.../policy/resource-quotas/, .../policy/limit-range/ y .../services-networking/network-policies/
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from grading.classroom import names
from lab_tools.drivers.base import MADE_BY
from lab_tools.labs.lent import CLASS
from lab_tools.objects import Object

ACCOUNT = "estudiante"
STUDENT = "orquesta.dev/estudiante"  # anotación: un identificador con @ no cabe en una etiqueta
DONE = "orquesta.dev/hecho"  # anotación: la huella de lo que se puso, y se escribe lo último
_RBAC = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]
_EDIT = [*_READ, "create", "update", "patch", "delete", "deletecollection"]


@dataclass(frozen=True)
class Terms:
    """Lo que se da a cada estudiante. `cpu` 0: sin tope de CPU pedida. `closed`: solo se llega a lo de uno mismo.

    Con tope de CPU, quien pide de más no ve un Pod pendiente: ve que no se crea.
    """

    pods: int = 40
    memory: str = "8Gi"
    storage: str = "20Gi"
    cpu: int = 0
    closed: bool = True


DEFAULT = Terms()


def fingerprint(objects: list[Object]) -> str:
    """Cambia si cambia algo de lo que se pone."""
    return hashlib.sha256(json.dumps(objects, sort_keys=True).encode()).hexdigest()[:16]


def objects(class_name: str, student: str, terms: Terms) -> list[Object]:
    """Los manifiestos de un estudiante, en el orden en que se ponen: primero su namespace."""
    place = names.namespace(class_name, student)
    made = [
        _namespace(class_name, student, place),
        _one("v1", "ServiceAccount", ACCOUNT, automountServiceAccountToken=False),
        _one(f"{_RBAC}/v1", "Role", ACCOUNT, rules=_rules(place)),
        _one(f"{_RBAC}/v1", "RoleBinding", ACCOUNT,
             roleRef={"apiGroup": _RBAC, "kind": "Role", "name": ACCOUNT},
             subjects=[{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": place}]),
        _one("v1", "ResourceQuota", "reparto", spec={"hard": _quota(terms)}),
        _one("v1", "LimitRange", "reparto", spec={"limits": [{
            "type": "Container", "defaultRequest": {"cpu": "50m", "memory": "64Mi"}, "default": {"memory": "512Mi"}}]}),
        *(_closed() if terms.closed else []),
    ]  # fmt: skip
    for obj in made:
        obj["metadata"].setdefault("labels", {}).update({CLASS: class_name})
        if obj["kind"] != "Namespace":
            obj["metadata"]["namespace"] = place
    return made


def _namespace(class_name: str, student: str, place: str) -> Object:
    labels = {
        MADE_BY[0]: MADE_BY[1],
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/warn": "restricted",
    }
    found = _one("v1", "Namespace", place)
    found["metadata"] |= {"labels": labels, "annotations": {STUDENT: student}}
    return found


def _one(api: str, kind: str, name: str, **body: object) -> Object:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **body}


def _rules(place: str) -> list[Object]:
    """Lo justo para los laboratorios de un namespace: ni permisos que repartir, ni nada de fuera.

    La política que cierra el namespace no se puede quitar: se pueden añadir otras, que son suyas.
    """
    return [
        _rule([""], ["pods", "services", "configmaps", "secrets", "serviceaccounts", "persistentvolumeclaims"], _EDIT),
        _rule([""], ["pods/log", "pods/status", "endpoints", "events", "resourcequotas", "limitranges"], _READ),
        _rule([""], ["pods/exec", "pods/attach", "pods/portforward"], ["get", "create"]),
        _rule([""], ["pods/eviction", "pods/ephemeralcontainers"], ["create", "update", "patch"]),
        _rule(["apps"], ["deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions",
                         "deployments/scale", "statefulsets/scale", "replicasets/scale"], _EDIT),
        _rule(["batch"], ["jobs", "cronjobs"], _EDIT),
        _rule(["autoscaling"], ["horizontalpodautoscalers"], _EDIT),
        _rule(["policy"], ["poddisruptionbudgets"], _EDIT),
        _rule(["networking.k8s.io"], ["ingresses"], _EDIT),
        _rule(["networking.k8s.io"], ["networkpolicies"], [*_READ, "create"]),
        _rule(["discovery.k8s.io"], ["endpointslices"], _READ),
        _rule(["metrics.k8s.io"], ["pods"], _READ),
        {**_rule([""], ["namespaces"], ["get"]), "resourceNames": [place]},
    ]  # fmt: skip


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> Object:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


def _quota(terms: Terms) -> Object:
    hard = {"pods": str(terms.pods), "requests.memory": terms.memory, "requests.storage": terms.storage,
            "services.loadbalancers": "0", "services.nodeports": "3", "count/configmaps": "60", "count/secrets": "60",
            "count/deployments.apps": "30", "count/jobs.batch": "60"}  # fmt: skip
    return hard | ({"requests.cpu": str(terms.cpu)} if terms.cpu else {})


def _closed() -> list[Object]:
    """Nada entra ni sale, salvo entre lo suyo y para preguntar al DNS."""
    dns = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
           "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}  # fmt: skip
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    whole = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return [
        _one("networking.k8s.io/v1", "NetworkPolicy", "cerrado", spec=whole),
        _one("networking.k8s.io/v1", "NetworkPolicy", "lo-suyo", spec={
            **whole, "ingress": [{"from": [{"podSelector": {}}]}],
            "egress": [{"to": [{"podSelector": {}}]}, {"to": [dns], "ports": ports}]}),
    ]  # fmt: skip


def as_data(terms: Terms) -> dict[str, object]:
    """Lo que se da, para apuntarlo."""
    return asdict(terms)
