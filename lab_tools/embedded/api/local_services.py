"""Los APIService de fábrica: uno por cada grupo y versión que este servidor atiende él mismo.

Son lo que `kubectl get apiservices` enseña con `Local`. El orden de los grupos en el descubrimiento sale, en un clúster
de verdad, de estas prioridades; aquí ya está en la tabla de tipos, y una prueba comprueba que dicen lo mismo.
Fuente: https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object, kinds
from lab_tools.objects.kind import Kind

LABEL = "kube-aggregator.kubernetes.io/automanaged"
# Grupo -> su prioridad y la de su versión. El de los propios APIService no se anuncia a sí mismo.
PRIORITIES: dict[str, tuple[int, int]] = {
    "": (18000, 1),
    "apps": (17800, 15),
    "events.k8s.io": (17750, 15),
    "authentication.k8s.io": (17700, 15),
    "authorization.k8s.io": (17600, 15),
    "autoscaling": (17500, 15),
    "batch": (17400, 15),
    "certificates.k8s.io": (17300, 15),
    "networking.k8s.io": (17200, 15),
    "policy": (17100, 15),
    "rbac.authorization.k8s.io": (17000, 15),
    "storage.k8s.io": (16800, 15),
    "admissionregistration.k8s.io": (16700, 15),
    "apiextensions.k8s.io": (16700, 15),
    "scheduling.k8s.io": (16600, 15),
    "coordination.k8s.io": (16500, 15),
    "node.k8s.io": (16300, 15),
    "discovery.k8s.io": (16200, 15),
    "resource.k8s.io": (16200, 15),
    "flowcontrol.apiserver.k8s.io": (16100, 21),
}
# Una versión que va delante de las demás de su grupo.
_AHEAD = {("autoscaling", "v2"): 30}


def objects(born: str) -> Iterator[tuple[Kind, Object]]:
    """Cada APIService, ya disponible desde `born` (una fecha de la API), listo para `ApiServer.install`."""
    for group, versions in kinds.BUILT_IN.groups.items():
        for version in versions if group in PRIORITIES else ():
            yield kinds.APISERVICE, _service(group, version, born)


def _service(group: str, version: str, born: str) -> Object:
    priority, order = PRIORITIES[group]
    spec: Object = {"groupPriorityMinimum": priority, "version": version,
                    "versionPriority": _AHEAD.get((group, version), order)}  # fmt: skip
    if group:
        spec["group"] = group
    condition = {"type": "Available", "status": "True", "lastTransitionTime": born, "reason": "Local",
                 "message": "Local APIServices are always available"}  # fmt: skip
    return {
        "metadata": {"name": f"{version}.{group}", "labels": {LABEL: "onstart"}},
        "spec": spec,
        "status": {"conditions": [condition]},
    }
