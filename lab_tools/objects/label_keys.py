"""Las etiquetas del propio Pod que estrechan a quién mira: `matchLabelKeys` y `mismatchLabelKeys`.

Las llevan los términos de su afinidad y sus repartos (`topologySpreadConstraints`, solo `matchLabelKeys`).

La API las convierte en expresiones del selector cuando el Pod nace; quien lo coloca ya no tiene que saber de ellas.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#matchlabelkeys y
https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#spread-constraint-definition
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object

_KINDS = ("podAffinity", "podAntiAffinity")
_HOWS = (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn"))


def merge(pod: Object) -> None:
    """Añade a los selectores de un Pod, que es de quien llama, lo que piden sus claves; sin la etiqueta, nada."""
    labels = pod["metadata"].get("labels") or {}
    for term in _terms(pod["spec"]):
        selector = term.get("labelSelector")
        wanted = [{"key": key, "operator": operator, "values": [labels[key]]}
                  for field, operator in _HOWS for key in term.get(field) or () if key in labels]  # fmt: skip
        if wanted and selector is not None:
            before = selector.get("matchExpressions") or []
            term["labelSelector"] = {**selector, "matchExpressions": [*before, *wanted]}


def _terms(spec: Object) -> Iterator[Object]:
    """Los repartos y los términos de afinidad entre Pods, los obligatorios y los preferidos."""
    yield from spec.get("topologySpreadConstraints") or ()
    affinity = spec.get("affinity") or {}
    for kind in _KINDS:
        rules = affinity.get(kind) or {}
        yield from rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        for preferred in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            yield preferred["podAffinityTerm"]
