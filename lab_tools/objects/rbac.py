"""Un rol compuesto: las reglas que otros ClusterRole le suman por sus etiquetas.

Fuente: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
"""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector


def aggregated(role: Object, roles: Iterable[Object]) -> list[Object]:
    """Las reglas que le tocan a `role` por su `aggregationRule`: las de cada rol elegido, por nombre y sin repetir."""
    name, found = role["metadata"]["name"], list[Object]()
    ordered = sorted(roles, key=lambda one: str(one["metadata"]["name"]))
    for one in (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ():
        selector = LabelSelector.from_object(one)
        for other in ordered:
            meta = other["metadata"]
            if meta["name"] != name and selector.matches(meta.get("labels") or {}):
                found += [rule for rule in other.get("rules") or () if rule not in found]
    return found
