"""Llevar los objetos de un namespace a otro recién hecho: lo que alguien declaró, no lo que el clúster observa.

Se copia lo que no tiene dueño, sin identidad ni estado, y se cambian las referencias al namespace viejo. Lo que el
clúster da a cada namespace (su cuenta `default`, su certificado) no se copia.
"""

from __future__ import annotations

import json

from lab_tools.checks.finding import NotMeasurable
from lab_tools.client import Client
from lab_tools.errors import StatusError
from lab_tools.objects import Object

# En el orden en que se crean: antes lo que otros necesitan.
KINDS = (
    "serviceaccounts", "configmaps", "secrets", "roles", "rolebindings", "limitranges", "resourcequotas",
    "persistentvolumeclaims", "networkpolicies", "services", "poddisruptionbudgets", "deployments", "statefulsets",
    "daemonsets", "jobs", "cronjobs", "pods", "ingresses", "horizontalpodautoscalers",
)  # fmt: skip
_GIVEN = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
_IDENTITY = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "ownerReferences",
    "selfLink",
)
_OURS = ("kubernetes.io/metadata.name", "orquesta.dev/")  # el nombre, y de qué clase es: no pasan a una copia
_TOKEN = "kubernetes.io/service-account-token"


def metadata(client: Client, namespace: str, name: str) -> Object:
    """Los metadatos de la copia: el nombre nuevo con las etiquetas del viejo (las miran políticas y Pod Security)."""
    found = client.get("namespaces", namespace)["metadata"].get("labels") or {}
    labels = {key: value for key, value in found.items() if not key.startswith(_OURS)}
    return {"name": name, "labels": labels}


def copy_objects(source: Client, target: Client) -> None:
    """Crea en `target` lo que alguien declaró en `source`. `NotMeasurable` si algo no se puede copiar."""
    for kind in KINDS:
        try:
            for obj in source.list(kind):
                if belongs(obj):
                    target.create(moved(obj, target.namespace))
        except StatusError as error:
            if error.code == 404:
                continue  # este clúster no conoce ese tipo
            raise NotMeasurable(f"tu namespace no se pudo copiar entero: {error.message}") from None


def belongs(obj: Object) -> bool:
    """Si es de quien lo declaró: lo demás lo volverán a crear sus controladores."""
    meta = obj["metadata"]
    given = (obj["kind"], meta["name"]) in _GIVEN or obj.get("type") == _TOKEN
    return not given and not meta.get("ownerReferences") and not meta.get("deletionTimestamp")


def moved(obj: Object, namespace: str) -> Object:
    """El mismo objeto, sin identidad ni estado, en otro namespace."""
    copy: Object = json.loads(json.dumps(obj))
    old = copy["metadata"].get("namespace", "")
    copy.pop("status", None)
    for key in _IDENTITY:
        copy["metadata"].pop(key, None)
    copy["metadata"]["namespace"] = namespace
    spec = copy.get("spec") or {}
    if copy["kind"] == "Service" and spec.get("clusterIP") != "None":
        for key in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
            spec.pop(key, None)
        for port in spec.get("ports") or []:
            port.pop("nodePort", None)
    if copy["kind"] == "PersistentVolumeClaim":
        spec.pop("volumeName", None)
    if copy["kind"] == "Pod":
        spec.pop("nodeName", None)
    if copy["kind"] == "Job":
        spec.pop("selector", None)
        spec.get("template", {}).get("metadata", {}).pop("labels", None)
    for subject in copy.get("subjects") or []:
        if subject.get("namespace") == old:
            subject["namespace"] = namespace
    return copy


def settle(source: Client, target: Client, timeout: float) -> None:
    """Espera a que la copia tenga tantas réplicas listas como el original. `NotMeasurable` si no llega."""
    wanted = {obj["metadata"]["name"]: _ready(obj) for obj in source.list("deployments")}
    end, step = source.elapsed() + timeout, 0.5
    while any(_ready(obj) < wanted.get(obj["metadata"]["name"], 0) for obj in target.list("deployments")):
        if source.elapsed() >= end:
            raise NotMeasurable("la copia de tu namespace no llegó a estar como el original")
        target.wait(step)


def _ready(deployment: Object) -> int:
    return int((deployment.get("status") or {}).get("readyReplicas") or 0)
