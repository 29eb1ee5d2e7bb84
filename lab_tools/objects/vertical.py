"""VerticalPodAutoscaler: de quién habla y cómo quedan los recursos de un Pod con su recomendación puesta.

Lo preguntan quien admite Pods nuevos y quien cambia los que ya corren, y los dos han de responder lo mismo.
Fuente: https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lab_tools.objects import Object
from lab_tools.objects.quantity import canonical, parse

GROUP, VERSION = "autoscaling.k8s.io", "v1"
PLURAL, CHECKPOINTS = "verticalpodautoscalers", "verticalpodautoscalercheckpoints"
# En estos modos, un Pod nuevo nace con lo recomendado.
ADMITTING = ("Initial", "Recreate", "InPlaceOrRecreate", "Auto")

Owner = tuple[str, str]
"""Quién controla un Pod, o a quien lo controla: (tipo, nombre)."""


def mode(vpa: Object) -> str:
    """Off, Initial, Recreate, InPlaceOrRecreate o Auto."""
    return str((vpa["spec"].get("updatePolicy") or {}).get("updateMode") or "Auto")


def concerns(vpa: Object, owners: Iterable[Owner]) -> bool:
    """Si habla de los Pods de alguno de `owners`."""
    target = vpa["spec"]["targetRef"]
    return (target["kind"], target["name"]) in owners


def policy(vpa: Object, container: str) -> Object:
    """La política de un contenedor: la suya, la de «*» o ninguna."""
    listed = {one.get("containerName"): one
              for one in (vpa["spec"].get("resourcePolicy") or {}).get("containerPolicies") or ()}  # fmt: skip
    found: Object = listed.get(container) or listed.get("*") or {}
    return found


def recommendations(vpa: Object) -> dict[str, Object]:
    """La recomendación de cada contenedor que se puede tocar."""
    found = ((vpa.get("status") or {}).get("recommendation") or {}).get("containerRecommendations") or ()
    return {one["containerName"]: one for one in found if policy(vpa, one["containerName"]).get("mode") != "Off"}


def resized(vpa: Object, container: Object) -> Object | None:
    """Los `resources` de un contenedor con el objetivo puesto; `None` si no hay nada que ponerle."""
    found = recommendations(vpa).get(container["name"])
    if found is None:
        return None
    resources = container.get("resources") or {}
    requests = {**(resources.get("requests") or {}), **found["target"]}
    limits = dict(resources.get("limits") or {})
    if policy(vpa, container["name"]).get("controlledValues") != "RequestsOnly":
        for name, text in found["target"].items():
            if name in limits:
                before = parse((resources.get("requests") or {}).get(name) or limits[name])
                limits[name] = _scaled(limits[name], parse(text) / before if before else Decimal(1), name)
    return {**resources, "requests": requests, **({"limits": limits} if limits else {})}


def _scaled(text: str, ratio: Decimal, name: str) -> str:
    """El límite guarda con la petición la proporción que tenía."""
    amount = parse(text) * ratio
    return canonical(f"{int(amount * 1000)}m" if name == "cpu" else str(int(amount)))
