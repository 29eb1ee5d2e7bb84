"""Atar un Pod a un nodo: el subrecurso `binding`, que solo usa el planificador.

Fuente: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/binding-v1/
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.clock import timestamp
from lab_tools.objects import Object, kinds


def bind(pod: Object, binding: Object, now: float) -> Object:
    """El Pod con su nodo puesto y la condición PodScheduled cumplida. 409 si ya tenía otro nodo."""
    meta, node = pod["metadata"], (binding.get("target") or {}).get("name", "")
    taken = pod["spec"].get("nodeName")
    if taken:
        raise status.conflict(_BINDING, meta["name"], f'pod {meta["name"]} is already assigned to node "{taken}"')
    observed = dict(pod["status"])
    observed.pop("nominatedNodeName", None)  # la promesa se cumplió, aquí o en otro nodo
    condition = {"type": "PodScheduled", "status": "True", "lastProbeTime": None,
                 "lastTransitionTime": timestamp(now), "observedGeneration": meta.get("generation", 1)}  # fmt: skip
    conditions = [one for one in observed.get("conditions") or () if one["type"] != "PodScheduled"]
    observed["conditions"] = [*conditions, condition]
    return {**pod, "metadata": dict(meta), "spec": {**pod["spec"], "nodeName": node}, "status": observed}


_BINDING = kinds.Kind("", "v1", "Pod", "pods/binding")
