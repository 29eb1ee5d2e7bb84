"""El reparto de la API entre quienes la llaman, tal como viene de fábrica: los niveles y los FlowSchema de un clúster.

Dos son obligatorios (`exempt` y `catch-all`) y los demás, sugeridos; todos llevan la anotación que deja al servidor
reponer su `spec`. Aquí nadie hace cola: son lo que `kubectl get flowschemas` enseña y lo que otros pueden nombrar.
Fuente: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#defaults
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab_tools.embedded.clock import timestamp
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec"
MANDATORY = ("exempt", "catch-all")

# Nivel -> a cuánto toca, cuánto de eso presta (%), y en cuántas colas se espera, de cuántas se elige y cuánto cabe.
LEVELS: dict[str, tuple[int, int, tuple[int, int, int] | None]] = {
    "catch-all": (5, 0, None),
    "global-default": (20, 50, (128, 6, 50)),
    "leader-election": (10, 0, (16, 4, 50)),
    "node-high": (40, 25, (64, 6, 50)),
    "system": (30, 33, (64, 6, 50)),
    "workload-high": (40, 50, (128, 6, 50)),
    "workload-low": (100, 90, (128, 6, 50)),
}

_ALL = {"resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True,
                           "namespaces": ["*"]}],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}  # fmt: skip
_CANDIDATE = ["get", "create", "update"]


def _groups(*names: str) -> list[Object]:
    return [{"kind": "Group", "group": {"name": name}} for name in names]


def _users(*names: str) -> list[Object]:
    return [{"kind": "User", "user": {"name": f"system:{name}"}} for name in names]


def _accounts(*names: str) -> list[Object]:
    return [{"kind": "ServiceAccount", "serviceAccount": {"namespace": "kube-system", "name": name}} for name in names]


def _resources(verbs: list[str], group: str, resources: list[str], cluster: bool = False) -> Object:
    rule: Object = {"verbs": verbs, "apiGroups": [group], "resources": resources, "namespaces": ["*"]}
    return {**rule, "clusterScope": True} if cluster else rule


_LEASES = _resources(_CANDIDATE, "coordination.k8s.io", ["leases"])
_EVERYBODY = _groups("system:unauthenticated", "system:authenticated")
_PROBES = [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}]

# FlowSchema -> su nivel, su turno (antes el menor), cómo separa a unos de otros, de quién son las peticiones y cuáles.
SCHEMAS: dict[str, tuple[str, int, str, list[Object], Object]] = {
    "exempt": ("exempt", 1, "", _groups("system:masters"), _ALL),
    "probes": ("exempt", 2, "", _EVERYBODY, {"nonResourceRules": _PROBES}),
    "system-leader-election": ("leader-election", 100, "ByUser",
                               [*_users("kube-controller-manager", "kube-scheduler"), *_accounts("*")],
                               {"resourceRules": [_LEASES]}),
    "endpoint-controller": ("workload-high", 150, "ByUser",
                            [*_users("kube-controller-manager"),
                             *_accounts("endpoint-controller", "endpointslicemirroring-controller")],
                            {"resourceRules": [_resources(_CANDIDATE, "", ["endpoints"])]}),
    "workload-leader-election": ("leader-election", 200, "ByUser", _accounts("*"), {"resourceRules": [_LEASES]}),
    "system-node-high": ("node-high", 400, "ByUser", _groups("system:nodes"),
                         {"resourceRules": [_resources(["*"], "", ["nodes", "nodes/status"], True),
                                            _resources(["*"], "coordination.k8s.io", ["leases"])]}),
    "system-nodes": ("system", 500, "ByUser", _groups("system:nodes"), _ALL),
    "kube-controller-manager": ("workload-high", 800, "ByNamespace", _users("kube-controller-manager"), _ALL),
    "kube-scheduler": ("workload-high", 800, "ByNamespace", _users("kube-scheduler"), _ALL),
    "kube-system-service-accounts": ("workload-high", 900, "ByNamespace", _accounts("*"), _ALL),
    "service-accounts": ("workload-low", 9000, "ByUser", _groups("system:serviceaccounts"), _ALL),
    "global-default": ("global-default", 9900, "ByUser", _EVERYBODY, _ALL),
    "catch-all": ("catch-all", 10000, "ByUser", _EVERYBODY, _ALL),
}  # fmt: skip


def objects(now: float) -> Iterator[tuple[Kind, Object]]:
    """Todos, completos y válidos en el instante `now`, listos para `ApiServer.install`."""
    for name in ("exempt", *LEVELS):
        yield kinds.PRIORITYLEVELCONFIGURATION, {**_named(name), "spec": level(name), "status": {}}
    for name in SCHEMAS:
        status = {"conditions": [dangling(SCHEMAS[name][0], True, now)]}
        yield kinds.FLOWSCHEMA, {**_named(name), "spec": schema(name), "status": status}


def _named(name: str) -> Object:
    return {"metadata": {"name": name, "generation": 1, "annotations": {AUTO_UPDATE: "true"}}}


def level(name: str) -> Object:
    """El `spec` de un nivel de fábrica."""
    if name not in LEVELS:
        return {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    shares, lent, queuing = LEVELS[name]
    response: dict[str, Any] = {"type": "Reject"}
    if queuing is not None:
        queues, hand, length = queuing
        response = {"type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": length}}
    return {"type": "Limited", "limited": {"nominalConcurrencyShares": shares, "limitResponse": response,
                                           "lendablePercent": lent}}  # fmt: skip


def schema(name: str) -> Object:
    """El `spec` de un FlowSchema de fábrica."""
    level_name, precedence, method, subjects, rules = SCHEMAS[name]
    spec: Object = {"priorityLevelConfiguration": {"name": level_name}, "matchingPrecedence": precedence,
                    "rules": [{"subjects": subjects, **rules}]}  # fmt: skip
    return {**spec, "distinguisherMethod": {"type": method}} if method else spec


def dangling(level_name: str, exists: bool, now: float) -> Object:
    """La condición con que un FlowSchema dice si el nivel que nombra existe."""
    named = f'This FlowSchema references the PriorityLevelConfiguration object named "{level_name}"'
    return {"type": "Dangling", "status": "False" if exists else "True", "lastTransitionTime": timestamp(now),
            "reason": "Found" if exists else "NotFound",
            "message": f"{named} {'and it exists' if exists else 'but there is no such object'}"}  # fmt: skip
