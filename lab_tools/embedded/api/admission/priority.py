"""La prioridad: de dónde sale la de un Pod, y que solo una PriorityClass valga por omisión.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.embedded.api.protocol import Options
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

PREEMPTS = "PreemptLowerPriority"
# Las dos que trae todo clúster, para sus propios Pods.
SYSTEM: tuple[Object, ...] = (
    {"metadata": {"name": "system-cluster-critical"}, "value": 2_000_000_000,
     "description": "Used for system critical pods that must run in the cluster, but can be moved to another node if "
                    "necessary."},
    {"metadata": {"name": "system-node-critical"}, "value": 2_000_001_000,
     "description": "Used for system critical pods that must not be moved from their current node."},
)  # fmt: skip


def resolve(world: Reader, kind: Kind, obj: Object) -> None:
    """La prioridad de un Pod sale de su PriorityClass; sin ella, de la marcada por omisión, o cero."""
    spec, pod = obj["spec"], obj["metadata"]["name"]
    name = spec.get("priorityClassName")
    found = world.find(kinds.PRIORITYCLASS, "", name) if name else _default(world)
    if name and found is None:
        raise status.forbidden(kind, pod, f"no PriorityClass with name {name} was found")
    if found is not None:
        spec["priorityClassName"] = found["metadata"]["name"]
    value = (found or {}).get("value", 0)
    policy = (found or {}).get("preemptionPolicy", PREEMPTS)
    if spec.get("priority", value) != value:
        raise status.forbidden(kind, pod, f"the integer value of priority ({spec['priority']}) must not be provided "
                               f"in pod spec; priority admission controller computed {value} from the given "
                               "PriorityClass name")  # fmt: skip
    if spec.get("preemptionPolicy", policy) != policy:
        raise status.forbidden(kind, pod, f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) must "
                               f"not be provided in pod spec; priority admission controller computed {policy} from "
                               "the given PriorityClass name")  # fmt: skip
    spec["priority"], spec["preemptionPolicy"] = value, policy


def only_one_default(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """Dos clases no pueden valer por omisión a la vez."""
    if not obj.get("globalDefault"):
        return
    present, name = _default(world), obj["metadata"]["name"]
    if present is not None and present["metadata"]["name"] != name:
        already = present["metadata"]["name"]
        why = f"PriorityClass {already} is already marked as default. Only one default can exist"
        raise status.forbidden(kind, name, why)


def _default(world: Reader) -> Object | None:
    """La de menos valor entre las marcadas, como hace el servidor real si se colaron dos."""
    marked = [one for one in world.all(kinds.PRIORITYCLASS) if one.get("globalDefault")]
    return min(marked, key=lambda one: int(one["value"]), default=None)
