"""Lo que un objeto gasta de una cuota, y a qué cuotas les incumbe.

Los nombres son los de `spec.hard`: «pods», «requests.cpu», «count/deployments.apps»… Todo aquí es aritmética sobre
objetos: quién se niega es de la admisión, y quién lleva la cuenta, de su controlador.
Fuente: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from lab_tools.objects import Object, kinds, pod_resources
from lab_tools.objects.kinds import Kind
from lab_tools.objects.qos import qos_class

Amounts = dict[str, str]
OF_CLASS = ".storageclass.storage.k8s.io/"
# Los que se pueden contar por su nombre a secas.
_PLAIN = {kind.plural: kind for kind in (kinds.CONFIGMAP, kinds.PERSISTENTVOLUMECLAIM, kinds.REPLICATIONCONTROLLER,
                                         kinds.RESOURCEQUOTA, kinds.SECRET, kinds.SERVICE, kinds.POD)}  # fmt: skip
_SERVICE = ("services.nodeports", "services.loadbalancers")
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
# Lo que, si se cuenta, todo contenedor tiene que decir.
_TOLD = {"cpu": ("requests", "cpu"), "memory": ("requests", "memory"), "requests.cpu": ("requests", "cpu"),
         "requests.memory": ("requests", "memory"), "limits.cpu": ("limits", "cpu"),
         "limits.memory": ("limits", "memory")}  # fmt: skip


@lru_cache(maxsize=512)
def kind_of(name: str) -> Kind | None:
    """El tipo cuyos objetos gastan de `name`, o `None` si nadie lo gasta."""
    if name.startswith("count/"):
        return next((kind for kind in kinds.ALL if kind.namespaced and kind.resource == name[len("count/") :]), None)
    if name in _PLAIN:
        return _PLAIN[name]
    if name in _SERVICE:
        return kinds.SERVICE
    if name == "requests.storage" or OF_CLASS in name:
        return kinds.PERSISTENTVOLUMECLAIM
    base = name.removeprefix("requests.").removeprefix("limits.")
    counted = base in _COMPUTE or base.startswith("hugepages-") or (name.startswith("requests.") and "/" in base)
    return kinds.POD if counted else None


def names_for(kind: Kind, names: Iterable[str]) -> list[str]:
    """De los nombres de una cuota, los que un objeto de este tipo puede gastar."""
    return sorted(name for name in names if kind_of(name) is kind)


def usage(kind: Kind, obj: Object) -> Amounts:
    """Lo que gasta un objeto, por nombre. Un Pod terminado solo gasta como objeto."""
    used = {f"count/{kind.resource}": "1"}
    own = _SPENDERS.get(kind)
    if own is not None:
        used.update(own(obj))
    elif kind in _PLAIN.values():
        used[kind.plural] = "1"
    return used


def missing(names: Iterable[str], kind: Kind, obj: Object) -> str:
    """Lo que los contenedores de un Pod callan y la cuota necesita: «requests.cpu for: a,b»; vacío si nada."""
    if kind is not kinds.POD:
        return ""
    spec = obj["spec"]
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    told = []
    for name in sorted(set(names) & set(_TOLD)):
        part, resource = _TOLD[name]
        silent = sorted(one["name"] for one in containers
                        if resource not in ((one.get("resources") or {}).get(part) or {}))  # fmt: skip
        if silent:
            told.append(f"{name} for: {','.join(silent)}")
    return "; ".join(told)


def matches(quota: Object, kind: Kind, obj: Object) -> bool:
    """Si el objeto entra en los ámbitos (`scopes`) de la cuota. Sin ámbitos, entra todo."""
    spec = quota["spec"]
    terms = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    terms += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    return not terms or (kind is kinds.POD and all(_in_scope(term, obj) for term in terms))


def _in_scope(term: Object, pod: Object) -> bool:
    name = term["scopeName"]
    if name == "PriorityClass":
        return _selected(term, pod["spec"].get("priorityClassName", ""))
    return name in _SCOPES and _SCOPES[name](pod)


def _selected(term: Object, value: str) -> bool:
    operator, values = term.get("operator", "Exists"), term.get("values") or []
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    return bool(value) is (operator == "Exists")


def _crosses_namespaces(pod: Object) -> bool:
    affinity = pod["spec"].get("affinity") or {}
    for way in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(way) or {}
        terms = list(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        terms += [one.get("podAffinityTerm") or {}
                  for one in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()]  # fmt: skip
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False


_SCOPES: Mapping[str, Callable[[Object], bool]] = {
    "Terminating": lambda pod: pod["spec"].get("activeDeadlineSeconds") is not None,
    "NotTerminating": lambda pod: pod["spec"].get("activeDeadlineSeconds") is None,
    "BestEffort": lambda pod: qos_class(pod) == "BestEffort",
    "NotBestEffort": lambda pod: qos_class(pod) != "BestEffort",
    "CrossNamespacePodAffinity": _crosses_namespaces,
}


def _pod(pod: Object) -> Amounts:
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return {}
    used = {"pods": "1"}
    for name, amount in pod_resources.total(pod, "requests").items():
        used[f"requests.{name}"] = amount
        if "/" not in name:
            used[name] = amount
    for name, amount in pod_resources.total(pod, "limits").items():
        if name in _COMPUTE:
            used[f"limits.{name}"] = amount
    return used


def _service(service: Object) -> Amounts:
    spec = service["spec"]
    ports = spec.get("ports") or []
    used = {"services": "1"}
    if spec.get("type") == "LoadBalancer":
        used["services.loadbalancers"] = "1"
        if spec.get("allocateLoadBalancerNodePorts") is False:
            ports = [port for port in ports if port.get("nodePort")]
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        used["services.nodeports"] = str(len(ports))
    return used


def _claim(claim: Object) -> Amounts:
    spec = claim["spec"]
    asked = str(((spec.get("resources") or {}).get("requests") or {}).get("storage", "0"))
    used = {"persistentvolumeclaims": "1", "requests.storage": asked}
    if spec.get("storageClassName"):
        start = spec["storageClassName"] + OF_CLASS
        used |= {f"{start}persistentvolumeclaims": "1", f"{start}requests.storage": asked}
    return used


_SPENDERS: Mapping[Kind, Callable[[Object], Amounts]] = {
    kinds.POD: _pod, kinds.SERVICE: _service, kinds.PERSISTENTVOLUMECLAIM: _claim,
}  # fmt: skip
