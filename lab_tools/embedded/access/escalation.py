"""Nadie da lo que no tiene: quien escribe un rol o un vínculo debe tener ya lo que concede.

Se libra quien puede `escalate` sobre el rol, o `bind` sobre el que vincula.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.access.authorizer import Authorizer
from lab_tools.embedded.access.rbac import ANY, GROUP, covers_path, covers_resource
from lab_tools.embedded.user import User
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

_ROLES = (kinds.ROLE, kinds.CLUSTERROLE)
_BINDINGS = (kinds.ROLEBINDING, kinds.CLUSTERROLEBINDING)
_EVERYTHING = [{"apiGroups": [ANY], "resources": [ANY], "verbs": [ANY]}, {"nonResourceURLs": [ANY], "verbs": [ANY]}]
_GO_NAMES = {"apiGroups": "APIGroups", "resources": "Resources", "nonResourceURLs": "NonResourceURLs",
             "resourceNames": "ResourceNames", "verbs": "Verbs"}  # fmt: skip
_GARBAGE = ("finalizers", "ownerReferences", "managedFields", "resourceVersion")


def confirm(authorizer: Authorizer, kind: Kind, new: Object, old: Object | None, user: User) -> None:
    """Lanza `StatusError` 403 si `user` concede con `new` algo que, según `authorizer`, no tiene."""
    if old is not None and _same_but_garbage(new, old):
        return
    giver = _Giver(authorizer, user)
    if kind in _ROLES:
        giver.role(kind, new)
    elif kind in _BINDINGS:
        giver.binding(kind, new)


@dataclass(frozen=True)
class _Giver:
    """Quien reparte permisos, y lo que tiene para repartir."""

    authorizer: Authorizer
    user: User

    def role(self, kind: Kind, role: Object) -> None:
        meta = role["metadata"]
        if self._may("escalate", kind.plural, meta.get("namespace"), meta["name"]):
            return
        if role.get("aggregationRule") and list(self._missing(None, _EVERYTHING)):
            why = "must have cluster-admin privileges to use the aggregationRule"
            raise status.forbidden(kind, meta["name"], why)
        self._confirm(kind, role, role.get("rules") or ())

    def binding(self, kind: Kind, binding: Object) -> None:
        reference, namespace = binding.get("roleRef") or {}, binding["metadata"].get("namespace")
        role = kinds.ROLE if reference.get("kind") == "Role" else kinds.CLUSTERROLE
        if self._may("bind", role.plural, namespace, reference.get("name", "")):
            return
        self._confirm(kind, binding, self.authorizer.rbac.rules_of(reference, namespace))

    def _may(self, verb: str, plural: str, namespace: str | None, name: str) -> bool:
        return self.authorizer.decide(self.user, Attributes(verb, GROUP, plural, namespace, name)).allowed

    def _confirm(self, kind: Kind, obj: Object, wanted: Iterable[Object]) -> None:
        meta = obj["metadata"]
        missing = list(self._missing(meta.get("namespace"), wanted))
        if missing:
            groups = " ".join(json.dumps(group) for group in self.user.groups)
            why = (f"user {json.dumps(self.user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions "
                   "not currently held:\n") + "\n".join(_described(missing))  # fmt: skip
            raise status.forbidden(kind, meta["name"], why)

    def _missing(self, namespace: str | None, wanted: Iterable[Object]) -> Iterator[Object]:
        held = self.authorizer.rules(self.user, namespace)[0]
        for piece in _pieces(wanted):
            if not any(_covers(rule, piece) for rule in held):
                yield piece


def _pieces(rules: Iterable[Object]) -> Iterator[Object]:
    """Cada regla, partida en las más pequeñas: un verbo sobre un recurso (o una ruta)."""
    for rule in rules:
        names = [[name] for name in rule.get("resourceNames") or ()] or [[]]
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                for verb in rule.get("verbs") or ():
                    for name in names:
                        yield {"apiGroups": [group], "resources": [resource], "resourceNames": name, "verbs": [verb]}
        for path in rule.get("nonResourceURLs") or ():
            for verb in rule.get("verbs") or ():
                yield {"nonResourceURLs": [path], "verbs": [verb]}


def _covers(held: Object, piece: Object) -> bool:
    verbs = held.get("verbs") or ()
    if ANY not in verbs and piece["verbs"][0] not in verbs:
        return False
    if "nonResourceURLs" in piece:
        return any(covers_path(one, piece["nonResourceURLs"][0]) for one in held.get("nonResourceURLs") or ())
    groups, names = held.get("apiGroups") or (), held.get("resourceNames") or ()
    if ANY not in groups and piece["apiGroups"][0] not in groups:
        return False
    if names and not (piece["resourceNames"] and piece["resourceNames"][0] in names):
        return False
    return covers_resource(held.get("resources") or (), piece["resources"][0])


def _described(missing: Iterable[Object]) -> list[str]:
    """Lo que falta, con los verbos de un mismo recurso juntos y escrito como lo escribe Go."""
    merged: dict[str, Object] = {}
    for piece in missing:
        if "nonResourceURLs" in piece:
            merged[_go(piece)] = piece
            continue
        key = json.dumps([piece["apiGroups"], piece["resources"], piece["resourceNames"]])
        present = merged.setdefault(key, {**piece, "verbs": []})
        if piece["verbs"][0] not in present["verbs"]:
            present["verbs"].append(piece["verbs"][0])
    return sorted(_go(rule) for rule in merged.values())


def _go(rule: Object) -> str:
    parts = [f"{shown}:[{' '.join(json.dumps(one) for one in rule[name])}]"
             for name, shown in _GO_NAMES.items() if rule.get(name)]  # fmt: skip
    return "{" + ", ".join(parts) + "}"


def _same_but_garbage(new: Object, old: Object) -> bool:
    def kept(obj: Object) -> Object:
        meta = {name: value for name, value in obj["metadata"].items() if name not in _GARBAGE}
        return {**obj, "metadata": meta}

    return kept(new) == kept(old)
