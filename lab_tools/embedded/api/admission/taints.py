"""Lo que la admisión sabe de nodos en apuros: el taint con que nace un Node y lo que aguanta un Pod."""

from __future__ import annotations

from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.objects import Object
from lab_tools.objects.kinds import Kind

_EVICTION_SECONDS = 300
_TROUBLES = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def not_ready(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Node que no dice estar listo nace con el taint que impide planificar en él."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    if any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions):
        return
    taints = obj.setdefault("spec", {}).setdefault("taints", [])
    taints.append({"key": _TROUBLES[0], "effect": "NoSchedule"})


def five_minutes(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Pod aguanta cinco minutos en un nodo perdido, salvo que diga otra cosa."""
    present = obj["spec"].get("tolerations") or []
    added = [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _EVICTION_SECONDS}
             for key in _TROUBLES if not any(_tolerates(one, key) for one in present)]  # fmt: skip
    if added:
        obj["spec"]["tolerations"] = [*present, *added]


def _tolerates(toleration: Object, key: str) -> bool:
    return toleration.get("key", key) == key and toleration.get("effect", "NoExecute") in ("", "NoExecute")
