"""Qué averías hay por debajo de la API, y qué hay que decir de cada una."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab_tools.embedded import status

Options = Mapping[str, Any]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _slower(value: Any) -> bool:
    return _positive(value) and bool(value > 1)


def _pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_text, value))


@dataclass(frozen=True)
class FaultKind:
    """Una clase de avería. `lasting`: sigue hasta que se repara. `needs` y `may` dicen qué opciones lleva."""

    lasting: bool
    needs: Mapping[str, Callable[[Any], bool]]
    may: Mapping[str, Callable[[Any], bool]]


def _kind(lasting: bool = True, may: Mapping[str, Callable[[Any], bool]] | None = None,
          **needs: Callable[[Any], bool]) -> FaultKind:  # fmt: skip
    return FaultKind(lasting, needs, may or {})


_POD: Mapping[str, Callable[[Any], bool]] = {"namespace": _text, "container": _text}
KINDS: Mapping[str, FaultKind] = {
    "kill-container": _kind(False, _POD, pod=_text),
    "node-off": _kind(node=_text),
    "zone-off": _kind(zone=_text),
    "kubelet-stopped": _kind(node=_text),
    "disk-full": _kind(node=_text),
    "disk-slow": _kind(node=_text, factor=_slower),
    "network-cut": _kind(between=_pair),
    "network-slow": _kind(between=_pair, seconds=_positive),
    "dns-down": _kind(),
    "api-down": _kind(),
    "api-slow": _kind(seconds=_positive),
    "controller-stopped": _kind(controller=_text),
    "memory-leak": _kind(may=_POD, pod=_text, rate=_positive),
    "cpu-hog": _kind(may=_POD, pod=_text, cores=_positive),
}


def checked(asked: Any) -> tuple[str, dict[str, Any]]:
    """La clase y las opciones de una avería pedida. Lanza 400 si no existe o le falta o le sobra algo."""
    if not isinstance(asked, dict) or asked.get("kind") not in KINDS:
        raise status.bad_request(f"kind: must be one of {', '.join(KINDS)}")
    name, options = asked["kind"], {key: value for key, value in asked.items() if key != "kind"}
    kind = KINDS[name]
    known = {**kind.needs, **kind.may}
    wrong = [key for key, value in options.items() if key not in known or not known[key](value)]
    wrong += [key for key in kind.needs if key not in options]
    if wrong:
        raise status.bad_request(f"{name}: missing, unknown or invalid: {', '.join(sorted(wrong))}")
    return name, options
