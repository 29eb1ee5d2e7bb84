"""NetworkPolicy, evaluada de verdad: quién está aislado, y qué regla de las que le tocan deja pasar algo.

Un Pod al que ninguna política elige en un sentido acepta todo en ese sentido. Si alguna lo elige, solo pasa lo que
permita al menos una regla de alguna de ellas. Las respuestas a lo permitido siempre vuelven. Lo que viene del nodo
en que corre el Pod (las sondas, por ejemplo) siempre entra.
Fuente: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lab_tools.embedded.api.protocol import Event
from lab_tools.embedded.network.atlas import Atlas
from lab_tools.embedded.network.party import Party, capital, to
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector

# Juegos de etiquetas cuyas políticas se recuerdan.
_REMEMBERED = 4096
_VERB = {"Egress": "salir", "Ingress": "recibir"}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Lo que dicen las políticas en un sentido, la frase que lo explica y la que lo decide («» si ninguna)."""

    allowed: bool
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """Una política con sus selectores ya leídos."""

    name: str
    selector: LabelSelector
    types: tuple[str, ...]
    rules: dict[str, tuple[_Rule, ...]]


@dataclass(frozen=True, slots=True)
class _Rule:
    peers: tuple[_Peer, ...]
    ports: tuple[Object, ...]


@dataclass(frozen=True, slots=True)
class _Peer:
    """Quien puede: un bloque de direcciones, o Pods por sus etiquetas y las de su espacio (`None`: el suyo)."""

    block: Object | None
    pods: LabelSelector
    spaces: LabelSelector | None


class Policies:
    """Las NetworkPolicies de todos los espacios de nombres."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._compiled: dict[str, list[_Compiled]] = {}
        self._chosen: dict[tuple[str, str, frozenset[tuple[str, str]]], list[_Compiled]] = {}
        atlas.policies.subscribe(self._forget)

    def leaving(self, source: Party, target: Party, port: int, protocol: str) -> Ruling | None:
        """Si `source` puede salir hacia `target`. `None` si las políticas no le afectan (no es un Pod)."""
        return self._judge("Egress", source, target, target, port, protocol) if source.what == "pod" else None

    def entering(self, source: Party, target: Party, port: int, protocol: str) -> Ruling | None:
        """Si a `target` le puede llegar algo de `source`. `None` si las políticas no le afectan."""
        if target.what != "pod" or (source.what == "node" and source.node and source.node == target.node):
            return None
        return self._judge("Ingress", target, source, target, port, protocol)

    def _judge(self, way: str, subject: Party, other: Party, target: Party, port: int, protocol: str) -> Ruling:
        chosen = self._choosing(way, subject)
        verb = _VERB[way]
        if not chosen:
            what = f"a quién llama {subject.title}" if way == "Egress" else f"quién llama {to(subject)}"
            return Ruling(True, f"Ninguna NetworkPolicy limita {what}.")
        for policy in chosen:
            for index, rule in enumerate(policy.rules[way]):
                if self._allows(rule, subject.namespace, other, target, port, protocol):
                    where = f"{way.lower()}[{index}]"
                    whose = "hacia" if way == "Egress" else "desde"
                    text = (f"La regla {where} de la NetworkPolicy {policy.name} deja {verb} {to(subject)} "
                            f"{whose} {other.title} por el puerto {port}/{protocol}.")  # fmt: skip
                    return Ruling(True, text, f"NetworkPolicy {policy.name}")
        names = ", ".join(one.name for one in chosen)
        whose = "hacia" if way == "Egress" else "desde"
        text = (f"{capital(subject.title)} está aislado para {verb} ({names}), y ninguna de esas reglas deja pasar "
                f"el tráfico {whose} {other.title} por el puerto {port}/{protocol}.")  # fmt: skip
        return Ruling(False, text, f"NetworkPolicy {chosen[0].name}")

    def _allows(self, rule: _Rule, namespace: str, other: Party, target: Party, port: int, protocol: str) -> bool:
        if rule.peers:
            for peer in rule.peers:
                if self._matches(peer, namespace, other):
                    break
            else:
                return False
        return not rule.ports or any(_port_allows(one, target, port, protocol) for one in rule.ports)

    def _matches(self, peer: _Peer, namespace: str, other: Party) -> bool:
        if peer.block is not None:
            return in_block(other.address, peer.block)
        if other.what != "pod":
            return False
        # El espacio primero: casi siempre basta para decir que no.
        if peer.spaces is None:
            return other.namespace == namespace and peer.pods.matches(other.labels)
        if not peer.spaces.matches(self._atlas.namespace_labels(other.namespace)):
            return False
        return peer.pods.matches(other.labels)

    def _choosing(self, way: str, subject: Party) -> list[_Compiled]:
        """Las políticas que eligen a un Pod en un sentido. Se recuerdan hasta que cambie alguna de su espacio."""
        key = (subject.namespace, way, frozenset(subject.labels.items()))
        found = self._chosen.get(key)
        if found is None:
            if len(self._chosen) >= _REMEMBERED:
                self._chosen.clear()
            found = self._chosen[key] = [one for one in self._of(subject.namespace)
                                         if way in one.types and one.selector.matches(subject.labels)]  # fmt: skip
        return found

    def _of(self, namespace: str) -> list[_Compiled]:
        if namespace not in self._compiled:
            self._compiled[namespace] = [_compile(one) for one in self._atlas.policies.by("namespace", namespace)]
        return self._compiled[namespace]

    def _forget(self, event: Event) -> None:
        namespace = event.object["metadata"]["namespace"]
        self._compiled.pop(namespace, None)
        self._chosen = {key: found for key, found in self._chosen.items() if key[0] != namespace}


def in_block(address: str, block: Object) -> bool:
    """Si una dirección está en un `ipBlock`: dentro de su rango y fuera de sus excepciones."""
    return _within(address, block["cidr"]) and not any(_within(address, one) for one in block.get("except") or ())


@lru_cache(maxsize=4096)
def _within(address: str, cidr: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)


def _port_allows(wanted: Object, target: Party, port: int, protocol: str) -> bool:
    if wanted.get("protocol", "TCP") != protocol:
        return False
    first = wanted.get("port")
    if first is None:
        return True
    if isinstance(first, str):
        return target.port_named(first, protocol) == port
    return int(first) <= port <= int(wanted.get("endPort") or first)


def _compile(policy: Object) -> _Compiled:
    meta, spec = policy["metadata"], policy["spec"]
    default = ("Ingress", "Egress") if spec.get("egress") else ("Ingress",)
    rules = {"Ingress": _rules(spec.get("ingress"), "from"), "Egress": _rules(spec.get("egress"), "to")}
    return _Compiled(f"{meta['namespace']}/{meta['name']}", LabelSelector.from_object(spec.get("podSelector") or {}),
                     tuple(spec.get("policyTypes") or default), rules)  # fmt: skip


def _rules(rules: Sequence[Object] | None, side: str) -> tuple[_Rule, ...]:
    return tuple(_Rule(tuple(map(_peer, one.get(side) or ())), tuple(one.get("ports") or ())) for one in rules or ())


def _peer(peer: Object) -> _Peer:
    spaces = peer.get("namespaceSelector")
    return _Peer(peer.get("ipBlock"), LabelSelector.from_object(peer.get("podSelector") or {}),
                 LabelSelector.from_object(spaces) if spaces is not None else None)  # fmt: skip
