"""Llevar los objetos de un namespace a otro recién hecho: lo que alguien declaró, no lo que el clúster observa.

Se copia lo que no tiene dueño, sin identidad ni estado, y se cambian las referencias al namespace viejo. Lo que el
clúster da a cada namespace (su cuenta `default`, su certificado) no se copia. Un Ingress tampoco: sus nombres son de la
calle, y dos no pueden tener el mismo.
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
    "daemonsets", "jobs", "cronjobs", "pods", "horizontalpodautoscalers",
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
_ACCOUNT_TRIES = 20  # cada medio segundo del clúster
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
            found = [obj for obj in source.list(kind) if belongs(obj)]
            if kind == "pods" and found:
                _await_account(target)
            for obj in found:
                target.create(moved(obj, target.namespace))
        except StatusError as error:
            if error.code == 404:
                continue  # este clúster no conoce ese tipo
            raise NotMeasurable(f"tu namespace no se pudo copiar entero: {error.message}") from None


def _await_account(target: Client) -> None:
    """Espera a que el namespace recién hecho tenga su cuenta: sin ella no se admite ningún Pod."""
    for _ in range(_ACCOUNT_TRIES):
        if target.find("serviceaccounts", "default") is not None:
            return
        target.wait(0.5)


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
    end, step = source.elapsed() + timeout, 0.5
    for kind in ("deployments", "statefulsets"):
        wanted = _ready(source, kind)
        while any(wanted.get(name, 0) > ready for name, ready in _ready(target, kind).items()):
            if source.elapsed() >= end:
                raise NotMeasurable("la copia de tu namespace no llegó a estar como el original")
            target.wait(step)


def _ready(client: Client, kind: str) -> dict[str, int]:
    """Las réplicas listas de cada objeto de ese tipo; de un tipo que no se deja ver, nada."""
    try:
        found = client.list(kind)
    except StatusError as error:
        if error.code in (403, 404):
            return {}
        raise
    return {obj["metadata"]["name"]: int((obj.get("status") or {}).get("readyReplicas") or 0) for obj in found}
