"""El juicio sobre cómo vuelve un contenedor: su política propia y sus reglas por código de salida.

Fuente: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restart-rules
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation.problem import Problem, not_supported, required

POLICIES = ("Always", "Never", "OnFailure")
_ACTIONS = ("Restart",)
_OPERATORS = ("In", "NotIn")


def validate(container: Object, field: str) -> Iterator[Problem]:
    """Los problemas de `restartPolicy` y `restartPolicyRules` de un contenedor, principal o de inicio."""
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is not None and policy not in POLICIES:
        yield not_supported(f"{field}.restartPolicy", policy, POLICIES)
    if rules and not policy:
        yield required(f"{field}.restartPolicy", "must specify restartPolicy when restart rules are used")
    for index, rule in enumerate(rules):
        yield from _rule(rule, f"{field}.restartPolicyRules[{index}]")


def _rule(rule: Object, field: str) -> Iterator[Problem]:
    if rule.get("action") not in _ACTIONS:
        yield not_supported(f"{field}.action", rule.get("action", ""), _ACTIONS)
    codes = rule.get("exitCodes")
    if codes is None:
        yield required(f"{field}.exitCodes", "must be specified")
    elif codes.get("operator") not in _OPERATORS:
        yield not_supported(f"{field}.exitCodes.operator", codes.get("operator", ""), _OPERATORS)
