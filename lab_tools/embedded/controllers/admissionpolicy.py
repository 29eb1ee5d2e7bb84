"""Quien repasa cada ValidatingAdmissionPolicy: dice qué expresiones nombran campos que sus tipos no tienen.

Es un aviso en el estado, no una negativa: una política puede hablar de tipos que aún no existen.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

DELAY = 0.1
# Se revisan como mucho tantos tipos por política.
_MOST = 10


class AdmissionPolicyController:
    """Escribe `status.typeChecking` y `status.observedGeneration`."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._policies = Cache(self._api, kinds.VALIDATINGADMISSIONPOLICY)
        self._policies.subscribe(lambda event: self._queue.add_object(event.object))
        for one in self._policies.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Revisa una política que cambió."""
        policy = self._policies.get(*key)
        if policy is None:
            return None
        generation = policy["metadata"].get("generation", 1)
        if (policy.get("status") or {}).get("observedGeneration") != generation:
            warnings = [{"fieldRef": where, "warning": text} for where, text in self._review(policy["spec"])]
            checked = {"expressionWarnings": warnings} if warnings else {}
            status = {**(policy.get("status") or {}), "observedGeneration": generation, "typeChecking": checked}
            self._api.update(kinds.VALIDATINGADMISSIONPOLICY, {**policy, "status": status}, subresource="status")
        return None

    def _review(self, spec: Object) -> Iterator[tuple[str, str]]:
        """Los avisos de cada expresión, por el orden en que están escritas."""
        from lab_tools.objects import cel, policy  # CEL pesa: solo lo paga quien tiene políticas
        from lab_tools.objects.cel_schema import whole

        found = self._types(spec)
        known = {kind: whole(kind) for kind in found}
        for position, (what, where, source, _) in enumerate(policy.scopes(spec)):
            texts = []
            for kind in found if what in ("check", "message") else ():
                scopes = list(policy.scopes(spec, {"object": known[kind], "oldObject": known[kind]}))
                try:
                    cel.compile(source, scopes[position][3])
                except cel.CompileError as error:
                    texts.append(f"{kind.api_version}, Kind={kind.kind}: {error}\n")
            if texts:
                yield where, "".join(texts)

    def _types(self, spec: Object) -> list[Kind]:
        """Los tipos que la política nombra sin comodines."""
        wanted: list[Kind] = []
        for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or ():
            for group in rule.get("apiGroups") or ():
                for version in rule.get("apiVersions") or ():
                    for resource in rule.get("resources") or ():
                        kind = self._api.kinds.by_plural(group, version, resource)
                        if kind is not None and kind not in wanted:
                            wanted.append(kind)
        return sorted(wanted, key=lambda kind: (kind.api_version, kind.kind))[:_MOST]
