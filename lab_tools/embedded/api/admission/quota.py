"""ResourceQuota: lo que un Namespace puede llegar a gastar. Quien no cabe no entra, y quien entra se apunta.

La cuenta vive en `status.used` del propio objeto: aquí se suma lo que entra; lo que se va lo descuenta su
controlador. Fuente: https://kubernetes.io/docs/concepts/policy/resource-quotas/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds, quantity, quota
from lab_tools.objects.kinds import Kind

# Los únicos que pueden gastar más sin ser nuevos.
_GROWING = (kinds.POD, kinds.SERVICE, kinds.PERSISTENTVOLUMECLAIM)


def charge(world: Reader, kind: Kind, obj: Object, old: Object | None) -> list[Object]:
    """Las cuotas que cubren el objeto, con él ya apuntado. `StatusError` 403 si en alguna no cabe."""
    if not kind.namespaced or (old is not None and kind not in _GROWING):
        return []
    quotas = world.within(kinds.RESOURCEQUOTA, obj["metadata"]["namespace"])
    if not quotas:
        return []
    covering = [one for one in quotas if _covers(one, kind, obj)]
    if old is None:
        for one in covering:
            _check_known(one, kind, obj)
    delta = _delta(kind, obj, old)
    charged = [_charged(one, kind, obj, delta) for one in covering]
    return [one for one in charged if one is not None]


def _covers(one: Object, kind: Kind, obj: Object) -> bool:
    hard = (one.get("status") or {}).get("hard") or one["spec"].get("hard") or {}
    return bool(quota.names_for(kind, hard)) and quota.matches(one, kind, obj)


def _check_known(one: Object, kind: Kind, obj: Object) -> None:
    seen = one.get("status") or {}
    names = quota.names_for(kind, seen.get("hard") or one["spec"]["hard"])
    missing = quota.missing(names, kind, obj)
    if missing:
        raise _refusal(kind, obj, f"failed quota: {one['metadata']['name']}: must specify {missing}")
    unknown = sorted(name for name in names if name not in (seen.get("used") or {}))
    if unknown:
        why = f"status unknown for quota: {one['metadata']['name']}, resources: {','.join(unknown)}"
        raise _refusal(kind, obj, why)


def _delta(kind: Kind, obj: Object, old: Object | None) -> quota.Amounts:
    wanted = quota.usage(kind, obj)
    if old is None:
        return wanted
    had = quota.usage(kind, old)
    changes = {name: quantity.subtract(wanted.get(name, "0"), had.get(name, "0")) for name in {**wanted, **had}}
    return {name: amount for name, amount in changes.items() if quantity.parse(amount)}


def _charged(one: Object, kind: Kind, obj: Object, delta: quota.Amounts) -> Object | None:
    hard, used = one["status"].get("hard") or {}, one["status"].get("used") or {}
    asked = {name: delta[name] for name in sorted(delta) if name in hard}
    if not asked:
        return None
    total = {name: quantity.add(used.get(name, "0"), amount) for name, amount in asked.items()}
    exceeded = [name for name, amount in total.items() if quantity.parse(asked[name]) > 0
                and quantity.parse(amount) > quantity.parse(hard[name])]  # fmt: skip
    if exceeded:
        raise _refusal(kind, obj, f"exceeded quota: {one['metadata']['name']}, requested: {_shown(asked, exceeded)}, "
                                  f"used: {_shown(used, exceeded)}, limited: {_shown(hard, exceeded)}")  # fmt: skip
    charged = clone(one)
    charged["status"]["used"] = {**used, **total}
    return charged


def _shown(amounts: quota.Amounts, names: list[str]) -> str:
    return ",".join(f"{name}={amounts.get(name, '0')}" for name in names)


def _refusal(kind: Kind, obj: Object, why: str) -> StatusError:
    return status.forbidden(kind, obj["metadata"]["name"], why)
