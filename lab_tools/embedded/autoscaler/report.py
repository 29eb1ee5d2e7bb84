"""Lo que el escalador cuenta de sí: el ConfigMap `cluster-autoscaler-status`, con lo que cuesta cada hora."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from lab_tools.embedded.api.protocol import Api, find
from lab_tools.embedded.autoscaler.config import Config
from lab_tools.embedded.clock import timestamp
from lab_tools.objects import Object, kinds

NAMESPACE, NAME = "kube-system", "cluster-autoscaler-status"


@dataclass
class Bill:
    """Lo gastado: cada nodo paga desde que se pide hasta que se apaga."""

    spent: float = 0.0
    _since: float = field(default=0.0)
    _rate: float = field(default=0.0)

    def at(self, now: float, rate: float) -> None:
        """Desde `now` se gasta `rate` por hora."""
        self.spent += self._rate * (now - (self._since or now)) / 3600
        self._since, self._rate = now, rate

    @property
    def rate(self) -> float:
        """Lo que se gasta cada hora."""
        return self._rate


def write(api: Api, now: float, config: Config | None, sizes: Mapping[str, int], ready: Mapping[str, int],
          bill: Bill, trouble: str = "") -> Object:  # fmt: skip
    """Escribe el informe, si dice algo nuevo. Devuelve el ConfigMap."""
    data = {"status": _status(config, sizes, ready, trouble)}
    if config is not None:
        data["cost"] = _cost(config, sizes, bill)
    present = find(api, kinds.CONFIGMAP, NAMESPACE, NAME)
    if present is None:
        return api.create(kinds.CONFIGMAP, _body(data, now), NAMESPACE)
    if present.get("data") == data:
        return present
    return api.update(kinds.CONFIGMAP, _body(data, now))


def _body(data: dict[str, str], now: float) -> Object:
    notes = {"cluster-autoscaler.kubernetes.io/last-updated": timestamp(now)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": data,
            "metadata": {"name": NAME, "namespace": NAMESPACE, "annotations": notes}}  # fmt: skip


def _status(config: Config | None, sizes: Mapping[str, int], ready: Mapping[str, int], trouble: str) -> str:
    if config is None:
        return _yaml({"autoscalerStatus": "Initializing", "message": trouble})
    groups = [{"name": group.name, "health": {"status": "Healthy", "cloudProviderTarget": sizes[group.name],
                                              "minSize": group.least, "maxSize": group.most,
                                              "nodeCounts": {"registered": {"ready": ready[group.name]}}}}
              for group in config.groups]  # fmt: skip
    return _yaml({"autoscalerStatus": "Running", "nodeGroups": groups})


def _cost(config: Config, sizes: Mapping[str, int], bill: Bill) -> str:
    lines = {group.name: f"{sizes[group.name]} x {group.price:g}" for group in config.groups}
    return _yaml({"currency": config.currency, "perHour": round(bill.rate, 4), "groups": lines})


def _yaml(value: Object) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))
