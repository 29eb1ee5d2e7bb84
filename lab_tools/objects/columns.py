"""La tabla que el servidor da cuando `kubectl get` pide columnas en vez de objetos.

Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from lab_tools.objects import Object, conversion, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.printers import cluster, extensions, network, pods, storage, workloads
from lab_tools.objects.printers.printer import Printer

Include = Literal["None", "Metadata", "Object"]

SCALE = Kind("autoscaling", "v1", "Scale", "scales")
"""Lo que se lee y se escribe en el subrecurso `scale`: no es un recurso, y tiene su tabla."""
_PRINTERS: dict[Kind, Printer] = {
    SCALE: workloads.SCALE,
    kinds.POD: pods.POD,
    kinds.NODE: cluster.NODE,
    kinds.NAMESPACE: cluster.NAMESPACE,
    kinds.EVENT: cluster.EVENT,
    kinds.CONFIGMAP: cluster.CONFIGMAP,
    kinds.SECRET: cluster.SECRET,
    kinds.SERVICEACCOUNT: cluster.SERVICEACCOUNT,
    kinds.LIMITRANGE: cluster.DATED,
    kinds.RESOURCEQUOTA: cluster.RESOURCEQUOTA,
    kinds.ROLE: cluster.DATED,
    kinds.CLUSTERROLE: cluster.DATED,
    kinds.ROLEBINDING: cluster.BINDING,
    kinds.CLUSTERROLEBINDING: cluster.BINDING,
    kinds.PRIORITYCLASS: cluster.PRIORITYCLASS,
    kinds.LEASE: cluster.LEASE,
    kinds.RUNTIMECLASS: cluster.RUNTIMECLASS,
    kinds.SERVICE: network.SERVICE,
    kinds.ENDPOINTSLICE: network.ENDPOINTSLICE,
    kinds.ENDPOINTS: network.ENDPOINTS,
    kinds.INGRESS: network.INGRESS,
    kinds.INGRESSCLASS: network.INGRESSCLASS,
    kinds.NETWORKPOLICY: network.NETWORKPOLICY,
    kinds.DEPLOYMENT: workloads.DEPLOYMENT,
    kinds.REPLICASET: workloads.REPLICASET,
    kinds.REPLICATIONCONTROLLER: workloads.REPLICATIONCONTROLLER,
    kinds.STATEFULSET: workloads.STATEFULSET,
    kinds.DAEMONSET: workloads.DAEMONSET,
    kinds.JOB: workloads.JOB,
    kinds.CRONJOB: workloads.CRONJOB,
    kinds.HORIZONTALPODAUTOSCALER: workloads.HORIZONTALPODAUTOSCALER,
    kinds.PODDISRUPTIONBUDGET: workloads.PODDISRUPTIONBUDGET,
    kinds.CONTROLLERREVISION: workloads.CONTROLLERREVISION,
    kinds.PODTEMPLATE: workloads.PODTEMPLATE,
    kinds.PERSISTENTVOLUMECLAIM: storage.PERSISTENTVOLUMECLAIM,
    kinds.PERSISTENTVOLUME: storage.PERSISTENTVOLUME,
    kinds.STORAGECLASS: storage.STORAGECLASS,
    kinds.CSIDRIVER: storage.CSIDRIVER,
    kinds.CSINODE: storage.CSINODE,
    kinds.VOLUMEATTACHMENT: storage.VOLUMEATTACHMENT,
    kinds.CSISTORAGECAPACITY: cluster.DATED,
    kinds.VOLUMEATTRIBUTESCLASS: extensions.VOLUMEATTRIBUTESCLASS,
    kinds.COMPONENTSTATUS: extensions.COMPONENTSTATUS,
    kinds.APISERVICE: extensions.APISERVICE,
    kinds.CUSTOMRESOURCEDEFINITION: cluster.DATED,
    kinds.MUTATINGWEBHOOKCONFIGURATION: extensions.WEBHOOKS,
    kinds.VALIDATINGWEBHOOKCONFIGURATION: extensions.WEBHOOKS,
    kinds.MUTATINGADMISSIONPOLICY: extensions.MUTATING_POLICY,
    kinds.MUTATINGADMISSIONPOLICYBINDING: extensions.POLICY_BINDING,
    kinds.VALIDATINGADMISSIONPOLICY: extensions.VALIDATING_POLICY,
    kinds.VALIDATINGADMISSIONPOLICYBINDING: extensions.POLICY_BINDING,
    kinds.CERTIFICATESIGNINGREQUEST: extensions.SIGNING_REQUEST,
    kinds.FLOWSCHEMA: extensions.FLOWSCHEMA,
    kinds.PRIORITYLEVELCONFIGURATION: extensions.PRIORITYLEVEL,
    kinds.IPADDRESS: extensions.IPADDRESS,
    kinds.SERVICECIDR: extensions.SERVICECIDR,
    kinds.RESOURCECLAIM: extensions.RESOURCECLAIM,
    kinds.RESOURCESLICE: extensions.RESOURCESLICE,
    kinds.NODE_METRICS: extensions.NODE_METRICS,
    kinds.POD_METRICS: extensions.POD_METRICS,
}

# Un Pod terminado lleva en su fila la condición con que kubectl lo aparta.
_DONE = {
    "Succeeded": ("Succeeded", "The pod has completed successfully."),
    "Failed": ("Failed", "The pod failed."),
}


def table(
    kind: Kind,
    objects: Iterable[Object],
    now: float,
    *,
    include: Include = "Metadata",
    metadata: Object | None = None,
    headers: bool = True,
) -> Object:
    """La Table (meta.k8s.io/v1) de unos objetos de un tipo, vistos en el momento `now` (segundos desde 1970).

    `include` dice qué acompaña a cada fila: nada, sus metadatos (PartialObjectMetadata) o el objeto entero.
    `metadata` es el de la lista (`resourceVersion`, `continue`). Con `headers=False` no lleva las columnas:
    en un *watch* solo van con el primer suceso. Las filas comparten datos con los objetos: es para leer.
    """
    printer = printer_of(kind)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata or {},
        "columnDefinitions": list(printer.columns) if headers else None,
        "rows": [_row(kind, printer, obj, now, include) for obj in ordered(kind, objects)],
    }


def ordered(kind: Kind, objects: Iterable[Object]) -> list[Object]:
    """Los objetos en el orden de las filas de su tabla: casi siempre, el mismo en que llegan."""
    order = printer_of(kind).order
    return sorted(objects, key=order) if order else list(objects)


def printer_of(kind: Kind) -> Printer:
    """El impresor de un tipo; para los que no tienen, nombre y edad."""
    if kind.own is not None:
        return kind.own.printer
    return _PRINTERS.get(kind.hub, cluster.NAMED)


def _row(kind: Kind, printer: Printer, obj: Object, now: float, include: Include) -> Object:
    row: Object = {"cells": printer.cells(obj if kind.own else conversion.convert(obj, kind, kind.hub), now)}
    if kind is kinds.POD and (done := _DONE.get((obj.get("status") or {}).get("phase", ""))):
        row["conditions"] = [{"type": "Completed", "status": "True", "reason": done[0], "message": done[1]}]
    row["object"] = _attached(kind, obj, include)
    return row


def _attached(kind: Kind, obj: Object, include: Include) -> Object | None:
    if include == "None":
        return None
    if include == "Object":
        return {"kind": kind.kind, "apiVersion": kind.api_version, **obj}
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
